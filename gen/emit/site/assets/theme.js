// Before the page is drawn: the colours that the reader chose, and that scripts
// run. Only the name of the theme is kept.
(() => {
  const html = document.documentElement;
  html.classList.add("scripted");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "dark" || theme === "light") {
      html.dataset.theme = theme;
    }
  } catch {
    // Storage is off: the system's colours it is.
  }
})();

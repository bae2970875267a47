// What the pages can do beyond being read: colours, the menu on small screens,
// examples in one language, copying, search, and going from page to page without
// leaving, so that a connection of the panels is kept. Everything here works
// from a folder, too, but for the last.
(() => {
  "use strict";
  const html = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = () => new URL(html.dataset.root, location.href);

  function element(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }

  /** Only preferences are kept: which colours, which language. */
  function remember(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Then not.
    }
  }

  function remembered(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  // Colours.
  const theme = find(".theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const dark = html.dataset.theme ? html.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    html.dataset.theme = dark ? "light" : "dark";
    remember("theme", html.dataset.theme);
  });

  // The menu.
  const menu = find(".menu");
  menu.hidden = false;
  function toggleMenu(open) {
    document.body.classList.toggle("menu-open", open);
    menu.setAttribute("aria-expanded", String(open));
  }
  menu.addEventListener("click", () => toggleMenu(!document.body.classList.contains("menu-open")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("menu-open")) {
      toggleMenu(false);
      menu.focus();
    }
  });

  // Examples in the language that was chosen last.
  function showForms(chosen) {
    for (const example of all(".example")) {
      const forms = all(".form", example);
      const tabs = find(".tabs", example);
      const shown = forms.some((f) => f.dataset.form === chosen) ? chosen : forms[0].dataset.form;
      for (const form of forms) {
        form.hidden = form.dataset.form !== shown;
      }
      if (tabs !== null) {
        tabs.hidden = false;
        for (const tab of all("button", tabs)) {
          tab.setAttribute("aria-pressed", String(tab.dataset.form === shown));
        }
      }
    }
  }
  document.addEventListener("click", (event) => {
    const tab = event.target.closest(".tabs button");
    if (tab !== null) {
      const before = tab.getBoundingClientRect().top;
      remember("form", tab.dataset.form);
      showForms(tab.dataset.form);
      scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
    }
  });

  // Copying.
  function offerCopies() {
    if (navigator.clipboard === undefined) {
      return; // not a secure context
    }
    for (const code of all(".code")) {
      const button = element("button", { type: "button", class: "copy" }, "Copy");
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(find("code", code).textContent);
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = "Copy"), 1500);
      });
      code.append(button);
    }
  }

  // What can be scrolled sideways can be reached; what cannot need not.
  function settleCode() {
    for (const pre of all(".code pre")) {
      if (pre.scrollWidth > pre.clientWidth || pre.scrollHeight > pre.clientHeight) {
        pre.setAttribute("tabindex", "0");
      } else if (pre.clientWidth > 0) {
        pre.removeAttribute("tabindex");
      }
    }
  }
  addEventListener("resize", settleCode);

  // The panels that call: a module, which browsers load from servers only.
  async function offerCalls() {
    const panel = find(".try");
    if (panel === null || !location.protocol.startsWith("http")) {
      return;
    }
    const { start } = await import(new URL("assets/try.js", root()));
    await start(panel);
  }

  // The address of a page may change without its being left, and with it where
  // the icon would be looked for.
  const icon = find("link[rel=icon]");
  icon.href = icon.href;

  function arrange() {
    showForms(remembered("form"));
    offerCopies();
    settleCode();
    find('#nav [aria-current]')?.scrollIntoView({ block: "nearest", behavior: "instant" });
    void offerCalls();
  }

  // Search.
  const dialog = element("dialog", { class: "search", "aria-label": "Search" });
  const input = element("input", { type: "text", role: "combobox", "aria-label": "Search", "aria-controls": "found", "aria-expanded": "false", "aria-autocomplete": "list", placeholder: "Methods, events, types, members …", autocomplete: "off", spellcheck: "false" });
  const close = element("button", { type: "button" }, "Close");
  const list = element("ul", { id: "found", role: "listbox", "aria-label": "What was found" });
  const nothing = element("p", { role: "status" });
  dialog.append(element("div", { class: "ask" }, input, close), list, nothing);
  document.body.append(dialog);
  let at = 0;

  function loadIndex() {
    if (globalThis.searchIndex !== undefined || find("script.index") !== null) {
      return;
    }
    const script = element("script", { class: "index", src: new URL("assets/search-index.js", root()).href });
    script.addEventListener("load", show);
    document.head.append(script);
  }

  /** How well an entry fits a word: 0 not at all. */
  function fit(entry, word) {
    const title = entry.t.toLowerCase();
    if (title === word) {
      return 100;
    }
    if (title.startsWith(word)) {
      return 60;
    }
    const parts = title.split(/[^\p{L}\p{N}]+/u);
    if (parts.some((p) => p.startsWith(word))) {
      return 40;
    }
    if (title.includes(word)) {
      return 25;
    }
    const words = entry.w ?? [];
    if (words.some((w) => w.toLowerCase() === word)) {
      return 20;
    }
    if (words.some((w) => w.toLowerCase().includes(word))) {
      return 8;
    }
    return (entry.d ?? "").toLowerCase().includes(word) ? 5 : 0;
  }

  const weights = { method: 1.3, event: 1.2, guide: 1.1 };

  function search(text) {
    const words = text.toLowerCase().split(/\s+/).filter((w) => w !== "");
    if (words.length === 0) {
      return [];
    }
    const found = [];
    for (const entry of globalThis.searchIndex ?? []) {
      let score = fit(entry, words.join(" "));
      if (score === 0 || words.length > 1) {
        const each = words.map((w) => fit(entry, w));
        // The geometric mean: a word that hardly fits counts.
        score = Math.max(score, each.reduce((a, b) => a * b, 1) ** (1 / words.length));
      }
      if (score > 0) {
        found.push({ entry, score: score * (weights[entry.k] ?? 1) - entry.t.length / 100 });
      }
    }
    return found.sort((a, b) => b.score - a.score).slice(0, 30).map((f) => f.entry);
  }

  function show() {
    const found = search(input.value);
    list.replaceChildren(...found.map((entry, i) => {
      const item = element("li", { id: `found-${i}`, role: "option", "aria-selected": "false" },
        element("span", { class: "kind" }, entry.k), element("strong", {}, entry.t));
      if (entry.d) {
        item.append(element("small", {}, entry.d));
      }
      item.addEventListener("click", () => {
        dialog.close();
        follow(new URL(entry.u, root()));
      });
      return item;
    }));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    nothing.textContent = found.length > 0 || input.value.trim() === "" ? "" : `Nothing is called “${input.value.trim()}”.`;
    nothing.hidden = nothing.textContent === "";
    mark(0);
  }

  function mark(to) {
    const items = all("li", list);
    at = items.length === 0 ? 0 : (to + items.length) % items.length;
    items.forEach((item, i) => {
      item.classList.toggle("at", i === at);
      item.setAttribute("aria-selected", String(i === at));
    });
    if (items.length > 0) {
      input.setAttribute("aria-activedescendant", items[at].id);
      items[at].scrollIntoView({ block: "nearest", behavior: "instant" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function ask() {
    loadIndex();
    toggleMenu(false);
    if (!dialog.open) {
      dialog.showModal();
    }
    input.select();
    show();
  }
  const finder = find(".find");
  finder.hidden = false;
  finder.addEventListener("click", ask);
  close.addEventListener("click", () => dialog.close());
  input.addEventListener("input", show);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
      dialog.close();
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      find("li.at", list)?.click();
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select") !== null;
    if ((event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      ask();
    }
  });

  // From page to page. The next one takes the place of this one's parts; whatever
  // goes wrong with that, the browser goes there itself.
  function inside(url) {
    return location.protocol.startsWith("http") && url.origin === location.origin && url.pathname.startsWith(root().pathname) && /(\.html|\/)$/.test(url.pathname);
  }

  let going = 0;
  async function go(url, push) {
    const turn = ++going;
    let next;
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      if (!answer.ok || !(answer.headers.get("Content-Type") ?? "").startsWith("text/html")) {
        throw new Error(`status ${answer.status}`);
      }
      next = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      location.href = url.href;
      return;
    }
    if (turn !== going) {
      return; // another page was asked for meanwhile
    }
    if (push) {
      history.pushState(null, "", url);
    }
    here = url.pathname;
    html.dataset.root = next.documentElement.dataset.root;
    document.title = next.title;
    for (const selector of [".brand", "#nav"]) {
      find(selector).replaceWith(document.adoptNode(find(selector, next)));
    }
    find(".toc")?.remove();
    const main = document.adoptNode(find("main", next));
    const toc = find(".toc", next);
    find("main").replaceWith(main);
    if (toc !== null) {
      main.after(document.adoptNode(toc));
    }
    toggleMenu(false);
    arrange();
    const target = url.hash === "" ? null : document.getElementById(decodeURIComponent(url.hash.slice(1)));
    main.focus({ preventScroll: true });
    if (target !== null) {
      target.scrollIntoView({ behavior: "instant" });
    } else {
      scrollTo({ top: 0, behavior: "instant" });
    }
  }

  /** Goes where a link would. */
  function follow(url) {
    if (inside(url) && url.pathname !== location.pathname) {
      void go(url, true);
    } else {
      location.href = url.href;
    }
  }

  let here = location.pathname;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link === null || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
      return;
    }
    const url = new URL(link.href);
    if (!inside(url)) {
      return;
    }
    toggleMenu(false);
    if (url.pathname !== location.pathname) {
      event.preventDefault();
      void go(url, true);
    }
  });
  addEventListener("popstate", () => {
    if (location.pathname !== here) {
      void go(new URL(location.href), false);
    }
  });

  arrange();
})();

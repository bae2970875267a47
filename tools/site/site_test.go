package site

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var shots = flag.String("shots", "", "write pictures of some pages to this folder")

// kinds is a page of each kind, and those with the most on them.
var kinds = []string{"index.html", "frames.html", "access.html", "errors.html", "types.html", "events.html", "changelog.html",
	"groups/chat.html", "methods/chat.send.html", "methods/connect.html", "methods/cron.add.html", "methods/config.get.html",
	"events/agent.event.html", "guides/handshake.html", "guides/evolve.html"}

// TestEveryPage is without complaint and without requests to elsewhere, and can
// be read on a phone without being moved sideways.
func TestEveryPage(t *testing.T) {
	b, base := open(t), served(t)
	for _, page := range pages(t) {
		b.width(390)
		b.visit(base + page)
		if over := value[float64](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
			t.Errorf("%s is %v px too wide: %s", page, over, value[string](b, `[...document.querySelectorAll("main *, header *")]
				.filter((e) => e.getBoundingClientRect().right > innerWidth && e.closest(".matrix, pre") === null).slice(0, 3)
				.map((e) => e.outerHTML.slice(0, 200)).join("\n")`))
		}
		for _, width := range []int64{740, 1030, 1280} {
			b.width(width)
			if wide := value[[]string](b, `[...document.querySelectorAll(".list, .fields")].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText.slice(0, 80))`); len(wide) > 0 {
				t.Errorf("%s at %d px: tables are too wide: %q", page, width, wide)
			}
		}
		b.quiet(page, base)
	}
}

// TestAccessibility: axe-core finds nothing serious, in light and dark, on a
// desk and on a phone.
func TestAccessibility(t *testing.T) {
	axe := axeSource(t)
	b, base := open(t), served(t)
	list := kinds
	if os.Getenv("GATESMITH_SOAK") != "" {
		list = pages(t)
	}
	for _, page := range list {
		b.width(1280)
		b.visit(base + page)
		value[any](b, axe+"; true")
		check := func(how string) {
			t.Helper()
			// Changing colours would be looked at while they change.
			for _, found := range value[[]string](b, `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations
				.filter((v) => v.impact === "serious" || v.impact === "critical")
				.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target + " " + n.html.slice(0, 120) + " " + (n.any[0]?.message ?? "")).join("\n  ")))`) {
				t.Errorf("%s, %s: %s", page, how, found)
			}
		}
		value[bool](b, `document.documentElement.dataset.theme = "light", true`)
		check("light")
		value[bool](b, `document.documentElement.dataset.theme = "dark", true`)
		b.width(390)
		check("dark, on a phone")
		if page == "index.html" {
			b.do(click(".find"), enter(".search input", "chat"))
			b.until(`document.querySelectorAll(".search li").length > 3`)
			check("searching")
			b.do(enter(".search input", kb.Escape), click(".menu"))
			check("with the menu open")
		}
		if *shots != "" {
			b.shoot(page)
		}
	}
}

// shoot takes pictures of a page.
func (b *browser) shoot(page string) {
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{390, 1280} {
			b.width(width)
			value[bool](b, `document.documentElement.dataset.theme = "`+theme+`", true`)
			png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				b.t.Fatal(err)
			}
			name := strings.NewReplacer("/", "-", ".html", "").Replace(page) + "-" + theme + map[bool]string{true: "-phone"}[width == 390] + ".png"
			if err := os.WriteFile(filepath.Join(*shots, name), png, 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

// axeSource is axe-core, which npm installs from the lockfile.
func axeSource(t *testing.T) string {
	t.Helper()
	const file = "node_modules/axe-core/axe.min.js"
	lock, err1 := os.Stat("package-lock.json")
	done, err2 := os.Stat("node_modules/.package-lock.json")
	if err1 != nil || err2 != nil || done.ModTime().Before(lock.ModTime()) {
		if _, err := exec.LookPath("npm"); err != nil {
			absent(t, "npm is not installed")
		}
		if out, err := exec.Command("npm", "ci", "--ignore-scripts").CombinedOutput(); err != nil {
			absent(t, "npm ci: "+err.Error()+"\n"+string(out))
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// controls marks everything that can be used on the page at hand, and counts it.
const controls = `(() => {
	const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
		.filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.closest("[inert]") === null);
	all.forEach((e, i) => { e.dataset.control = i; });
	return all.length;
})()`

// TestTab reaches every control.
func TestTab(t *testing.T) {
	b, base := open(t), served(t)
	for _, width := range []int64{1280, 390} {
		b.width(width)
		for _, page := range []string{"methods/chat.send.html", "access.html", "frames.html"} {
			b.visit(base + page)
			if strings.HasPrefix(page, "methods/") {
				b.until(`document.querySelector(".try form:not([hidden])") !== null`)
			}
			count := value[int](b, controls)
			if count < 20 {
				t.Errorf("%s: only %d controls", page, count)
			}
			reached := map[string]bool{}
			for range count + 5 {
				b.do(chromedp.KeyEvent(kb.Tab))
				reached[value[string](b, `document.activeElement?.dataset?.control ?? ""`)] = true
			}
			for i := range count {
				if name := value[string](b, `"" + `+itoa(i)); !reached[name] {
					t.Errorf("%s at %d px: Tab does not reach %s", page, width, value[string](b, `document.querySelector("[data-control='`+name+`']").outerHTML.slice(0, 160)`))
				}
			}
		}
	}
}

// TestSearch finds methods by names, types, members and errors, from the
// keyboard alone, and from a folder without any server.
func TestSearch(t *testing.T) {
	b, base := open(t), served(t)
	b.width(1280)
	search := func(t *testing.T, base string) {
		for _, c := range []struct{ words, page, text string }{
			{"chat.send", "methods/chat.send.html", "chat.send"},
			{"send chat", "methods/chat.send.html", "chat.send"},
			{"SessionRow", "types.html#sessionrow", "Types"},
			{"not_linked", "errors.html#not_linked", "Errors"},
			{"operator.admin", "access.html#scope.operator.admin", "Access"},
			{"system presence", "methods/system-presence.html", "system-presence"},
			{"skillKey", "methods/skills.update.html", "skills.update"},
		} {
			b.visit(base + "events.html")
			b.do(chromedp.KeyEvent("/"))
			b.until(`document.activeElement === document.querySelector(".search input") && globalThis.searchIndex !== undefined`)
			// The character of the key comes here as an event of its own, which nobody can prevent.
			b.do(set(".search input", ""), enter(".search input", c.words))
			b.do(chromedp.KeyEvent(kb.Enter))
			b.until(`location.href === "` + base + c.page + `" && document.querySelector("h1").textContent === "` + c.text + `"`)
		}
		b.visit(base + "index.html")
		b.do(click(".find"), enter(".search input", "zzz nothing"))
		b.until(`document.querySelector(".search p").textContent.includes("zzz nothing")`)
		b.do(chromedp.KeyEvent(kb.Escape))
		b.until(`!document.querySelector(".search").open`)
		b.quiet("search", base)
	}
	t.Run("served", func(t *testing.T) { search(t, base) })
	t.Run("from a folder", func(t *testing.T) {
		dir := t.TempDir()
		for _, f := range files(t) {
			path := filepath.Join(dir, filepath.FromSlash(f.Path))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		search(t, "file://"+dir+"/")
	})
}

// TestNavigation goes from page to page and back without leaving, keeps the
// chosen language and colours, and works in examples.
func TestNavigation(t *testing.T) {
	b, base := open(t), served(t)
	b.width(1280)
	b.visit(base)
	value[bool](b, `globalThis.stayed = true`)
	b.do(click(`article a[href="methods/chat.send.html"]`))
	b.until(`document.title.startsWith("chat.send ")`)
	b.do(click(`.tabs [data-form="Python"]`))
	if shown := value[[]string](b, `[...document.querySelectorAll(".form")].filter((f) => !f.hidden).map((f) => f.dataset.form)`); slices.Contains(shown, "Go") || !slices.Contains(shown, "Python") {
		t.Errorf("shown: %v", shown)
	}
	b.do(click(".theme"), click(".neighbours .next"))
	b.until(`location.pathname.endsWith("/groups/sessions.html") && document.querySelector("#nav [aria-current]").textContent === "Overview"`)
	b.do(click(`article a[href="../methods/sessions.patch.html"]`))
	b.until(`document.title.startsWith("sessions.patch ") && document.querySelector(".form[data-form=Python]").hidden === false`)
	b.do(chromedp.NavigateBack())
	b.until(`document.title.startsWith("Sessions ")`)
	if !value[bool](b, `globalThis.stayed === true && document.documentElement.dataset.theme === "dark"`) {
		t.Error("the page was left, or its colours forgotten")
	}
	b.visit(base + "methods/chat.abort.html")
	if !value[bool](b, `document.documentElement.dataset.theme === "dark" && localStorage.length === 2`) {
		t.Error("the colours are not kept, or more than preferences is")
	}
	b.width(390)
	b.do(click(".menu"), click(`#nav a[href="../methods/chat.history.html"]`))
	b.until(`document.title.startsWith("chat.history ") && !document.body.classList.contains("menu-open")`)
	b.quiet("navigation", base)
}

package site

import (
	"fmt"
	"html"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
)

// The frame that every page stands in is written by hand: packages with
// templates find methods by their names at run time, for which the linker keeps
// every exported method of a program, and the gateway is one with this in it.

// The drawings of the bar.
const (
	menuIcon   = `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 5h14M3 10h14M3 15h14"/></svg>`
	brandIcon  = `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 17V8l7-5 7 5v9M7 17v-6h6v6"/></svg>`
	searchIcon = `<svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="9" cy="9" r="5.5"/><path d="m13 13 4 4"/></svg>`
	themeIcon  = `<svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="6.5"/><path class="half" d="M10 3.5a6.5 6.5 0 0 1 0 13z"/></svg>`
)

// frame puts a page into the frame.
func (s *site) frame(pg *page) []byte {
	var b strings.Builder
	s.head(&b, pg)
	s.bar(&b, pg)
	b.WriteString("<div class=\"columns\">\n")
	s.navigation(&b, pg)
	s.main(&b, pg)
	contents(&b, pg)
	b.WriteString("</div>\n</body>\n</html>\n")
	return []byte(b.String())
}

func (s *site) head(b *strings.Builder, pg *page) {
	title, about, up := pg.title+" · "+s.title, "", root(pg.path)
	if pg.path == indexPath {
		title = s.title
	}
	if pg.about != "" {
		about = fmt.Sprintf("<meta name=\"description\" content=\"%s\">\n", html.EscapeString(shorten(pg.about)))
	}
	fmt.Fprintf(b, `<!doctype html>
<!-- %s -->
<html lang="en" data-root="%s">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title>
%s<meta name="color-scheme" content="light dark">
<link rel="icon" href="%[2]sassets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="%[2]sassets/site.css">
<script src="%[2]sassets/theme.js"></script>
<script src="%[2]sassets/site.js" defer></script>
</head>
<body>
`, emit.Header, up, html.EscapeString(title), about)
}

func (s *site) bar(b *strings.Builder, pg *page) {
	fmt.Fprintf(b, `<a class="skip" href="#content">Skip to the content</a>
<header class="bar">
<button type="button" class="menu icon" aria-expanded="false" aria-controls="nav" aria-label="Menu" hidden>%s</button>
<a class="brand" href="%sindex.html">%s<span>%s</span></a>
<button type="button" class="find" aria-label="Search" hidden>%s<span>Search</span><kbd>/</kbd></button>
<button type="button" class="theme icon" aria-label="Switch between light and dark" hidden>%s</button>
</header>
`, menuIcon, root(pg.path), brandIcon, html.EscapeString(s.title), searchIcon, themeIcon)
}

func (s *site) navigation(b *strings.Builder, pg *page) {
	b.WriteString("<nav id=\"nav\" aria-label=\"Pages\">\n")
	for _, g := range s.nav(pg) {
		if g.title != "" {
			open := ""
			if g.open {
				open = " open"
			}
			fmt.Fprintf(b, "<details%s><summary>%s</summary>\n", open, html.EscapeString(g.title))
		}
		b.WriteString("<ul>\n")
		for _, l := range g.links {
			here, text := "", html.EscapeString(l.text)
			if l.here {
				here = ` aria-current="page"`
			}
			if l.code {
				text = "<code>" + text + "</code>"
			}
			fmt.Fprintf(b, "<li><a href=\"%s\"%s>%s</a></li>\n", html.EscapeString(l.to), here, text)
		}
		b.WriteString("</ul>\n")
		if g.title != "" {
			b.WriteString("</details>\n")
		}
	}
	b.WriteString("</nav>\n")
}

func (s *site) main(b *strings.Builder, pg *page) {
	b.WriteString("<main id=\"content\" tabindex=\"-1\">\n")
	if crumbs := s.crumbs(pg); len(crumbs) > 0 {
		b.WriteString("<p class=\"crumbs\">")
		for _, l := range crumbs {
			fmt.Fprintf(b, `<a href="%s">%s</a> <span aria-hidden="true">/</span> `, html.EscapeString(l.to), html.EscapeString(l.text))
		}
		fmt.Fprintf(b, "<span>%s</span></p>\n", html.EscapeString(pg.title))
	}
	fmt.Fprintf(b, "<article>\n%s</article>\n<footer>\n<div class=\"neighbours\">", pg.body)
	previous, next := s.neighbours(pg)
	if previous != nil {
		fmt.Fprintf(b, `<a class="previous" href="%s"><small>Previous</small>%s</a>`, html.EscapeString(previous.to), html.EscapeString(previous.text))
	}
	if next != nil {
		fmt.Fprintf(b, `<a class="next" href="%s"><small>Next</small>%s</a>`, html.EscapeString(next.to), html.EscapeString(next.text))
	}
	schema := ""
	if pg.path == indexPath { // on every page it would change all of them with each change
		schema = " Schema <code>" + html.EscapeString(s.p.Hash) + "</code>."
	}
	fmt.Fprintf(b, "</div>\n<p>%s, version %d.%s</p>\n</footer>\n</main>\n", html.EscapeString(s.title), s.p.Version, schema)
}

// contents lists what is on a page.
func contents(b *strings.Builder, pg *page) {
	if len(pg.toc) == 0 {
		return
	}
	b.WriteString("<aside class=\"toc\" aria-label=\"On this page\">\n<p>On this page</p>\n<ul>\n")
	for _, h := range pg.toc {
		fmt.Fprintf(b, "<li class=\"level-%d\"><a href=\"#%s\">%s</a></li>\n", h.level, html.EscapeString(h.id), html.EscapeString(h.text))
	}
	b.WriteString("</ul>\n</aside>\n")
}

package reference

import (
	"bytes"
	"path"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
)

// page is a Markdown file as it grows. Blocks are set apart by blank lines;
// apart from the first comment and anchors there is no HTML in it.
type page struct {
	*book
	path string
	self string // wire name that is being explained: not linked to itself
	lift int    // how far headings are raised, on pages of one thing
	buf  bytes.Buffer
}

// page begins a page with the header that marks generated files.
func (b *book) page(path, title string) *page {
	pg := &page{book: b, path: path}
	pg.block("<!-- " + emit.Header + " -->")
	pg.heading(1, title)
	if path != indexPage && !b.split {
		pg.para("Part of the " + pg.link("reference", place{indexPage, ""}) + ".")
	}
	return pg
}

func (pg *page) bytes() []byte { return pg.buf.Bytes() }

func (pg *page) block(text string) {
	if pg.buf.Len() > 0 {
		pg.buf.WriteByte('\n')
	}
	pg.buf.WriteString(text)
	pg.buf.WriteByte('\n')
}

func (pg *page) heading(level int, text string) {
	pg.block(strings.Repeat("#", max(level-pg.lift, 1)) + " " + text)
}

// headingAt is a heading that links can name by ids of their own.
func (pg *page) headingAt(level int, text string, ids ...string) {
	pg.block(anchors(ids))
	pg.heading(level, text)
}

// entry begins what is said of a method or an event: with a heading, or where
// it has the page for itself with no more than the anchors.
func (pg *page) entry(wire string, ids ...string) {
	if !pg.split {
		pg.headingAt(2, wire, ids...)
		return
	}
	pg.block(anchors(ids))
}

func anchors(ids []string) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(anchor(id))
	}
	return b.String()
}

func anchor(id string) string { return `<a id="` + id + `"></a>` }

// para writes a paragraph, or nothing for the empty text.
func (pg *page) para(text string) {
	if text != "" {
		pg.block(text)
	}
}

// list writes bullets, leaving out empty ones.
func (pg *page) list(items ...string) {
	var kept []string
	for _, it := range items {
		if it != "" {
			kept = append(kept, "- "+it)
		}
	}
	pg.para(strings.Join(kept, "\n"))
}

// table writes a table, or nothing when it has no rows.
func (pg *page) table(head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	lines := []string{tableRow(head), "|" + strings.Repeat(" --- |", len(head))}
	for _, r := range rows {
		lines = append(lines, tableRow(r))
	}
	pg.block(strings.Join(lines, "\n"))
}

// tableRow escapes what would end a cell; code spans need that too.
func tableRow(cells []string) string {
	var b strings.Builder
	b.WriteByte('|')
	for _, c := range cells {
		c = strings.ReplaceAll(strings.Join(strings.Fields(c), " "), "|", `\|`)
		b.WriteString(" " + c + " |")
	}
	return b.String()
}

func (pg *page) fence(language, text string) {
	pg.block("```" + language + "\n" + text + "\n```")
}

// place is where something is explained.
type place struct{ page, anchor string }

// link leads to a place from this page.
func (pg *page) link(text string, to place) string {
	target := ""
	if to.page != pg.path {
		// Pages are at most one folder deep.
		if path.Dir(pg.path) != path.Dir(to.page) {
			target = relative(path.Dir(pg.path), to.page)
		} else {
			target = path.Base(to.page)
		}
	}
	if to.anchor != "" {
		target += "#" + to.anchor
	}
	return "[" + text + "](" + target + ")"
}

func relative(dir, to string) string {
	if dir == "." {
		return to
	}
	return strings.Repeat("../", strings.Count(dir, "/")+1) + to
}

// code writes a code span, with a longer fence when the text has backticks.
func code(text string) string {
	if !strings.Contains(text, "`") {
		return "`" + text + "`"
	}
	fence := "``"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + " " + text + " " + fence
}

// codes writes code spans with commas between.
func codes(texts []string) string {
	spans := make([]string, len(texts))
	for i, t := range texts {
		spans[i] = code(t)
	}
	return strings.Join(spans, ", ")
}

// either joins alternatives: a, b or c.
func either(items []string, word string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		return strings.Join(items[:n-1], ", ") + " " + word + " " + items[n-1]
	}
}

// sentence gives a text a capital letter and a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

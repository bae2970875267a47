package reference

import "github.com/gatesmith/gatesmith/gen/ir"

// Chapter is a page of the reference where each method and event has a page of
// its own. Links lead to the paths of other chapters.
type Chapter struct {
	Path  string // ends in .md
	Title string
	Text  []byte // Markdown, without the examples of a method or event

	// What the chapter explains, when it is one thing.
	Method *ir.Method
	Event  *ir.Event
	Group  *ir.Group

	Examples []Example // of the method or event
	Sections []Section // of the types on a page of several
}

// Example is an example as a reader sees it.
type Example struct {
	Title    string // Markdown
	Exchange *ir.Exchange
	Frames   string // JSON with comments: what goes over the wire
}

// Section is where a page explains a type.
type Section struct {
	Type   *ir.Type
	Anchor string
}

// Chapters writes the reference in pages of one thing each. The first is the
// index.
func Chapters(p *ir.Protocol) []Chapter {
	b := newBook(p, true)
	var out []Chapter
	for _, pg := range []struct {
		title string
		*page
	}{{"Overview", b.index()}, {"Frames and handshake", b.frames()}, {"Events", b.events()}, {"Types", b.types()}, {"Errors", b.errors()}, {"Access", b.access()}} {
		out = append(out, Chapter{Path: pg.path, Title: pg.title, Text: pg.bytes(), Sections: b.sections(pg.path)})
	}
	for _, g := range p.Groups {
		if len(g.Methods) == 0 {
			continue
		}
		pg := b.group(g)
		out = append(out, Chapter{Path: pg.path, Title: groupTitle(g), Text: pg.bytes(), Group: g})
		for _, m := range g.Methods {
			out = append(out, b.methodChapter(m))
		}
	}
	for _, e := range p.Events {
		out = append(out, b.eventChapter(e))
	}
	return out
}

// sections lists the types that a page explains.
func (b *book) sections(path string) []Section {
	var out []Section
	for _, t := range b.p.Types {
		if to, shared := b.homes[t]; shared && to.page == path {
			out = append(out, Section{t, to.anchor})
		}
	}
	return out
}

func (b *book) methodChapter(m *ir.Method) Chapter {
	pg := b.page(b.methodPlace(m).page, m.Wire)
	pg.lift = 1
	pg.method(m)
	c := Chapter{Path: pg.path, Title: m.Wire, Text: pg.bytes(), Method: m}
	for i := range m.Examples {
		x := &m.Examples[i]
		c.Examples = append(c.Examples, Example{pg.exampleName(x), x, pg.exchange(m, x)})
	}
	return c
}

func (b *book) eventChapter(e *ir.Event) Chapter {
	pg := b.page(b.eventPlace(e).page, e.Wire)
	pg.lift = 1
	pg.event(e)
	c := Chapter{Path: pg.path, Title: e.Wire, Text: pg.bytes(), Event: e}
	for i := range e.Examples {
		x := &e.Examples[i]
		c.Examples = append(c.Examples, Example{pg.exampleName(x), x, pg.eventFrame(e, x.Dialect, x.Payload).pretty()})
	}
	return c
}

// Pretty lays out a JSON text as examples have it.
func Pretty(text []byte) string { return parse(text).pretty() }

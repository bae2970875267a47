package reference

import (
	"strconv"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// index writes the page that the others are reached from.
func (b *book) index() *page {
	title := b.p.Title
	if title == "" {
		title = b.p.Name
	}
	pg := b.page(indexPage, title)
	pg.para(pg.prose(b.p.Doc))
	pg.para(pg.versionWords())
	configuration := ""
	if len(b.p.Configs) > 0 {
		configuration = pg.link("Configuration", place{configPage, ""}) + ": what can be set, with defaults"
	}
	pg.list(
		pg.link("Frames", place{framesPage, ""})+": the envelopes and the "+pg.handshakeLink(),
		pg.link("Methods", place{indexPage, "methods"})+", by group: what clients can ask for",
		pg.link("Events", place{eventsPage, ""})+": what the server sends unasked",
		pg.link("Types", place{typesPage, ""})+": shapes that several of them share",
		pg.link("Errors", place{errorsPage, ""})+": codes and messages",
		pg.link("Access", place{accessPage, ""})+": roles, scopes, and who may call and receive what",
		configuration,
	)
	pg.howToRead()
	pg.methods()
	pg.heading(2, "Events")
	var rows [][]string
	for _, e := range b.p.Events {
		rows = append(rows, []string{pg.link(code(e.Wire), pg.eventPlace(e)), pg.scopeWord(e.Access), pg.prose(firstSentence(e.Doc))})
	}
	pg.table([]string{"Event", "Scope", "What it tells"}, rows)
	pg.dialects()
	pg.notOffered()
	return pg
}

func (pg *page) versionWords() string {
	v := strconv.Itoa(pg.p.Version)
	if pg.p.MinVersion < pg.p.Version {
		return "This is version " + v + "; servers accept clients from version " + strconv.Itoa(pg.p.MinVersion) + " on."
	}
	return "This is version " + v + "."
}

func (pg *page) handshakeLink() string {
	if pg.p.Frame(ir.FrameConnect) == nil || pg.p.Frame(ir.FrameHello) == nil {
		return "handshake"
	}
	return pg.link("handshake", place{framesPage, "handshake"})
}

func groupTitle(g *ir.Group) string {
	if g.Title != "" {
		return g.Title
	}
	return g.Name
}

// howToRead explains the conventions of the tables and examples.
func (pg *page) howToRead() {
	pg.heading(2, "How to read")
	pg.list(
		"In tables, `a.b` is member `b` of the object in `a`, `a[].b` that of each item of the array in `a`, and `a.*.b` that of each value of the map in `a`.",
		"**Presence** of what you send: *required*, *optional*, or left out for the *default* shown. Of what you receive: *always* there, or *optional*. Null is only allowed where the type says “or null”, and is not the same as absent.",
		"Objects you send must not have other members than those listed, unless they are called open. Be tolerant in what you receive: ignore members, enum values and forms that you don't know, for a newer server may send them.",
		"Lengths count Unicode code points. Integers lie within ±(2^53−1).",
		"A **secret** is a token, password or key: keep it out of logs.",
		"Examples are whole frames. Members that the server adds for order and state ("+pg.leftOut()+") are left out.",
	)
}

// leftOut names the frame members that examples do not show.
func (pg *page) leftOut() string {
	var names []string
	if f := pg.p.Frame(ir.FrameEvent); f != nil {
		for _, part := range []string{"seq", "stateVersion"} {
			if wire := f.Member(part); wire != "" {
				names = append(names, code(wire))
			}
		}
	}
	if len(names) == 0 {
		return "such as sequence numbers"
	}
	return either(names, "and")
}

// methods lists all methods by group.
func (pg *page) methods() {
	pg.heading(2, "Methods")
	for _, g := range pg.p.Groups {
		if len(g.Methods) == 0 {
			continue
		}
		pg.heading(3, pg.link(groupTitle(g), place{pg.groupPage(g), ""}))
		pg.para(pg.prose(g.Doc))
		var rows [][]string
		for _, m := range g.Methods {
			rows = append(rows, pg.methodRow(m))
		}
		pg.table(methodHead, rows)
	}
}

// dialects explains the dialects and lists the names in which they differ.
func (pg *page) dialects() {
	if len(pg.p.Dialects) < 2 {
		return
	}
	pg.heading(2, "Dialects")
	pg.para("This reference uses the names of the " + code(pg.p.Canonical().Name) + " dialect.")
	pg.dialectList()
	var rows [][]string
	for _, m := range pg.p.Methods {
		for _, a := range m.Aliases {
			rows = append(rows, []string{code(a.Name), "method " + pg.link(code(m.Wire), pg.methodPlace(m)), code(a.Dialect.Name)})
		}
	}
	for _, e := range pg.p.Events {
		for _, f := range e.Forms {
			if f.Name != e.Wire {
				rows = append(rows, []string{code(f.Name), "event " + pg.link(code(e.Wire), pg.eventPlace(e)), code(f.Dialect.Name)})
			}
		}
	}
	if len(rows) > 0 {
		pg.para("Method names of all dialects are accepted on every connection; events come under the name of the connection's dialect.")
	}
	pg.table([]string{"Name", "Is the name of", "Dialect"}, rows)
}

func (pg *page) dialectList() {
	var items []string
	for _, d := range pg.p.Dialects {
		items = append(items, code(d.Name)+": "+pg.prose(d.Doc))
	}
	pg.list(items...)
}

// notOffered lists the methods that the protocol has but this server does not
// serve.
func (pg *page) notOffered() {
	var rows [][]string
	for _, m := range pg.p.Methods {
		if m.NotOffered != "" {
			rows = append(rows, []string{pg.link(code(m.Wire), pg.methodPlace(m)), pg.prose(m.NotOffered)})
		}
	}
	if len(rows) == 0 {
		return
	}
	pg.heading(2, "Not offered")
	pg.para("The protocol has these methods, but the server that comes with this reference does not serve them.")
	pg.table([]string{"Method", "Why"}, rows)
}

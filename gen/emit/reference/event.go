package reference

import (
	"strconv"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// events writes the page of events.
func (b *book) events() *page {
	pg := b.page(eventsPage, "Events")
	pg.para("Messages that the server sends unasked, in " + pg.frameLink(ir.FrameEvent, "event frames") + ". Which connection gets which event is decided by its role and scopes, as for methods.")
	var rows [][]string
	for _, e := range b.p.Events {
		rows = append(rows, []string{pg.link(code(e.Wire), pg.eventPlace(e)), pg.scopeWord(e.Access), pg.prose(firstSentence(e.Doc))})
	}
	pg.table([]string{"Event", "Scope", "What it tells"}, rows)
	for _, e := range b.p.Events {
		if !b.split {
			pg.event(e)
		}
	}
	return pg
}

func (pg *page) event(e *ir.Event) {
	pg.self = e.Wire
	defer func() { pg.self = "" }()
	pg.entry(e.Wire, e.Wire)
	if e.Deprecated != nil {
		pg.para(pg.deprecated(e.Deprecated))
	}
	pg.para(pg.prose(e.Doc))
	pg.eventFacts(e)
	roots := []*ir.Type{e.Payload}
	for _, f := range e.Forms {
		roots = append(roots, f.Payload)
	}
	s := pg.section(e.Wire, 4, roots...)
	s.said = e.Doc
	s.part("Payload", ir.Use{Type: e.Payload}, "", false)
	for _, f := range e.Forms {
		if f.Payload != nil {
			s.part("Payload in the "+code(f.Dialect.Name)+" dialect", ir.Use{Type: f.Payload}, "", false)
		}
	}
	if !pg.split {
		pg.eventExamples(e)
	}
}

// eventFacts are what a client has to know about an event beside its payload.
func (pg *page) eventFacts(e *ir.Event) {
	items := []string{
		"**Received by:** " + pg.accessWords(e.Access),
		"**Sent to:** " + pg.audienceWords(e),
		"**Delivery:** " + deliveryWords(e.Delivery),
	}
	if e.StateVersion != "" {
		words := "the frame carries the version of " + code(e.StateVersion)
		if f := pg.p.Frame(ir.FrameEvent); f != nil && f.Member("stateVersion") != "" {
			words += " in " + code(f.Member("stateVersion"))
		}
		items = append(items, "**State:** "+words+"; drop an event that is older than what you have.")
	}
	for _, f := range e.Forms {
		if f.Name != e.Wire {
			items = append(items, "**Other name:** "+code(f.Name)+" on connections in the "+code(f.Dialect.Name)+" dialect.")
		}
	}
	var causes []string
	for _, m := range pg.p.Methods {
		for _, emitted := range m.Emits {
			if emitted == e {
				causes = append(causes, pg.link(code(m.Wire), pg.methodPlace(m)))
			}
		}
	}
	if len(causes) > 0 {
		items = append(items, "**Caused by:** "+either(causes, "and")+", among others.")
	}
	if e.Since > 0 {
		items = append(items, "**Since:** version "+strconv.Itoa(e.Since)+".")
	}
	pg.list(items...)
}

// audienceWords says to how many connections an event goes.
func (pg *page) audienceWords(e *ir.Event) string {
	one := "one connection alone"
	if f := pg.p.Frame(ir.FrameEvent); f != nil && f.Member("seq") != "" {
		one += ", without " + code(f.Member("seq"))
	}
	switch {
	case e.Broadcast && e.Peer:
		return "every connection that may receive it; in some cases " + one + "."
	case e.Peer:
		return one + "."
	}
	return "every connection that may receive it."
}

// deliveryWords says what happens when a client reads too slowly.
func deliveryWords(r ir.DeliveryRule) string {
	if r.By == "" {
		return sentenceEnd(deliveryOf(r.Default, r.LatestKey))
	}
	words := "by " + code(r.By) + ": "
	for _, c := range r.Cases {
		words += code(c.Value) + " is " + deliveryOf(c.Delivery, r.LatestKey) + "; "
	}
	return words + "any other is " + sentenceEnd(deliveryOf(r.Default, r.LatestKey))
}

func sentenceEnd(text string) string { return text + "." }

func deliveryOf(d ir.Delivery, key []string) string {
	switch d {
	case ir.DeliverDropIfSlow:
		return "left out for a client that reads too slowly"
	case ir.DeliverLatest:
		return "superseded by a newer one of the same " + codes(key) + " while it waits to be sent"
	}
	return "never left out, in order; a client too slow for it is disconnected"
}

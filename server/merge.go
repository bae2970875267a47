package server

import "github.com/gatesmith/gatesmith/protocol"

// EventRules say of events what the protocol's tables cannot.
type EventRules interface {
	// Withheld reports whether connections of a dialect are not sent an event
	// although they may have it.
	Withheld(d protocol.Dialect, e protocol.Event) bool
	// Form says what an event is about, such as a run of the agent, and in which
	// form. Events about the same thing stay in order; two of them with nothing
	// between, and of one form that is not empty, can be merged. An event about
	// nothing ("") is left alone.
	Form(e protocol.Event) (about, form string)
	// Merge gives one event in place of two that wait for a slow connection, and by how many bytes it is longer
	// than the newer one. Both stay as they are.
	Merge(older, newer protocol.Event) (joined protocol.Event, more int)
}

// merged is an event that stands for several.
type merged struct {
	event protocol.Event
	more  int
}

// latestForm is the form of events that say all that their elders said.
const latestForm = "latest"

// searched is how many items are looked through one by one; a longer queue
// keeps a table.
const searched = 32

// supersede takes away the queued message that a newer one can stand for, and
// joins what it said to the newer. It never had a number, so no hole is seen.
func (q *queue) supersede(it *item) {
	k := q.find(it.about)
	if k < 0 {
		return
	}
	old := &q.items[k]
	if old.form != it.form || it.form == "" || old.numbered != it.numbered {
		return
	}
	if it.form != latestForm {
		it.merged = join(old, it.message)
	}
	q.bytes -= old.size()
	*old = item{skip: old.skip}
	q.holes++
}

func join(old *item, m *message) *merged {
	older := old.source.event
	if old.merged != nil {
		older = old.merged.event
	}
	e, more := m.source.rules.Merge(older, m.source.event)
	return &merged{e, more}
}

// find gives the index of the last item about something, or -1.
func (q *queue) find(about string) int {
	if q.places != nil {
		k, ok := q.places[about]
		if !ok || k < q.taken || q.items[k-q.taken].message == nil {
			return -1
		}
		return k - q.taken
	}
	for k := len(q.items) - 1; k >= 0; k-- {
		if m := q.items[k].message; m != nil && m.about == about {
			return k
		}
	}
	return -1
}

// place notes where the newest item is.
func (q *queue) place(about string) {
	if q.places != nil {
		q.places[about] = q.taken + len(q.items) - 1
		return
	}
	if len(q.items) < searched {
		return
	}
	q.places = map[string]int{}
	for k, it := range q.items {
		if it.message != nil && it.about != "" {
			q.places[it.about] = q.taken + k
		}
	}
}

// compact closes the holes that superseded items left, once they are many.
func (q *queue) compact() {
	if q.holes <= searched || q.holes*2 < len(q.items) {
		return
	}
	rest := q.items[:0]
	for _, it := range q.items {
		it.skip += q.skip
		q.skip = 0
		if it.message == nil {
			q.skip = it.skip
			continue
		}
		rest = append(rest, it)
	}
	clear(q.items[len(rest):])
	q.items, q.holes, q.places = rest, 0, nil
}

// body is what is written of an item.
func (q *queue) body(it *item) []byte {
	if it.merged == nil {
		return it.message.body
	}
	// Whoever published it may still be making other messages of it.
	r := &renderer{event: it.merged.event, adapter: it.source.adapter, version: it.source.version}
	return r.render(q.dialect)
}

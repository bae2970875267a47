package server

import (
	"github.com/gatesmith/gatesmith/protocol"
)

// renderer makes an event's messages, one for each dialect that is asked for.
type renderer struct {
	event    protocol.Event
	adapter  protocol.Adapter
	rules    EventRules
	version  *protocol.StateVersion
	numbered bool
	dialects [2]rendering
}

// rendering is an event as one dialect has it, made when first needed.
type rendering struct {
	made    bool
	message *message // nil when the dialect gets no such event
}

func (h *hub) renderer(e protocol.Event, numbered bool) *renderer {
	r := &renderer{event: e, adapter: h.adapter, rules: h.rules, numbered: numbered}
	if info := e.ID.Info(); info != nil && info.StateVersion != "" {
		h.mu.RLock()
		v := h.version
		h.mu.RUnlock()
		r.version = &v
	}
	return r
}

// message gives the event as a dialect has it, or nil.
func (r *renderer) message(d protocol.Dialect) *message {
	x := &r.dialects[d]
	if x.made {
		return x.message
	}
	x.made = true
	body := r.render(d)
	if body == nil {
		return nil
	}
	delivery := r.event.Delivery()
	m := &message{body: body, event: r.event.ID, numbered: r.numbered, droppable: delivery != protocol.DeliverOrdered, source: r}
	switch {
	case delivery == protocol.DeliverLatest:
		m.about, m.form = r.event.ID.String()+"\x00"+r.event.LatestKey(), latestForm
	case r.rules != nil:
		if about, form := r.rules.Form(r.event); about != "" {
			m.about, m.form = r.event.ID.String()+"\x00"+about, form
		}
	}
	x.message = m
	return m
}

// render encodes the event for a dialect up to where each connection's number
// goes; nil when the dialect gets no such event.
func (r *renderer) render(d protocol.Dialect) []byte {
	if r.rules != nil && r.rules.Withheld(d, r.event) {
		return nil
	}
	payload := r.event.Payload
	if r.adapter != nil {
		payload = r.event.PayloadIn(d, r.adapter)
	}
	if payload == nil {
		return nil
	}
	return encodeEvent(r.event.ID.NameIn(d), payload, r.version)
}

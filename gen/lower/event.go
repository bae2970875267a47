package lower

import (
	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// event reads one event file. Its root is the schema of the canonical payload.
func (l *lowerer) event(f *source.File) {
	n := f.Root
	l.declare(n)
	e := &ir.Event{Meta: l.meta(n), Wire: l.text(n, "x-event")}
	e.Name = l.fileName(f)
	if e.Name.Empty() {
		l.add(n, diag.KeywordMissing, "an event file needs a title: the name of its payload in code")
	}
	l.wireNameOf(n, "x-event", e.Wire)
	l.p.Events = append(l.p.Events, e)
	use := l.uses[n].use
	if e.Payload = use.Type; use.Nullable {
		l.add(n, diag.KeywordUnsupported, "an event's payload may not be null")
	}
	e.Access = l.access(n)
	if l.oneOf(n, "x-direction", "server") == "" && !n.Has("x-direction") {
		l.add(n, diag.KeywordMissing, "x-direction is missing: \"server\" for events that the server pushes")
	}
	e.Delivery = l.delivery(n)
	l.audience(n, e)
	e.StateVersion = l.text(n, "x-state-version")
	l.entries(n, "x-dialects", func(key string, v *source.Node) { l.form(e, key, v) })
	if v := n.Get("x-published"); v != nil && l.want(v, source.String, "x-published") {
		e.Published = l.dialect(v, v.Text)
		if e.Published != nil && e.Form(e.Published) == nil {
			l.add(v, diag.KeywordValue, "x-published is %q, for which x-dialects has no form", v.Text)
		}
	}
}

func (l *lowerer) form(e *ir.Event, key string, v *source.Node) {
	l.only(v, "a dialect form", "name", "payload")
	form := ir.Form{Dialect: l.dialect(v, key), Name: l.text(v, "name")}
	if form.Name == "" {
		form.Name = e.Wire
	}
	if p := v.Get("payload"); p != nil {
		form.Payload = l.lower(p).Type
	}
	if form.Dialect != nil {
		e.Forms = append(e.Forms, form)
	}
}

var deliveries = []string{string(ir.DeliverOrdered), string(ir.DeliverDropIfSlow), string(ir.DeliverLatest)}

// delivery reads x-delivery: one for all, or chosen by a property's value.
func (l *lowerer) delivery(n *source.Node) ir.DeliveryRule {
	rule := ir.DeliveryRule{Default: ir.DeliverOrdered, LatestKey: l.strings(n, "x-latest-key")}
	v := n.Get("x-delivery")
	switch {
	case v == nil:
		l.add(n, diag.EventDeliveryRequired, "x-delivery is missing: %s, or an object with \"by\"", quoteList(deliveries))
		return rule
	case v.Kind != source.Object:
		rule.Default = ir.Delivery(l.oneOf(n, "x-delivery", deliveries...))
	default:
		rule.By = l.text(v, "by")
		for _, m := range v.Members {
			d := ir.Delivery(m.Value.Text)
			switch m.Key {
			case "by":
			case "else":
				rule.Default = ir.Delivery(l.oneOf(v, "else", deliveries...))
			default:
				l.oneOf(v, m.Key, deliveries...)
				rule.Cases = append(rule.Cases, ir.DeliveryCase{Value: m.Key, Delivery: d})
			}
		}
		if rule.By == "" {
			l.add(v, diag.EventDeliveryRequired, "x-delivery as an object needs \"by\": the property whose value chooses")
		}
	}
	latest := rule.Default == ir.DeliverLatest
	for _, c := range rule.Cases {
		latest = latest || c.Delivery == ir.DeliverLatest
	}
	if latest && len(rule.LatestKey) == 0 {
		l.add(n, diag.EventDeliveryRequired, "delivery \"latest\" needs x-latest-key: the properties that tell which queued event is superseded")
	}
	return rule
}

func (l *lowerer) audience(n *source.Node, e *ir.Event) {
	for _, a := range l.strings(n, "x-audience") {
		switch a {
		case "broadcast":
			e.Broadcast = true
		case "peer":
			e.Peer = true
		default:
			l.add(n.Get("x-audience"), diag.KeywordValue, "x-audience lists %q: expected \"broadcast\" and \"peer\"", a)
		}
	}
	if !e.Broadcast && !e.Peer {
		l.add(n, diag.EventDeliveryRequired, "x-audience is missing: \"broadcast\", \"peer\" or both")
	}
}

// linkEvents checks what the delivery rule names against the payloads.
func (l *lowerer) linkEvents() {
	for _, e := range l.p.Events {
		payloads := []*ir.Type{e.Payload}
		for _, f := range e.Forms {
			if f.Payload != nil {
				payloads = append(payloads, f.Payload)
			}
		}
		for _, wire := range append([]string{e.Delivery.By}, e.Delivery.LatestKey...) {
			for _, p := range payloads {
				if wire != "" && p != nil && !hasMember(p, wire) {
					l.list.Add(e.Pos, diag.EventDeliveryRequired, "delivery of event %q names property %q, which its payload does not have", e.Wire, wire)
				}
			}
		}
	}
}

// hasMember reports whether every value of a type has a declared property.
func hasMember(t *ir.Type, wire string) bool {
	if t.Kind == ir.Union {
		for _, v := range t.Union.Variants {
			if v.Type != nil && !hasMember(v.Type, wire) {
				return false
			}
		}
		return true
	}
	return t.Field(wire) != nil
}

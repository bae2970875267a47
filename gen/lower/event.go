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
	e.Payload = l.payload(n, l.uses[n].use)
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

// payload checks that a payload is of a type with a name and methods in every
// target: what travels as an event is passed around by them.
func (l *lowerer) payload(n *source.Node, use ir.Use) *ir.Type {
	if t := use.Type; t != nil && (use.Nullable || t.Kind != ir.Struct && t.Kind != ir.Union) {
		l.add(n, diag.KeywordUnsupported, "an event's payload is an object with known members, or a union")
	}
	return use.Type
}

func (l *lowerer) form(e *ir.Event, key string, v *source.Node) {
	l.only(v, "a dialect form", "name", "payload")
	form := ir.Form{Dialect: l.dialect(v, key), Name: l.text(v, "name")}
	if form.Name == "" {
		form.Name = e.Wire
	}
	if p := v.Get("payload"); p != nil {
		form.Payload = l.payload(p, l.lower(p))
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
	if !n.Has("x-audience") {
		l.add(n, diag.EventDeliveryRequired, "x-audience is missing: \"broadcast\", \"peer\" or both")
	}
}

// linkEvents checks what the delivery rule names against the payload that
// services publish.
func (l *lowerer) linkEvents() {
	for _, e := range l.p.Events {
		published := e.Payload
		if f := e.Form(e.Published); e.Published != nil && f != nil && f.Payload != nil {
			published = f.Payload
		}
		for _, wire := range append([]string{e.Delivery.By}, e.Delivery.LatestKey...) {
			if wire != "" && published != nil && !hasText(published, wire) {
				l.list.Add(e.Pos, diag.EventDeliveryRequired, "delivery of event %q names %q: expected a string among the properties of the payload that is published", e.Wire, wire)
			}
		}
	}
}

// hasText reports whether a type is an object with a property that holds a
// string, and not always the same one.
func hasText(t *ir.Type, wire string) bool {
	f := t.Field(wire)
	if f == nil || f.Use.Type == nil || f.Use.Type.Const != nil {
		return false
	}
	switch f.Use.Type.Kind {
	case ir.String:
		return true
	case ir.Enum:
		return f.Use.Type.Enum.Base == ir.String
	}
	return false
}

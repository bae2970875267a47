package lower

import (
	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// linkExamples reads x-examples once all events are known. Whether the values
// are valid is lint's to say.
func (l *lowerer) linkExamples() {
	for _, e := range l.emits {
		for _, it := range l.items(e.node, "x-examples") {
			e.method.Examples = append(e.method.Examples, l.exchange(it, "params", "accepted", "result", "error", "failure", "events"))
		}
	}
	for _, f := range l.events {
		event := l.p.Event(f.Root.Str("x-event"))
		for _, it := range l.items(f.Root, "x-examples") {
			x := l.exchange(it, "payload")
			if event != nil {
				event.Examples = append(event.Examples, x)
			}
		}
	}
}

func (l *lowerer) exchange(n *source.Node, parts ...string) ir.Exchange {
	var x ir.Exchange
	if !l.want(n, source.Object, "an example") {
		return x
	}
	l.only(n, "an example", append([]string{"title", "dialect"}, parts...)...)
	x.Pos = n.Pos()
	x.Title = l.text(n, "title")
	if v := n.Get("dialect"); v != nil && l.want(v, source.String, "dialect") {
		x.Dialect = l.dialect(v, v.Text)
	}
	for _, part := range []struct {
		key  string
		into *[]byte
	}{{"params", &x.Params}, {"accepted", &x.Accepted}, {"result", &x.Result}, {"error", &x.Error}, {"failure", &x.Failure}, {"payload", &x.Payload}} {
		if v := n.Get(part.key); v != nil {
			*part.into = compact(v)
		}
	}
	for _, it := range l.items(n, "events") {
		if !l.want(it, source.Object, "an event of an example") {
			continue
		}
		l.only(it, "an event of an example", "event", "payload")
		event := l.p.Event(l.text(it, "event"))
		if event == nil {
			l.add(it, diag.ManifestUndeclared, "event %q is not declared under events/", it.Str("event"))
			continue
		}
		if p := it.Get("payload"); p != nil {
			x.Events = append(x.Events, ir.ExchangeEvent{Event: event, Payload: compact(p)})
		}
	}
	return x
}

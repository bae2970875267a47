package lint

import (
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// examples checks every example against the schema it illustrates, as strictly
// as a server checks requests.
func (l *linter) examples() {
	for _, s := range l.p.Samples {
		l.valid(s.Location, s.JSON, s.Use, "example")
	}
	for _, m := range l.p.Methods {
		for i, x := range m.Examples {
			l.exchange(m, x, m.Location+"/x-examples/"+strconv.Itoa(i))
		}
	}
	for _, e := range l.p.Events {
		for i, x := range e.Examples {
			at := e.Location + "/x-examples/" + strconv.Itoa(i)
			if x.Payload == nil {
				l.report(at, diag.ExampleValid, "an example of an event has a payload")
				continue
			}
			l.valid(at+"/payload", x.Payload, ir.Use{Type: payload(e, x.Dialect)}, "payload")
		}
	}
}

// payload is an event's payload type in a dialect; nil means canonical.
func payload(e *ir.Event, d *ir.Dialect) *ir.Type {
	if f := e.Form(d); f != nil && f.Payload != nil {
		return f.Payload
	}
	return e.Payload
}

func (l *linter) exchange(m *ir.Method, x ir.Exchange, at string) {
	params := x.Params
	if params == nil {
		params = []byte("{}")
	}
	l.valid(at+"/params", params, ir.Use{Type: m.Params}, "params")
	if (x.Result == nil) == (x.Error == nil) && !(x.Accepted != nil && x.Error == nil) {
		l.report(at, diag.ExampleValid, "an exchange ends in a result or in an error")
	}
	l.part(at+"/result", x.Result, m.Result, "result")
	l.part(at+"/accepted", x.Accepted, ir.Use{Type: m.Accepted}, "accepted")
	l.part(at+"/failure", x.Failure, ir.Use{Type: m.Failure}, "failure")
	if f := l.p.Frame(ir.FrameError); f != nil {
		l.part(at+"/error", x.Error, ir.Use{Type: f.Type}, "error")
	}
	for i, e := range x.Events {
		l.valid(at+"/events/"+strconv.Itoa(i)+"/payload", e.Payload, ir.Use{Type: payload(e.Event, x.Dialect)}, "payload of "+e.Event.Wire)
	}
}

// part checks a part that an exchange may leave out, and that only a method
// which declares it can have.
func (l *linter) part(at string, value []byte, use ir.Use, what string) {
	switch {
	case value == nil:
	case use.Type == nil:
		l.report(at, diag.ExampleValid, "the method declares no %q under $defs", what)
	default:
		l.valid(at, value, use, what)
	}
}

// valid reports each issue of a value at the place of the issue.
func (l *linter) valid(at string, value []byte, use ir.Use, what string) {
	if use.Type == nil {
		return
	}
	for _, issue := range wire.Explain(value, wire.Strict, l.p.Limits.MaxDepth, l.shapes.Shapes, l.shapes.Place(use)) {
		message := issue.Message
		if issue.Path != "" {
			message = "at " + issue.Path + ": " + message
		}
		l.report(at+issue.Path, diag.ExampleValid, "invalid %s: %s", what, message)
	}
}

// defaults checks the limits of defaults; their kinds were checked when they
// were read.
func (l *linter) defaults() {
	for _, t := range l.p.Types {
		for _, f := range t.Fields {
			if f.Default == nil {
				continue
			}
			for _, issue := range wire.Explain([]byte(f.Default.JSON), wire.Strict, l.p.Limits.MaxDepth, l.shapes.Shapes, l.shapes.Place(f.Use)) {
				l.report(f.Location+"/default", diag.DefaultValid, "default %s is not valid: %s", f.Default.JSON, issue.Message)
			}
		}
	}
}

// inline reports whether a type is spelled out where it is used, and not
// declared by a file or under $defs.
func inline(t *ir.Type) bool {
	_, pointer, _ := strings.Cut(t.Location, "#")
	if pointer == "" {
		return false
	}
	parts := strings.Split(pointer, "/")
	return len(parts) != 3 || parts[1] != "$defs"
}

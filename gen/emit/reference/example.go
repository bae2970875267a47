package reference

import (
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// exampleID is the id of the request in examples.
const exampleID = "1"

func (pg *page) methodExamples(m *ir.Method) {
	if len(m.Examples) == 0 {
		return
	}
	pg.heading(3, "Examples")
	for i := range m.Examples {
		x := &m.Examples[i]
		pg.exampleTitle(x)
		pg.fence("jsonc", pg.exchange(m, x))
	}
}

func (pg *page) eventExamples(e *ir.Event) {
	if len(e.Examples) == 0 {
		return
	}
	pg.heading(3, "Examples")
	for i := range e.Examples {
		x := &e.Examples[i]
		pg.exampleTitle(x)
		pg.fence("json", pg.eventFrame(e, x.Dialect, x.Payload).pretty())
	}
}

func (pg *page) exampleTitle(x *ir.Exchange) { pg.para(pg.exampleName(x) + ":") }

// exampleName says what an example shows.
func (pg *page) exampleName(x *ir.Exchange) string {
	title := x.Title
	if title == "" {
		title = "Example"
	}
	if x.Dialect != nil && x.Dialect != pg.p.Canonical() {
		title += ", in the " + code(x.Dialect.Name) + " dialect"
	}
	return pg.words(title)
}

// exchange writes a call as the frames that go over the wire, each with a
// comment that says who sends it.
func (pg *page) exchange(m *ir.Method, x *ir.Exchange) string {
	var b strings.Builder
	send := func(who string, frame *value) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("// " + who + "\n" + frame.pretty())
	}
	// In the canonical dialect the handshake's first message and its answer
	// come without the envelopes of a request and a response.
	bare := pg.isHandshake(m) && (x.Dialect == nil || x.Dialect == pg.p.Canonical())
	id := exampleID
	if bare {
		id = m.Wire
		send("client", parse(x.Params))
	} else {
		send("client", pg.request(m, x))
	}
	events := func() {
		for _, e := range x.Events {
			send("server"+receivers(m, e.Event), pg.eventFrame(e.Event, x.Dialect, e.Payload))
		}
	}
	if x.Accepted != nil {
		send("server, at once", pg.response(id, x.Accepted, nil))
	}
	// What a waiting call leads to happens before its answer.
	first := x.Accepted != nil || m.Wait.Blocks
	if first {
		events()
	}
	switch {
	case x.Error != nil:
		send("server", pg.response(id, x.Failure, x.Error))
	case x.Result != nil && bare:
		send("server", parse(x.Result))
	case x.Result != nil:
		send("server", pg.response(id, x.Result, nil))
	}
	if !first {
		events()
	}
	return b.String()
}

// receivers names who gets an event that does not go to the caller.
func receivers(m *ir.Method, e *ir.Event) string {
	var roles []string
	for _, r := range e.Access.Roles {
		for _, caller := range m.Access.Roles {
			if r == caller {
				return ""
			}
		}
		roles = append(roles, r.Name)
	}
	return ", to " + either(roles, "or")
}

// request is the request frame of an example.
func (pg *page) request(m *ir.Method, x *ir.Exchange) *value {
	name := text(pg.nameIn(m, x.Dialect))
	return pg.frame(ir.FrameRequest, []filled{{"id", text(exampleID)}, {"method", name}, {"params", parse(x.Params)}})
}

// nameIn is what a dialect calls a method.
func (pg *page) nameIn(m *ir.Method, d *ir.Dialect) string {
	if d == nil || d == pg.p.Canonical() {
		return m.Wire
	}
	for _, a := range m.Aliases {
		if a.Dialect == d && !a.Deprecated {
			return a.Name
		}
	}
	return m.Wire
}

// response is a response frame; payload and failure may be nil.
func (pg *page) response(id string, payload, failure []byte) *value {
	ok := literal("true")
	if failure != nil {
		ok = literal("false")
	}
	return pg.frame(ir.FrameResponse, []filled{{"id", text(id)}, {"ok", ok}, {"payload", parse(payload)}, {"error", parse(failure)}})
}

// eventFrame is an event frame, under the event's name in the dialect.
func (pg *page) eventFrame(e *ir.Event, d *ir.Dialect, payload []byte) *value {
	name := e.Wire
	if f := e.Form(d); f != nil {
		name = f.Name
	}
	return pg.frame(ir.FrameEvent, []filled{{"event", text(name)}, {"payload", parse(payload)}})
}

// filled is a part of a frame with its value.
type filled struct {
	part  string
	value *value
}

// frame fills the declared frame of a kind: its constants, and the members
// that play the given parts. Parts without a value are left out.
func (pg *page) frame(kind ir.FrameKind, parts []filled) *value {
	out := &value{open: '{'}
	f := pg.p.Frame(kind)
	if f == nil || f.Type == nil {
		for _, p := range parts {
			out.add(p.part, p.value)
		}
		return out
	}
	for _, field := range f.Type.Fields {
		if c := field.Use.Type.Const; c != nil {
			out.add(field.Wire, literal(c.JSON))
		}
		for _, p := range parts {
			if f.Member(p.part) == field.Wire {
				out.add(field.Wire, p.value)
			}
		}
	}
	return out
}

package asyncapi

import (
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// failed is the key of the message that refuses a call.
const failed = "error"

// part says what stands in a member of an envelope, instead of what the frame
// says: the schema, and a value for examples. It is required unless optional.
type part struct {
	schema   any
	example  []byte
	optional bool
}

// envelope is a frame with some of its parts known. Without such a frame the
// message is the named part alone.
func (b *builder) envelope(kind ir.FrameKind, alone string, parts map[string]part) (schema any, fill func(map[string][]byte) []byte) {
	f := b.p.Frame(kind)
	if f == nil || f.Type == nil || f.Type.Kind != ir.Struct {
		return parts[alone].schema, func(with map[string][]byte) []byte { return with[alone] }
	}
	o := (&jsondoc.Object{}).Put("type", "object").Put("additionalProperties", f.Type.Open)
	var required []string
	properties := &jsondoc.Object{}
	for _, m := range f.Type.Fields {
		known, is := parts[partOf(f, m.Wire)]
		if m.Required || is && !known.optional {
			required = append(required, m.Wire)
		}
		if is {
			properties.Put(m.Wire, known.schema)
			continue
		}
		properties.Put(m.Wire, b.w.Field(m))
	}
	if required != nil {
		o.Put("required", required)
	}
	return o.Put("properties", properties), func(with map[string][]byte) []byte { return fillFrame(f, parts, with) }
}

// partOf is the part that a member plays, "" for none.
func partOf(f *ir.Frame, wire string) string {
	for _, m := range f.Members {
		if m.Wire == wire {
			return m.Part
		}
	}
	return ""
}

// fillFrame makes an example of a frame: constants as they are, the parts as
// given, and an id.
func fillFrame(f *ir.Frame, parts map[string]part, with map[string][]byte) []byte {
	o := &jsondoc.Object{}
	for _, m := range f.Type.Fields {
		name := partOf(f, m.Wire)
		switch {
		case with[name] != nil:
			o.Put(m.Wire, with[name])
		case parts[name].example != nil:
			o.Put(m.Wire, parts[name].example)
		case m.Use.Type.Const != nil:
			o.Put(m.Wire, []byte(m.Use.Type.Const.JSON))
		case name == "id" && m.Use.Type.Kind == ir.String:
			o.Put(m.Wire, "1")
		case m.Required:
			return nil // nothing here knows what belongs there
		}
	}
	text, err := jsondoc.Pretty(o)
	if err != nil {
		return nil
	}
	return text
}

// constant is a schema of one value, or of a few.
func constant(values ...string) part {
	if len(values) == 1 {
		return part{schema: (&jsondoc.Object{}).Put("const", values[0]), example: jsondoc.AppendString(nil, values[0])}
	}
	return part{schema: (&jsondoc.Object{}).Put("type", "string").Put("enum", values), example: jsondoc.AppendString(nil, values[0])}
}

func truth(b bool) part {
	text := []byte("false")
	if b {
		text = []byte("true")
	}
	return part{schema: (&jsondoc.Object{}).Put("const", b), example: text}
}

// build makes a message of a payload and the examples that can be filled in.
func (b *builder) build(key, title, doc string, schema any, examples []any) *jsondoc.Object {
	m := (&jsondoc.Object{}).Put("name", key).Put("title", title)
	if doc != "" {
		m.Put("description", doc)
	}
	m.Put("payload", schema)
	if len(examples) > 0 {
		m.Put("examples", examples)
	}
	return m
}

// correlate says which member ties answers to calls.
func (b *builder) correlate(m *jsondoc.Object, kind ir.FrameKind) *jsondoc.Object {
	if f := b.p.Frame(kind); f != nil && f.Member("id") != "" {
		m.Put("correlationId", (&jsondoc.Object{}).Put("location", "$message.payload#/"+f.Member("id")))
	}
	return m
}

func example(title string, payload []byte) any {
	o := &jsondoc.Object{}
	if title != "" {
		o.Put("summary", title)
	}
	return o.Put("payload", payload)
}

func (b *builder) call(m *ir.Method) *jsondoc.Object {
	names := []string{m.Wire}
	for _, a := range m.Aliases {
		names = append(names, a.Name)
	}
	schema, fill := b.envelope(ir.FrameRequest, "params", map[string]part{
		"method": constant(names...), "params": {schema: b.w.Use(ir.Use{Type: m.Params}), optional: true}})
	var examples []any
	for _, x := range m.Examples {
		if x.Params != nil {
			if text := fill(map[string][]byte{"params": x.Params}); text != nil {
				examples = append(examples, example(x.Title, text))
			}
		}
	}
	return b.correlate(b.build("call."+m.Wire, m.Wire, m.Doc, schema, examples), ir.FrameRequest)
}

func resultOf(x ir.Exchange) []byte   { return x.Result }
func acceptedOf(x ir.Exchange) []byte { return x.Accepted }

// answer is a response that says yes.
func (b *builder) answer(m *ir.Method, what string, use ir.Use, doc string, of func(ir.Exchange) []byte) *jsondoc.Object {
	payload := any(true)
	if use.Type != nil {
		payload = b.w.Use(use)
	}
	schema, fill := b.envelope(ir.FrameResponse, "payload", map[string]part{"ok": truth(true), "payload": {schema: payload}})
	var examples []any
	for _, x := range m.Examples {
		if given := of(x); given != nil {
			if text := fill(map[string][]byte{"payload": given}); text != nil {
				examples = append(examples, example(x.Title, text))
			}
		}
	}
	return b.correlate(b.build("answer."+m.Wire, what+m.Wire, doc, schema, examples), ir.FrameResponse)
}

// failure is a response that says no, with a payload beside the error.
func (b *builder) failure(m *ir.Method) *jsondoc.Object {
	schema, _ := b.envelope(ir.FrameResponse, "payload", map[string]part{"ok": truth(false), "payload": {schema: b.w.Use(ir.Use{Type: m.Failure})}})
	return b.correlate(b.build("failure."+m.Wire, "An error of "+m.Wire, m.Failure.Doc, schema, nil), ir.FrameResponse)
}

// failed declares the response that says no to any call.
func (b *builder) failed() {
	parts := map[string]part{"ok": truth(false)}
	alone := "error"
	if e := b.p.Frame(ir.FrameError); e != nil && e.Type != nil {
		parts[alone] = part{schema: b.w.Use(ir.Use{Type: e.Type})}
	} else {
		parts[alone] = part{schema: true}
	}
	schema, _ := b.envelope(ir.FrameResponse, alone, parts)
	b.message(failed, b.correlate(b.build(failed, "A call that failed", "", schema, nil), ir.FrameResponse))
}

// pushed is an event as canonical connections see it.
func (b *builder) pushed(e *ir.Event) *jsondoc.Object {
	schema, fill := b.envelope(ir.FrameEvent, "payload", map[string]part{
		"event": constant(e.Wire), "payload": {schema: b.w.Use(ir.Use{Type: e.Payload})}})
	var examples []any
	for _, x := range e.Examples {
		if x.Payload != nil && (x.Dialect == nil || x.Dialect == b.p.Canonical()) {
			if text := fill(map[string][]byte{"payload": x.Payload}); text != nil {
				examples = append(examples, example(x.Title, text))
			}
		}
	}
	return b.build("event."+e.Wire, e.Wire, e.Doc, schema, examples)
}

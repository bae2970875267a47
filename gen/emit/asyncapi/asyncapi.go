// Package asyncapi describes a protocol as AsyncAPI 3: one channel, the
// connection; every call as an operation that the server receives and replies
// to, every event as one that it sends. Messages are whole frames, as they
// travel. What AsyncAPI has no words for (roles, scopes, delivery) stands in x-
// members.
//
//	files, err := asyncapi.Emitter{}.Emit(protocol) // gateway.asyncapi.json
package asyncapi

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/draft07"
	"github.com/gatesmith/gatesmith/gen/emit/extension"
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Version is the version of AsyncAPI that documents are written in.
const Version = "3.0.0"

// channel is the key of the one channel.
const channel = "connection"

// Emitter emits <name>.asyncapi.json.
type Emitter struct{}

// Emit implements emit.Emitter.
func (Emitter) Emit(p *ir.Protocol) ([]emit.File, error) {
	data, err := Document(p)
	if err != nil {
		return nil, err
	}
	return []emit.File{{Path: p.Name + ".asyncapi.json", Data: data}}, nil
}

// Document writes the description.
func Document(p *ir.Protocol) ([]byte, error) {
	b := &builder{p: p, w: draft07.Writer{Protocol: p, Prefix: "/components/schemas/"},
		messages: &jsondoc.Object{}, channel: &jsondoc.Object{}, operations: &jsondoc.Object{}}
	schemas, err := b.w.Definitions()
	if err != nil {
		return nil, fmt.Errorf("AsyncAPI: %w", err)
	}
	b.handshake()
	for _, m := range p.Methods {
		b.method(m)
	}
	b.failed()
	for _, e := range p.Events {
		b.event(e)
	}
	doc := (&jsondoc.Object{}).Put("asyncapi", Version)
	extension.Header(doc)
	doc.Put("info", b.info()).Put("defaultContentType", "application/json")
	doc.Put("channels", (&jsondoc.Object{}).Put(channel, (&jsondoc.Object{}).
		Put("address", []byte("null")).
		Put("title", "The connection").
		Put("description", "A WebSocket connection; every text message is one frame.").
		Put("messages", b.channel)))
	doc.Put("operations", b.operations)
	doc.Put("components", (&jsondoc.Object{}).Put("schemas", schemas).Put("messages", b.messages))
	extension.Protocol(doc, p)
	return jsondoc.Pretty(doc)
}

type builder struct {
	p          *ir.Protocol
	w          draft07.Writer
	messages   *jsondoc.Object // under components
	channel    *jsondoc.Object // the same, of the channel
	operations *jsondoc.Object
}

func (b *builder) info() *jsondoc.Object {
	title := b.p.Title
	if title == "" {
		title = b.p.Name
	}
	info := (&jsondoc.Object{}).Put("title", title).Put("version", strconv.Itoa(b.p.Version))
	if b.p.Doc != "" {
		info.Put("description", b.p.Doc)
	}
	var tags []any
	for _, g := range b.p.Groups {
		tag := (&jsondoc.Object{}).Put("name", g.Name)
		if g.Doc != "" {
			tag.Put("description", g.Doc)
		}
		tags = append(tags, tag)
	}
	if len(tags) > 0 {
		info.Put("tags", tags)
	}
	return info
}

// message declares a message under a key and returns the reference that
// operations use.
func (b *builder) message(key string, m *jsondoc.Object) *jsondoc.Object {
	b.messages.Put(key, m)
	b.channel.Put(key, ref("/components/messages/"+source.EscapePointer(key)))
	return ref("/channels/" + channel + "/messages/" + source.EscapePointer(key))
}

func ref(pointer string) *jsondoc.Object {
	return (&jsondoc.Object{}).Put("$ref", jsondoc.Fragment(pointer))
}

func theChannel() *jsondoc.Object { return ref("/channels/" + channel) }

// operation writes what all operations have.
func operation(action, title, doc string) *jsondoc.Object {
	o := (&jsondoc.Object{}).Put("action", action).Put("channel", theChannel()).Put("title", title)
	if doc != "" {
		first, _, _ := strings.Cut(doc, ". ")
		o.Put("summary", strings.TrimSuffix(first, ".")+".").Put("description", doc)
	}
	return o
}

// handshake is how a connection begins, where frames say so.
func (b *builder) handshake() {
	connect, hello := b.p.Frame(ir.FrameConnect), b.p.Frame(ir.FrameHello)
	if connect == nil || hello == nil {
		return
	}
	one := func(key string, f *ir.Frame) *jsondoc.Object {
		m := (&jsondoc.Object{}).Put("name", key).Put("title", b.w.Name(f.Type))
		if f.Doc != "" {
			m.Put("description", f.Doc)
		}
		return b.message(key, m.Put("payload", b.w.Use(ir.Use{Type: f.Type})))
	}
	sent, received := one("handshake.connect", connect), one("handshake.hello", hello)
	b.operations.Put("handshake", operation("receive", "Handshake", connect.Doc).
		Put("messages", []any{sent}).
		Put("reply", (&jsondoc.Object{}).Put("channel", theChannel()).Put("messages", []any{received})))
}

// method declares a call: what is sent, and each way in which it is answered.
func (b *builder) method(m *ir.Method) {
	call := b.message("call."+m.Wire, b.call(m))
	answers := []any{b.message("answer."+m.Wire, b.answer(m, "The answer to ", m.Result, m.ResultDoc, resultOf))}
	if m.Accepted != nil {
		answers = append(answers, b.message("accepted."+m.Wire, b.answer(m, "The early answer to ", ir.Use{Type: m.Accepted}, "", acceptedOf)))
	}
	if m.Failure != nil {
		answers = append(answers, b.message("failure."+m.Wire, b.failure(m)))
	}
	answers = append(answers, ref("/channels/"+channel+"/messages/"+failed))
	op := operation("receive", m.Wire, m.Doc)
	op.Put("tags", []any{(&jsondoc.Object{}).Put("name", m.Group.Name)})
	op.Put("messages", []any{call})
	op.Put("reply", (&jsondoc.Object{}).Put("channel", theChannel()).Put("messages", answers))
	extension.Method(op, m, b.w)
	b.operations.Put("call."+m.Wire, op)
}

func (b *builder) event(e *ir.Event) {
	sent := b.message("event."+e.Wire, b.pushed(e))
	op := operation("send", e.Wire, e.Doc).Put("messages", []any{sent})
	extension.Event(op, e, b.w)
	b.operations.Put("event."+e.Wire, op)
}

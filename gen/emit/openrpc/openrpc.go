// Package openrpc describes the calls of a protocol as OpenRPC. OpenRPC is made
// for JSON-RPC, which our envelopes are not: the document says what calls there
// are and what they take and give, for tools that make clients or pages of
// that. Events, access and errors by code stand in x- members.
//
//	files, err := openrpc.Emitter{}.Emit(protocol) // gateway.openrpc.json
package openrpc

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

// Version is the version of OpenRPC that documents are written in.
const Version = "1.3.2"

// Emitter emits <name>.openrpc.json.
type Emitter struct{}

// Emit implements emit.Emitter.
func (Emitter) Emit(p *ir.Protocol) ([]emit.File, error) {
	data, err := Document(p)
	if err != nil {
		return nil, err
	}
	return []emit.File{{Path: p.Name + ".openrpc.json", Data: data}}, nil
}

// Document writes the description.
func Document(p *ir.Protocol) ([]byte, error) {
	w := draft07.Writer{Protocol: p, Prefix: "/components/schemas/"}
	schemas, err := w.Definitions()
	if err != nil {
		return nil, fmt.Errorf("OpenRPC: %w", err)
	}
	doc := (&jsondoc.Object{}).Put("openrpc", Version)
	extension.Header(doc)
	doc.Put("info", info(p))
	methods := []any{}
	for _, m := range p.Methods {
		methods = append(methods, method(w, m))
	}
	doc.Put("methods", methods)
	doc.Put("components", (&jsondoc.Object{}).Put("schemas", schemas))
	doc.Put("x-events", events(w))
	extension.Protocol(doc, p)
	return jsondoc.Pretty(doc)
}

func info(p *ir.Protocol) *jsondoc.Object {
	title := p.Title
	if title == "" {
		title = p.Name
	}
	o := (&jsondoc.Object{}).Put("title", title).Put("version", strconv.Itoa(p.Version))
	note := "Calls travel in the envelopes of this protocol, not in those of JSON-RPC."
	if p.Doc != "" {
		note = p.Doc + "\n\n" + note
	}
	return o.Put("description", note)
}

func method(w draft07.Writer, m *ir.Method) *jsondoc.Object {
	o := (&jsondoc.Object{}).Put("name", m.Wire)
	if m.Doc != "" {
		first, _, _ := strings.Cut(m.Doc, ". ")
		o.Put("summary", strings.TrimSuffix(first, ".")+".").Put("description", m.Doc)
	}
	if m.Deprecated != nil {
		o.Put("deprecated", true)
	}
	o.Put("tags", []any{(&jsondoc.Object{}).Put("name", m.Group.Name)})
	o.Put("paramStructure", "by-name").Put("params", params(w, m))
	if m.Result.Type != nil {
		result := descriptor("result", m.ResultDoc, w.Use(m.Result))
		o.Put("result", result)
	}
	if list := examples(m); len(list) > 0 {
		o.Put("examples", list)
	}
	for _, extra := range []struct {
		key string
		t   *ir.Type
	}{{"x-accepted", m.Accepted}, {"x-failure", m.Failure}} {
		if extra.t != nil {
			o.Put(extra.key, w.Use(ir.Use{Type: extra.t}))
		}
	}
	extension.Method(o, m, w)
	return o
}

func descriptor(name, doc string, schema *jsondoc.Object) *jsondoc.Object {
	o := (&jsondoc.Object{}).Put("name", name)
	if doc != "" {
		o.Put("description", doc)
	}
	return o.Put("schema", schema)
}

// params lists the members by name. Params of another kind than an object with
// known members, or with sets of members that belong together, are given as a
// whole beside it, since a list cannot say so.
func params(w draft07.Writer, m *ir.Method) []any {
	list := []any{}
	if m.Params == nil || m.Params.Kind != ir.Struct {
		if m.Params != nil {
			list = append(list, descriptor("params", m.Params.Doc, w.Use(ir.Use{Type: m.Params})).Put("required", true))
		}
		return list
	}
	for _, f := range m.Params.Fields {
		one := descriptor(f.Wire, f.Doc, w.Field(f)).Put("required", f.Required)
		if f.Deprecated != nil {
			one.Put("deprecated", true)
		}
		list = append(list, one)
	}
	return list
}

// examples are the exchanges that have params and a result.
func examples(m *ir.Method) []any {
	var out []any
	for i, x := range m.Examples {
		if x.Params == nil || x.Result == nil || m.Params == nil || m.Params.Kind != ir.Struct {
			continue
		}
		given, ok := members(x.Params)
		if !ok {
			continue
		}
		name := x.Title
		if name == "" {
			name = "Example " + strconv.Itoa(i+1)
		}
		one := (&jsondoc.Object{}).Put("name", name).Put("params", given)
		out = append(out, one.Put("result", (&jsondoc.Object{}).Put("name", "result").Put("value", x.Result)))
	}
	return out
}

func members(params []byte) ([]any, bool) {
	f, list := source.Parse("params", "params", params)
	if len(list) > 0 || f.Root.Kind != source.Object {
		return nil, false
	}
	out := []any{}
	for _, m := range f.Root.Members {
		out = append(out, (&jsondoc.Object{}).Put("name", m.Key).Put("value", m.Value.Raw()))
	}
	return out, true
}

func events(w draft07.Writer) *jsondoc.Object {
	all := &jsondoc.Object{}
	for _, e := range w.Protocol.Events {
		o := &jsondoc.Object{}
		if e.Doc != "" {
			o.Put("description", e.Doc)
		}
		o.Put("payload", w.Use(ir.Use{Type: e.Payload}))
		extension.Event(o, e, w)
		all.Put(e.Wire, o)
	}
	return all
}

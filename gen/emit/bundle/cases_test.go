package bundle

import (
	"os"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

var (
	_ emit.Emitter = Source{}
	_ emit.Emitter = Old{}
)

// realSchema is the protocol of this repository: the largest schema tree there
// is, and the one whose bundles people use.
func realSchema(t testing.TB) (*source.Tree, *ir.Protocol) {
	t.Helper()
	tree, list := source.Load(os.DirFS("../../../schema"), "schema")
	if len(list) > 0 {
		t.Fatal(list[0])
	}
	return tree, lowered(t, tree)
}

func lowered(t testing.TB, tree *source.Tree) *ir.Protocol {
	t.Helper()
	p, list := lower.Lower(tree)
	if len(list) > 0 {
		t.Fatal(list[0])
	}
	return p
}

// treeOf builds a small schema tree from texts by path, with a manifest.
func treeOf(t testing.TB, files map[string]string) *source.Tree {
	t.Helper()
	texts := map[string][]byte{"protocol.json": []byte(`{
		"name": "room", "title": "A chat room", "version": 1,
		"roles": { "guest": { "scoped": false, "description": "Anyone." } },
		"errors": { "BAD": { "retryable": false, "description": "No." } }, "runtimeErrors": { "refused": "BAD", "unavailable": "BAD" },
		"groups": [ { "name": "room", "title": "Room", "description": "All there is." } ],
		"limits": { "maxPayloadBytes": 1024, "maxDepth": 8 } }`)}
	for path, text := range files {
		texts[path] = []byte(text)
	}
	tree, list := source.New(texts, "schema")
	if len(list) > 0 {
		t.Fatal(list[0])
	}
	return tree
}

// example is a value that a schema of both bundles accepts.
type example struct {
	where   string // pointer into the draft-07 bundle
	from    string // path#pointer in the schema folder
	value   []byte
	purpose string
}

// examples collects every example of the protocol with the schema that it is
// an example of.
func examples(p *ir.Protocol) []example {
	var out []example
	add := func(where, from, purpose string, value []byte) {
		if value != nil {
			out = append(out, example{where, from, value, purpose})
		}
	}
	for _, t := range p.Types {
		for _, value := range t.Examples {
			if !t.Fragment {
				add("/definitions/"+t.Name.Pascal(p.Initialisms), t.Location, "type "+t.Location, value)
			}
		}
	}
	for _, m := range p.Methods {
		at, from := "/x-methods/"+source.EscapePointer(m.Wire), m.Location+"/$defs/"
		for _, x := range m.Examples {
			add(at+"/params", from+"params", m.Wire+" params", x.Params)
			add(at+"/accepted", from+"accepted", m.Wire+" accepted", x.Accepted)
			add(at+"/result", from+"result", m.Wire+" result", x.Result)
			add(at+"/failure", from+"failure", m.Wire+" failure", x.Failure)
			if e := p.Frame(ir.FrameError); e != nil {
				add("/definitions/"+e.Type.Name.Pascal(p.Initialisms), e.Type.Location, m.Wire+" error", x.Error)
			}
			for _, ev := range x.Events {
				where, from := payloadOf(ev.Event, x.Dialect)
				add(where, from, m.Wire+" event "+ev.Event.Wire, ev.Payload)
			}
		}
	}
	for _, e := range p.Events {
		for _, x := range e.Examples {
			where, from := payloadOf(e, x.Dialect)
			add(where, from, "event "+e.Wire, x.Payload)
		}
	}
	return out
}

func payloadOf(e *ir.Event, d *ir.Dialect) (where, from string) {
	where = "/x-events/" + source.EscapePointer(e.Wire)
	if f := e.Form(d); f != nil && f.Payload != nil {
		return where + "/x-dialects/" + d.Name + "/payload", f.Payload.Location
	}
	return where + "/payload", e.Location
}

// inBundle turns a location in the folder into a reference within the 2020-12
// bundle.
func inBundle(location string) string {
	path, pointer, _ := strings.Cut(location, "#")
	return jsondoc.Fragment("/$defs/" + source.EscapePointer(strings.TrimSuffix(path, ".json")) + pointer)
}

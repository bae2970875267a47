// Package typescript emits JavaScript modules with their TypeScript
// declarations beside them: types and shapes, methods, events, access and
// version tables, and a client class with a method for each call.
//
// The decisions behind the generated code:
//
//   - What runs is plain JavaScript, and what compilers read is declarations:
//     who uses the result needs no build step.
//   - A type and its shape have one name. The shape is data, interpreted by the
//     runtime under lib/wire, so that it stays small, works under a strict
//     content security policy, and gives the same issues as every other target.
//   - Every constant is a literal at the top level, and refers only to those
//     above it or through a function: bundlers drop what is not used.
//   - An open enum is spelled so that editors complete what is known, and the
//     unknown variant of a union so that a comparison with a known tag narrows.
//   - Every name comes from the model. Nothing here knows any protocol.
package typescript

import (
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/shape"
)

// Emitter emits the modules of a protocol.
type Emitter struct {
	Wire string // specifier of the runtime's module, as the generated files import it
	Base string // specifier of the module with class Connection; "" emits no client
}

// Emit returns the modules, each with its declarations.
func (e Emitter) Emit(p *ir.Protocol) ([]emit.File, error) {
	g := &generator{Emitter: e, p: p, shapes: shape.Build(p)}
	if err := g.collisions(); err != nil {
		return nil, err
	}
	modules := []module{
		{"types", g.shapesModule, g.typesDeclarations},
		{"methods", g.methodsModule, g.methodsDeclarations},
		{"events", g.eventsModule, g.eventsDeclarations},
		{"tables", g.tablesModule, g.tablesDeclarations},
		{"protocol", g.protocolModule, g.protocolDeclarations},
	}
	if e.Base != "" {
		modules = append(modules, module{"client", g.clientModule, g.clientDeclarations})
	}
	var files []emit.File
	for _, m := range modules {
		files = append(files, file(m.name+".js", m.code), file(m.name+".d.ts", m.declarations))
	}
	return files, nil
}

// module is a file to make and what fills it and its declarations.
type module struct {
	name               string
	code, declarations func(*emit.Printer)
}

func file(path string, fill func(*emit.Printer)) emit.File {
	p := &emit.Printer{Unit: "  "}
	p.Line("// " + emit.Header)
	p.Blank()
	fill(p)
	return emit.File{Path: path, Data: p.Bytes()}
}

type generator struct {
	Emitter
	p      *ir.Protocol
	shapes *shape.Table
}

// declared lists the types that have a name of their own.
func (g *generator) declared() []*ir.Type {
	var out []*ir.Type
	for _, t := range g.p.Types {
		if !t.Fragment {
			out = append(out, t)
		}
	}
	return out
}

// calls lists the methods that clients call. What the server's runtime serves
// is part of connecting.
func (g *generator) calls() []*ir.Method {
	var out []*ir.Method
	for _, m := range g.p.Methods {
		if !m.Runtime {
			out = append(out, m)
		}
	}
	return out
}

func (g *generator) typeName(t *ir.Type) string { return t.Name.Pascal(g.p.Initialisms) }

// methodName is the constant of a method, and the client's method.
func (g *generator) methodName(m *ir.Method) string {
	return identifier(m.Name.Camel(g.p.Initialisms))
}

// eventName is the constant of an event. It ends in Event, so that an event and
// a method of one name stay apart.
func (g *generator) eventName(e *ir.Event) string {
	words := e.Name.Words()
	if words[len(words)-1] != "event" {
		words = append(words, "event")
	}
	return name.Split(strings.Join(words, " ")).Camel(g.p.Initialisms)
}

// collisions reports names that one module would declare twice.
func (g *generator) collisions() error {
	var list diag.List
	once := func(what string) func(string, diag.Pos) {
		first := map[string]bool{}
		return func(name string, at diag.Pos) {
			if first[name] {
				list.Add(at, diag.NameCollision, "%s %s would be declared twice in TypeScript: give one another title, or pin a name with x-name", what, name)
			}
			first[name] = true
		}
	}
	types, methods, events := once("type"), once("method"), once("event")
	for _, t := range g.declared() {
		types(g.typeName(t), t.Pos)
	}
	for _, m := range g.calls() {
		if n := g.methodName(m); n == "constructor" {
			list.Add(m.Pos, diag.NameCollision, "method %s would be the constructor of the TypeScript client: pin another name with x-name", m.Wire)
		} else {
			methods(n, m.Pos)
		}
	}
	for _, e := range g.p.Events {
		events(g.eventName(e), e.Pos)
	}
	if len(list) == 0 {
		return nil
	}
	list.Sort()
	var b strings.Builder
	if err := diag.WriteText(&b, list, nil); err != nil {
		return err
	}
	return fmt.Errorf("%s", strings.TrimSuffix(b.String(), "\n"))
}

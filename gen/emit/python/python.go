// Package python emits Python: frozen dataclasses that read and write
// themselves as JSON with all checks of the schema, tables of methods and
// events, access rules, error codes, and one typed method a call.
//
// The decisions behind the generated code:
//
//   - An object is a frozen dataclass with slots. An absent member is UNSET and
//     a null one None, so that absent, null and zero stay apart.
//   - A tagged union is a union of dataclasses, an enum a Literal; both are
//     plain names for a type checker and cost nothing at run time.
//   - Checks are data: a table of shapes that the wire package interprets, to
//     decode, to encode and to explain refusals. Generated code stays readable.
//   - Every name comes from the model. Nothing here knows any protocol.
package python

import (
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/shape"
)

// Emitter emits the Python package of a protocol.
type Emitter struct {
	Wire string // the wire package as an import statement names it: gatesmith_client.wire, or ..wire
}

// Emit returns the modules of the package.
func (e Emitter) Emit(p *ir.Protocol) ([]emit.File, error) {
	g := &generator{Emitter: e, p: p, shapes: shape.Build(p)}
	if err := g.plan(); err != nil {
		return nil, err
	}
	var out []emit.File
	for _, f := range []struct {
		path, about string
		fill        func(*module)
	}{
		{"__init__.py", g.packageDoc(), g.packageFile},
		{"types.py", "The types.", g.typesFile},
		{"shapes.py", "The types as data, which the wire package interprets.", g.shapesFile},
		{"methods.py", "The methods.", g.methodsFile},
		{"events.py", "The events.", g.eventsFile},
		{"calls.py", "A typed method for each call.", g.callsFile},
		{"access.py", "Roles and scopes.", g.accessFile},
		{"errors.py", "The error codes.", g.errorsFile},
		{"version.py", "What this was generated from.", g.versionFile},
	} {
		m := newModule(f.about)
		f.fill(m)
		out = append(out, emit.File{Path: f.path, Data: m.bytes()})
	}
	return out, nil
}

// generator holds what the modules share.
type generator struct {
	Emitter
	p      *ir.Protocol
	shapes *shape.Table
	names  names
}

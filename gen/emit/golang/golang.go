// Package golang emits Go: types, one-pass decoders with validation, encoders,
// method, access and event tables, handler interfaces and version constants.
//
// The decisions behind the generated code:
//
//   - Optional and nullable members are values (wire.Opt, wire.Null), not
//     pointers: no allocation, and absent, null and zero stay apart. What Go
//     can tell by nil (slices, maps, raw values, tagged unions) needs no
//     wrapper when it is optional.
//   - A tagged union is a sealed interface of pointers to its variants; a
//     union by JSON kind is a struct with one field a kind.
//   - A decoder only says whether a message fits. The reasons come from
//     wire.Explain over the table of shapes, on refusal only, so that the
//     decoders stay small and fast.
//   - Every name comes from the model. Nothing here knows any protocol.
package golang

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/shape"
)

// Emitter emits the server-side and shared Go of a protocol.
type Emitter struct {
	Package string // name of the generated package
	Import  string // its import path
	Wire    string // import path of package wire

	// ClientSide leaves out what only servers need: handlers, and the decoder of
	// requests.
	ClientSide bool
}

// emittedFile is a file to make and what fills it.
type emittedFile struct {
	path string
	fill func(*jen.File)
}

// Emit returns the files of the package.
func (e Emitter) Emit(p *ir.Protocol) ([]emit.File, error) {
	g := &generator{Emitter: e, p: p, shapes: shape.Build(p), lists: map[string]*listDecoder{}}
	files := []emittedFile{
		{"types.go", g.typesFile},
		{"decode.go", g.decodeFile},
		{"encode.go", g.encodeFile},
		{"clone.go", g.cloneFile},
		{"shapes.go", g.shapesFile},
		{"methods.go", g.methodsFile},
		{"access.go", g.accessFile},
		{"handlers.go", g.handlersFile},
		{"call.go", g.callFile},
		{"events.go", g.eventsFile},
		{"errors.go", g.errorsFile},
		{"frames.go", g.framesFile},
		{"version.go", g.versionFile},
	}
	if e.ClientSide {
		files = slices.DeleteFunc(files, func(f emittedFile) bool { return f.path == "handlers.go" || f.path == "frames.go" })
	}
	if s := findSecrets(g); s.any() {
		files = append(files, emittedFile{"secrets.go", s.file})
	}
	r := newRenderer()
	for _, f := range files {
		file := jen.NewFilePathName(e.Import, e.Package)
		file.ImportName(e.Wire, "wire")
		file.HeaderComment("// " + emit.Header)
		if f.path == "version.go" {
			file.PackageComment(g.packageDoc())
		}
		f.fill(file)
		r.add(f.path, file)
	}
	out, declares, err := r.done()
	if err != nil {
		return nil, err
	}
	if err := g.collisions(out, declares); err != nil {
		return nil, err
	}
	return out, nil
}

type generator struct {
	Emitter
	p       *ir.Protocol
	shapes  *shape.Table
	lists   map[string]*listDecoder
	order   []*listDecoder // lists in order of first use
	regexps []string       // patterns in order of first use
	loops   int            // loops over arrays that are open where code is being made

	protocol string // import path of the types, when they are another package's
}

func (g *generator) packageDoc() string {
	title := g.p.Title
	if title == "" {
		title = g.p.Name
	}
	return doc(fmt.Sprintf("Package %s is the Go form of %s: its types with decoders, validation and encoders, its methods, events, access rules and handlers. It is generated; the schema folder is the source.", g.Package, title))
}

// pascal joins a name for Go.
func (g *generator) pascal(n name.Name, more ...string) string {
	for _, m := range more {
		n = n.Append(name.Split(m))
	}
	return n.Pascal(g.p.Initialisms)
}

// typeName is the Go name of a named type.
func (g *generator) typeName(t *ir.Type) string { return g.pascal(t.Name) }

// named refers to a named type.
func (g *generator) named(t *ir.Type) *jen.Statement {
	if g.protocol != "" {
		return jen.Qual(g.protocol, g.typeName(t))
	}
	return id(g.typeName(t))
}

// fieldName is the Go name of a field. Names that the generated methods need
// are left to them.
func (g *generator) fieldName(f *ir.Field) string {
	n := g.pascal(f.Name)
	switch n {
	case "Clone", "Extra", "AppendJSON", "MarshalJSON", "UnmarshalJSON", "DecodeAlias", "LogValue":
		return n + "Member"
	}
	return n
}

func (g *generator) wire(name string) *jen.Statement { return jen.Qual(g.Wire, name) }

// id is a shorthand for identifiers.
func id(name string) *jen.Statement { return jen.Id(name) }

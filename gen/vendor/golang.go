package vendor

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// repository is the import path that sources are written under.
const repository = "github.com/gatesmith/gatesmith"

// goFolders are the packages of the client that are written by hand. The
// folders keep their names: only what stands before them in import paths is
// rewritten.
var goFolders = []string{"client", "device", "protocol/wire"}

// goClient makes the packages client, device, protocol and protocol/wire.
func goClient(p *ir.Protocol, sources fs.FS, o Options) ([]emit.File, error) {
	if o.Package == "" {
		return nil, fmt.Errorf("the import path of the folder is missing: expected one such as example.com/app/gateway")
	}
	g := goVendor{p: p, sources: sources, base: o.Package}
	for _, dir := range goFolders {
		if err := g.copy(dir); err != nil {
			return nil, err
		}
	}
	var err error
	if g.p, err = Reduce(p, o.Groups, g.uses); err != nil {
		return nil, err
	}
	if err := g.generated(); err != nil {
		return nil, err
	}
	if lacks := g.lacking(); len(lacks) > 0 {
		return nil, fmt.Errorf("the Go client's runtime is made for the gateway protocol, and this schema has no %s", strings.Join(lacks, ", "))
	}
	return g.files, nil
}

type goVendor struct {
	p       *ir.Protocol
	sources fs.FS
	base    string
	files   []emit.File

	declares map[string]bool // names of the generated package
	uses     []string        // those that the runtime uses
}

// generated emits what follows from the schema.
func (g *goVendor) generated() error {
	protocol, wire := g.base+"/protocol", g.base+"/protocol/wire"
	types, err := golang.Emitter{Package: "protocol", Import: protocol, Wire: wire, ClientSide: true}.Emit(g.p)
	if err != nil {
		return err
	}
	g.declares = map[string]bool{}
	for _, f := range types {
		if err := g.declared(f); err != nil {
			return err
		}
		g.add("protocol/"+f.Path, "the schema", f.Data)
	}
	calls, err := golang.Client{Package: "client", Import: g.base + "/client", Protocol: protocol, Wire: wire}.Emit(g.p)
	if err != nil {
		return err
	}
	for _, f := range calls {
		g.add("client/"+f.Path, "the schema", f.Data)
	}
	return nil
}

// declared notes the names that a generated file declares.
func (g *goVendor) declared(f emit.File) error {
	file, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			g.declares[d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					g.declares[spec.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						g.declares[name.Name] = true
					}
				}
			}
		}
	}
	return nil
}

// copy takes the hand-written files of a folder over.
func (g *goVendor) copy(dir string) error {
	entries, err := fs.ReadDir(g.sources, dir)
	if err != nil {
		return fmt.Errorf("the sources of the Go client: %w", err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(g.sources, name)
		if err != nil {
			return err
		}
		if bytes.HasPrefix(text, []byte("// "+emit.Header)) {
			continue // made anew, of this schema
		}
		if text, err = g.rewritten(name, text); err != nil {
			return err
		}
		g.add(name, repository+"/"+name, text)
	}
	return nil
}

// rewritten gives a file with its imports leading to the vendored folder.
func (g *goVendor) rewritten(name string, text []byte) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, spec := range slices.Backward(file.Imports) { // from the end, so that offsets stay
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		within, ours := strings.CutPrefix(imported, repository+"/")
		if !ours {
			continue
		}
		if within != "protocol" && !slices.Contains(goFolders, within) {
			return nil, fmt.Errorf("%s imports %s, which a vendored client does not have", name, imported)
		}
		from, to := set.Position(spec.Path.Pos()).Offset, set.Position(spec.Path.End()).Offset
		text = slices.Concat(text[:from], []byte(strconv.Quote(g.base+"/"+within)), text[to:])
		if within == "protocol" {
			g.noteUses(file)
		}
	}
	return format.Source(text) // imports are in another order now
}

// noteUses lists what a file uses of the generated package.
func (g *goVendor) noteUses(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "protocol" {
				g.uses = append(g.uses, s.Sel.Name)
			}
		}
		return true
	})
}

// lacking lists what the runtime uses and the schema gives no reason to
// declare.
func (g *goVendor) lacking() []string {
	var out []string
	for _, name := range slices.Compact(slices.Sorted(slices.Values(g.uses))) {
		if !g.declares[name] {
			out = append(out, name)
		}
	}
	return out
}

func (g *goVendor) add(name, from string, text []byte) {
	g.files = append(g.files, emit.File{Path: name, Data: headed(g.p, from, "// ", text)})
}

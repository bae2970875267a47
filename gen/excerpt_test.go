package gen_test

import (
	"bytes"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/gatesmith/gatesmith/gen/emit"
)

// excerpt cuts declarations out of an emitted file: types, functions, methods
// as Thing.decode, and groups of constants or variables by any of their names.
// Without names it is the whole file.
func excerpt(t *testing.T, f emit.File, names []string) []byte {
	t.Helper()
	if len(names) == 0 {
		return f.Data
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, f.Path, f.Data, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, name := range names {
		d := declaration(parsed, name)
		if d == nil {
			t.Errorf("%s declares no %s", f.Path, name)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		from, to := set.Position(start(d)).Offset, set.Position(d.End()).Offset
		b.Write(f.Data[from:to])
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func declaration(f *ast.File, name string) ast.Decl {
	for _, d := range f.Decls {
		if slices.Contains(declared(d), name) {
			return d
		}
	}
	return nil
}

// declared lists the names that a declaration introduces.
func declared(d ast.Decl) []string {
	var out []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			receiver := d.Recv.List[0].Type
			if star, isPointer := receiver.(*ast.StarExpr); isPointer {
				receiver = star.X
			}
			name = receiver.(*ast.Ident).Name + "." + name
		}
		return []string{name}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				out = append(out, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					out = append(out, n.Name)
				}
			}
		}
	}
	return out
}

// start is where a declaration begins, with its comment.
func start(d ast.Decl) token.Pos {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc != nil {
			return d.Doc.Pos()
		}
	case *ast.GenDecl:
		if d.Doc != nil {
			return d.Doc.Pos()
		}
	}
	return d.Pos()
}

// TestEmittedGoTypeChecks: what is emitted for every case without findings
// compiles.
func TestEmittedGoTypeChecks(t *testing.T) {
	check := newChecker(t)
	for _, c := range cases(t) {
		t.Run(c.name, func(t *testing.T) {
			if o := c.run(t); len(o.findings) == 0 {
				check.files(t, o.files)
			}
		})
	}
}

// checker type-checks emitted packages against compiled imports, so that each
// of the many small packages costs milliseconds.
type checker struct {
	set      *token.FileSet
	imported types.Importer
}

// imports are what emitted code may import.
var imports = []string{"bytes", "context", "fmt", "log/slog", "math/bits", "slices", "strings", "time", emitter.Wire}

var compiled = sync.OnceValues(func() (map[string]string, error) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedExportFile | packages.NeedImports | packages.NeedDeps}, imports...)
	files := map[string]string{}
	packages.Visit(loaded, nil, func(p *packages.Package) { files[p.PkgPath] = p.ExportFile })
	return files, err
})

func newChecker(t *testing.T) *checker {
	t.Helper()
	exports, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	return &checker{set, importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
}

func (c *checker) files(t *testing.T, files []emit.File) {
	t.Helper()
	var parsed []*ast.File
	for _, f := range files {
		p, err := parser.ParseFile(c.set, f.Path, f.Data, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Imports {
			if path := strings.Trim(i.Path.Value, `"`); !slices.Contains(imports, path) {
				t.Errorf("%s imports %s: generated code uses the standard library and package wire only", f.Path, path)
			}
		}
		parsed = append(parsed, p)
	}
	faults := 0
	config := types.Config{Importer: c.imported, Error: func(err error) {
		if faults++; faults < 8 {
			t.Error(err)
		}
	}}
	_, _ = config.Check(emitter.Import, c.set, parsed, nil) // told to Error
}

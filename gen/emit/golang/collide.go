package golang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/emit"
)

// collisions reports names that the package would declare twice: those of the
// schema are distinct, but one of them may be what generated code itself needs,
// such as Event, or that of a constant. It looks at the code, because no list
// of what is generated could be trusted to stay complete.
func (g *generator) collisions(files []emit.File) error {
	var list diag.List
	first := map[string]string{}
	set := token.NewFileSet()
	for _, f := range files {
		parsed, err := parser.ParseFile(set, f.Path, f.Data, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, name := range topLevel(parsed) {
			if other, taken := first[name]; taken {
				list.Add(g.declaredAt(name), diag.NameCollision, "%s would be declared twice in Go, in %s and in %s: give the type another title, or pin a name with x-name", name, other, f.Path)
				continue
			}
			first[name] = f.Path
		}
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

// declaredAt is the place of the type that a name comes from: its own, or one
// that the name begins with.
func (g *generator) declaredAt(name string) diag.Pos {
	var best diag.Pos
	longest := 0
	for _, t := range g.declared() {
		if tn := g.typeName(t); strings.HasPrefix(name, tn) && len(tn) > longest {
			best, longest = t.Pos, len(tn)
		}
	}
	return best
}

// topLevel lists what a file declares; methods are found by the types that
// they belong to.
func topLevel(f *ast.File) []string {
	var out []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				out = append(out, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					out = append(out, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						if n.Name != "_" {
							out = append(out, n.Name)
						}
					}
				}
			}
		}
	}
	return out
}

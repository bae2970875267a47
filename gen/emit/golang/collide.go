package golang

import (
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/emit"
)

// collisions reports names that the package would declare twice: those of the
// schema are distinct, but one of them may be what generated code itself needs,
// such as Event, or that of a constant. It looks at the code, because no list
// of what is generated could be trusted to stay complete.
func (g *generator) collisions(files []emit.File, declares [][]string) error {
	var list diag.List
	first := map[string]string{}
	for k, f := range files {
		for _, name := range declares[k] {
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

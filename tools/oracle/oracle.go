// Package oracle says what others think of a JSON text: two validators of
// JSON Schema that share no code with ours, each with its own form of the
// schemas, and a third reading for lenient mode. Tests hold generated code to
// their verdicts, and the vectors for all languages take theirs from here.
//
// It says nothing about generated code itself and imports none of it.
//
//	s, err := oracle.Load(os.DirFS("schema"))
//	modern, err := oracle.NewModern(s)
//	verdict := modern.Judge(s.Model.Types[0], []byte(`{}`))
package oracle

import (
	"fmt"
	"io/fs"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Schema is a schema folder and its model.
type Schema struct {
	Tree  *source.Tree
	Model *ir.Protocol
}

// Load reads a schema folder.
func Load(folder fs.FS) (*Schema, error) {
	tree, list := source.Load(folder, "schema")
	if len(list) > 0 {
		return nil, fmt.Errorf("load: %s: %s", list[0].Pos, list[0].Message)
	}
	model, list := lower.Lower(tree)
	if len(list) > 0 {
		return nil, fmt.Errorf("lower: %s: %s", list[0].Pos, list[0].Message)
	}
	return &Schema{tree, model}, nil
}

// Types lists the named types that targets declare: all but fragments.
func (s *Schema) Types() []*ir.Type {
	var out []*ir.Type
	for _, t := range s.Model.Types {
		if !t.Fragment {
			out = append(out, t)
		}
	}
	return out
}

// Name is what Go and the draft-07 export call a type.
func (s *Schema) Name(t *ir.Type) string { return t.Name.Pascal(s.Model.Initialisms) }

// NullAtHome reports whether the schema of a type, where it was declared, also
// allows null. Then that null belongs to the place and not to the type.
func (s *Schema) NullAtHome(t *ir.Type) bool {
	return t.Kind == ir.Raw && !t.Object || s.homeHas(t, "type") || s.homeHas(t, "oneOf")
}

func (s *Schema) homeHas(t *ir.Type, keyword string) bool {
	home := s.home(t).Get(keyword)
	if home == nil {
		return false
	}
	for _, it := range home.Items {
		if it.Text == "null" || it.Str("type") == "null" {
			return true
		}
	}
	return false
}

func (s *Schema) home(t *ir.Type) *source.Node {
	path, pointer := cutLocation(t.Location)
	return s.Tree.File(path).Root.At(pointer)
}

// Verdict is what a validator says of a text.
type Verdict struct {
	Valid  bool
	Faults []Fault // why not, in no order

	// Branches is set when some faults are those of union branches that were
	// tried in vain, so that not all of them speak of the text's own fault.
	Branches bool
}

// Fault is one thing that a validator found wrong.
type Fault struct {
	Path string // JSON pointer
	Rule string // keyword
}

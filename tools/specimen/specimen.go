// Package specimen makes JSON texts to try decoders with: a type's examples,
// texts made up from the model, and both of them damaged in one place after
// another. Everything is seeded: the same model and seed give the same texts.
//
// It does not know which texts are valid; package oracle says that.
//
//	for _, base := range specimen.Examples(schema)[t] {
//		specimen.Damage(base, t, specimen.NewMaker(1), specimen.All, func(s specimen.Specimen) { … })
//	}
package specimen

import (
	"strconv"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

// Specimen is a text and how it came about.
type Specimen struct {
	Text  []byte
	What  string // what was done to it
	Path  string // JSON pointer to where
	Where string // the same by the model: without indices and map keys
	Depth int    // how many objects of a known type are around the place
}

// Wanted is asked before a specimen is made: it has no text yet.
type Wanted func(Specimen) bool

// Site is a value in a text, with the place that the model gives it.
type Site struct {
	Path, Where string
	Node        *source.Node
	Use         ir.Use
	Holder      *source.Node // the object or array that it stands in, or nil
	Index       int          // its place there
	Depth       int          // how many structs are around it
}

// Sites lists the values of a text that the model knows, parents first. The
// text must be JSON.
func Sites(text []byte, t *ir.Type) []Site {
	var w walker
	w.visit(Site{Node: parse(text), Use: ir.Use{Type: t}})
	return w.sites
}

func parse(text []byte) *source.Node {
	f, list := source.Parse("", "", text)
	if len(list) > 0 {
		panic("specimen: " + string(text) + ": " + list[0].Message)
	}
	return f.Root
}

type walker struct{ sites []Site }

func (w *walker) visit(s Site) {
	w.sites = append(w.sites, s)
	w.into(s, s.Use.Type)
}

func (w *walker) into(s Site, t *ir.Type) {
	switch t.Kind {
	case ir.Array:
		for i, it := range s.Node.Items {
			w.visit(Site{s.Path + "/" + strconv.Itoa(i), s.Where + "/*", it, *t.Elem, s.Node, i, s.Depth})
		}
	case ir.Map:
		for i, m := range s.Node.Members {
			w.visit(Site{s.Path + "/" + source.EscapePointer(m.Key), s.Where + "/*", m.Value, *t.Elem, s.Node, i, s.Depth})
		}
	case ir.Struct:
		for i, m := range s.Node.Members {
			if f := t.Field(m.Key); f != nil {
				step := "/" + source.EscapePointer(m.Key)
				w.visit(Site{s.Path + step, s.Where + step, m.Value, f.Use, s.Node, i, s.Depth + 1})
			}
		}
	case ir.Union:
		if b := oracle.Branch(t, s.Node); b != nil {
			s.Where += "(" + b.Name.Kebab() + b.Kind.String() + ")"
			w.into(s, b)
		}
	}
}

// concrete follows unions to the type that a value really is of, or nil.
func concrete(s Site) *ir.Type {
	t := s.Use.Type
	for t != nil && t.Kind == ir.Union {
		t = oracle.Branch(t, s.Node)
	}
	return t
}

// All wants everything.
func All(Specimen) bool { return true }

// Package shape turns the model into the table of shapes that package wire
// interprets: to explain refused messages in generated code, and to check
// examples and defaults in the generator itself.
package shape

import (
	"fmt"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Table is a protocol's shapes and where each type's one stands.
type Table struct {
	Shapes wire.Shapes
	Types  []*ir.Type // by ShapeID; nil for shared anonymous shapes
	ids    map[*ir.Type]wire.ShapeID
	shared map[string]wire.ShapeID
}

// Build makes the table. Named types come first, in their order.
func Build(p *ir.Protocol) *Table {
	t := &Table{ids: map[*ir.Type]wire.ShapeID{}, shared: map[string]wire.ShapeID{}}
	for _, typ := range p.Types {
		if !typ.Fragment {
			t.reserve(typ)
		}
	}
	for _, typ := range p.Types {
		if !typ.Fragment {
			t.fill(typ)
		}
	}
	for _, m := range p.Methods {
		t.place(m.Result)
		for _, e := range m.Errors {
			if e.Details != nil {
				t.place(*e.Details)
			}
		}
	}
	return t
}

// ID is the shape of a type.
func (t *Table) ID(typ *ir.Type) wire.ShapeID {
	if id, ok := t.ids[typ]; ok {
		return id
	}
	if !typ.Named() && len(typ.Next()) == 0 {
		s := t.leaf(typ)
		key := fmt.Sprintf("%#v", s)
		id, ok := t.shared[key]
		if !ok {
			id = wire.ShapeID(len(t.Shapes))
			t.shared[key] = id
			t.Shapes = append(t.Shapes, s)
			t.Types = append(t.Types, nil)
		}
		t.ids[typ] = id
		return id
	}
	id := t.reserve(typ)
	t.fill(typ)
	return id
}

func (t *Table) reserve(typ *ir.Type) wire.ShapeID {
	id := wire.ShapeID(len(t.Shapes))
	t.ids[typ] = id
	t.Shapes = append(t.Shapes, wire.Shape{})
	t.Types = append(t.Types, typ)
	return id
}

// fill is apart from reserve because types may contain themselves.
func (t *Table) fill(typ *ir.Type) {
	s := t.leaf(typ)
	for _, f := range typ.Fields {
		s.Members = append(s.Members, wire.ShapeMember{Name: f.Wire, Place: t.place(f.Use), Required: f.Required})
	}
	if typ.Elem != nil {
		s.Elem = t.place(*typ.Elem)
	}
	if u := typ.Union; u != nil {
		s.Tag, s.Rest = u.Tag, wire.NoShape
		for _, v := range u.Variants {
			if u.Tag == "" {
				s.Kinds = append(s.Kinds, t.ID(v.Type))
				continue
			}
			s.Variants = append(s.Variants, wire.ShapeVariant{Tag: v.Tag, Shape: t.ID(v.Type)})
		}
		if u.Open {
			s.Rest = t.ID(u.Unknown.Type)
		}
	}
	t.Shapes[t.ids[typ]] = s
}

// Place is a use as a place of the table.
func (t *Table) Place(use ir.Use) wire.Place { return t.place(use) }

func (t *Table) place(use ir.Use) wire.Place {
	if use.Type == nil {
		return wire.Place{Shape: wire.NoShape}
	}
	return wire.Place{Shape: t.ID(use.Type), Nullable: use.Nullable}
}

// leaf is everything of a shape but references to others.
func (t *Table) leaf(typ *ir.Type) wire.Shape {
	s := wire.Shape{Kind: kindOf(typ), Open: typ.Open}
	for _, sets := range typ.Sets {
		s.Sets = append(s.Sets, wire.ShapeSets{One: sets.Kind == ir.OneSet, Sets: sets.Sets})
	}
	if typ.Const != nil {
		s.Enum, s.Const = []string{typ.Const.JSON}, true
	}
	if typ.Enum != nil && !typ.Enum.Open {
		for _, v := range typ.Enum.Values {
			s.Enum = append(s.Enum, v.Value.JSON)
		}
	}
	if typ.Except != nil {
		s.Except = true
		for _, e := range typ.Except {
			s.Enum = append(s.Enum, string(wire.AppendString(nil, e)))
		}
	}
	for _, c := range typ.Checks {
		limit := c.Limit.JSON
		if c.Text != "" {
			limit = c.Text
		}
		s.Checks = append(s.Checks, wire.ShapeCheck{Rule: string(c.Kind), Limit: limit})
	}
	return s
}

func kindOf(t *ir.Type) wire.ShapeKind {
	switch t.Kind {
	case ir.Bool:
		return wire.ShapeBool
	case ir.Int:
		return wire.ShapeInt
	case ir.Float:
		return wire.ShapeFloat
	case ir.String:
		return wire.ShapeString
	case ir.Array:
		return wire.ShapeArray
	case ir.Map:
		return wire.ShapeMap
	case ir.Struct:
		return wire.ShapeStruct
	case ir.Enum:
		if t.Enum.Base == ir.Int {
			return wire.ShapeInt
		}
		return wire.ShapeString
	case ir.Union:
		if t.Union.Tag != "" {
			return wire.ShapeTagged
		}
		return wire.ShapeByKind
	}
	if t.Object {
		return wire.ShapeObject
	}
	return wire.ShapeAny
}

package typescript

import (
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

var kinds = map[wire.ShapeKind]string{
	wire.ShapeAny: "any", wire.ShapeObject: "object", wire.ShapeBool: "bool", wire.ShapeInt: "int", wire.ShapeFloat: "float",
	wire.ShapeString: "string", wire.ShapeArray: "array", wire.ShapeMap: "map", wire.ShapeStruct: "struct",
	wire.ShapeTagged: "tagged", wire.ShapeByKind: "kinds",
}

// shapesModule declares the shape of every named type, each after those it is
// made of. Where that cannot be, since a type leads back to itself, a function
// stands in.
func (g *generator) shapesModule(p *emit.Printer) {
	w := &shapeWriter{g: g, p: p, state: map[wire.ShapeID]int{}}
	for _, t := range g.declared() {
		w.declare(g.shapes.ID(t))
	}
}

type shapeWriter struct {
	g     *generator
	p     *emit.Printer
	state map[wire.ShapeID]int // of named shapes: 0, open or declared
}

// How far a shape is.
const (
	open = iota + 1
	declared
)

// declare writes a named shape, and before it those it refers to.
func (w *shapeWriter) declare(id wire.ShapeID) {
	if w.state[id] != 0 {
		return
	}
	w.state[id] = open
	s := w.g.shapes.Shapes[id]
	w.before(s)
	t := w.g.shapes.Types[id]
	name := w.g.typeName(t)
	if len(s.Members) == 0 {
		w.p.Linef("export const %s = %s;", name, w.literal(s))
	} else {
		w.p.Block("export const "+name+" = {", func() { w.members(s) }, "};")
	}
	w.p.Blank()
	w.state[id] = declared
}

// before declares the shapes that a shape refers to, also through shapes
// without a name.
func (w *shapeWriter) before(s wire.Shape) {
	for _, id := range references(s) {
		switch {
		case id == wire.NoShape:
		case w.named(id):
			w.declare(id)
		default:
			w.before(w.g.shapes.Shapes[id])
		}
	}
}

func references(s wire.Shape) []wire.ShapeID {
	var ids []wire.ShapeID
	for _, m := range s.Members {
		ids = append(ids, m.Place.Shape)
	}
	switch s.Kind {
	case wire.ShapeArray, wire.ShapeMap:
		ids = append(ids, s.Elem.Shape)
	case wire.ShapeTagged:
		for _, v := range s.Variants {
			ids = append(ids, v.Shape)
		}
		ids = append(ids, s.Rest)
	}
	return append(ids, s.Kinds...)
}

func (w *shapeWriter) named(id wire.ShapeID) bool {
	t := w.g.shapes.Types[id]
	return t != nil && t.Named()
}

// members writes the parts of a struct, a member a line.
func (w *shapeWriter) members(s wire.Shape) {
	w.p.Line(`kind: "struct",`)
	w.p.Block("members: [", func() {
		for _, m := range s.Members {
			required := ""
			if m.Required {
				required = "required: true, "
			}
			w.p.Linef("{ name: %s, %s%s },", quote(m.Name), required, w.place(m.Place))
		}
	}, "],")
	for _, part := range w.structParts(s) {
		w.p.Line(part + ",")
	}
}

func (w *shapeWriter) structParts(s wire.Shape) []string {
	var parts []string
	if s.Open {
		parts = append(parts, "open: true")
	}
	if len(s.Sets) > 0 {
		var all []string
		for _, sets := range s.Sets {
			var lists []string
			for _, set := range sets.Sets {
				lists = append(lists, "["+quoted(set)+"]")
			}
			one := ""
			if sets.One {
				one = "one: true, "
			}
			all = append(all, "{ "+one+"sets: ["+strings.Join(lists, ", ")+"] }")
		}
		parts = append(parts, "sets: ["+strings.Join(all, ", ")+"]")
	}
	return parts
}

// literal spells a shape that has no members.
func (w *shapeWriter) literal(s wire.Shape) string {
	parts := []string{"kind: " + quote(kinds[s.Kind])}
	switch s.Kind {
	case wire.ShapeStruct:
		parts = append(parts, "members: []")
		parts = append(parts, w.structParts(s)...)
	case wire.ShapeArray:
		parts = append(parts, "items: { "+w.place(s.Elem)+" }")
	case wire.ShapeMap:
		parts = append(parts, "values: { "+w.place(s.Elem)+" }")
	case wire.ShapeTagged:
		parts = append(parts, w.tagged(s)...)
	case wire.ShapeByKind:
		var branches []string
		for _, id := range s.Kinds {
			branches = append(branches, w.ref(id))
		}
		parts = append(parts, "branches: ["+strings.Join(branches, ", ")+"]")
	}
	return "{ " + strings.Join(append(parts, limits(s)...), ", ") + " }"
}

func (w *shapeWriter) tagged(s wire.Shape) []string {
	var variants []string
	for _, v := range s.Variants {
		variants = append(variants, "["+quote(v.Tag)+", "+w.ref(v.Shape)+"]")
	}
	parts := []string{"tag: " + quote(s.Tag), "variants: [" + strings.Join(variants, ", ") + "]"}
	if s.Rest != wire.NoShape {
		parts = append(parts, "rest: "+w.ref(s.Rest))
	}
	return parts
}

// limits spells what bounds a value.
func limits(s wire.Shape) []string {
	var parts []string
	if len(s.Enum) > 0 {
		parts = append(parts, "enum: ["+strings.Join(s.Enum, ", ")+"]")
	}
	if s.Const {
		parts = append(parts, "constant: true")
	}
	if s.Except {
		parts = append(parts, "except: true")
	}
	if len(s.Checks) > 0 {
		var checks []string
		for _, c := range s.Checks {
			checks = append(checks, fmt.Sprintf("[%s, %s]", quote(c.Rule), quote(c.Limit)))
		}
		parts = append(parts, "checks: ["+strings.Join(checks, ", ")+"]")
	}
	return parts
}

func (w *shapeWriter) place(p wire.Place) string {
	text := "shape: " + w.ref(p.Shape)
	if p.Nullable {
		text += ", nullable: true"
	}
	return text
}

// ref refers to a shape: by its name, through a function when it is not
// declared yet, or spelled out.
func (w *shapeWriter) ref(id wire.ShapeID) string {
	switch {
	case id == wire.NoShape:
		return `{ kind: "any" }`
	case !w.named(id):
		return w.literal(w.g.shapes.Shapes[id])
	case w.state[id] == open:
		return "() => " + w.g.typeName(w.g.shapes.Types[id])
	}
	return w.g.typeName(w.g.shapes.Types[id])
}

// placeOf refers to the place of a use from another module.
func (g *generator) placeOf(u ir.Use) string {
	text := "shape: " + g.shapeOf(u.Type)
	if u.Nullable {
		text += ", nullable: true"
	}
	return "{ " + text + " }"
}

// shapeOf refers to a shape of the types module, or spells it out.
func (g *generator) shapeOf(t *ir.Type) string {
	if t.Named() {
		return "types." + g.typeName(t)
	}
	s := g.shapes.Shapes[g.shapes.ID(t)]
	parts := []string{"kind: " + quote(kinds[s.Kind])}
	switch t.Kind {
	case ir.Array:
		parts = append(parts, "items: "+g.placeOf(*t.Elem))
	case ir.Map:
		parts = append(parts, "values: "+g.placeOf(*t.Elem))
	}
	return "{ " + strings.Join(append(parts, limits(s)...), ", ") + " }"
}

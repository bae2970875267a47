package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

func shapeConst(typeName string) string { return "shape" + typeName }

var shapeKinds = map[wire.ShapeKind]string{
	wire.ShapeAny: "ShapeAny", wire.ShapeObject: "ShapeObject", wire.ShapeBool: "ShapeBool", wire.ShapeInt: "ShapeInt",
	wire.ShapeFloat: "ShapeFloat", wire.ShapeString: "ShapeString", wire.ShapeArray: "ShapeArray", wire.ShapeMap: "ShapeMap",
	wire.ShapeStruct: "ShapeStruct", wire.ShapeTagged: "ShapeTagged", wire.ShapeByKind: "ShapeByKind",
}

// shapesFile emits the table that explains refused messages.
func (g *generator) shapesFile(f *jen.File) {
	f.Comment(doc("Places in the table of shapes, by type."))
	f.Const().DefsFunc(func(d *jen.Group) {
		for k, t := range g.shapes.Types {
			if t != nil && t.Named() {
				d.Id(shapeConst(g.typeName(t))).Add(g.wire("ShapeID")).Op("=").Lit(k)
			}
		}
	})
	f.Line()
	f.Comment(doc("shapes describes every type as data. Only refused messages are looked up here."))
	f.Var().Id("shapes").Op("=").Add(g.wire("Shapes")).ValuesFunc(func(v *jen.Group) {
		for k, s := range g.shapes.Shapes {
			entry := jen.Lit(k)
			if t := g.shapes.Types[k]; t != nil && t.Named() {
				entry = id(shapeConst(g.typeName(t)))
			}
			v.Line().Add(entry.Op(":").Values(g.shapeFields(s)...))
		}
		v.Line()
	})
}

// keyed is one Name: value of a composite literal. Dicts would take a line for
// each.
func keyed(name string, value *jen.Statement) *jen.Statement {
	return id(name).Op(":").Add(value)
}

func (g *generator) shapeFields(s wire.Shape) []jen.Code {
	fields := []jen.Code{keyed("Kind", g.wire(shapeKinds[s.Kind]))}
	add := func(name string, value *jen.Statement) { fields = append(fields, keyed(name, value)) }
	if s.Open {
		add("Open", jen.True())
	}
	if len(s.Members) > 0 {
		add("Members", g.shapeMembers(s.Members))
	}
	if len(s.Sets) > 0 {
		add("Sets", g.shapeSets(s.Sets))
	}
	if s.Kind == wire.ShapeArray || s.Kind == wire.ShapeMap {
		add("Elem", g.placeLit(s.Elem))
	}
	if s.Kind == wire.ShapeTagged {
		add("Tag", jen.Lit(s.Tag))
		add("Rest", g.shapeRef(s.Rest))
		add("Variants", g.shapeVariants(s.Variants))
	}
	if len(s.Kinds) > 0 {
		add("Kinds", jen.Index().Add(g.wire("ShapeID")).ValuesFunc(func(v *jen.Group) {
			for _, k := range s.Kinds {
				v.Add(g.shapeRef(k))
			}
		}))
	}
	if len(s.Enum) > 0 {
		add("Enum", stringList(s.Enum))
	}
	if s.Const {
		add("Const", jen.True())
	}
	if s.Except {
		add("Except", jen.True())
	}
	if len(s.Checks) > 0 {
		add("Checks", jen.Index().Add(g.wire("ShapeCheck")).ValuesFunc(func(v *jen.Group) {
			for _, c := range s.Checks {
				v.Values(keyed("Rule", jen.Lit(c.Rule)), keyed("Limit", jen.Lit(c.Limit)))
			}
		}))
	}
	return fields
}

func (g *generator) shapeMembers(members []wire.ShapeMember) *jen.Statement {
	return jen.Index().Add(g.wire("ShapeMember")).ValuesFunc(func(v *jen.Group) {
		for _, m := range members {
			fields := []jen.Code{keyed("Name", jen.Lit(m.Name)), keyed("Place", g.placeLit(m.Place))}
			if m.Required {
				fields = append(fields, keyed("Required", jen.True()))
			}
			v.Line().Values(fields...)
		}
		v.Line()
	})
}

func (g *generator) shapeSets(all []wire.ShapeSets) *jen.Statement {
	return jen.Index().Add(g.wire("ShapeSets")).ValuesFunc(func(v *jen.Group) {
		for _, sets := range all {
			fields := []jen.Code{keyed("Sets", jen.Index().Index().String().ValuesFunc(func(list *jen.Group) {
				for _, set := range sets.Sets {
					list.Add(stringList(set))
				}
			}))}
			if sets.One {
				fields = append(fields, keyed("One", jen.True()))
			}
			v.Values(fields...)
		}
	})
}

func (g *generator) shapeVariants(variants []wire.ShapeVariant) *jen.Statement {
	return jen.Index().Add(g.wire("ShapeVariant")).ValuesFunc(func(v *jen.Group) {
		for _, x := range variants {
			v.Line().Values(keyed("Tag", jen.Lit(x.Tag)), keyed("Shape", g.shapeRef(x.Shape)))
		}
		v.Line()
	})
}

func stringList(list []string) *jen.Statement {
	return jen.Index().String().ValuesFunc(func(v *jen.Group) {
		for _, s := range list {
			v.Add(jsonLit(s))
		}
	})
}

// shapeRef names a shape by its constant, or by its number when it has none.
func (g *generator) shapeRef(k wire.ShapeID) *jen.Statement {
	if k == wire.NoShape {
		return g.wire("NoShape")
	}
	if t := g.shapes.Types[k]; t != nil && t.Named() {
		return id(shapeConst(g.typeName(t)))
	}
	return jen.Lit(int(k))
}

func (g *generator) placeLit(p wire.Place) *jen.Statement {
	fields := []jen.Code{keyed("Shape", g.shapeRef(p.Shape))}
	if p.Nullable {
		fields = append(fields, keyed("Nullable", jen.True()))
	}
	return g.wire("Place").Values(fields...)
}

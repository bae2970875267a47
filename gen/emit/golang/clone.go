package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// cloneFile emits deep copies, for values that outlive their message: a
// decoded string keeps the whole message in memory.
func (g *generator) cloneFile(f *jen.File) {
	for _, t := range g.declared() {
		switch {
		case isTagged(t):
			g.taggedClone(f, t)
		case t.Kind == ir.Struct || t.Kind == ir.Union:
			g.structClone(f, t)
		}
	}
}

func (g *generator) taggedClone(f *jen.File, t *ir.Type) {
	tn := g.typeName(t)
	f.Comment(doc("Clone" + tn + " returns a copy of v that shares no memory with it or with the message it was decoded from."))
	f.Func().Id("Clone"+tn).Params(id("v").Id(tn)).Id(tn).Block(
		jen.Switch(id("x").Op(":=").Id("v").Assert(jen.Type())).BlockFunc(func(s *jen.Group) {
			for _, v := range variants(t) {
				s.Case(jen.Op("*").Id(g.typeName(v.Type))).Block(jen.Return(id("x").Dot("Clone").Call()))
			}
		}),
		jen.Return(jen.Nil()),
	)
	f.Line()
}

func (g *generator) structClone(f *jen.File, t *ir.Type) {
	tn := g.typeName(t)
	f.Comment(doc("Clone returns a copy of v that shares no memory with it or with the message it was decoded from."))
	f.Func().Params(id("v").Op("*").Id(tn)).Id("Clone").Params().Op("*").Id(tn).BlockFunc(func(b *jen.Group) {
		b.Id("c").Op(":=").Op("*").Id("v")
		each := func(field string, owner *ir.Type, use *ir.Type, w wrapper) {
			value := func() *jen.Statement { return id("c").Dot(field) }
			if w != bare {
				value = func() *jen.Statement { return id("c").Dot(field).Dot("V") }
			}
			if recursiveEdge(owner, use) {
				b.If(value().Op("!=").Nil()).Block(value().Op("=").Add(value()).Dot("Clone").Call())
				return
			}
			for _, code := range g.cloneValue(use, value) {
				b.Add(code)
			}
		}
		if t.Kind == ir.Union {
			for _, v := range t.Union.Variants {
				each(g.pascal(v.Name), t, v.Type, bare)
			}
		}
		for _, field := range t.Fields {
			if !hasField(field) {
				continue
			}
			w := wrap(field)
			if w == opt && recursiveEdge(t, field.Use.Type) {
				w = bare
			}
			each(g.fieldName(field), t, field.Use.Type, w)
		}
		if t.Open {
			b.Id("c").Dot("Extra").Op("=").Id("c").Dot("Extra").Dot("Clone").Call()
		}
		b.Return(jen.Op("&").Id("c"))
	})
	f.Line()
}

// cloneValue replaces a value by a copy of it; nothing for values without
// memory of their own.
func (g *generator) cloneValue(t *ir.Type, v place) []jen.Code {
	set := func(to *jen.Statement) []jen.Code { return []jen.Code{v().Op("=").Add(to)} }
	switch {
	case t.Kind == ir.String:
		return set(jen.Qual("strings", "Clone").Call(v()))
	case t.Kind == ir.Enum && t.Enum.Base == ir.String:
		return set(id(g.typeName(t)).Call(jen.Qual("strings", "Clone").Call(jen.String().Call(v()))))
	case t.Kind == ir.Raw:
		return set(jen.Qual("bytes", "Clone").Call(v()))
	case isTagged(t):
		return set(id("Clone" + g.typeName(t)).Call(v()))
	case t.Kind == ir.Struct, t.Kind == ir.Union:
		return set(jen.Op("*").Add(v()).Dot("Clone").Call())
	case t.Kind == ir.Array:
		k := g.index()
		defer g.outdent()
		item := func() *jen.Statement { return v().Index(id(k)) }
		code := set(jen.Qual("slices", "Clone").Call(v()))
		if body := g.cloneItem(*t.Elem, item); len(body) > 0 {
			code = append(code, jen.For(id(k).Op(":=").Range().Add(v())).Block(body...))
		}
		return code
	case t.Kind == ir.Map:
		return g.cloneMap(t, v)
	}
	return nil
}

func (g *generator) cloneItem(use ir.Use, v place) []jen.Code {
	if use.Nullable && !nilable(use.Type) {
		return g.cloneValue(use.Type, func() *jen.Statement { return v().Dot("V") })
	}
	return g.cloneValue(use.Type, v)
}

// cloneMap copies keys too, which point into the message as well.
func (g *generator) cloneMap(t *ir.Type, v place) []jen.Code {
	body := g.cloneItem(*t.Elem, func() *jen.Statement { return id("value") })
	body = append(body, id("entries").Index(jen.Qual("strings", "Clone").Call(id("key"))).Op("=").Id("value"))
	return []jen.Code{
		jen.If(v().Op("!=").Nil()).Block(
			id("entries").Op(":=").Make(jen.Map(jen.String()).Add(g.elemType(*t.Elem)), jen.Len(v())),
			jen.For(jen.List(id("key"), id("value")).Op(":=").Range().Add(v())).Block(body...),
			v().Op("=").Id("entries"),
		),
	}
}

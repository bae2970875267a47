package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// listDecoder is a function that decodes an array or a map. Those with items
// of a named type are shared; the others are named after where they stand.
type listDecoder struct {
	name string
	typ  *ir.Type
}

// list finds or plans the decoder of an array or map type.
func (g *generator) list(t *ir.Type, site string) *listDecoder {
	suffix := "List"
	if t.Kind == ir.Map {
		suffix = "Map"
	}
	if g.shares(t) {
		site = g.typeName(t.Elem.Type)
	}
	// Two sites can read alike: member tags of ChatSend, sendTags of Chat.
	for g.lists["decode"+site+suffix] != nil && !g.sameList(g.lists["decode"+site+suffix].typ, t) {
		site += "Member"
	}
	name := "decode" + site + suffix
	if l := g.lists[name]; l != nil {
		return l
	}
	l := &listDecoder{name: name, typ: t}
	g.lists[name] = l
	g.order = append(g.order, l)
	return l
}

// shares reports whether the decoder depends on the item's type alone.
func (g *generator) shares(t *ir.Type) bool { return t.Elem.Type.Named() && !t.Elem.Nullable }

func (g *generator) sameList(a, b *ir.Type) bool {
	return a == b || a.Kind == b.Kind && g.shares(a) && g.shares(b) && a.Elem.Type == b.Elem.Type
}

func (g *generator) listDecoder(f *jen.File, l *listDecoder) {
	elem := *l.typ.Elem
	params := func(container *jen.Statement) []jen.Code {
		return append(g.readerParams(), id("v").Op("*").Add(container))
	}
	if l.typ.Kind == ir.Array {
		f.Func().Id(l.name).Params(params(jen.Index().Add(g.elemType(elem)))...).Int().BlockFunc(func(b *jen.Group) {
			b.If(reader("Absent")).Block(jen.Return(id("i").Op("+").Lit(4)))
			b.List(id("list"), id("open")).Op(":=").List(jen.Index().Add(g.elemType(elem)).Values(), id("i"))
			b.List(id("i"), id("more")).Op(":=").Add(reader("Array"))
			b.For(id("more")).BlockFunc(func(loop *jen.Group) {
				loop.Id("list").Op("=").Add(g.wire("Grow")).Call(id("r"), id("list"), id("open"), id("i"))
				g.readItem(loop, elem, func() *jen.Statement { return id("list").Index(jen.Len(id("list")).Op("-").Lit(1)) }, l)
				loop.List(id("i"), id("more")).Op("=").Add(reader("Item"))
			})
			b.Op("*").Id("v").Op("=").Id("list")
			b.Return(id("i"))
		})
		f.Line()
		return
	}
	f.Func().Id(l.name).Params(params(jen.Map(jen.String()).Add(g.elemType(elem)))...).Int().BlockFunc(func(b *jen.Group) {
		b.If(reader("Absent")).Block(jen.Return(id("i").Op("+").Lit(4)))
		b.Id("entries").Op(":=").Map(jen.String()).Add(g.elemType(elem)).Values()
		b.List(id("key"), id("i"), id("more")).Op(":=").Add(reader("Object"))
		b.For(id("more")).BlockFunc(func(loop *jen.Group) {
			loop.Add(advance(g.wire("Key").Call(id("r"), id("i"), id("entries"), id("key"))))
			loop.Var().Id("value").Add(g.elemType(elem))
			g.readItem(loop, elem, func() *jen.Statement { return id("value") }, l)
			loop.Id("entries").Index(id("key")).Op("=").Id("value")
			loop.List(id("key"), id("i"), id("more")).Op("=").Add(reader("Next"))
		})
		b.Op("*").Id("v").Op("=").Id("entries")
		b.Return(id("i"))
	})
	f.Line()
}

// readItem reads one item or map value.
func (g *generator) readItem(b *jen.Group, use ir.Use, into place, l *listDecoder) {
	site := l.name[len("decode"):] + "Item"
	switch {
	case use.Nullable && isTagged(use.Type):
		b.If(reader("Null")).Block(id("i").Op("+=").Lit(4)).Else().Block(g.readValue(use.Type, into, site)...)
	case use.Nullable && use.Type.Kind == ir.Raw:
		b.If(reader("Null")).Block(advance(reader("Raw", jen.Op("&").Add(into())))).Else().Block(g.readValue(use.Type, into, site)...)
	case use.Nullable:
		value := func() *jen.Statement { return into().Dot("V") }
		b.If(reader("Null")).Block(id("i").Op("+=").Lit(4)).Else().Block(
			append(g.readValue(use.Type, value, site), into().Dot("Valid").Op("=").True())...)
	default:
		for _, code := range g.readValue(use.Type, into, site) {
			b.Add(code)
		}
	}
}

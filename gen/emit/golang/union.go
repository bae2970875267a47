package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// taggedDecoder emits the choice of a variant by its tag.
func (g *generator) taggedDecoder(f *jen.File, t *ir.Type) {
	u := t.Union
	variant := func(v *ir.Variant) []jen.Code {
		return []jen.Code{
			id("x").Op(":=").New(id(g.typeName(v.Type))),
			jen.Op("*").Id("v").Op("=").Id("x"),
			jen.Return(id("x").Dot("decode").Call(id("r"), id("i"))),
		}
	}
	f.Func().Id("decode" + g.typeName(t)).Params(append(g.readerParams(), id("v").Op("*").Id(g.typeName(t)))...).Int().BlockFunc(func(b *jen.Group) {
		b.If(reader("Absent")).Block(jen.Return(id("i").Op("+").Lit(4)))
		b.List(id("tag"), id("ok")).Op(":=").Add(reader("Tag", jen.Lit(u.Tag)))
		b.If(jen.Op("!").Id("ok")).Block(jen.Return(g.wire("Invalid")))
		b.Switch(id("tag")).BlockFunc(func(s *jen.Group) {
			for _, v := range u.Variants {
				s.Case(jen.Lit(v.Tag)).Block(variant(v)...)
			}
			if u.Open {
				s.Default().Block(variant(u.Unknown)...)
			}
		})
		if !u.Open {
			b.Return(g.wire("Invalid"))
		}
	})
	f.Line()
}

// firstBytes are the bytes that the values of a JSON kind begin with.
var firstBytes = map[string][]rune{
	"string": {'"'}, "array": {'['}, "object": {'{'}, "boolean": {'t', 'f'},
	"number": {'-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'},
}

// kindDecoder emits the choice of a branch by the first byte.
func (g *generator) kindDecoder(f *jen.File, t *ir.Type) {
	f.Func().Params(id("v").Op("*").Id(g.typeName(t))).Id("decode").Params(g.readerParams()...).Int().Block(
		jen.Switch(reader("Peek")).BlockFunc(func(s *jen.Group) {
			for _, v := range t.Union.Variants {
				into := func() *jen.Statement { return id("v").Dot(g.pascal(v.Name)) }
				var bytes []jen.Code
				for _, c := range firstBytes[v.JSON] {
					bytes = append(bytes, jen.LitRune(c))
				}
				s.Case(bytes...).BlockFunc(func(c *jen.Group) {
					c.Id("v").Dot("Kind").Op("=").Id(g.kindConst(t, v))
					if recursiveEdge(t, v.Type) {
						c.Add(into().Op("=").New(g.goType(v.Type)))
					}
					for _, code := range g.readValue(v.Type, into, g.typeName(t)+g.pascal(v.Name)) {
						c.Add(code)
					}
					c.Return(id("i"))
				})
			}
		}),
		jen.If(reader("Absent")).Block(jen.Return(id("i").Op("+").Lit(4))),
		jen.Return(g.wire("Invalid")),
	)
	f.Line()
}

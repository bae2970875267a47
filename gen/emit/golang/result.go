package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// resultEntry emits the decoding of results by method, for clients that are
// given the method at run time and for tests. Results are any JSON value, not
// objects alone, so there is no interface that all of them have: the value is
// what the method's handler returns, and a caller who knows the method can
// assert it.
func (g *generator) resultEntry(f *jen.File) {
	f.Comment(doc("DecodeAliasResult decodes and checks the result of a method. The value is of the type that the method's handler returns; a null result is a nil pointer, or the zero value where there is no pointer. It points into data. The error is a wire.Issues."))
	f.Func().Id("DecodeAliasResult").Params(id("method").Id("MethodID"), id("data").Index().Byte(), id("mode").Add(g.wire("Mode"))).Params(jen.Any(), jen.Error()).Block(
		jen.If(id("method").Op(">=").Id("MethodUnknown")).Block(jen.Return(jen.Nil(), id("errUnknownMethod"))),
		id("r").Op(":=").Add(g.wire("NewReader")).Call(id("data"), id("mode"), id("MaxDepth")),
		jen.List(id("v"), id("i")).Op(":=").Id("decodeResult").Call(jen.Op("&").Id("r"), id("r").Dot("Start").Call(), id("method")),
		jen.If(jen.Op("!").Id("r").Dot("Done").Call(id("i"))).Block(
			jen.Return(jen.Nil(), g.wire("RefuseAt").Call(id("data"), id("mode"), id("MaxDepth"), id("shapes"), id("resultPlaces").Index(id("method")))),
		),
		jen.Return(id("v"), jen.Nil()),
	)
	f.Line()
	f.Var().Id("errUnknownMethod").Op("=").Add(g.wire("Issues")).Values(jen.Values(jen.Dict{id("Rule"): jen.Lit("method"), id("Message"): jen.Lit("unknown method")}))
	f.Line()
	f.Var().Id("resultPlaces").Op("=").Index(jen.Op("...")).Add(g.wire("Place")).ValuesFunc(func(v *jen.Group) {
		for _, m := range g.p.Methods {
			v.Line().Id(g.methodConst(m)).Op(":").Add(g.placeLit(g.shapes.Place(m.Result)))
		}
		v.Line()
	})
	f.Line()
}

// resultDecoder emits the choice of a result's decoder. It stands with the
// other decoders because results that are lists need decoders of their own.
func (g *generator) resultDecoder(f *jen.File) {
	f.Func().Id("decodeResult").Params(append(g.readerParams(), id("method").Id("MethodID"))...).Params(jen.Any(), jen.Int()).Block(
		jen.Switch(id("method")).BlockFunc(func(s *jen.Group) {
			for _, m := range g.p.Methods {
				s.Case(id(g.methodConst(m))).Block(g.readResult(m)...)
			}
		}),
		jen.Return(jen.Nil(), g.wire("Invalid")),
	)
	f.Line()
}

// readResult reads the result of one method into what its handler returns.
func (g *generator) readResult(m *ir.Method) []jen.Code {
	use := m.Result
	null := func(v *jen.Statement) jen.Code {
		return jen.If(reader("Null")).Block(jen.Return(v, id("i").Op("+").Lit(4)))
	}
	value := func() *jen.Statement { return id("v") }
	var out []jen.Code
	switch pointer, _ := nilResult(use); {
	case pointer && !isTagged(use.Type):
		t := g.goType(use.Type)
		if use.Nullable {
			out = append(out, null(jen.Parens(jen.Op("*").Add(t.Clone())).Call(jen.Nil())))
		}
		return append(out, id("v").Op(":=").New(t), jen.Return(id("v"), id("v").Dot("decode").Call(id("r"), id("i"))))
	case use.Nullable && !nilable(use.Type):
		value = func() *jen.Statement { return id("v").Dot("V") }
	}
	out = append(out, jen.Var().Id("v").Add(g.resultType(use)))
	if use.Nullable {
		out = append(out, null(id("v")))
	}
	out = append(out, g.readValue(use.Type, value, g.pascal(m.Name)+"Result")...)
	if use.Nullable && !nilable(use.Type) {
		out = append(out, id("v").Dot("Valid").Op("=").True())
	}
	return append(out, jen.Return(id("v"), id("i")))
}

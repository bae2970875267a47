package golang

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func (g *generator) appender() *jen.Statement { return g.wire("Appender") }

func (g *generator) callFile(f *jen.File) {
	if !g.ClientSide {
		g.paramsDecoder(f)
	}
	g.resultEntry(f)
	if !g.ClientSide {
		g.call(f)
		for _, gr := range g.groups() {
			g.groupCall(f, gr)
		}
	}
	g.adaptParams(f)
}

// paramsDecoder emits the choice of the decoder by method: a switch and not a
// table, so that the reader stays on the stack.
func (g *generator) paramsDecoder(f *jen.File) {
	f.Comment(doc("DecodeAliasParams decodes and checks the params of a method; nil and null count as {}. The result is a pointer to the method's params type and points into data. The error is a wire.Issues."))
	f.Func().Id("DecodeAliasParams").Params(id("method").Id("MethodID"), id("data").Index().Byte(), id("mode").Add(g.wire("Mode"))).Params(g.appender(), jen.Error()).Block(
		jen.If(id("method").Op(">=").Id("MethodUnknown")).Block(jen.Return(jen.Nil(), id("errUnknownMethod"))),
		jen.If(id("data").Op("==").Nil().Op("||").String().Call(id("data")).Op("==").Lit("null")).Block(id("data").Op("=").Id("noParams")),
		id("r").Op(":=").Add(g.wire("NewReader")).Call(id("data"), id("mode"), id("MaxDepth")),
		jen.List(id("p"), id("i")).Op(":=").Id("decodeParams").Call(jen.Op("&").Id("r"), id("r").Dot("Start").Call(), id("method")),
		jen.If(jen.Op("!").Id("r").Dot("Done").Call(id("i"))).Block(
			jen.Return(jen.Nil(), g.wire("Refuse").Call(id("data"), id("mode"), id("MaxDepth"), id("shapes"), id("paramsShape").Call(id("method")))),
		),
		jen.Return(id("p"), jen.Nil()),
	)
	f.Line()
	f.Comment(doc("noParams is what absent params count as."))
	f.Var().Id("noParams").Op("=").Index().Byte().Call(jen.Lit("{}"))
	f.Line()
	f.Func().Id("decodeParams").Params(append(g.readerParams(), id("method").Id("MethodID"))...).Params(g.appender(), jen.Int()).Block(
		jen.Switch(id("method")).BlockFunc(func(s *jen.Group) {
			for _, m := range g.p.Methods {
				s.Case(id(g.methodConst(m))).Block(
					id("p").Op(":=").New(id(g.typeName(m.Params))),
					jen.Return(id("p"), id("p").Dot("decode").Call(id("r"), id("i"))),
				)
			}
		}),
		jen.Return(jen.Nil(), g.wire("Invalid")),
	)
	f.Line()
	f.Func().Id("paramsShape").Params(id("method").Id("MethodID")).Add(g.wire("ShapeID")).Block(
		jen.Return(id("paramsShapes").Index(id("method"))),
	)
	f.Line()
	f.Var().Id("paramsShapes").Op("=").Index(jen.Op("...")).Add(g.wire("ShapeID")).ValuesFunc(func(v *jen.Group) {
		for _, m := range g.p.Methods {
			v.Line().Id(g.methodConst(m)).Op(":").Id(shapeConst(g.typeName(m.Params)))
		}
		v.Line()
	})
	f.Line()
}

func (g *generator) callParams() []jen.Code {
	return []jen.Code{
		id("ctx").Qual("context", "Context"), id("method").Id("MethodID"), id("params").Add(g.appender()),
		id("out").Index().Byte(), id("early").Func().Params(jen.Index().Byte()),
	}
}

func (g *generator) call(f *jen.File) {
	f.Comment(doc("Call passes decoded params to the method's handler and appends its result to out as JSON. Early is given the JSON of an early answer, before Call returns; it may be nil. The error is an *Error, or whatever the handler returned."))
	f.Func().Params(id("h").Op("*").Id("Handlers")).Id("Call").Params(g.callParams()...).Params(jen.Index().Byte(), jen.Error()).Block(
		jen.If(jen.Op("!").Id("h").Dot("Offers").Call(id("method"))).Block(jen.Return(id("out"), id("notOffered").Call(id("method")))),
		jen.Switch(id("methodInfo").Index(id("method")).Dot("Group")).BlockFunc(func(s *jen.Group) {
			for _, gr := range g.groups() {
				s.Case(jen.Lit(gr.Name)).Block(jen.Return(id("h").Dot("call"+g.groupName(gr)).Call(id("ctx"), id("method"), id("params"), id("out"), id("early"))))
			}
		}),
		jen.Return(id("out"), id("notOffered").Call(id("method"))),
	)
	f.Line()
	f.Comment(doc("mismatch is the error of a Call whose params belong to another method."))
	f.Func().Id("mismatch").Params(id("method").Id("MethodID"), id("params").Add(g.appender())).Op("*").Id("Error").Block(
		jen.Return(id("Errorf").Call(id("codeInternal"), jen.Lit("%s was called with params of type %T"), id("method"), id("params"))),
	)
	f.Line()
	f.Comment(doc("noResult is the error of a handler that returned neither a result nor an error."))
	f.Func().Id("noResult").Params(id("method").Id("MethodID")).Op("*").Id("Error").Block(
		jen.Return(id("Errorf").Call(id("codeInternal"), jen.Lit("%s gave no result"), id("method"))),
	)
	f.Line()
	f.Func().Id("notOffered").Params(id("method").Id("MethodID")).Op("*").Id("Error").Block(
		jen.If(id("info").Op(":=").Id("method").Dot("Info").Call(), id("info").Op("!=").Nil().Op("&&").Id("info").Dot("NotOffered").Op("!=").Lit("")).Block(
			jen.Return(id("Errorf").Call(id("codeInternal"), jen.Lit("%s is not offered by this server: %s"), id("method"), id("info").Dot("NotOffered"))),
		),
		jen.Return(id("Errorf").Call(id("codeInternal"), jen.Lit("%s is not offered by this server"), id("method"))),
	)
	f.Line()
}

func (g *generator) groupCall(f *jen.File, gr *ir.Group) {
	f.Func().Params(id("h").Op("*").Id("Handlers")).Id("call"+g.groupName(gr)).Params(g.callParams()...).Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Switch(id("method")).BlockFunc(func(s *jen.Group) {
			for _, m := range served(gr) {
				s.Case(id(g.methodConst(m))).BlockFunc(func(c *jen.Group) { g.callCase(c, gr, m) })
			}
		}),
		jen.Return(id("out"), id("notOffered").Call(id("method"))),
	)
	f.Line()
}

func (g *generator) callCase(c *jen.Group, gr *ir.Group, m *ir.Method) {
	c.List(id("p"), id("ok")).Op(":=").Id("params").Assert(jen.Op("*").Id(g.typeName(m.Params)))
	c.If(jen.Op("!").Id("ok")).Block(jen.Return(id("out"), id("mismatch").Call(id("method"), id("params"))))
	args := []jen.Code{id("ctx"), id("p")}
	if m.Accepted != nil {
		args = append(args, jen.Func().Params(id("v").Op("*").Id(g.typeName(m.Accepted))).Block(
			jen.If(id("early").Op("!=").Nil()).Block(id("early").Call(id("v").Dot("AppendJSON").Call(jen.Nil()))),
		))
	}
	c.List(id("v"), id("err")).Op(":=").Id("h").Dot(g.groupName(gr)).Dot(g.pascal(m.Name)).Call(args...)
	c.If(id("err").Op("!=").Nil()).Block(jen.Return(id("out"), id("err")))
	can, null := nilResult(m.Result)
	switch {
	case can && null:
		c.If(id("v").Op("==").Nil()).Block(jen.Return(jen.Append(id("out"), jen.Lit("null").Op("...")), jen.Nil()))
	case can:
		c.If(id("v").Op("==").Nil()).Block(jen.Return(id("out"), id("noResult").Call(id("method"))))
	}
	if can {
		c.Return(id("v").Dot("AppendJSON").Call(id("out")), jen.Nil())
		return
	}
	c.Id("b").Op(":=").Id("out")
	for _, code := range g.appendItem(m.Result, func() *jen.Statement { return id("v") }) {
		c.Add(code)
	}
	c.Return(id("b"), jen.Nil())
}

// adaptParams emits the conversions of params that are more than names.
func (g *generator) adaptParams(f *jen.File) {
	if !g.hasAdapter() {
		return
	}
	f.Comment(doc("Adapter converts between dialects where more than a name differs. It is written by hand; a conversion that is missing does not compile."))
	f.Type().Id("Adapter").InterfaceFunc(func(i *jen.Group) {
		for _, m := range g.p.Methods {
			if len(m.Adapt) > 0 {
				i.Comment(doc(g.adaptMethod(m) + " turns params of " + m.Wire + " as the dialect means them into canonical ones, in place."))
				i.Id(g.adaptMethod(m)).Params(id("from").Id("Dialect"), id("p").Op("*").Id(g.typeName(m.Params))).Error()
			}
		}
		for _, c := range g.conversions() {
			i.Comment(doc(c.method + " turns the published payload of " + c.event.Wire + " into the one of another dialect; nil when that dialect gets no event."))
			i.Id(c.method).Params(id("p").Add(g.payloadType(c.from))).Add(g.payloadType(c.to))
		}
	})
	f.Line()
	f.Comment(doc("AdaptParams turns decoded params of a dialect into canonical ones."))
	f.Func().Id("AdaptParams").Params(id("a").Id("Adapter"), id("from").Id("Dialect"), id("method").Id("MethodID"), id("params").Add(g.appender())).Error().Block(
		jen.Switch(id("method")).BlockFunc(func(s *jen.Group) {
			for _, m := range g.p.Methods {
				if len(m.Adapt) > 0 {
					s.Case(id(g.methodConst(m))).Block(
						jen.If(jen.List(id("p"), id("ok")).Op(":=").Id("params").Assert(jen.Op("*").Id(g.typeName(m.Params))), id("ok").Op("&&").Add(g.isDialect(m.Adapt))).Block(
							jen.Return(id("a").Dot(g.adaptMethod(m)).Call(id("from"), id("p")))))
				}
			}
		}),
		jen.Return(jen.Nil()),
	)
	f.Line()
}

// adaptMethod names the conversion of a method's params.
func (g *generator) adaptMethod(m *ir.Method) string { return "Adapt" + g.pascal(m.Name) + "Params" }

// isDialect is the condition that from is one of several dialects.
func (g *generator) isDialect(dialects []*ir.Dialect) *jen.Statement {
	cond := id("from").Op("==").Id(g.dialectConst(dialects[0]))
	if len(dialects) == 1 {
		return cond
	}
	for _, d := range dialects[1:] {
		cond = cond.Op("||").Id("from").Op("==").Id(g.dialectConst(d))
	}
	return jen.Parens(cond)
}

// hasAdapter reports whether there is anything to convert. A client's runtime
// takes an adapter in any case.
func (g *generator) hasAdapter() bool {
	adapts := slices.ContainsFunc(g.p.Methods, func(m *ir.Method) bool { return len(m.Adapt) > 0 })
	return g.ClientSide || adapts || len(g.conversions()) > 0
}

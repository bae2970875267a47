package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/name"
)

func (g *generator) codeConst(word string) string { return "Code" + g.pascal(name.Split(word)) }

func (g *generator) errorsFile(f *jen.File) {
	f.Comment(doc("The error codes of the protocol."))
	f.Const().DefsFunc(func(d *jen.Group) {
		for _, e := range g.p.Errors {
			d.Comment(doc(g.codeConst(e.Name) + ": " + e.Doc))
			d.Id(g.codeConst(e.Name)).Op("=").Lit(e.Name)
		}
	})
	f.Line()
	f.Comment(doc("What generated code itself answers with."))
	f.Const().Defs(
		id("codeRefused").Op("=").Id(g.codeConst(g.p.Refused.Name)),
		id("codeInternal").Op("=").Id(g.codeConst(g.p.Unavailable.Name)),
	)
	f.Line()
	f.Comment(doc("Retryable reports whether a request that failed with this code may succeed when it is repeated."))
	f.Func().Id("Retryable").Params(id("code").String()).Bool().Block(
		jen.Switch(id("code")).BlockFunc(func(s *jen.Group) {
			var retryable []jen.Code
			for _, e := range g.p.Errors {
				if e.Retryable {
					retryable = append(retryable, id(g.codeConst(e.Name)))
				}
			}
			if len(retryable) > 0 {
				s.Case(retryable...).Block(jen.Return(jen.True()))
			}
		}),
		jen.Return(jen.False()),
	)
	f.Line()
	f.Comment(doc("Error is a failure as the peer is told of it. Its texts go over the wire: they must hold no secret."))
	f.Type().Id("Error").Struct(
		id("Code").String().Comment("one of the Code constants"),
		id("Message").String(),
		id("Details").Add(g.appender()).Comment("what else the peer can use, or nil"),
		id("RetryAfter").Qual("time", "Duration").Comment("when a repeat makes sense, or zero"),
		id("Final").Bool().Comment("a repeat makes no sense, whatever holds for the code"),
		id("Payload").Add(g.appender()).Comment("a payload beside the error, or nil"),
	)
	f.Line()
	f.Comment(doc("Error gives code and message."))
	f.Func().Params(id("e").Op("*").Id("Error")).Id("Error").Params().String().Block(
		jen.Return(id("e").Dot("Code").Op("+").Lit(": ").Op("+").Id("e").Dot("Message")),
	)
	f.Line()
	f.Comment(doc("Errorf makes an Error; format and args are as for fmt.Sprintf."))
	f.Func().Id("Errorf").Params(id("code").String(), id("format").String(), id("args").Op("...").Any()).Op("*").Id("Error").Block(
		jen.Return(jen.Op("&").Id("Error").Values(jen.Dict{
			id("Code"): id("code"), id("Message"): jen.Qual("fmt", "Sprintf").Call(id("format"), id("args").Op("...")),
		})),
	)
	f.Line()
	f.Comment(doc("InvalidParams is the refusal of params: the issues as text, and each of them in the details."))
	f.Func().Id("InvalidParams").Params(id("method").String(), id("err").Error()).Op("*").Id("Error").Block(
		id("text").Op(":=").Lit("invalid ").Op("+").Id("method").Op("+").Lit(" params: ").Op("+").Id("err").Dot("Error").Call(),
		jen.Return(jen.Op("&").Id("Error").Values(jen.Dict{
			id("Code"): id("codeRefused"), id("Message"): id("text"), id("Details"): g.wire("DetailsOf").Call(id("err")),
		})),
	)
	f.Line()
}

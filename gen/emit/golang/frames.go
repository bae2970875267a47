package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// framesFile emits the decoder of requests: the envelope, the access check and
// the params in one pass.
func (g *generator) framesFile(f *jen.File) {
	frame := g.p.Frame(ir.FrameRequest)
	if frame == nil || frame.Type == nil || frame.Type.Kind != ir.Struct {
		f.Comment("The schema declares no request frame.")
		return
	}
	r := requestFrame{frame: frame,
		idField: frame.Type.Field(frame.Member("id")), method: frame.Type.Field(frame.Member("method")), params: frame.Type.Field(frame.Member("params"))}
	if r.idField == nil || r.method == nil || r.params == nil {
		f.Comment("The request frame names no id, method and params.")
		return
	}
	g.requestType(f, r)
	g.requestDecode(f, r)
	g.requestMembers(f, r)
	g.requestParams(f, r)
}

type requestFrame struct {
	frame                   *ir.Frame
	idField, method, params *ir.Field
}

func (g *generator) requestType(f *jen.File, r requestFrame) {
	f.Comment(doc("Request is a request on its way to a handler."))
	f.Type().Id("Request").Struct(
		id("Frame").Id(g.typeName(r.frame.Type)).Comment("the envelope; its params are undecoded"),
		id("Method").Id("MethodID"),
		id("Denied").Op("*").Id("Denied").Comment("why the caller may not call the method, or nil"),
		id("Params").Add(g.appender()).Comment("decoded params, when the call may be made"),
	)
	f.Line()
	f.Comment(doc("FrameError is a request whose envelope is not well formed. ID is the one to answer with."))
	f.Type().Id("FrameError").Struct(id("ID").String(), id("Issues").Error())
	f.Line()
	f.Comment(doc("Error gives the text that goes over the wire."))
	f.Func().Params(id("e").Op("*").Id("FrameError")).Id("Error").Params().String().Block(
		jen.Return(jen.Lit("invalid request frame: ").Op("+").Id("e").Dot("Issues").Dot("Error").Call()),
	)
	f.Line()
}

func (g *generator) requestDecode(f *jen.File, r requestFrame) {
	f.Comment(doc("DecodeAlias decodes a request frame into q, which points into data. The verdicts come in the order frame, access, method, params: a malformed envelope is a *FrameError; else q.Denied is set when the caller's grant does not suffice; else q.Method may be MethodUnknown; else malformed params are an *Error. Params are decoded in the same pass when the method's name came before them."))
	f.Func().Params(id("q").Op("*").Id("Request")).Id("DecodeAlias").Params(id("data").Index().Byte(), id("have").Id("Grant")).Error().Block(
		jen.Op("*").Id("q").Op("=").Id("Request").Values(jen.Dict{id("Method"): id("MethodUnknown")}),
		id("r").Op(":=").Add(g.wire("NewReader")).Call(id("data"), g.wire("Strict"), id("MaxDepth")),
		jen.If(id("i").Op(":=").Id("q").Dot("decode").Call(jen.Op("&").Id("r"), id("r").Dot("Start").Call(), id("have")), jen.Op("!").Id("r").Dot("Done").Call(id("i"))).Block(
			jen.Return(id("q").Dot("refuse").Call(id("data"), id("have"))),
		),
		jen.Return(id("q").Dot("finish").Call(id("have"))),
	)
	f.Line()
}

// requestMembers emits the loop over the envelope: that of its struct, but for
// the method, which is looked up, and the params, which are decoded in place.
func (g *generator) requestMembers(f *jen.File, r requestFrame) {
	t := r.frame.Type
	f.Func().Params(id("q").Op("*").Id("Request")).Id("decode").Params(append(g.readerParams(), id("have").Id("Grant"))...).Int().BlockFunc(func(b *jen.Group) {
		seen := newSeen(t)
		b.Id("v").Op(":=").Op("&").Id("q").Dot("Frame")
		seen.declare(b)
		b.Id("count").Op(":=").Lit(0)
		b.List(id("name"), id("i"), id("more")).Op(":=").Add(reader("Object"))
		b.For(id("more")).Block(
			jen.Switch(id("name")).BlockFunc(func(s *jen.Group) {
				for k, field := range t.Fields {
					s.Case(jen.Lit(field.Wire)).BlockFunc(func(c *jen.Group) {
						seen.mark(c, k)
						switch field {
						case r.method:
							g.readField(c, t, field)
							c.If(id("i").Op(">=").Lit(0)).Block(
								jen.List(id("q").Dot("Method"), id("_")).Op("=").Id("LookupMethod").Call(id("v").Dot(g.fieldName(field))),
								id("q").Dot("Denied").Op("=").Id("AllowMethod").Call(id("q").Dot("Method"), id("have")),
							)
						case r.params:
							c.Add(advance(id("q").Dot("decodeParams").Call(id("r"), id("i"))))
						default:
							g.readField(c, t, field)
						}
					})
				}
				s.Default().Block(g.readOther(t))
			}),
			id("count").Op("++"),
			jen.List(id("name"), id("i"), id("more")).Op("=").Add(reader("Next")),
		)
		g.afterMembers(b, t, seen)
		b.Return(id("i"))
	})
	f.Line()
}

func (g *generator) requestParams(f *jen.File, r requestFrame) {
	paramsField := func() *jen.Statement { return id("q").Dot("Frame").Dot(g.fieldName(r.params)) }
	callable := id("q").Dot("Method").Op("<").Id("MethodUnknown").Op("&&").Id("q").Dot("Denied").Op("==").Nil()
	f.Comment(doc("decodeParams decodes params in place when the method is known and allowed; otherwise it passes over them and keeps their place."))
	pass := "Raw"
	object := r.params.Use.Type.Object // then only an object is well formed, and null where it may be
	if object {
		pass = "RawObject"
	}
	f.Func().Params(id("q").Op("*").Id("Request")).Id("decodeParams").Params(g.readerParams()...).Int().BlockFunc(func(b *jen.Group) {
		inPlace := callable.Clone()
		switch {
		case object && r.params.Use.Nullable:
			b.If(reader("Null")).Block(jen.Return(reader("Raw", jen.Op("&").Add(paramsField()))))
		case !object:
			inPlace = inPlace.Op("&&").Op("!").Add(reader("Null"))
		}
		b.If(inPlace).Block(
			id("start").Op(":=").Id("i"),
			jen.List(id("q").Dot("Params"), id("i")).Op("=").Id("decodeParams").Call(id("r"), id("i"), id("q").Dot("Method")),
			paramsField().Op("=").Id("r").Dot("Text").Call(id("start"), id("i")),
			jen.Return(id("i")),
		)
		b.Return(reader(pass, jen.Op("&").Add(paramsField())))
	})
	f.Line()
	f.Comment(doc("finish decodes params that came before the method, or not at all."))
	f.Func().Params(id("q").Op("*").Id("Request")).Id("finish").Params(id("have").Id("Grant")).Error().Block(
		jen.If(id("q").Dot("Method").Op("==").Id("MethodUnknown")).Block(id("q").Dot("Denied").Op("=").Id("AllowMethod").Call(id("MethodUnknown"), id("have"))),
		jen.If(id("q").Dot("Params").Op("!=").Nil().Op("||").Op("!").Parens(callable.Clone())).Block(jen.Return(jen.Nil())),
		jen.Var().Err().Error(),
		jen.List(id("q").Dot("Params"), id("err")).Op("=").Id("DecodeAliasParams").Call(id("q").Dot("Method"), paramsField(), g.wire("Strict")),
		jen.If(id("err").Op("!=").Nil()).Block(jen.Return(id("InvalidParams").Call(id("q").Dot("Frame").Dot(g.fieldName(r.method)), id("err")))),
		jen.Return(jen.Nil()),
	)
	f.Line()
	f.Comment(doc("refuse tells why a request was not accepted: its envelope is looked at first and alone."))
	f.Func().Params(id("q").Op("*").Id("Request")).Id("refuse").Params(id("data").Index().Byte(), id("have").Id("Grant")).Error().Block(
		jen.Op("*").Id("q").Op("=").Id("Request").Values(jen.Dict{id("Method"): id("MethodUnknown")}),
		jen.If(id("err").Op(":=").Id("q").Dot("Frame").Dot("DecodeAlias").Call(id("data"), g.wire("Strict")), id("err").Op("!=").Nil()).Block(
			jen.Return(jen.Op("&").Id("FrameError").Values(g.wire("FindID").Call(id("data"), jen.Lit(r.idField.Wire), id("MaxDepth")), id("err"))),
		),
		jen.List(id("q").Dot("Method"), id("_")).Op("=").Id("LookupMethod").Call(id("q").Dot("Frame").Dot(g.fieldName(r.method))),
		id("q").Dot("Denied").Op("=").Id("AllowMethod").Call(id("q").Dot("Method"), id("have")),
		jen.Return(id("q").Dot("finish").Call(id("have"))),
	)
	f.Line()
}

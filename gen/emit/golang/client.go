package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Client emits the typed calls and events of a Go client: methods of a Client
// type that is written by hand beside them.
type Client struct {
	Package  string // name of the client's package
	Import   string // its import path
	Protocol string // import path of the generated protocol package
	Wire     string // import path of package wire
}

// Emit returns calls.go and events.go.
func (e Client) Emit(p *ir.Protocol) ([]emit.File, error) {
	g := &generator{Emitter: Emitter{Wire: e.Wire}, p: p, protocol: e.Protocol}
	r := newRenderer()
	for _, f := range []struct {
		path string
		fill func(*jen.File)
	}{{"calls.go", g.clientCalls}, {"events.go", g.clientEvents}} {
		file := jen.NewFilePathName(e.Import, e.Package)
		file.ImportName(e.Wire, "wire")
		file.HeaderComment("// " + emit.Header)
		f.fill(file)
		r.add(f.path, file)
	}
	out, _, err := r.done()
	return out, err
}

// clientCalls emits a method for each call. The early answer of a method that
// has one is its result: how it ends, an event tells.
func (g *generator) clientCalls(f *jen.File) {
	for _, gr := range g.groups() {
		for _, m := range served(gr) {
			g.clientCall(f, m)
		}
	}
}

func (g *generator) clientCall(f *jen.File, m *ir.Method) {
	text := action(g.pascal(m.Name), m.Doc)
	use := m.Result
	if m.Accepted != nil {
		use = ir.Use{Type: m.Accepted}
		text += " It returns as soon as the server has taken the work on."
	}
	if can, null := nilResult(use); can && null {
		text += " A nil result is null."
	}
	if m.Deprecated != nil {
		text += "\n\n" + deprecation(m.Deprecated)
	}
	f.Comment(doc(text))
	f.Func().Params(id("c").Op("*").Id("Client")).Id(g.pascal(m.Name)).
		Params(id("ctx").Qual("context", "Context"), id("p").Op("*").Add(g.goType(m.Params))).
		Params(g.resultType(use), jen.Error()).
		BlockFunc(func(b *jen.Group) { g.clientBody(b, m, use) })
	f.Line()
}

func (g *generator) clientBody(b *jen.Group, m *ir.Method, use ir.Use) {
	method := jen.Qual(g.protocol, g.methodConst(m))
	call := id("c").Dot("call").Call(id("ctx"), method, id("p"))
	b.List(id("data"), id("err")).Op(":=").Add(call)
	can, null := nilResult(use)
	switch {
	case can && !isTagged(use.Type):
		b.If(id("err").Op("!=").Nil()).Block(jen.Return(jen.Nil(), id("err")))
		if null {
			b.If(jen.String().Call(id("data")).Op("==").Lit("null")).Block(jen.Return(jen.Nil(), jen.Nil()))
		}
		b.Id("v").Op(":=").New(g.goType(use.Type))
		b.If(id("err").Op(":=").Id("v").Dot("DecodeAlias").Call(id("data"), g.wire("Lenient")), id("err").Op("!=").Nil()).Block(jen.Return(jen.Nil(), id("err")))
		b.Return(id("v"), jen.Nil())
	case can:
		b.If(id("err").Op("!=").Nil()).Block(jen.Return(jen.Nil(), id("err")))
		if null {
			b.If(jen.String().Call(id("data")).Op("==").Lit("null")).Block(jen.Return(jen.Nil(), jen.Nil()))
		}
		b.Return(jen.Qual(g.protocol, "DecodeAlias"+g.typeName(use.Type)).Call(id("data"), g.wire("Lenient")))
	case use.Type.Kind == ir.Raw:
		b.Return(id("data"), id("err"))
	default:
		b.Var().Id("none").Add(g.resultType(use))
		b.If(id("err").Op("!=").Nil()).Block(jen.Return(id("none"), id("err")))
		b.List(id("v"), id("err")).Op(":=").Qual(g.protocol, "DecodeAliasResult").Call(method, id("data"), g.wire("Lenient"))
		b.If(id("err").Op("!=").Nil()).Block(jen.Return(id("none"), id("err")))
		b.Return(id("v").Assert(g.resultType(use)), jen.Nil())
	}
}

// clientEvents emits a subscription for each event.
func (g *generator) clientEvents(f *jen.File) {
	for _, e := range g.p.Events {
		name := "On" + g.eventConst(e)[len("Event"):]
		f.Comment(doc(name + " calls f for each event " + e.Wire + ": " + lowerFirst(e.Doc) + " Events come one at a time, in order; f must not block for long. The payload is f's to keep. Stop ends the subscription."))
		f.Func().Params(id("c").Op("*").Id("Client")).Id(name).Params(id("f").Func().Params(g.payloadType(e.Payload))).Params(id("stop").Func().Params()).Block(
			jen.Return(id("c").Dot("on").Call(jen.Qual(g.protocol, g.eventConst(e)), jen.Func().Params(id("p").Add(g.appender())).Block(
				jen.If(jen.List(id("v"), id("ok")).Op(":=").Id("p").Assert(g.payloadType(e.Payload)), id("ok")).Block(id("f").Call(id("v"))),
			))),
		)
		f.Line()
	}
}

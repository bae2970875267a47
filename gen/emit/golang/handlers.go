package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
)

func (g *generator) groupName(gr *ir.Group) string { return g.pascal(name.Split(gr.Name)) }

// served lists the methods of a group that have a handler.
func served(gr *ir.Group) []*ir.Method {
	var out []*ir.Method
	for _, m := range gr.Methods {
		if !m.Runtime {
			out = append(out, m)
		}
	}
	return out
}

// groups lists the groups that have handlers.
func (g *generator) groups() []*ir.Group {
	var out []*ir.Group
	for _, gr := range g.p.Groups {
		if len(served(gr)) > 0 {
			out = append(out, gr)
		}
	}
	return out
}

// resultType is what a handler returns beside an error.
func (g *generator) resultType(use ir.Use) *jen.Statement {
	switch {
	case use.Type.Kind == ir.Struct, use.Type.Kind == ir.Union && !isTagged(use.Type):
		return jen.Op("*").Add(g.goType(use.Type))
	case use.Nullable && !nilable(use.Type):
		return g.wire("Null").Types(g.goType(use.Type))
	}
	return g.goType(use.Type)
}

// nilResult reports whether a handler's result can be nil, and what nil means.
func nilResult(use ir.Use) (can, isNull bool) {
	switch use.Type.Kind {
	case ir.Struct, ir.Union:
		return true, use.Nullable
	}
	return false, false
}

func (g *generator) signature(m *ir.Method) *jen.Statement {
	params := []jen.Code{id("ctx").Qual("context", "Context"), id("p").Op("*").Id(g.typeName(m.Params))}
	if m.Accepted != nil {
		params = append(params, id("accept").Func().Params(jen.Op("*").Id(g.typeName(m.Accepted))))
	}
	return id(g.pascal(m.Name)).Params(params...).Params(g.resultType(m.Result), jen.Error())
}

func (g *generator) handlersFile(f *jen.File) {
	for _, gr := range g.groups() {
		g.groupInterface(f, gr)
	}
	f.Comment(doc("Handlers is everything that serves calls. A nil group is not offered: its methods are left out of Methods, and calls of them are answered as unavailable."))
	f.Type().Id("Handlers").StructFunc(func(s *jen.Group) {
		for _, gr := range g.groups() {
			s.Id(g.groupName(gr)).Id(g.groupName(gr) + "Handler")
		}
	})
	f.Line()
	g.offers(f)
	for _, gr := range g.groups() {
		g.unimplemented(f, gr)
	}
}

func (g *generator) groupInterface(f *jen.File, gr *ir.Group) {
	f.Comment(doc(g.groupName(gr) + "Handler serves the group " + gr.Name + ": " + lowerFirst(gr.Doc)))
	f.Type().Id(g.groupName(gr) + "Handler").InterfaceFunc(func(i *jen.Group) {
		for _, m := range served(gr) {
			text := action(g.pascal(m.Name), m.Doc)
			if m.Accepted != nil {
				text += " Call accept once, as soon as the work is taken on; what is returned after it is the final answer."
			}
			if can, null := nilResult(m.Result); can && null {
				text += " A nil result is null."
			}
			if m.NotOffered != "" {
				text += " Not offered by the reference server: " + m.NotOffered
			}
			i.Comment(doc(text))
			i.Add(g.signature(m))
		}
	})
	f.Line()
}

func (g *generator) offers(f *jen.File) {
	f.Comment(doc("Offers reports whether calls of a method reach a handler."))
	f.Func().Params(id("h").Op("*").Id("Handlers")).Id("Offers").Params(id("method").Id("MethodID")).Bool().Block(
		jen.Switch(id("method")).BlockFunc(func(s *jen.Group) {
			for _, gr := range g.groups() {
				s.CaseFunc(func(c *jen.Group) {
					for _, m := range served(gr) {
						c.Id(g.methodConst(m))
					}
				}).Block(jen.Return(id("h").Dot(g.groupName(gr)).Op("!=").Nil()))
			}
		}),
		jen.Return(jen.False()),
	)
	f.Line()
	f.Comment(doc("Methods lists the names of the methods that are offered, as a dialect calls them."))
	f.Func().Params(id("h").Op("*").Id("Handlers")).Id("Methods").Params(id("d").Id("Dialect")).Index().String().Block(
		jen.Var().Id("names").Index().String(),
		jen.For(id("m").Op(":=").Range().Id("MethodUnknown")).Block(
			jen.If(id("h").Dot("Offers").Call(id("m")).Op("&&").Id("methodInfo").Index(id("m")).Dot("NotOffered").Op("==").Lit("")).Block(
				id("names").Op("=").Append(id("names"), id("m").Dot("NameIn").Call(id("d"))),
			),
		),
		jen.Return(id("names")),
	)
	f.Line()
}

func (g *generator) unimplemented(f *jen.File, gr *ir.Group) {
	tn := "Unimplemented" + g.groupName(gr)
	f.Comment(doc(tn + " answers every method of its group as unavailable. Embed it to serve a part of the group, at the price of no compile error when a method is added."))
	f.Type().Id(tn).Struct()
	f.Line()
	for _, m := range served(gr) {
		f.Comment(doc(g.pascal(m.Name) + " answers that the method is not offered."))
		f.Func().Params(id(tn)).Add(g.signature(m)).BlockFunc(func(b *jen.Group) {
			b.Var().Id("none").Add(g.resultType(m.Result))
			b.Return(id("none"), id("notOffered").Call(id(g.methodConst(m))))
		})
		f.Line()
	}
}

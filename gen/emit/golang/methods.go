package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func (g *generator) methodConst(m *ir.Method) string { return "Method" + g.pascal(m.Name) }

func (g *generator) dialectConst(d *ir.Dialect) string { return g.constName("Dialect", d.Name) }

// stringer emits a String method over a table of names indexed by the value.
func (g *generator) stringer(f *jen.File, typ, table, beyond string) {
	f.Comment(doc("String gives the name on the wire."))
	f.Func().Params(id("x").Id(typ)).Id("String").Params().String().Block(
		jen.If(jen.Int().Call(id("x")).Op("<").Len(id(table))).Block(jen.Return(id(table).Index(id("x")))),
		jen.Return(jen.Lit(beyond)),
	)
	f.Line()
}

func (g *generator) nameTable(f *jen.File, table string, consts, names []string) {
	f.Var().Id(table).Op("=").Index(jen.Op("...")).String().ValuesFunc(func(v *jen.Group) {
		for k := range consts {
			v.Line().Id(consts[k]).Op(":").Lit(names[k])
		}
		v.Line()
	})
	f.Line()
}

func (g *generator) methodsFile(f *jen.File) {
	g.dialects(f)
	f.Comment(doc("MethodID numbers the methods, densely and in no lasting order: names are what goes over the wire and into stores."))
	f.Type().Id("MethodID").Uint16()
	f.Line()
	f.Comment(doc("The methods."))
	f.Const().DefsFunc(func(d *jen.Group) {
		for k, m := range g.p.Methods {
			d.Comment(doc(g.methodConst(m) + " is " + m.Wire + ". " + firstSentence(m.Doc)))
			if k == 0 {
				d.Id(g.methodConst(m)).Id("MethodID").Op("=").Iota()
				continue
			}
			d.Id(g.methodConst(m))
		}
		d.Comment(doc("MethodUnknown stands for every name that is no method's. It is also the number of methods."))
		d.Add(beyond("MethodUnknown", "MethodID", len(g.p.Methods)))
	})
	f.Line()
	var consts, names []string
	for _, m := range g.p.Methods {
		consts, names = append(consts, g.methodConst(m)), append(names, m.Wire)
	}
	g.nameTable(f, "methodNames", consts, names)
	g.stringer(f, "MethodID", "methodNames", "unknown")
	g.lookupMethod(f)
	g.methodInfo(f)
}

// beyond is the constant after the last of a dense list, which may have none.
func beyond(constant, typ string, count int) *jen.Statement {
	if count == 0 {
		return id(constant).Id(typ).Op("=").Lit(0)
	}
	return id(constant)
}

func (g *generator) dialects(f *jen.File) {
	f.Comment(doc("Dialect is a way of speaking the protocol. A connection speaks one from its first message on."))
	f.Type().Id("Dialect").Uint8()
	f.Line()
	f.Comment(doc("The dialects."))
	var consts, names []string
	f.Const().DefsFunc(func(d *jen.Group) {
		for k, x := range g.p.Dialects {
			consts, names = append(consts, g.dialectConst(x)), append(names, x.Name)
			if x.Doc != "" {
				d.Comment(doc(g.dialectConst(x) + ": " + x.Doc))
			}
			if k == 0 {
				d.Id(g.dialectConst(x)).Id("Dialect").Op("=").Iota()
				continue
			}
			d.Id(g.dialectConst(x))
		}
	})
	f.Line()
	g.nameTable(f, "dialectNames", consts, names)
	g.stringer(f, "Dialect", "dialectNames", "unknown")
}

func (g *generator) lookupMethod(f *jen.File) {
	f.Comment(doc("LookupMethod finds a method by its name or by an alias, which are case-sensitive and accepted in every dialect. A name that is no method's gives MethodUnknown."))
	f.Func().Id("LookupMethod").Params(id("name").String()).Params(id("method").Id("MethodID"), id("alias").Bool()).Block(
		jen.Switch(id("name")).BlockFunc(func(s *jen.Group) {
			for _, m := range g.p.Methods {
				s.Case(jen.Lit(m.Wire)).Block(jen.Return(id(g.methodConst(m)), jen.False()))
				for _, a := range m.Aliases {
					s.Case(jen.Lit(a.Name)).Block(jen.Return(id(g.methodConst(m)), jen.True()))
				}
			}
		}),
		jen.Return(id("MethodUnknown"), jen.False()),
	)
	f.Line()
}

// methodInfo emits what tools and clients want to know of a method.
func (g *generator) methodInfo(f *jen.File) {
	f.Comment(doc("MethodInfo is what tools and clients want to know of a method."))
	f.Type().Id("MethodInfo").Struct(
		id("Name").String().Comment("canonical name"),
		id("Group").String(),
		id("Doc").String().Comment("first sentence of the description"),
		id("Aliases").Index().Id("MethodAlias"),
		id("Writes").Bool().Comment("it changes the server's state"),
		id("Retryable").Bool().Comment("a client may repeat it by itself after it lost the connection"),
		id("KeyMember").String().Comment("params member that is the idempotency key, or empty"),
		id("Blocks").Bool().Comment("it waits by design: no default timeout should cut it"),
		id("WaitMember").String().Comment("params member that bounds the wait, or empty"),
		id("NotOffered").String().Comment("why the reference server does not serve it, or empty"),
		id("Early").Bool().Comment("it answers early, and in some dialects a second time"),
		id("FinalIn").Index().Id("Dialect").Comment("dialects that get the final answer after the early one"),
	)
	f.Line()
	f.Comment(doc("MethodAlias is another name of a method and the dialect it is advertised to."))
	f.Type().Id("MethodAlias").Struct(id("Name").String(), id("Dialect").Id("Dialect"), id("Deprecated").Bool())
	f.Line()
	f.Comment(doc("Info describes the method. MethodUnknown has no info: it gives nil."))
	f.Func().Params(id("x").Id("MethodID")).Id("Info").Params().Op("*").Id("MethodInfo").Block(
		jen.If(id("x").Op(">=").Id("MethodUnknown")).Block(jen.Return(jen.Nil())),
		jen.Return(jen.Op("&").Id("methodInfo").Index(id("x"))),
	)
	f.Line()
	f.Comment(doc("NameIn is the name that the method is advertised by in a dialect."))
	f.Func().Params(id("x").Id("MethodID")).Id("NameIn").Params(id("d").Id("Dialect")).String().Block(
		jen.If(id("info").Op(":=").Id("x").Dot("Info").Call(), id("info").Op("!=").Nil()).Block(
			jen.For(jen.List(id("_"), id("a")).Op(":=").Range().Id("info").Dot("Aliases")).Block(
				jen.If(id("a").Dot("Dialect").Op("==").Id("d").Op("&&").Id("d").Op("!=").Id(g.dialectConst(g.p.Canonical())).Op("&&").Op("!").Id("a").Dot("Deprecated")).Block(jen.Return(id("a").Dot("Name"))),
			),
		),
		jen.Return(id("x").Dot("String").Call()),
	)
	f.Line()
	f.Var().Id("methodInfo").Op("=").Index(jen.Op("...")).Id("MethodInfo").ValuesFunc(func(v *jen.Group) {
		for _, m := range g.p.Methods {
			v.Line().Id(g.methodConst(m)).Op(":").Values(g.infoFields(m))
		}
		v.Line()
	})
}

func (g *generator) infoFields(m *ir.Method) jen.Dict {
	d := jen.Dict{
		id("Name"):  jen.Lit(m.Wire),
		id("Group"): jen.Lit(m.Group.Name),
		id("Doc"):   jen.Lit(firstSentence(m.Doc)),
	}
	flag := func(name string, on bool) {
		if on {
			d[id(name)] = jen.True()
		}
	}
	text := func(name, value string) {
		if value != "" {
			d[id(name)] = jen.Lit(value)
		}
	}
	flag("Writes", m.Effect == ir.EffectWrite)
	flag("Retryable", m.Idempotency.Retryable())
	flag("Blocks", m.Wait.Blocks)
	flag("Early", m.Accepted != nil)
	text("KeyMember", m.Idempotency.Key)
	text("WaitMember", m.Wait.Member)
	text("NotOffered", m.NotOffered)
	if len(m.Aliases) > 0 {
		d[id("Aliases")] = jen.Index().Id("MethodAlias").ValuesFunc(func(v *jen.Group) {
			for _, a := range m.Aliases {
				entry := jen.Dict{id("Name"): jen.Lit(a.Name), id("Dialect"): id(g.dialectConst(a.Dialect))}
				if a.Deprecated {
					entry[id("Deprecated")] = jen.True()
				}
				v.Values(entry)
			}
		})
	}
	if len(m.Final) > 0 {
		d[id("FinalIn")] = jen.Index().Id("Dialect").ValuesFunc(func(v *jen.Group) {
			for _, x := range m.Final {
				v.Id(g.dialectConst(x))
			}
		})
	}
	return d
}

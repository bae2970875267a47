package golang

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
)

// constName names a constant after a word of the manifest.
func (g *generator) constName(prefix, word string) string {
	return prefix + g.pascal(name.Split(word))
}

func (g *generator) roleConst(r *ir.Role) string   { return g.constName("Role", r.Name) }
func (g *generator) scopeConst(s *ir.Scope) string { return g.constName("Scope", s.Name) }

// roleBit and scopeBit are the bits of a Grant: roles first, then scopes.
func (g *generator) roleBit(r *ir.Role) uint64 { return 1 << slices.Index(g.p.Roles, r) }
func (g *generator) scopeBit(s *ir.Scope) uint64 {
	return 1 << (len(g.p.Roles) + slices.Index(g.p.Scopes, s))
}

// mask holds the bits of which one is enough.
func (g *generator) mask(a ir.Access) uint64 {
	var mask uint64
	for _, r := range a.Roles {
		if a.Scope == nil || !r.Scoped {
			mask |= g.roleBit(r)
		}
	}
	if a.Scope != nil && slices.Contains(a.Roles, a.Scope.Role) {
		mask |= g.scopeBit(a.Scope)
	}
	return mask
}

func (g *generator) roles(a ir.Access) uint64 {
	var set uint64
	for _, r := range a.Roles {
		set |= g.roleBit(r)
	}
	return set
}

// methodAccess is what guards calls of a method: what the runtime serves
// outside the handlers is, as a call, an unknown method.
func (g *generator) methodAccess(m *ir.Method) ir.Access {
	if m.Runtime {
		return g.p.UnknownMethod
	}
	return m.Access
}

func (g *generator) accessFile(f *jen.File) {
	g.enumWords(f, "Role", "Role is what a connection is.", "The roles.", func(add func(constant, word, text string)) {
		for _, r := range g.p.Roles {
			add(g.roleConst(r), r.Name, r.Doc)
		}
	})
	g.enumWords(f, "Scope", "Scope is a right of a scoped role. Handlers see scopes as the strings that a peer holds; Scope is for tables.", "The scopes.", func(add func(constant, word, text string)) {
		for _, s := range g.p.Scopes {
			add(g.scopeConst(s), s.Name, s.Doc)
		}
		add("ScopeNone", "none", "The role alone decides.")
	})
	f.Comment(doc("Grant is what a connection holds: one bit for its role, one for each of its scopes and of those they imply."))
	f.Type().Id("Grant").Uint64()
	f.Line()
	f.Comment(doc("Access guards a method or an event."))
	f.Type().Id("Access").Struct(
		id("Mask").Id("Grant").Comment("bits of which one is enough"),
		id("Roles").Id("Grant").Comment("bits of the roles that may at all"),
		id("Want").Id("Scope").Comment("the scope as declared, for refusals"),
	)
	f.Line()
	g.grantOf(f)
	g.allow(f)
	g.accessTable(f, "methodAccess", func(row func(index string, a ir.Access)) {
		for _, m := range g.p.Methods {
			row(g.methodConst(m), g.methodAccess(m))
		}
		row("MethodUnknown", g.p.UnknownMethod)
	})
	g.accessTable(f, "eventAccess", func(row func(index string, a ir.Access)) {
		for _, e := range g.p.Events {
			row(g.eventConst(e), e.Access)
		}
	})
}

// enumWords emits a dense type for words of the manifest, with their names and
// a lookup.
func (g *generator) enumWords(f *jen.File, typ, typeDoc, constDoc string, each func(add func(constant, word, text string))) {
	f.Comment(doc(typeDoc))
	f.Type().Id(typ).Uint8()
	f.Line()
	var consts, words []string
	f.Comment(doc(constDoc))
	f.Const().DefsFunc(func(d *jen.Group) {
		each(func(constant, word, text string) {
			d.Comment(doc(constant + ": " + text))
			if len(consts) == 0 {
				d.Id(constant).Id(typ).Op("=").Iota()
			} else {
				d.Id(constant)
			}
			consts, words = append(consts, constant), append(words, word)
		})
	})
	f.Line()
	table := lowerFirst(typ) + "Names"
	g.nameTable(f, table, consts, words)
	g.stringer(f, typ, table, "unknown")
	f.Comment(doc("Lookup" + typ + " finds a " + lowerFirst(typ) + " by its name."))
	f.Func().Id("Lookup"+typ).Params(id("name").String()).Params(id(typ), jen.Bool()).Block(
		jen.For(jen.List(id("k"), id("n")).Op(":=").Range().Id(table)).Block(
			jen.If(id("n").Op("==").Id("name")).Block(jen.Return(id(typ).Call(id("k")), jen.True())),
		),
		jen.Return(jen.Lit(0), jen.False()),
	)
	f.Line()
}

func (g *generator) grantOf(f *jen.File) {
	f.Comment(doc("GrantOf computes what a role with these scopes holds. Scopes of other roles and unknown ones count for nothing; roles without scopes ignore them."))
	f.Func().Id("GrantOf").Params(id("role").Id("Role"), id("scopes").Index().String()).Id("Grant").BlockFunc(func(b *jen.Group) {
		b.Id("have").Op(":=").Id("Grant").Call(jen.Lit(1)).Op("<<").Id("role")
		if len(g.p.Scopes) > 0 {
			b.For(jen.List(id("_"), id("s")).Op(":=").Range().Id("scopes")).Block(jen.Switch().BlockFunc(g.scopeCases))
		}
		b.Return(id("have"))
	})
	f.Line()
}

// scopeCases add the bits of each scope that the role has.
func (g *generator) scopeCases(sw *jen.Group) {
	for _, s := range g.p.Scopes {
		bits := g.scopeBit(s)
		for _, implied := range s.Implies {
			bits |= g.scopeBit(implied)
		}
		sw.Case(id("role").Op("==").Id(g.roleConst(s.Role)).Op("&&").Id("s").Op("==").Lit(s.Name)).Block(
			id("have").Op("|=").Op(hexLiteral(bits)))
	}
}

func (g *generator) allow(f *jen.File) {
	f.Comment(doc("Denied says why a call is refused. It is an error."))
	f.Type().Id("Denied").Struct(
		id("Role").Id("Role").Comment("the caller's role"),
		id("ByRole").Bool().Comment("the role may not call the method at all"),
		id("Scope").Id("Scope").Comment("otherwise the scope that is missing"),
	)
	f.Line()
	f.Comment(doc("Error gives the text that goes over the wire."))
	f.Func().Params(id("d").Op("*").Id("Denied")).Id("Error").Params().String().Block(
		jen.If(id("d").Dot("ByRole")).Block(jen.Return(jen.Lit("unauthorized role: ").Op("+").Id("d").Dot("Role").Dot("String").Call())),
		jen.Return(jen.Lit("missing scope: ").Op("+").Id("d").Dot("Scope").Dot("String").Call()),
	)
	f.Line()
	f.Comment(doc("AllowMethod decides whether a call may be made; nil is yes. MethodUnknown has a rule too, so that refusals don't tell which methods exist."))
	f.Func().Id("AllowMethod").Params(id("method").Id("MethodID"), id("have").Id("Grant")).Op("*").Id("Denied").Block(
		id("a").Op(":=").Op("&").Id("methodAccess").Index(jen.Id("min").Call(id("method"), id("MethodUnknown"))),
		jen.If(id("a").Dot("Mask").Op("&").Id("have").Op("!=").Lit(0)).Block(jen.Return(jen.Nil())),
		jen.Return(id("a").Dot("deny").Call(id("have"))),
	)
	f.Line()
	f.Func().Params(id("a").Op("*").Id("Access")).Id("deny").Params(id("have").Id("Grant")).Op("*").Id("Denied").Block(
		id("role").Op(":=").Id("Role").Call(jen.Qual("math/bits", "TrailingZeros64").Call(jen.Uint64().Call(id("have")))),
		jen.Return(jen.Op("&").Id("Denied").Values(jen.Dict{
			id("Role"):   id("role"),
			id("ByRole"): id("a").Dot("Roles").Op("&").Id("have").Op("==").Lit(0),
			id("Scope"):  id("a").Dot("Want"),
		})),
	)
	f.Line()
	f.Comment(doc("AllowEvent decides whether a broadcast event may be sent to a connection."))
	f.Func().Id("AllowEvent").Params(id("event").Id("EventID"), id("have").Id("Grant")).Bool().Block(
		jen.Return(jen.Int().Call(id("event")).Op("<").Len(id("eventAccess")).Op("&&").Id("eventAccess").Index(id("event")).Dot("Mask").Op("&").Id("have").Op("!=").Lit(0)),
	)
	f.Line()
}

func (g *generator) accessTable(f *jen.File, table string, each func(row func(string, ir.Access))) {
	f.Var().Id(table).Op("=").Index(jen.Op("...")).Id("Access").ValuesFunc(func(v *jen.Group) {
		each(func(index string, a ir.Access) {
			want := "ScopeNone"
			if a.Scope != nil {
				want = g.scopeConst(a.Scope)
			}
			v.Line().Id(index).Op(":").Values(jen.Dict{
				id("Mask"):  jen.Op(hexLiteral(g.mask(a))),
				id("Roles"): jen.Op(hexLiteral(g.roles(a))),
				id("Want"):  id(want),
			})
		})
		v.Line()
	})
	f.Line()
}

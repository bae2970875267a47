package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// secrets knows which types lead to a secret.
type secrets struct {
	*generator
	holds map[*ir.Type]bool
}

// findSecrets goes over all types until none is added: types may lead back to
// themselves.
func findSecrets(g *generator) *secrets {
	s := &secrets{generator: g, holds: map[*ir.Type]bool{}}
	all := s.everyType()
	for grown := true; grown; {
		grown = false
		for _, t := range all {
			if !s.holds[t] && s.leads(t) {
				s.holds[t], grown = true, true
			}
		}
	}
	return s
}

func (s *secrets) any() bool { return len(s.holds) > 0 }

// file emits what keeps secrets out of logs: types that hold any, at whatever
// depth, log themselves without them.
func (s *secrets) file(f *jen.File) {
	for _, t := range s.declared() {
		if !s.holds[t] {
			continue
		}
		switch {
		case isTagged(t):
			s.tagged(f, t)
		case t.Kind == ir.Struct || t.Kind == ir.Union:
			s.logValue(f, t)
			s.hide(f, t)
		}
	}
}

// everyType lists the declared types and those without a name inside them.
func (s *secrets) everyType() []*ir.Type {
	var all []*ir.Type
	seen := map[*ir.Type]bool{}
	var visit func(*ir.Type)
	visit = func(t *ir.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		all = append(all, t)
		for _, next := range t.Next() {
			visit(next)
		}
	}
	for _, t := range s.declared() {
		visit(t)
	}
	return all
}

func (s *secrets) leads(t *ir.Type) bool {
	for _, f := range t.Fields {
		if f.Secret && hasField(f) {
			return true
		}
	}
	for _, next := range t.Next() {
		if next.Secret || s.holds[next] {
			return true
		}
	}
	return false
}

func (s *secrets) logValue(f *jen.File, t *ir.Type) {
	f.Comment(doc("LogValue gives v to a log without its secrets."))
	f.Func().Params(id("v").Id(s.typeName(t))).Id("LogValue").Params().Qual("log/slog", "Value").Block(
		id("c").Op(":=").Id("v").Dot("Clone").Call(),
		id("c").Dot("hideSecrets").Call(),
		jen.Return(s.wire("LogValue").Call(id("c"))),
	)
	f.Line()
}

func (s *secrets) hide(f *jen.File, t *ir.Type) {
	f.Func().Params(id("v").Op("*").Id(s.typeName(t))).Id("hideSecrets").Params().BlockFunc(func(b *jen.Group) {
		if t.Kind == ir.Union {
			for _, v := range t.Union.Variants {
				s.member(b, v.Type, false, bare, func() *jen.Statement { return id("v").Dot(s.pascal(v.Name)) })
			}
		}
		for _, field := range t.Fields {
			if !hasField(field) {
				continue
			}
			w := wrap(field)
			at := func() *jen.Statement { return id("v").Dot(s.fieldName(field)) }
			if recursiveEdge(t, field.Use.Type) {
				s.edge(b, field, w, at)
				continue
			}
			s.member(b, field.Use.Type, field.Secret, w, at)
		}
	})
	f.Line()
}

// edge hides what is behind a pointer that leads back.
func (s *secrets) edge(b *jen.Group, field *ir.Field, w wrapper, at place) {
	value := at
	if w == null || w == optNull {
		value = func() *jen.Statement { return at().Dot("V") }
	}
	switch {
	case field.Secret || field.Use.Type.Secret:
		b.Add(s.wire("Clear").Call(jen.Op("&").Add(at())))
	case s.holds[field.Use.Type]:
		b.If(value().Op("!=").Nil()).Block(value().Dot("hideSecrets").Call())
	}
}

// member hides a member that is a secret, or what is secret inside it. Of a
// secret text it remains visible that there is one.
func (s *secrets) member(b *jen.Group, t *ir.Type, secret bool, w wrapper, at place) {
	value := at
	if w != bare {
		value = func() *jen.Statement { return at().Dot("V") }
	}
	switch {
	case (secret || t.Secret) && t.Kind == ir.String:
		b.Add(s.wire("Hide").Call(jen.Op("&").Add(value())))
	case secret || t.Secret:
		b.Add(s.wire("Clear").Call(jen.Op("&").Add(at())))
	case s.holds[t]:
		for _, code := range s.inside(t, value) {
			b.Add(code)
		}
	}
}

// inside hides the secrets of a value that is none itself.
func (s *secrets) inside(t *ir.Type, at place) []jen.Code {
	switch {
	case isTagged(t):
		return []jen.Code{id("hide" + s.typeName(t)).Call(at())}
	case t.Kind == ir.Struct, t.Kind == ir.Union:
		return []jen.Code{at().Dot("hideSecrets").Call()}
	case t.Kind == ir.Array:
		k := s.index()
		defer s.outdent()
		return []jen.Code{jen.For(id(k).Op(":=").Range().Add(at())).Block(
			s.item(*t.Elem, func() *jen.Statement { return at().Index(id(k)) })...)}
	case t.Kind == ir.Map:
		body := s.item(*t.Elem, func() *jen.Statement { return id("value") })
		body = append(body, at().Index(id("key")).Op("=").Id("value"))
		return []jen.Code{jen.For(jen.List(id("key"), id("value")).Op(":=").Range().Add(at())).Block(body...)}
	}
	return nil
}

func (s *secrets) item(use ir.Use, at place) []jen.Code {
	value := at
	if use.Nullable && !nilable(use.Type) {
		value = func() *jen.Statement { return at().Dot("V") }
	}
	switch {
	case use.Type.Secret && use.Type.Kind == ir.String:
		return []jen.Code{s.wire("Hide").Call(jen.Op("&").Add(value()))}
	case use.Type.Secret:
		return []jen.Code{s.wire("Clear").Call(jen.Op("&").Add(at()))}
	}
	return s.inside(use.Type, value)
}

func (s *secrets) tagged(f *jen.File, t *ir.Type) {
	tn := s.typeName(t)
	f.Func().Id("hide" + tn).Params(id("v").Id(tn)).Block(
		jen.If(jen.List(id("x"), id("ok")).Op(":=").Id("v").Assert(jen.Interface(jen.Id("hideSecrets").Params())), id("ok")).Block(
			id("x").Dot("hideSecrets").Call()),
	)
	f.Line()
}

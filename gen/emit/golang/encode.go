package golang

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func (g *generator) encodeFile(f *jen.File) {
	for _, t := range g.declared() {
		switch {
		case t.Kind == ir.Struct:
			g.structEncoder(f, t)
			g.marshalEntry(f, t)
		case t.Kind == ir.Union && !isTagged(t):
			g.kindEncoder(f, t)
			g.marshalEntry(f, t)
		}
	}
}

func (g *generator) appendFunc(f *jen.File, t *ir.Type, body func(*jen.Group)) {
	f.Comment(doc("AppendJSON appends v as JSON."))
	f.Func().Params(id("v").Op("*").Id(g.typeName(t))).Id("AppendJSON").Params(id("b").Index().Byte()).Index().Byte().BlockFunc(body)
	f.Line()
}

func (g *generator) marshalEntry(f *jen.File, t *ir.Type) {
	f.Comment(doc("MarshalJSON returns v as JSON."))
	f.Func().Params(id("v").Id(g.typeName(t))).Id("MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Return(id("v").Dot("AppendJSON").Call(jen.Nil()), jen.Nil()),
	)
	f.Line()
}

func appendLit(text string) *jen.Statement {
	return id("b").Op("=").Append(id("b"), jsonLit(text).Op("..."))
}

// jsonLit writes JSON text as a Go literal without escaping its quotes, where
// it can.
func jsonLit(text string) *jen.Statement {
	if strings.Contains(text, `"`) && strconv.CanBackquote(text) {
		return jen.Op("`" + text + "`")
	}
	return jen.Lit(text)
}

func appendTo(call *jen.Statement) *jen.Statement { return id("b").Op("=").Add(call) }

// structEncoder writes members in schema order. Commas are part of the next
// name from the first member on that is always written; before that each
// member brings a comma after it, which the end takes away.
func (g *generator) structEncoder(f *jen.File, t *ir.Type) {
	g.appendFunc(f, t, func(b *jen.Group) {
		// A constant is part of the text around it.
		pending := "{" // text to write before the next member's value
		sure := false
		flush := func() {
			if pending != "" {
				b.Add(appendLit(pending))
				pending = ""
			}
		}
		for _, field := range t.Fields {
			quoted := string(wire.AppendString(nil, field.Wire)) + ":"
			if sure {
				quoted = "," + quoted
			}
			if always(field) {
				pending += quoted
				sure = true
				if !hasField(field) {
					pending += field.Use.Type.Const.JSON
					continue
				}
				flush()
				for _, code := range g.appendMember(t, field) {
					b.Add(code)
				}
				continue
			}
			flush()
			body := append([]jen.Code{appendLit(quoted)}, g.appendMember(t, field)...)
			if !sure {
				body = append(body, id("b").Op("=").Append(id("b"), jen.LitRune(',')))
			}
			b.If(g.present(t, field)).Block(body...)
		}
		if t.Open {
			flush()
			b.Add(appendTo(g.wire("AppendExtra").Call(id("b"), id("v").Dot("Extra"))))
		}
		if sure {
			pending += "}"
			if pending == "}" {
				b.Return(jen.Append(id("b"), jen.LitRune('}')))
				return
			}
			b.Return(jen.Append(id("b"), jsonLit(pending).Op("...")))
			return
		}
		flush()
		b.Return(g.wire("CloseObject").Call(id("b")))
	})
}

// always reports whether a member is written whatever its value.
func always(f *ir.Field) bool { return f.Required }

// present is the condition that an optional member is there.
func (g *generator) present(owner *ir.Type, f *ir.Field) *jen.Statement {
	field := id("v").Dot(g.fieldName(f))
	if w := wrap(f); w == bare || w == opt && recursiveEdge(owner, f.Use.Type) {
		return field.Op("!=").Nil()
	}
	return field.Dot("Set")
}

// appendMember writes a member's value.
func (g *generator) appendMember(owner *ir.Type, f *ir.Field) []jen.Code {
	t := f.Use.Type
	field := func() *jen.Statement { return id("v").Dot(g.fieldName(f)) }
	value := func() *jen.Statement { return field().Dot("V") }
	writeNull := appendLit("null")
	switch wrap(f) {
	case opt:
		if recursiveEdge(owner, t) {
			return g.appendValue(t, field)
		}
		return g.appendValue(t, value)
	case null:
		there := field().Dot("Valid")
		if recursiveEdge(owner, t) {
			there = there.Op("&&").Add(value()).Op("!=").Nil()
		}
		return []jen.Code{jen.If(there).Block(g.appendValue(t, value)...).Else().Block(writeNull)}
	case optNull:
		isNull := field().Dot("IsNil")
		if recursiveEdge(owner, t) {
			isNull = isNull.Op("||").Add(value()).Op("==").Nil()
		}
		return []jen.Code{jen.If(isNull).Block(writeNull).Else().Block(g.appendValue(t, value)...)}
	}
	if !f.Required && isTagged(t) {
		return []jen.Code{appendTo(field().Dot("AppendJSON").Call(id("b")))} // present, so not nil
	}
	if f.Required && recursiveEdge(owner, t) {
		return []jen.Code{jen.If(field().Op("!=").Nil()).Block(g.appendValue(t, field)...).Else().Block(writeNull)}
	}
	return g.appendValue(t, field)
}

// appendValue writes a value that is not null.
func (g *generator) appendValue(t *ir.Type, v place) []jen.Code {
	call := func(fn string, arg *jen.Statement) []jen.Code {
		return []jen.Code{appendTo(g.wire(fn).Call(id("b"), arg))}
	}
	switch {
	case t.Kind == ir.Bool:
		return call("AppendBool", v())
	case t.Kind == ir.Int:
		return call("AppendInt", v())
	case t.Kind == ir.Float:
		return call("AppendFloat", v())
	case t.Kind == ir.String:
		return call("AppendString", v())
	case t.Kind == ir.Enum && t.Enum.Base == ir.Int:
		return call("AppendInt", jen.Int64().Call(v()))
	case t.Kind == ir.Enum:
		return call("AppendString", jen.String().Call(v()))
	case t.Kind == ir.Raw:
		return call("AppendRaw", v())
	case t.Kind == ir.Array:
		return g.appendArray(t, v)
	case t.Kind == ir.Map:
		return g.appendMap(t, v)
	case isTagged(t):
		return []jen.Code{jen.If(v().Op("==").Nil()).Block(appendLit("null")).Else().Block(appendTo(v().Dot("AppendJSON").Call(id("b"))))}
	}
	return []jen.Code{appendTo(v().Dot("AppendJSON").Call(id("b")))}
}

func (g *generator) appendArray(t *ir.Type, v place) []jen.Code {
	k := g.index()
	defer g.outdent()
	item := func() *jen.Statement { return v().Index(id(k)) }
	return []jen.Code{
		id("b").Op("=").Append(id("b"), jen.LitRune('[')),
		jen.For(id(k).Op(":=").Range().Add(v())).BlockFunc(func(loop *jen.Group) {
			loop.If(id(k).Op(">").Lit(0)).Block(id("b").Op("=").Append(id("b"), jen.LitRune(',')))
			for _, code := range g.appendItem(*t.Elem, item) {
				loop.Add(code)
			}
		}),
		id("b").Op("=").Append(id("b"), jen.LitRune(']')),
	}
}

// index names the variable of a loop over an array. Loops inside loops need
// one each, because they reach their items through the outer ones.
func (g *generator) index() string {
	g.loops++
	return string(rune('k' + g.loops - 1))
}

// outdent leaves the innermost loop that index opened.
func (g *generator) outdent() { g.loops-- }

func (g *generator) appendMap(t *ir.Type, v place) []jen.Code {
	item := func() *jen.Statement { return id("value") }
	return []jen.Code{
		id("b").Op("=").Append(id("b"), jen.LitRune('{')),
		jen.For(jen.List(id("_"), id("key")).Op(":=").Range().Add(g.wire("SortedKeys")).Call(v())).BlockFunc(func(loop *jen.Group) {
			loop.Id("value").Op(":=").Add(v()).Index(id("key"))
			loop.Add(appendTo(g.wire("AppendString").Call(id("b"), id("key"))))
			loop.Id("b").Op("=").Append(id("b"), jen.LitRune(':'))
			for _, code := range g.appendItem(*t.Elem, item) {
				loop.Add(code)
			}
			loop.Id("b").Op("=").Append(id("b"), jen.LitRune(','))
		}),
		appendTo(g.wire("CloseObject").Call(id("b"))),
	}
}

func (g *generator) appendItem(use ir.Use, v place) []jen.Code {
	if !use.Nullable || nilable(use.Type) {
		return g.appendValue(use.Type, v)
	}
	value := func() *jen.Statement { return v().Dot("V") }
	return []jen.Code{jen.If(v().Dot("Valid")).Block(g.appendValue(use.Type, value)...).Else().Block(appendLit("null"))}
}

func (g *generator) kindEncoder(f *jen.File, t *ir.Type) {
	g.appendFunc(f, t, func(b *jen.Group) {
		b.Switch(id("v").Dot("Kind")).BlockFunc(func(s *jen.Group) {
			for _, v := range t.Union.Variants {
				field := func() *jen.Statement { return id("v").Dot(g.pascal(v.Name)) }
				code := g.appendValue(v.Type, field)
				if recursiveEdge(t, v.Type) {
					code = []jen.Code{jen.If(field().Op("!=").Nil()).Block(code...).Else().Block(appendLit("null"))}
				}
				s.Case(id(g.kindConst(t, v))).Block(code...)
			}
			s.Default().Block(appendLit("null"))
		})
		b.Return(id("b"))
	})
}

package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// place makes the expression of a variable or field, anew each time it is
// needed: jennifer's statements cannot be used twice.
type place func() *jen.Statement

// advance is i = …, the step that every read ends with.
func advance(step *jen.Statement) *jen.Statement { return id("i").Op("=").Add(step) }

func reader(method string, args ...jen.Code) *jen.Statement {
	return id("r").Dot(method).Call(append([]jen.Code{id("i")}, args...)...)
}

// breachIf refuses the value, in strict mode, when a condition holds.
func breachIf(cond *jen.Statement) *jen.Statement {
	return jen.If(cond).Block(advance(reader("Breach")))
}

func (g *generator) readerParams() []jen.Code {
	return []jen.Code{id("r").Op("*").Add(g.wire("Reader")), id("i").Int()}
}

func (g *generator) decodeFile(f *jen.File) {
	for _, t := range g.declared() {
		switch {
		case t.Kind == ir.Struct:
			g.decodeEntry(f, t)
			g.structDecoder(f, t)
		case t.Kind == ir.Enum:
			g.enumDecoder(f, t)
		case isTagged(t):
			g.taggedEntry(f, t)
			g.taggedDecoder(f, t)
		case t.Kind == ir.Union:
			g.decodeEntry(f, t)
			g.kindDecoder(f, t)
		}
	}
	g.resultDecoder(f)
	for k := 0; k < len(g.order); k++ { // a list's items may be lists again
		g.listDecoder(f, g.order[k])
	}
	g.patterns(f)
}

// decodeEntry emits the functions that decode a whole JSON text.
func (g *generator) decodeEntry(f *jen.File, t *ir.Type) {
	tn := g.typeName(t)
	f.Comment(doc("DecodeAlias decodes data into v and checks it. Strings and raw values of v point into data, which must not change afterwards. The error is a wire.Issues."))
	f.Func().Params(id("v").Op("*").Id(tn)).Id("DecodeAlias").Params(id("data").Index().Byte(), id("mode").Add(g.wire("Mode"))).Error().Block(
		jen.Op("*").Id("v").Op("=").Id(tn).Values(),
		id("r").Op(":=").Add(g.wire("NewReader")).Call(id("data"), id("mode"), id("MaxDepth")),
		jen.If(id("i").Op(":=").Id("v").Dot("decode").Call(jen.Op("&").Id("r"), id("r").Dot("Start").Call()), jen.Op("!").Id("r").Dot("Done").Call(id("i"))).Block(
			jen.Return(g.wire("Refuse").Call(id("data"), id("mode"), id("MaxDepth"), id("shapes"), id(shapeConst(tn)))),
		),
		jen.Return(jen.Nil()),
	)
	f.Line()
	f.Comment(doc("UnmarshalJSON decodes a copy of data and checks it strictly."))
	f.Func().Params(id("v").Op("*").Id(tn)).Id("UnmarshalJSON").Params(id("data").Index().Byte()).Error().Block(
		jen.Return(id("v").Dot("DecodeAlias").Call(g.copied(), g.wire("Strict"))),
	)
	f.Line()
}

func (g *generator) copied() *jen.Statement {
	return jen.Qual("bytes", "Clone").Call(id("data"))
}

// taggedEntry emits the functions for an interface type, which cannot have
// methods.
func (g *generator) taggedEntry(f *jen.File, t *ir.Type) {
	tn := g.typeName(t)
	f.Comment(doc(fmt.Sprintf("DecodeAlias%s decodes and checks %s. The value points into data, which must not change afterwards. The error is a wire.Issues.", tn, indefinite(tn))))
	f.Func().Id("DecodeAlias"+tn).Params(id("data").Index().Byte(), id("mode").Add(g.wire("Mode"))).Params(id(tn), jen.Error()).Block(
		jen.Var().Id("v").Id(tn),
		id("r").Op(":=").Add(g.wire("NewReader")).Call(id("data"), id("mode"), id("MaxDepth")),
		jen.If(id("i").Op(":=").Id("decode"+tn).Call(jen.Op("&").Id("r"), id("r").Dot("Start").Call(), jen.Op("&").Id("v")), jen.Op("!").Id("r").Dot("Done").Call(id("i")).Op("||").Id("v").Op("==").Nil()).Block(
			jen.Return(jen.Nil(), g.wire("Refuse").Call(id("data"), id("mode"), id("MaxDepth"), id("shapes"), id(shapeConst(tn)))),
		),
		jen.Return(id("v"), jen.Nil()),
	)
	f.Line()
	f.Comment(doc(fmt.Sprintf("Unmarshal%s decodes a copy of data and checks it strictly.", tn)))
	f.Func().Id("Unmarshal"+tn).Params(id("data").Index().Byte()).Params(id(tn), jen.Error()).Block(
		jen.Return(id("DecodeAlias"+tn).Call(g.copied(), g.wire("Strict"))),
	)
	f.Line()
}

// structDecoder emits the loop over the members of an object.
func (g *generator) structDecoder(f *jen.File, t *ir.Type) {
	f.Func().Params(id("v").Op("*").Id(g.typeName(t))).Id("decode").Params(g.readerParams()...).Int().BlockFunc(func(b *jen.Group) {
		seen := newSeen(t)
		seen.declare(b)
		b.Id("count").Op(":=").Lit(0)
		b.List(id("name"), id("i"), id("more")).Op(":=").Add(reader("Object"))
		b.For(id("more")).Block(
			jen.Switch(id("name")).BlockFunc(func(s *jen.Group) {
				for k, field := range t.Fields {
					s.Case(jen.Lit(field.Wire)).BlockFunc(func(c *jen.Group) {
						seen.mark(c, k)
						g.readField(c, t, field)
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

func (g *generator) readOther(t *ir.Type) *jen.Statement {
	if t.Open {
		return advance(reader("Extra", id("name"), jen.Op("&").Id("v").Dot("Extra")))
	}
	return advance(reader("Unknown"))
}

// afterMembers checks what only the whole object can tell, and sets defaults.
func (g *generator) afterMembers(b *jen.Group, t *ir.Type, seen seenBits) {
	broken := seen.repeated(t)
	if missing := seen.missing(t); missing != nil {
		broken = broken.Op("||").Add(missing)
	}
	b.Add(breachIf(broken))
	for _, sets := range t.Sets {
		b.Add(breachIf(seen.unmet(g, t, sets)))
	}
	if t.Open {
		b.Add(advance(reader("Distinct", id("v").Dot("Extra"))))
	}
	for _, field := range t.Fields {
		if d := field.Default; d != nil && !isZero(*d) {
			target := id("v").Dot(g.fieldName(field))
			b.If(jen.Op("!").Add(target.Clone()).Dot("Set")).Block(target.Clone().Dot("V").Op("=").Add(literal(*d)))
		}
	}
}

func isZero(v ir.Value) bool {
	return v.JSON == "false" || v.JSON == `""` || v.Kind != ir.String && v.Kind != ir.Bool && v.Float == 0
}

// readField reads one member into its field.
func (g *generator) readField(c *jen.Group, owner *ir.Type, f *ir.Field) {
	t := f.Use.Type
	if !hasField(f) {
		c.Add(advance(g.readConst(*t.Const)))
		return
	}
	field := func() *jen.Statement { return id("v").Dot(g.fieldName(f)) }
	value := field
	var present []jen.Code
	switch wrap(f) {
	case opt:
		if !recursiveEdge(owner, t) {
			value = func() *jen.Statement { return field().Dot("V") }
		}
		switch {
		case isScalar(t) && !g.needsStart(t): // reading it passes a null that counts as absent
			c.Add(field().Dot("Set").Op("=").Op("!").Add(reader("Absent")))
		case recursiveEdge(owner, t):
			c.Add(absent())
		default:
			c.Add(absent())
			present = append(present, field().Dot("Set").Op("=").True())
		}
	case null:
		c.If(reader("Null")).Block(id("i").Op("+=").Lit(4), jen.Break())
		value = func() *jen.Statement { return field().Dot("V") }
		present = append(present, field().Dot("Valid").Op("=").True())
	case optNull:
		c.Add(field().Dot("Set").Op("=").True())
		c.If(reader("Null")).Block(field().Dot("IsNil").Op("=").True(), id("i").Op("+=").Lit(4), jen.Break())
		value = func() *jen.Statement { return field().Dot("V") }
	case bare:
		switch {
		case t.Kind == ir.Raw && t.Object && f.Use.Nullable:
			c.If(reader("Null")).Block(advance(reader("Raw", jen.Op("&").Add(field()))), jen.Break())
		case isTagged(t) && f.Use.Nullable:
			c.If(reader("Null")).Block(id("i").Op("+=").Lit(4), jen.Break())
		case t.Kind == ir.Raw && !t.Object:
		case !f.Required && (t.Kind == ir.Array || t.Kind == ir.Map || t.Kind == ir.Raw || isTagged(t)):
			c.Add(absent())
		}
	}
	if recursiveEdge(owner, t) {
		c.Add(value().Op("=").New(g.goType(t)))
	}
	site := g.typeName(owner) + g.fieldName(f)
	for _, code := range g.readValue(t, value, site) {
		c.Add(code)
	}
	for _, code := range present {
		c.Add(code)
	}
}

// absent passes a null that counts as absent; lenient mode only.
func absent() *jen.Statement {
	return jen.If(reader("Absent")).Block(id("i").Op("+=").Lit(4), jen.Break())
}

func (g *generator) readConst(v ir.Value) *jen.Statement {
	if v.Kind == ir.Float {
		return reader("ConstFloat", literal(v), jen.Lit(v.JSON))
	}
	method := map[ir.Kind]string{ir.Bool: "ConstBool", ir.Int: "ConstInt", ir.String: "ConstString"}[v.Kind]
	return reader(method, literal(v))
}

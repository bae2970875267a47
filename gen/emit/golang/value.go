package golang

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func hexLiteral(v uint64) string { return "0x" + strconv.FormatUint(v, 16) }

// readValue reads a value that is not null into a place and checks its limits.
// Site names what has no name of its own.
func (g *generator) readValue(t *ir.Type, into place, site string) []jen.Code {
	ref := func() *jen.Statement { return jen.Op("&").Add(into()) }
	var read *jen.Statement
	switch {
	case t.Kind == ir.Bool:
		read = reader("Bool", ref())
	case t.Kind == ir.Int:
		read = reader("Int", ref())
	case t.Kind == ir.Float:
		read = reader("Float", ref())
	case t.Kind == ir.String:
		read = reader("String", ref())
	case t.Kind == ir.Raw && t.Object:
		read = reader("RawObject", ref())
	case t.Kind == ir.Raw:
		read = reader("Raw", ref())
	case t.Kind == ir.Array && isPlain(t.Elem, ir.String):
		read = reader("Strings", ref())
	case t.Kind == ir.Array && isPlain(t.Elem, ir.Int):
		read = reader("Ints", ref())
	case t.Kind == ir.Array, t.Kind == ir.Map:
		read = id(g.list(t, site).name).Call(id("r"), id("i"), ref())
	case isTagged(t):
		read = id("decode"+g.typeName(t)).Call(id("r"), id("i"), ref())
	default:
		read = into().Dot("decode").Call(id("r"), id("i"))
	}
	var out []jen.Code
	if g.needsStart(t) {
		out = append(out, id("start").Op(":=").Id("i"))
	}
	out = append(out, advance(read))
	if t.Kind == ir.Enum {
		return out // its decoder checks
	}
	if cond := g.breach(t, into); cond != nil {
		out = append(out, breachIf(cond))
	}
	return out
}

// isPlain reports whether a use is a scalar kind without limits or null.
func isPlain(use *ir.Use, kind ir.Kind) bool {
	t := use.Type
	return t.Kind == kind && !use.Nullable && len(t.Checks) == 0 && t.Const == nil && t.Except == nil
}

// isScalar reports whether values are no containers of others.
func isScalar(t *ir.Type) bool {
	switch t.Kind {
	case ir.Bool, ir.Int, ir.Float, ir.String, ir.Enum:
		return true
	}
	return false
}

// needsStart reports whether the checks look at the literal itself.
func (g *generator) needsStart(t *ir.Type) bool {
	return t.Kind == ir.Float && (len(t.Checks) > 0 || t.Const != nil) || t.Check(ir.UniqueItems) != nil
}

// breach is the condition that a value breaks one of its limits, or nil when
// it has none.
func (g *generator) breach(t *ir.Type, v place) *jen.Statement {
	var cond *jen.Statement
	or := func(test *jen.Statement) {
		if cond == nil {
			cond = test
		} else {
			cond = cond.Op("||").Add(test)
		}
	}
	switch {
	case t.Const == nil:
	case t.Kind == ir.Float:
		or(g.compare(*t.Const, v).Op("!=").Lit(0))
	default:
		or(v().Op("!=").Add(literal(*t.Const)))
	}
	for _, e := range t.Except {
		or(v().Op("==").Lit(e))
	}
	for _, c := range t.Checks {
		if !idle(c) {
			or(g.checkBreach(t, c, v))
		}
	}
	return cond
}

// idle reports whether every value keeps a limit.
func idle(c ir.Check) bool {
	return (c.Kind == ir.MinLength || c.Kind == ir.MinItems) && c.Limit.Int == 0
}

// checkBreach is the condition that one limit is broken.
func (g *generator) checkBreach(t *ir.Type, c ir.Check, v place) *jen.Statement {
	n := int(c.Limit.Int)
	switch c.Kind {
	case ir.MinLength:
		if n == 1 {
			return jen.Len(v()).Op("<").Lit(1)
		}
		return g.wire("ShorterThan").Call(v(), jen.Lit(n))
	case ir.MaxLength:
		return g.wire("LongerThan").Call(v(), jen.Lit(n))
	case ir.Pattern:
		return jen.Op("!").Id(g.pattern(c.Text)).Dot("Match").Call(v())
	case ir.Format:
		return jen.Op("!").Add(g.wire(formatFunc[c.Text])).Call(v())
	case ir.MinItems:
		return jen.Len(v()).Op("<").Lit(n)
	case ir.MaxItems:
		return jen.Len(v()).Op(">").Lit(n)
	case ir.UniqueItems:
		return jen.Op("!").Id("r").Dot("Unique").Call(id("start"), id("i"))
	}
	if t.Kind == ir.Float {
		return g.floatBreach(c, v)
	}
	if c.Kind == ir.MultipleOf {
		return v().Op("%").Lit(n).Op("!=").Lit(0)
	}
	return v().Op(breachOp[c.Kind]).Lit(n)
}

var formatFunc = map[string]string{"date-time": "FormatDateTime", "uuid": "FormatUUID", "uri": "FormatURI", "base64": "FormatBase64"}

// breachOp is the comparison that is true when the limit is broken.
var breachOp = map[ir.CheckKind]string{
	ir.Minimum: "<", ir.Maximum: ">", ir.ExclusiveMinimum: "<=", ir.ExclusiveMaximum: ">=",
}

// floatBreach compares literals where the nearest floats are equal, because
// the standard compares exact values.
func (g *generator) floatBreach(c ir.Check, v place) *jen.Statement {
	if c.Kind == ir.MultipleOf {
		return jen.Op("!").Add(g.wire("MultipleOf")).Call(id("r").Dot("Text").Call(id("start"), id("i")), jen.Lit(c.Limit.JSON))
	}
	return g.compare(c.Limit, v).Op(breachOp[c.Kind]).Lit(0)
}

func (g *generator) compare(limit ir.Value, v place) *jen.Statement {
	return g.wire("CompareNumber").Call(id("r").Dot("Text").Call(id("start"), id("i")), v(), jen.Lit(limit.Float), jen.Lit(limit.JSON))
}

// pattern gives the name of the variable that holds a compiled pattern.
func (g *generator) pattern(src string) string {
	for k, p := range g.regexps {
		if p == src {
			return "pattern" + letters(k)
		}
	}
	g.regexps = append(g.regexps, src)
	return g.pattern(src)
}

// letters counts A to Z, then AA, AB and so on.
func letters(k int) string {
	last := string(rune('A' + k%26))
	if k < 26 {
		return last
	}
	return letters(k/26-1) + last
}

func (g *generator) patterns(f *jen.File) {
	for _, src := range g.regexps {
		f.Var().Id(g.pattern(src)).Op("=").Add(g.wire("NewPattern")).Call(jen.Lit(src))
	}
}

func (g *generator) enumDecoder(f *jen.File, t *ir.Type) {
	method, base := "String", jen.String()
	if t.Enum.Base == ir.Int {
		method, base = "Int", jen.Int64()
	}
	read := advance(reader(method, jen.Parens(jen.Op("*").Add(base)).Call(id("v"))))
	f.Func().Params(id("v").Op("*").Id(g.typeName(t))).Id("decode").Params(g.readerParams()...).Int().BlockFunc(func(b *jen.Group) {
		b.Add(read)
		switch {
		case !t.Enum.Open:
			b.Add(breachIf(jen.Op("!").Id("v").Dot("Valid").Call()))
		case len(t.Checks) > 0:
			b.Add(breachIf(g.breach(t, func() *jen.Statement { return jen.String().Call(jen.Op("*").Id("v")) })))
		}
		b.Return(id("i"))
	})
	f.Line()
}

package golang

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// goType is the Go type of a value that is there and not null. Lists and maps
// that lead back to themselves are spelled out although they have a name: the
// compiler of Go 1.26 crashes on a cycle of aliases and generic types.
func (g *generator) goType(t *ir.Type) *jen.Statement {
	if t.Named() && !(t.Recursive && (t.Kind == ir.Array || t.Kind == ir.Map)) {
		return g.named(t)
	}
	switch t.Kind {
	case ir.Bool:
		return jen.Bool()
	case ir.Int:
		return jen.Int64()
	case ir.Float:
		return jen.Float64()
	case ir.String:
		return jen.String()
	case ir.Array:
		return jen.Index().Add(g.elemType(*t.Elem))
	case ir.Map:
		return jen.Map(jen.String()).Add(g.elemType(*t.Elem))
	}
	return g.wire("Raw")
}

// elemType is the Go type of an array's item or a map's value.
func (g *generator) elemType(use ir.Use) *jen.Statement {
	if use.Nullable && !nilable(use.Type) {
		return g.wire("Null").Types(g.goType(use.Type))
	}
	return g.goType(use.Type)
}

// nilable reports whether nil can stand for null and absence: raw values hold
// the text null, tagged unions are nil interfaces.
func nilable(t *ir.Type) bool { return t.Kind == ir.Raw || isTagged(t) }

func isTagged(t *ir.Type) bool { return t.Kind == ir.Union && t.Union.Tag != "" }

// wrapper is how a field holds a value that may be absent or null.
type wrapper uint8

const (
	bare    wrapper = iota // always there, or nil tells
	opt                    // wire.Opt
	null                   // wire.Null
	optNull                // wire.OptNull
)

// wrap chooses the wrapper of a field.
func wrap(f *ir.Field) wrapper {
	t := f.Use.Type
	switch {
	case t.Kind == ir.Raw:
		return bare
	case isTagged(t):
		if !f.Required && f.Use.Nullable {
			return optNull
		}
		return bare
	case f.Required && f.Use.Nullable:
		return null
	case f.Use.Nullable:
		return optNull
	case f.Required || t.Kind == ir.Array || t.Kind == ir.Map:
		return bare
	}
	return opt
}

// valueType is the Go type inside a field's wrapper: edges that lead back to
// the struct itself are pointers.
func (g *generator) valueType(owner *ir.Type, t *ir.Type) *jen.Statement {
	if recursiveEdge(owner, t) {
		return jen.Op("*").Add(g.goType(t))
	}
	return g.goType(t)
}

// recursiveEdge reports whether a value of t directly inside owner would make
// owner contain itself.
func recursiveEdge(owner, t *ir.Type) bool {
	if !t.Recursive || !holdsDirectly(t) {
		return false
	}
	found := false
	var visit func(*ir.Type, map[*ir.Type]bool)
	visit = func(x *ir.Type, seen map[*ir.Type]bool) {
		if x == owner {
			found = true
		}
		if seen[x] || !holdsDirectly(x) {
			return
		}
		seen[x] = true
		for _, next := range x.Next() {
			visit(next, seen)
		}
	}
	visit(t, map[*ir.Type]bool{})
	return found
}

// holdsDirectly reports whether Go stores the parts of t inside it.
func holdsDirectly(t *ir.Type) bool {
	return t.Kind == ir.Struct || t.Kind == ir.Union && t.Union.Tag == ""
}

// fieldType is the whole Go type of a field.
func (g *generator) fieldType(owner *ir.Type, f *ir.Field) *jen.Statement {
	inner := g.valueType(owner, f.Use.Type)
	switch wrap(f) {
	case opt:
		if recursiveEdge(owner, f.Use.Type) {
			return inner // nil is absent
		}
		return g.wire("Opt").Types(inner)
	case null:
		return g.wire("Null").Types(inner)
	case optNull:
		return g.wire("OptNull").Types(inner)
	}
	return inner
}

// hasField reports whether a property becomes a Go field: a required constant
// does not.
func hasField(f *ir.Field) bool {
	return !(f.Required && !f.Use.Nullable && f.Use.Type.Const != nil)
}

// declared lists the named types that are declared in Go.
func (g *generator) declared() []*ir.Type {
	var out []*ir.Type
	for _, t := range g.p.Types {
		if !t.Fragment {
			out = append(out, t)
		}
	}
	return out
}

func (g *generator) typesFile(f *jen.File) {
	for _, t := range g.declared() {
		f.Comment(doc(g.typeDoc(t)))
		switch t.Kind {
		case ir.Struct:
			g.structType(f, t)
		case ir.Enum:
			g.enumType(f, t)
		case ir.Union:
			if isTagged(t) {
				g.taggedType(f, t)
			} else {
				g.kindType(f, t)
			}
		default:
			f.Type().Id(g.typeName(t)).Op("=").Add(g.underlying(t))
		}
		f.Line()
	}
}

func (g *generator) typeDoc(t *ir.Type) string {
	s := sentence(g.typeName(t), t.Doc)
	if t.Doc == "" {
		s = g.typeName(t) + " " + g.roleDoc(t)
	}
	if isTagged(t) {
		s += "\n\n" + g.variantsDoc(t)
	}
	if t.Deprecated != nil {
		s += "\n\n" + deprecation(t.Deprecated)
	}
	return s
}

// roleDoc describes a type that has no description by what it is for.
func (g *generator) roleDoc(t *ir.Type) string {
	for _, m := range g.p.Methods {
		switch t {
		case m.Params:
			return "holds the params of " + m.Wire + "."
		case m.Result.Type:
			return "is the result of " + m.Wire + "."
		case m.Accepted:
			return "is the early answer of " + m.Wire + "."
		case m.Failure:
			return "is the payload beside an error of " + m.Wire + "."
		}
	}
	return "is a type of " + t.File + "."
}

// variantsDoc tells what stands behind an interface.
func (g *generator) variantsDoc(t *ir.Type) string {
	var names []string
	for _, v := range t.Union.Variants {
		names = append(names, "*"+g.typeName(v.Type))
	}
	text := "It is one of " + strings.Join(names, ", ")
	if len(names) == 1 {
		text = "It is a " + names[0]
	}
	if t.Union.Open {
		text += ", or a *" + g.typeName(t.Union.Unknown.Type) + ", which keeps what this version does not know"
	}
	return text + "."
}

// underlying is the Go type that an alias stands for.
func (g *generator) underlying(t *ir.Type) *jen.Statement {
	unnamed := *t
	unnamed.Name = unnamed.Name.None()
	return g.goType(&unnamed)
}

func (g *generator) structType(f *jen.File, t *ir.Type) {
	f.Type().Id(g.typeName(t)).StructFunc(func(s *jen.Group) {
		for _, field := range t.Fields {
			if !hasField(field) {
				continue
			}
			if text := fieldDoc(field); text != "" {
				s.Comment(doc(text))
			}
			tag := field.Wire
			if !field.Required {
				tag += ",omitzero"
			}
			member := s.Id(g.fieldName(field)).Add(g.fieldType(t, field))
			if tagSafe(field.Wire) {
				member.Tag(map[string]string{"json": tag})
			}
		}
		if t.Open {
			s.Comment(doc("Extra holds the members that the schema doesn't name."))
			s.Id("Extra").Add(g.wire("Extra")).Tag(map[string]string{"json": "-"})
		}
	})
}

// fieldDoc is the comment of a field.
func fieldDoc(f *ir.Field) string {
	text := f.Doc
	if f.Deprecated != nil {
		text += "\n\n" + deprecation(f.Deprecated)
	}
	return strings.TrimSpace(text)
}

// tagSafe reports whether a name can stand in a json tag. The few that cannot
// have none: the generated methods know the name, and only tools that reflect
// miss it.
func tagSafe(wire string) bool { return wire != "" && !strings.ContainsAny(wire, "\"'`\\,\n") }

func (g *generator) enumType(f *jen.File, t *ir.Type) {
	tn := g.typeName(t)
	base := jen.String()
	if t.Enum.Base == ir.Int {
		base = jen.Int64()
	}
	f.Type().Id(tn).Add(base)
	f.Line()
	if t.Enum.Open {
		f.Comment(doc("The known values of " + tn + ". Others are valid too."))
	} else {
		f.Comment(doc("The values of " + tn + "."))
	}
	f.Const().DefsFunc(func(d *jen.Group) {
		for _, v := range t.Enum.Values {
			d.Id(g.enumConst(t, v)).Id(tn).Op("=").Add(literal(v.Value))
		}
	})
	f.Line()
	what := "Valid reports whether v is one of the values."
	if t.Enum.Open {
		what = "Known reports whether v is one of the known values."
	}
	f.Comment(doc(what))
	method := "Valid"
	if t.Enum.Open {
		method = "Known"
	}
	f.Func().Params(id("v").Id(tn)).Id(method).Params().Bool().Block(
		jen.Switch(id("v")).Block(
			jen.CaseFunc(func(c *jen.Group) {
				for _, v := range t.Enum.Values {
					c.Id(g.enumConst(t, v))
				}
			}).Block(jen.Return(jen.True())),
		),
		jen.Return(jen.False()),
	)
}

func (g *generator) enumConst(t *ir.Type, v *ir.EnumValue) string {
	return g.typeName(t) + g.pascal(v.Name)
}

// literal writes a schema scalar as a Go literal.
func literal(v ir.Value) *jen.Statement {
	switch v.Kind {
	case ir.Bool:
		return jen.Lit(v.Bool)
	case ir.Int:
		return jen.Lit(int(v.Int))
	case ir.Float:
		return jen.Lit(v.Float)
	}
	return jen.Lit(v.Str)
}

// seal is the unexported method that keeps a union's variants closed.
func (g *generator) seal(t *ir.Type) string { return "is" + g.typeName(t) }

func (g *generator) taggedType(f *jen.File, t *ir.Type) {
	f.Type().Id(g.typeName(t)).Interface(
		id("AppendJSON").Params(jen.Index().Byte()).Index().Byte(),
		id(g.seal(t)).Params(),
	)
	f.Line()
	for _, v := range variants(t) {
		f.Func().Params(jen.Op("*").Id(g.typeName(v.Type))).Id(g.seal(t)).Params().Block()
	}
}

// variants lists the branches of a union, the open one last.
func variants(t *ir.Type) []*ir.Variant {
	if t.Union.Open {
		return append(append([]*ir.Variant{}, t.Union.Variants...), t.Union.Unknown)
	}
	return t.Union.Variants
}

func (g *generator) kindConst(t *ir.Type, v *ir.Variant) string {
	return g.typeName(t) + "Is" + g.pascal(v.Name)
}

func (g *generator) kindType(f *jen.File, t *ir.Type) {
	tn := g.typeName(t)
	f.Type().Id(tn).StructFunc(func(s *jen.Group) {
		s.Comment(doc("Kind tells which of the other fields holds the value."))
		s.Id("Kind").Id(tn + "Kind")
		for _, v := range t.Union.Variants {
			s.Id(g.pascal(v.Name)).Add(g.valueType(t, v.Type))
		}
	})
	f.Line()
	f.Comment(doc(tn + "Kind is the JSON kind of " + indefinite(tn) + "."))
	f.Type().Id(tn + "Kind").Uint8()
	f.Line()
	f.Comment(doc("The kinds of " + tn + ". The zero value is none of them and is written as null."))
	f.Const().DefsFunc(func(d *jen.Group) {
		for i, v := range t.Union.Variants {
			if i == 0 {
				d.Id(g.kindConst(t, v)).Id(tn + "Kind").Op("=").Iota().Op("+").Lit(1)
				continue
			}
			d.Id(g.kindConst(t, v))
		}
	})
}

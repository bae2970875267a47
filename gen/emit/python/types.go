package python

import (
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// pyType is the annotation of a value that is there and not null.
func (g *generator) pyType(t *ir.Type) string {
	if name, named := g.names.types[t]; named {
		return name
	}
	return g.spelled(t)
}

// spelled is the annotation of a type by what it is made of.
func (g *generator) spelled(t *ir.Type) string {
	if t.Const != nil {
		return constType(*t.Const)
	}
	switch t.Kind {
	case ir.Bool:
		return "bool"
	case ir.Int:
		return "int"
	case ir.Float:
		return "float"
	case ir.String:
		return "str"
	case ir.Array:
		return "Sequence[" + g.useType(*t.Elem) + "]"
	case ir.Map:
		return "Mapping[str, " + g.useType(*t.Elem) + "]"
	case ir.Enum:
		return enumType(t.Enum)
	case ir.Union:
		return g.unionType(t.Union)
	}
	if t.Object {
		return "JsonObject"
	}
	return "JsonValue"
}

// useType is the annotation at a place.
func (g *generator) useType(use ir.Use) string {
	if use.Nullable && !anything(use.Type) {
		return g.pyType(use.Type) + " | None"
	}
	return g.pyType(use.Type)
}

// anything reports whether a type takes every value, so null as well.
func anything(t *ir.Type) bool { return t.Kind == ir.Raw && !t.Object }

func enumType(e *ir.EnumPlan) string {
	values := make([]string, len(e.Values))
	for k, v := range e.Values {
		values[k] = literal(v.Value)
	}
	text := "Literal[" + strings.Join(values, ", ") + "]"
	if e.Open {
		return text + " | str"
	}
	return text
}

func (g *generator) unionType(u *ir.UnionPlan) string {
	var branches []string
	for _, v := range u.Variants {
		branches = append(branches, g.pyType(v.Type))
	}
	if u.Open {
		branches = append(branches, g.pyType(u.Unknown.Type))
	}
	return strings.Join(branches, " | ")
}

// constType is the annotation of a constant. Literal takes no floats.
func constType(v ir.Value) string {
	if v.Kind == ir.Float {
		return "float"
	}
	return "Literal[" + literal(v) + "]"
}

// hasAttribute reports whether a property becomes an attribute of values: a
// required constant is one of the class.
func hasAttribute(f *ir.Field) bool {
	return !(f.Required && !f.Use.Nullable && f.Use.Type.Const != nil)
}

func (g *generator) typesFile(m *module) {
	m.lazy = true
	m.imports(imported{"collections.abc", []string{"Mapping", "Sequence"}}, imported{"dataclasses", []string{"dataclass", "field"}},
		imported{"typing", []string{"Any", "ClassVar", "Final", "Literal", "TypeAlias"}})
	m.generated(imported{g.Wire, []string{"UNSET", "Codec", "JsonObject", "JsonValue", "Struct", "Unset", "codec_of"}},
		imported{".shapes", []string{"TABLE"}})
	for _, t := range g.declared() {
		if t.Kind == ir.Struct {
			m.Gap()
			g.class(m, t)
		}
	}
	m.Gap()
	g.aliases(m)
	g.bindings(m)
}

// class writes the dataclass of an object.
func (g *generator) class(m *module, t *ir.Type) {
	m.Line("@dataclass(frozen=True, slots=True, kw_only=True, repr=False)")
	m.Block("class "+g.names.types[t]+"(Struct):", func() {
		m.doc(g.typeDoc(t))
		if len(t.Fields) > 0 || t.Open {
			m.Blank()
		}
		for _, f := range t.Fields {
			g.attribute(m, f)
		}
		if t.Open {
			m.Line("extra: JsonObject = field(default_factory=dict)")
			m.doc("Members that the schema does not name, in the order they came in.")
		}
	}, "")
}

// typeDoc describes a type: by its description, else by what it is for.
func (g *generator) typeDoc(t *ir.Type) string {
	text := t.Doc
	for _, m := range g.p.Methods {
		switch {
		case text != "":
		case m.Params == t:
			text = "The params of `" + m.Wire + "`."
		case m.Result.Type == t:
			text = "The result of `" + m.Wire + "`."
		}
	}
	if text == "" {
		text = "Declared at `" + t.Location + "`."
	}
	return withDeprecation(text, t.Deprecated)
}

// attribute writes a property of a class.
func (g *generator) attribute(m *module, f *ir.Field) {
	name := attribute(f)
	if !hasAttribute(f) {
		v := *f.Use.Type.Const
		m.Linef("%s: ClassVar[%s] = %s", name, constType(v), literal(v))
		m.doc(fieldDoc(f))
		return
	}
	annotation := g.pyType(f.Use.Type)
	if !f.Required {
		annotation += " | Unset"
	}
	if f.Use.Nullable && !anything(f.Use.Type) {
		annotation += " | None"
	}
	switch {
	case f.Secret && f.Required:
		m.Linef("%s: %s = field(repr=False)", name, annotation)
	case f.Secret:
		m.Linef("%s: %s = field(default=UNSET, repr=False)", name, annotation)
	case f.Required:
		m.Linef("%s: %s", name, annotation)
	default:
		m.Linef("%s: %s = UNSET", name, annotation)
	}
	m.doc(fieldDoc(f))
}

func fieldDoc(f *ir.Field) string {
	text := f.Doc
	if text == "" {
		text = f.Use.Type.Doc
	}
	if f.Default != nil {
		text = strings.TrimSpace(text + " Default: `" + f.Default.JSON + "`.")
	}
	return withDeprecation(text, f.Deprecated)
}

// aliases writes the names of all types that are no classes, each after those
// that it is made of.
func (g *generator) aliases(m *module) {
	done := map[*ir.Type]bool{}
	var write func(*ir.Type)
	write = func(t *ir.Type) {
		if done[t] || t.Kind == ir.Struct {
			return
		}
		done[t] = true
		for _, next := range t.Next() {
			write(next)
		}
		name, named := g.names.types[t]
		if !named {
			return
		}
		text := g.spelled(t)
		if lazy(t, map[*ir.Type]bool{}) {
			text = `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
		}
		m.Linef("%s: TypeAlias = %s", name, text)
		m.doc(g.typeDoc(t))
		m.Blank()
	}
	for _, t := range g.declared() {
		write(t)
	}
}

// lazy reports whether an alias has to be a text, which only type checkers
// read: where it leads back to itself, or to the recursive type of any value.
func lazy(t *ir.Type, seen map[*ir.Type]bool) bool {
	if t.Kind == ir.Raw || seen[t] {
		return true
	}
	if t.Kind == ir.Struct {
		return false
	}
	seen[t] = true
	defer delete(seen, t)
	for _, next := range t.Next() {
		if lazy(next, seen) {
			return true
		}
	}
	return false
}

// bindings says which class each shape becomes, and gives unions, which are no
// classes, something to read and write them with.
func (g *generator) bindings(m *module) {
	m.Block("TABLE.bind({", func() {
		for id, t := range g.shapes.Types {
			if t != nil && t.Kind == ir.Struct {
				m.Linef("%d: %s,", id, g.names.types[t])
			}
		}
	}, "})")
	m.Blank()
	for _, t := range g.declared() {
		if t.Kind == ir.Union {
			m.Linef("%s: Final[Codec[%s]] = Codec(TABLE, %d)", g.names.codecs[t], g.names.types[t], g.shapes.ID(t))
		}
	}
	m.Blank()
	m.Block("CODECS: Final[Mapping[str, Codec[Any]]] = {", func() {
		for _, t := range g.declared() {
			if t.Kind == ir.Struct || t.Kind == ir.Union {
				m.Linef("%s: %s,", quote(t.Name.Pascal(g.p.Initialisms)), g.codec(ir.Use{Type: t}))
			}
		}
	}, "}")
	m.doc("Every object and union by the name of its type, for tools that meet types at run time.")
}

// codec is an expression for what reads and writes a place.
func (g *generator) codec(use ir.Use) string {
	switch {
	case !use.Nullable && use.Type != nil && use.Type.Kind == ir.Struct:
		return "codec_of(" + g.names.types[use.Type] + ")"
	case !use.Nullable && use.Type != nil && g.names.codecs[use.Type] != "":
		return g.names.codecs[use.Type]
	}
	place := g.shapes.Place(use)
	text := "Codec(TABLE, " + number(int(place.Shape))
	if place.Nullable {
		text += ", nullable=True"
	}
	return text + ")"
}

package python

import (
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

var kinds = map[wire.ShapeKind]string{
	wire.ShapeAny: "ANY", wire.ShapeObject: "OBJECT", wire.ShapeBool: "BOOL", wire.ShapeInt: "INT", wire.ShapeFloat: "FLOAT",
	wire.ShapeString: "STRING", wire.ShapeArray: "ARRAY", wire.ShapeMap: "MAP", wire.ShapeStruct: "STRUCT",
	wire.ShapeTagged: "TAGGED", wire.ShapeByKind: "BY_KIND",
}

// shapesFile writes the table of shapes.
func (g *generator) shapesFile(m *module) {
	m.imports(imported{"typing", []string{"Final"}})
	m.generated(imported{g.Wire, []string{"Check", "Kind", "Member", "Place", "Sets", "Shape", "Shapes", "Table", "Variant"}},
		imported{".version", []string{"MAX_DEPTH"}})
	m.Block("_SHAPES: Final = (", func() {
		for id, s := range g.shapes.Shapes {
			if t := g.shapes.Types[id]; t != nil && t.Named() {
				m.Linef("# %d: %s", id, t.Name.Pascal(g.p.Initialisms))
			} else {
				m.Linef("# %d", id)
			}
			g.shape(m, s, g.shapes.Types[id])
		}
	}, ")")
	m.Blank()
	m.Line("TABLE: Final = Table(Shapes(MAX_DEPTH, _SHAPES))")
	m.doc("All types. What it is made of may change with any release of the generator.")
}

func (g *generator) shape(m *module, s wire.Shape, t *ir.Type) {
	head := "Shape(Kind." + kinds[s.Kind]
	var rest []string
	add := func(name, value string) { rest = append(rest, name+"="+value) }
	if s.Open {
		add("open", "True")
	}
	if len(s.Sets) > 0 {
		add("sets", sets(s.Sets))
	}
	if s.Kind == wire.ShapeArray || s.Kind == wire.ShapeMap {
		add("elem", place(s.Elem))
	}
	if s.Kind == wire.ShapeTagged {
		add("tag", quote(s.Tag))
		add("variants", variants(s.Variants))
		if s.Rest != wire.NoShape {
			add("rest", number(int(s.Rest)))
		}
	}
	if len(s.Kinds) > 0 {
		add("kinds", tuple(numbers(s.Kinds)))
	}
	if len(s.Enum) > 0 {
		add("enum", tuple(quoted(s.Enum)))
	}
	if s.Const {
		add("const", "True")
	}
	if s.Except {
		add("excepted", "True")
	}
	if len(s.Checks) > 0 {
		add("checks", checks(s.Checks))
	}
	tail := ""
	for _, r := range rest {
		tail += ", " + r
	}
	if len(s.Members) == 0 {
		m.Line(head + tail + "),")
		return
	}
	m.Block(head+", members=(", func() {
		for k, member := range s.Members {
			text := "Member(" + quote(member.Name) + ", " + quote(memberAttribute(t.Fields[k])) + ", " + place(member.Place)
			if member.Required {
				text += ", required=True"
			}
			m.Line(text + "),")
		}
	}, ")"+tail+"),")
}

// memberAttribute is where a dataclass has a member; "" for a constant.
func memberAttribute(f *ir.Field) string {
	if !hasAttribute(f) {
		return ""
	}
	return attribute(f)
}

func place(p wire.Place) string {
	if p.Nullable {
		return "Place(" + number(int(p.Shape)) + ", nullable=True)"
	}
	return "Place(" + number(int(p.Shape)) + ")"
}

func numbers(ids []wire.ShapeID) []string {
	out := make([]string, len(ids))
	for k, id := range ids {
		out[k] = number(int(id))
	}
	return out
}

func variants(all []wire.ShapeVariant) string {
	out := make([]string, len(all))
	for k, v := range all {
		out[k] = "Variant(" + quote(v.Tag) + ", " + number(int(v.Shape)) + ")"
	}
	return tuple(out)
}

func checks(all []wire.ShapeCheck) string {
	out := make([]string, len(all))
	for k, c := range all {
		out[k] = "Check(" + quote(c.Rule) + ", " + quote(c.Limit) + ")"
	}
	return tuple(out)
}

func sets(all []wire.ShapeSets) string {
	out := make([]string, len(all))
	for k, s := range all {
		names := make([]string, len(s.Sets))
		for j, set := range s.Sets {
			names[j] = tuple(quoted(set))
		}
		out[k] = "Sets(" + tuple(names)
		if s.One {
			out[k] += ", one=True"
		}
		out[k] += ")"
	}
	return tuple(out)
}

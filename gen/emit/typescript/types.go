package typescript

import (
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// typesDeclarations declares every type, and under the same name its shape.
func (g *generator) typesDeclarations(p *emit.Printer) {
	p.Linef("import type * as wire from %s;", quote(g.Wire))
	for _, t := range g.declared() {
		p.Blank()
		g.declare(p, t)
		p.Linef("export declare const %s: wire.Shape<%[1]s>;", g.typeName(t))
	}
}

func (g *generator) declare(p *emit.Printer, t *ir.Type) {
	comment(p, g.typeDoc(t), metaTags(t.Meta)...)
	if t.Kind == ir.Struct && len(t.Fields) == 0 && !t.Open {
		// An interface without members takes everything.
		p.Linef("export type %s = { readonly [member: string]: never };", g.typeName(t))
		return
	}
	if t.Kind != ir.Struct {
		p.Linef("export type %s = %s;", g.typeName(t), g.body(t, ""))
		return
	}
	p.Block("export interface "+g.typeName(t)+" {", func() {
		for _, f := range t.Fields {
			comment(p, f.Doc, fieldTags(f)...)
			optional := "?"
			if f.Required {
				optional = ""
			}
			p.Linef("readonly %s%s: %s;", key(f.Wire), optional, g.fieldType(t, f))
		}
		if t.Open {
			comment(p, "Members that the schema doesn't name.")
			p.Line("readonly [member: string]: unknown;")
		}
	}, "}")
}

func (g *generator) typeDoc(t *ir.Type) string {
	text := t.Doc
	for _, s := range t.Sets {
		var sets []string
		for _, set := range s.Sets {
			sets = append(sets, "`"+strings.Join(set, "` and `")+"`")
		}
		if s.Kind == ir.OneSet {
			text += "\nExactly one of these has to be there: " + strings.Join(sets, "; ") + "."
		} else {
			text += "\nOne of these has to be there: " + strings.Join(sets, "; ") + "."
		}
	}
	return text
}

// fieldType is the type of a property. The tag of a union's unknown variant is
// a string that is none of the known ones.
func (g *generator) fieldType(t *ir.Type, f *ir.Field) string {
	if f.Use.Type.Except != nil {
		return "wire.UnknownTag"
	}
	return g.use(f.Use, "")
}

// use is the type at a place. Qualifier is put before declared names.
func (g *generator) use(u ir.Use, qualifier string) string {
	text := g.ref(u.Type, qualifier)
	if u.Nullable && text != "unknown" {
		text += " | null"
	}
	return text
}

// ref names a type, or spells it out when it has no name.
func (g *generator) ref(t *ir.Type, qualifier string) string {
	if t.Named() {
		return qualifier + g.typeName(t)
	}
	return g.body(t, qualifier)
}

// body spells a type out.
func (g *generator) body(t *ir.Type, qualifier string) string {
	if t.Const != nil {
		return t.Const.JSON
	}
	switch t.Kind {
	case ir.Bool:
		return "boolean"
	case ir.Int, ir.Float:
		return "number"
	case ir.String:
		return "string"
	case ir.Array:
		return "readonly " + grouped(g.use(*t.Elem, qualifier)) + "[]"
	case ir.Map:
		return "{ readonly [key: string]: " + g.use(*t.Elem, qualifier) + " }"
	case ir.Enum:
		return enumBody(t.Enum)
	case ir.Union:
		return g.unionBody(t.Union, qualifier)
	}
	if t.Object {
		return "{ readonly [member: string]: unknown }"
	}
	return "unknown"
}

// grouped puts a type into parentheses where an array of it needs them.
func grouped(text string) string {
	if strings.ContainsAny(text, " ") && !strings.HasPrefix(text, "{") {
		return "(" + text + ")"
	}
	return text
}

// enumBody lists the values. Where others are valid too, the last part keeps
// the listed ones from being absorbed, so that editors still offer them.
func enumBody(e *ir.EnumPlan) string {
	var values []string
	for _, v := range e.Values {
		values = append(values, v.Value.JSON)
	}
	if e.Open {
		values = append(values, "(string & {})")
	}
	return strings.Join(values, " | ")
}

func (g *generator) unionBody(u *ir.UnionPlan, qualifier string) string {
	var branches []string
	for _, v := range u.Variants {
		branches = append(branches, g.ref(v.Type, qualifier))
	}
	if u.Open {
		branches = append(branches, g.ref(u.Unknown.Type, qualifier))
	}
	return strings.Join(branches, " | ")
}

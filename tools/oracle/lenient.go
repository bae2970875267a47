package oracle

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func validUTF8(text []byte) bool { return utf8.Valid(text) }

// Lenient judges as a client reads: a schema made from the model that keeps
// only JSON kinds and the tags of unions, judged by the same validator.
type Lenient struct {
	modern *Modern
	schema *Schema
}

const lenientAddress = "https://gatesmith.test/lenient.json"

// NewLenient makes the schema.
func NewLenient(s *Schema) (*Lenient, error) {
	w := &loosener{schema: s}
	defs := map[string]any{}
	for _, t := range s.Types() {
		defs[s.Name(t)] = w.spelled(t)
	}
	text, err := json.Marshal(map[string]any{"$defs": defs})
	if err != nil {
		return nil, err
	}
	l := &Lenient{newModern(), s}
	return l, l.modern.add(lenientAddress, text)
}

// Judge gives the verdict on a text as a value of a named type. Null passes
// everywhere: where it is not allowed it counts as absent.
func (l *Lenient) Judge(t *ir.Type, text []byte) (Verdict, error) {
	return l.modern.judge(lenientAddress+"#/$defs/"+fragment(l.schema.Name(t)), text)
}

type loosener struct{ schema *Schema }

func (w *loosener) at(t *ir.Type) any {
	if t.Named() {
		return map[string]any{"$ref": "#/$defs/" + fragment(w.schema.Name(t))}
	}
	return w.spelled(t)
}

func orNull(kind string) any { return []string{kind, "null"} }

func (w *loosener) spelled(t *ir.Type) any {
	switch t.Kind {
	case ir.Bool:
		return map[string]any{"type": orNull("boolean")}
	case ir.Int, ir.Float:
		return map[string]any{"type": orNull("number")} // fractions are cut off
	case ir.String:
		return map[string]any{"type": orNull("string")}
	case ir.Enum:
		if t.Enum.Base == ir.Int {
			return map[string]any{"type": orNull("number")}
		}
		return map[string]any{"type": orNull("string")}
	case ir.Array:
		return map[string]any{"type": orNull("array"), "items": w.at(t.Elem.Type)}
	case ir.Map:
		return map[string]any{"type": orNull("object"), "additionalProperties": w.at(t.Elem.Type)}
	case ir.Struct:
		properties := map[string]any{}
		for _, f := range t.Fields {
			properties[f.Wire] = w.at(f.Use.Type)
		}
		return map[string]any{"type": orNull("object"), "properties": properties}
	case ir.Union:
		if t.Union.Tag == "" {
			return w.byKind(t)
		}
		return map[string]any{"anyOf": []any{map[string]any{"type": "null"}, w.tagged(t)}}
	}
	if t.Object {
		return map[string]any{"type": orNull("object")}
	}
	return true
}

// byKind lists the branches; each of them lets null pass, which is fine.
func (w *loosener) byKind(t *ir.Type) any {
	var branches []any
	for _, v := range t.Union.Variants {
		branches = append(branches, w.at(v.Type))
	}
	return map[string]any{"anyOf": branches}
}

// tagged keeps the tag and what it chooses: without one there is no telling
// what to decode.
func (w *loosener) tagged(t *ir.Type) any {
	tag := t.Union.Tag
	isTag := func(values []string) any {
		return map[string]any{"properties": map[string]any{tag: map[string]any{"enum": values}}}
	}
	var rules []any
	var known []string
	for _, v := range t.Union.Variants {
		known = append(known, v.Tag)
		rules = append(rules, map[string]any{"if": isTag([]string{v.Tag}), "then": w.at(v.Type)})
	}
	object := map[string]any{
		"type": "object", "required": []string{tag},
		"properties": map[string]any{tag: map[string]any{"type": "string"}},
	}
	if t.Union.Open {
		rules = append(rules, map[string]any{"if": isTag(known), "else": w.at(t.Union.Unknown.Type)})
	} else {
		rules = append(rules, isTag(known))
	}
	object["allOf"] = rules
	return object
}

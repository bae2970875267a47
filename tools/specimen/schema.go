package specimen

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// SchemaFile writes a schema file at random: an object of that title with
// members x and y, and four definitions that they may refer to. Sense and
// nonsense; most are refused by the generator.
func SchemaFile(r *rand.Rand, title string) string {
	return (&schemaWriter{r}).file(title)
}

// schemaWriter writes schemas at random.
type schemaWriter struct{ r *rand.Rand }

func (w *schemaWriter) one(of int) bool { return w.r.IntN(of) == 0 }

func (w *schemaWriter) pick(from ...string) string { return from[w.r.IntN(len(from))] }

func (w *schemaWriter) file(title string) string {
	var defs []string
	tagged := w.one(2)
	for _, name := range []string{"a", "b", "c", "d"} {
		s := w.schema(0)
		switch {
		case name == "a" && tagged:
			s = w.branch("a", false)
		case name == "b" && tagged:
			s = w.branch("b", false)
		case name == "c" && tagged:
			s = w.branch("", true)
		case name == "d" && w.one(2):
			s = w.fragment()
		}
		defs = append(defs, fmt.Sprintf("    %q: %s", name, s))
	}
	return fmt.Sprintf(`{ "title": %q, "type": "object", "additionalProperties": false, "properties": { "x": %s, "y": %s },
  "$defs": {
%s } }`, title, w.schema(0), w.schema(1), strings.Join(defs, ",\n"))
}

// or takes one of the sound choices, and now and then one that is not.
func (w *schemaWriter) or(sound []string, odd ...string) string {
	if w.one(20) {
		return w.pick(odd...)
	}
	return w.pick(sound...)
}

type words = []string

// branch is what a tagged union can be made of.
func (w *schemaWriter) branch(tag string, open bool) string {
	kind, closing := fmt.Sprintf(`{ "type": "string", "const": %q }`, tag), `"additionalProperties": false`
	if open {
		kind = w.or(words{`{ "type": "string", "not": { "enum": ["a", "b"] } }`, `{ "type": "string", "not": { "enum": ["a"] } }`}, `{ "type": ["string", "null"], "not": { "enum": ["a", "b"] } }`)
		closing = w.or(words{`"x-open": true`}, `"additionalProperties": false`)
	}
	required := w.or(words{`"required": ["k"], `}, "", `"required": ["k", "p"], `)
	return fmt.Sprintf(`{ "type": %s, %s, %s"properties": { "p": %s, "k": %s } }`, w.or(words{`"object"`}, `["object", "null"]`), closing, required, w.schema(2), kind)
}

func (w *schemaWriter) fragment() string {
	return fmt.Sprintf(`{ "type": %s, "x-fragment": true, %s"properties": { "p": %s, "q": %s } }`,
		w.or(words{`"object"`}, `["object", "null"]`), w.or(words{"", `"required": ["p"], `, `"anyOf": [{ "required": ["p"] }, { "required": ["q"] }], `}, `"allOf": [{ "$ref": "#/$defs/d" }], `), w.schema(2), w.schema(2))
}

func (w *schemaWriter) ref() string { return `"$ref": "#/$defs/` + w.pick("a", "b", "c", "d") + `"` }

func (w *schemaWriter) schema(depth int) string { return "{ " + w.keywords(depth) + " }" }

// kind is a type keyword, which may allow null.
func (w *schemaWriter) kind(name string) string {
	if w.one(5) {
		return `"type": ["` + name + `", "null"]`
	}
	return `"type": "` + name + `"`
}

func (w *schemaWriter) keywords(depth int) string {
	forms := 15
	if depth > 1 {
		forms = 9
	}
	switch w.r.IntN(forms) {
	case 0:
		return w.kind("string") + w.some(words{`"minLength": 1`, `"maxLength": 1`, `"pattern": "^a"`, `"format": "uri"`}, `"minimum": 1`)
	case 1:
		return w.kind("integer") + w.some(words{`"minimum": 0`, `"exclusiveMaximum": 2`, `"multipleOf": 2`}, `"maxLength": 1`)
	case 2:
		return w.kind("number") + w.some(words{`"exclusiveMinimum": 0`, `"maximum": 1.5`, `"multipleOf": 0.5`}, `"x-known": ["a"]`)
	case 3:
		return w.kind("boolean")
	case 4:
		return w.or(words{`"enum": ["a", "b"]`, `"type": "string", "enum": ["a"]`, `"type": ["string", "null"], "enum": ["a", null]`, `"enum": ["a", null]`, `"type": "integer", "enum": [1, 2]`},
			`"type": ["string", "null"], "enum": ["a"]`, `"enum": ["a", 1]`, `"enum": [null]`, `"type": "string", "enum": ["a", null]`)
	case 5:
		return w.or(words{`"const": "a"`, `"type": "string", "const": "a"`, `"const": 1`, `"type": "number", "const": 1.5`, `"const": true`},
			`"type": ["string", "null"], "const": "a"`, `"const": null`, `"type": "integer", "const": 1.0`)
	case 6, 7:
		return w.ref() + w.some(words{`"description": "Q."`}, `"default": "a"`, `"maxLength": 1`)
	case 8:
		return w.or(words{`"description": "Anything."`, w.kind("string") + `, "x-known": ["a"]`}, w.kind("object"))
	case 9, 10:
		return w.object(depth)
	case 11:
		return w.kind("array") + `, "items": ` + w.schema(depth+1) + w.some(words{`"minItems": 1`, `"maxItems": 1`}, `"uniqueItems": true`)
	case 12:
		return w.kind("object") + `, "additionalProperties": ` + w.or(words{w.schema(depth + 1)}, "true", `false, "x-open": true`)
	case 13:
		return w.union(depth)
	}
	return `"anyOf": [` + w.schema(depth+1) + `, ` + w.or(words{`{ "type": "null" }`}, `{ "type": "null", "enum": ["a"] }`, w.schema(depth+1)) + `]` + w.some(nil, w.kind("string"))
}

// some adds a few of several keywords, and now and then one that has no place.
func (w *schemaWriter) some(sound []string, odd ...string) string {
	var b strings.Builder
	for _, f := range sound {
		if w.one(4) {
			b.WriteString(", " + f)
		}
	}
	for _, f := range odd {
		if w.one(60) {
			b.WriteString(", " + f)
		}
	}
	return b.String()
}

func (w *schemaWriter) object(depth int) string {
	kind, properties := w.kind("object"), fmt.Sprintf(`, "properties": { %s: %s, "r": %s }`, w.pick(`"p"`, `"s"`), w.schema(depth+1), w.schema(depth+1))
	required := w.or(words{"", "", `, "required": ["r"]`}, `, "required": ["p"]`)
	sets := w.or(words{"", "", "", `, "anyOf": [{ "required": ["r"] }]`, `, "oneOf": [{ "required": ["r"] }]`}, `, "oneOf": [{ "required": ["r"] }, { "required": ["p"] }]`, `, "anyOf": [{ "required": ["p"] }]`, `, "oneOf": [{ "required": ["r"] }, { "required": [] }]`)
	if w.one(4) {
		kind = w.or(words{`"type": "object"`, `"description": "Composed."`}, kind)
		properties = w.pick("", `, "properties": { "r": `+w.schema(depth+1)+` }`)
		if properties == "" {
			required, sets = w.pick("", `, "required": ["q"]`), ""
		}
		return kind + `, "allOf": [{ "$ref": "#/$defs/d" }]` + w.or(words{`, "unevaluatedProperties": false`, `, "x-open": true`}, `, "additionalProperties": false`, "") + properties + required + sets
	}
	return kind + w.or(words{`, "additionalProperties": false`, `, "x-open": true`}, "", `, "unevaluatedProperties": false`) + properties + required + sets
}

func (w *schemaWriter) union(depth int) string {
	if w.one(2) {
		const a, b, c, null = `{ "$ref": "#/$defs/a" }`, `{ "$ref": "#/$defs/b" }`, `{ "$ref": "#/$defs/c" }`, `{ "type": "null" }`
		branches := w.pick(a+", "+b, a+", "+b+", "+c, a+", "+c, a+", "+b+", "+null, a)
		return w.or(words{"", "", `"type": "object", `}, `"type": ["object", "null"], `) + `"x-discriminator": "k", "oneOf": [` + branches + `]`
	}
	sound := []string{`{ ` + w.kind("string") + ` }`, `{ "type": "integer", "minimum": 0 }`, `{ "type": "boolean" }`, `{ "type": "array", "items": ` + w.schema(depth+1) + ` }`, `{ ` + w.object(depth+1) + ` }`, `{ "type": "null" }`, "{ " + w.ref() + " }"}
	w.r.Shuffle(len(sound), func(i, j int) { sound[i], sound[j] = sound[j], sound[i] })
	branches := sound[:2+w.r.IntN(2)]
	if w.one(20) {
		branches = append(branches, w.schema(depth+1), `{ "type": "null" }`)
	}
	return w.or(words{""}, `"type": "object", `) + `"oneOf": [` + strings.Join(branches, ", ") + `]`
}

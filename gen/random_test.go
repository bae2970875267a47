package gen_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/shape"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

// compiledSchemas is how many of the accepted schemas are emitted and
// type-checked, too.
const compiledSchemas = 60

// TestRandomSchemas holds the front half of the generator to the verdict rule:
// whatever schema it accepts, it understands as the standard does. Schemas are
// put together at random, sense and nonsense; most are refused. Of the others
// the model, as package wire interprets it, is compared with a validator that
// reads the schema itself.
func TestRandomSchemas(t *testing.T) {
	check := newChecker(t)
	accepted, compared := 0, 0
	refusals := map[string]int{}
	count := 3000
	if os.Getenv("GATESMITH_SOAK") == "1" {
		count = 200000
	}
	for seed := range count {
		w := &writer{r: rand.New(rand.NewPCG(7, uint64(seed)))}
		text := w.file()
		files := map[string][]byte{"types/Box.json": []byte(text)}
		c := someCase(t)
		files["protocol.json"] = c.files["protocol.json"]
		tree, list := source.New(files, "schema")
		if len(list) > 0 {
			t.Fatal(list, text)
		}
		model, list := lower.Lower(tree)
		if len(list) > 0 {
			for _, d := range list {
				refusals[string(d.Rule)]++
			}
			continue
		}
		accepted++
		n, fault := disagreement(tree, model, files, uint64(seed))
		compared += n
		if fault != "" {
			t.Errorf("seed %d: %s", seed, fault)
		}
		if accepted <= compiledSchemas {
			emitted, err := emitter.Emit(model)
			if err != nil {
				t.Error(err)
			}
			check.files(t, emitted)
		}
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, text)
		}
	}
	t.Logf("%d of %d schemas accepted, %d values compared; refused for %v", accepted, count, compared, refusals)
	if accepted < count/20 {
		t.Errorf("only %d of %d schemas were accepted", accepted, count)
	}
}

// disagreement tries values on the type Box.
func disagreement(tree *source.Tree, model *ir.Protocol, files map[string][]byte, seed uint64) (n int, fault string) {
	folder := fstest.MapFS{}
	for name, data := range files {
		folder[name] = &fstest.MapFile{Data: data}
	}
	s := &oracle.Schema{Tree: tree, Model: model}
	modern, err := oracle.NewModern(s)
	if err != nil {
		return 0, err.Error()
	}
	var box *ir.Type
	for _, typ := range model.Types {
		if typ.Location == "types/Box.json#" {
			box = typ
		}
	}
	shapes := shape.Build(model)
	try := func(text []byte) {
		if fault != "" || oracle.Strictness(box, text, 60) != oracle.None {
			return
		}
		n++
		verdict, err := modern.Judge(box, text)
		if err != nil {
			fault = err.Error()
			return
		}
		issues := wire.Explain(text, wire.Strict, 60, shapes.Shapes, shapes.Place(ir.Use{Type: box}))
		if verdict.Valid != (len(issues) == 0) {
			fault = fmt.Sprintf("the standard says %v %v, the model %v, of %s", verdict.Valid, verdict.Faults, issues, text)
		}
	}
	g := &guesser{rand.New(rand.NewPCG(seed, 9))}
	for range 60 {
		try([]byte(g.value(box, 0)))
	}
	for _, v := range strays {
		try([]byte(`{"x":` + v + `}`))
	}
	return n, fault
}

// strays are values of every kind, and objects that some branch may want.
var strays = []string{"null", "true", "0", "1", "2", "-1", "1.5", `""`, `"a"`, `"b"`, `"aa"`, `"urn:a"`, "[]", "[1]", `["a"]`, "[null]", "[[]]", "{}",
	`{"k":"a"}`, `{"k":"b"}`, `{"k":"c"}`, `{"k":null}`, `{"k":1}`, `{"p":1}`, `{"p":"a","q":null}`, `{"r":"a"}`, `{"z":1}`}

// guesser makes values by the model, many of them wrong somewhere.
type guesser struct{ r *rand.Rand }

func (g *guesser) use(use ir.Use, depth int) string {
	if use.Nullable && g.r.IntN(4) == 0 {
		return "null"
	}
	return g.value(use.Type, depth)
}

func (g *guesser) value(t *ir.Type, depth int) string {
	stray := strays[g.r.IntN(len(strays))]
	if depth > 4 || depth > 0 && g.r.IntN(12) == 0 {
		return stray
	}
	switch {
	case t.Const != nil:
		return t.Const.JSON
	case t.Kind == ir.Enum && len(t.Enum.Values) > 0:
		return t.Enum.Values[g.r.IntN(len(t.Enum.Values))].Value.JSON
	case t.Kind == ir.Int || t.Kind == ir.Float:
		return strays[2+g.r.IntN(5)]
	case t.Kind == ir.String:
		return strays[7+g.r.IntN(5)]
	case t.Kind == ir.Bool:
		return "true"
	case t.Kind == ir.Array:
		var items []string
		for range g.r.IntN(3) {
			items = append(items, g.use(*t.Elem, depth+1))
		}
		return "[" + strings.Join(items, ",") + "]"
	case t.Kind == ir.Map && g.r.IntN(2) == 0:
		return `{"z":` + g.use(*t.Elem, depth+1) + `}`
	case t.Kind == ir.Struct:
		var members []string
		for _, f := range t.Fields {
			if f.Required || g.r.IntN(2) == 0 {
				members = append(members, fmt.Sprintf("%q:%s", f.Wire, g.use(f.Use, depth+1)))
			}
		}
		if g.r.IntN(8) == 0 {
			members = append(members, `"z":`+stray)
		}
		return "{" + strings.Join(members, ",") + "}"
	case t.Kind == ir.Union && len(t.Union.Variants) > 0:
		return g.value(t.Union.Variants[g.r.IntN(len(t.Union.Variants))].Type, depth+1)
	}
	return stray
}

// writer writes schemas at random.
type writer struct{ r *rand.Rand }

func (w *writer) one(of int) bool { return w.r.IntN(of) == 0 }

func (w *writer) pick(from ...string) string { return from[w.r.IntN(len(from))] }

func (w *writer) file() string {
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
	return fmt.Sprintf(`{ "title": "Box", "type": "object", "additionalProperties": false, "properties": { "x": %s, "y": %s },
  "$defs": {
%s } }`, w.schema(0), w.schema(1), strings.Join(defs, ",\n"))
}

// or takes one of the sound choices, and now and then one that is not.
func (w *writer) or(sound []string, odd ...string) string {
	if w.one(20) {
		return w.pick(odd...)
	}
	return w.pick(sound...)
}

type words = []string

// branch is what a tagged union can be made of.
func (w *writer) branch(tag string, open bool) string {
	kind, closing := fmt.Sprintf(`{ "type": "string", "const": %q }`, tag), `"additionalProperties": false`
	if open {
		kind = w.or(words{`{ "type": "string", "not": { "enum": ["a", "b"] } }`, `{ "type": "string", "not": { "enum": ["a"] } }`}, `{ "type": ["string", "null"], "not": { "enum": ["a", "b"] } }`)
		closing = w.or(words{`"x-open": true`}, `"additionalProperties": false`)
	}
	required := w.or(words{`"required": ["k"], `}, "", `"required": ["k", "p"], `)
	return fmt.Sprintf(`{ "type": %s, %s, %s"properties": { "p": %s, "k": %s } }`, w.or(words{`"object"`}, `["object", "null"]`), closing, required, w.schema(2), kind)
}

func (w *writer) fragment() string {
	return fmt.Sprintf(`{ "type": %s, "x-fragment": true, %s"properties": { "p": %s, "q": %s } }`,
		w.or(words{`"object"`}, `["object", "null"]`), w.or(words{"", `"required": ["p"], `, `"anyOf": [{ "required": ["p"] }, { "required": ["q"] }], `}, `"allOf": [{ "$ref": "#/$defs/d" }], `), w.schema(2), w.schema(2))
}

func (w *writer) ref() string { return `"$ref": "#/$defs/` + w.pick("a", "b", "c", "d") + `"` }

func (w *writer) schema(depth int) string { return "{ " + w.keywords(depth) + " }" }

// kind is a type keyword, which may allow null.
func (w *writer) kind(name string) string {
	if w.one(5) {
		return `"type": ["` + name + `", "null"]`
	}
	return `"type": "` + name + `"`
}

func (w *writer) keywords(depth int) string {
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
func (w *writer) some(sound []string, odd ...string) string {
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

func (w *writer) object(depth int) string {
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

func (w *writer) union(depth int) string {
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

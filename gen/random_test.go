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
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// TestRandomSchemas holds the front half of the generator to the verdict rule:
// whatever schema it accepts, it understands as the standard does. Schemas are
// put together at random, sense and nonsense; most are refused. Of the others
// the model, as package wire interprets it, is compared with a validator that
// reads the schema itself.
func TestRandomSchemas(t *testing.T) {
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
		for _, p := range []string{"protocol.json"} {
			files[p] = c.files[p]
		}
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
			t.Errorf("seed %d: %s\n%s", seed, fault, text)
			if t.Failed() {
				return
			}
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
	maker := specimen.NewMaker(seed)
	for range 6 {
		text := maker.Make(box)
		try(text)
	}
	r := rand.New(rand.NewPCG(seed, 9))
	for _, v := range []string{"null", "true", "0", "1", "-1", "1.5", `""`, `"a"`, `"b"`, "[]", "[1]", `["a"]`, "{}", `{"k":"a"}`, `{"k":"b"}`, `{"k":"c"}`, `{"k":null}`, `{"p":1}`, `{"p":"a","q":null}`, `{"p":null}`, `{"z":1}`, "[null]", `[[1]]`, `[{"k":"a"}]`} {
		try([]byte(`{"x":` + v + `}`))
		try([]byte(`{"x":` + v + `,"y":` + []string{"1", `"a"`, "null"}[r.IntN(3)] + `}`))
	}
	try([]byte("{}"))
	return n, fault
}

// writer writes schemas at random.
type writer struct{ r *rand.Rand }

func (w *writer) one(of int) bool { return w.r.IntN(of) == 0 }

func (w *writer) pick(from ...string) string { return from[w.r.IntN(len(from))] }

func (w *writer) file() string {
	var defs []string
	for _, name := range []string{"a", "b", "c", "d"} {
		s := w.schema(0)
		switch {
		case name == "a" && w.one(2):
			s = w.branch("a", false)
		case name == "b" && w.one(2):
			s = w.branch("b", false)
		case name == "c" && w.one(2):
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

// branch is what a tagged union can be made of.
func (w *writer) branch(tag string, open bool) string {
	kind := fmt.Sprintf(`{ "type": "string", "const": %q }`, tag)
	closing := `"additionalProperties": false`
	if open {
		kind = w.pick(`{ "type": "string", "not": { "enum": ["a", "b"] } }`, `{ "type": "string", "not": { "enum": ["a"] } }`, `{ "type": ["string", "null"], "not": { "enum": ["a", "b"] } }`)
		closing = w.pick(`"x-open": true`, `"x-open": true`, `"additionalProperties": false`)
	}
	required := w.pick(`"required": ["k"], `, `"required": ["k"], `, `"required": ["k"], `, "")
	return fmt.Sprintf(`{ "type": %s, %s, %s"properties": { "k": %s, "p": %s } }`, w.pick(`"object"`, `"object"`, `["object", "null"]`), closing, required, kind, w.schema(2))
}

func (w *writer) fragment() string {
	return fmt.Sprintf(`{ "type": %s, "x-fragment": true, %s"properties": { "p": %s, "q": %s } }`,
		w.pick(`"object"`, `"object"`, `["object", "null"]`), w.pick("", `"required": ["p"], `, `"allOf": [{ "$ref": "#/$defs/d" }], `), w.schema(2), w.schema(2))
}

func (w *writer) ref() string {
	return `"$ref": "#/$defs/` + w.pick("a", "b", "c", "d") + `"`
}

func (w *writer) schema(depth int) string { return "{ " + w.keywords(depth) + " }" }

func (w *writer) keywords(depth int) string {
	null := func(kind string) string {
		if w.one(4) {
			return `"type": ["` + kind + `", "null"]`
		}
		return `"type": "` + kind + `"`
	}
	forms := 14
	if depth > 2 {
		forms = 8
	}
	switch w.r.IntN(forms) {
	case 0:
		return null("string") + w.some(`"minLength": 1`, `"maxLength": 1`, `"pattern": "^a"`, `"format": "uri"`, `"minimum": 1`)
	case 1:
		return null("integer") + w.some(`"minimum": 0`, `"exclusiveMaximum": 2`, `"multipleOf": 2`, `"maxLength": 1`)
	case 2:
		return null("number") + w.some(`"exclusiveMinimum": 0`, `"maximum": 1.5`, `"multipleOf": 0.5`)
	case 3:
		return null("boolean")
	case 4:
		return w.pick(null("string")+", ", "") + `"enum": ` + w.pick(`["a", "b"]`, `["a", null]`, `["a"]`, `[1, 2]`, `["a", 1]`, "[null]")
	case 5:
		return w.pick(null("string")+", ", null("integer")+", ", "") + `"const": ` + w.pick(`"a"`, "1", "true", "1.5", "null")
	case 6:
		return w.ref() + w.some(`"default": "a"`, `"maxLength": 1`, `"title": "Q"`)
	case 7:
		return w.pick("", `"description": "Anything."`, null("object"), null("string")+`, "x-known": ["a"]`)
	case 8, 9:
		return w.object(depth, null("object"))
	case 10:
		return null("array") + fmt.Sprintf(`, "items": %s`, w.schema(depth+1)) + w.some(`"minItems": 1`, `"maxItems": 1`, `"uniqueItems": true`)
	case 11:
		return null("object") + fmt.Sprintf(`, "additionalProperties": %s`, w.pick(w.schema(depth+1), w.schema(depth+1), "false", "true")) + w.some(`"x-open": true`)
	case 12:
		return w.union(depth)
	}
	return `"anyOf": [` + w.pick(w.schema(depth+1), "{ "+w.ref()+" }") + `, ` + w.pick(`{ "type": "null" }`, `{ "type": "null" }`, `{ "type": "null", "enum": ["a"] }`, w.schema(depth+1)) + `]` + w.some(null("string"), `"title": "R"`)
}

// some adds a few of several keywords.
func (w *writer) some(from ...string) string {
	var b strings.Builder
	for _, f := range from {
		if w.one(3) {
			b.WriteString(", " + f)
		}
	}
	return b.String()
}

func (w *writer) object(depth int, kind string) string {
	var b strings.Builder
	b.WriteString(kind)
	if w.one(3) {
		b.WriteString(`, "allOf": [{ "$ref": "#/$defs/d" }]`)
		b.WriteString(w.pick(`, "unevaluatedProperties": false`, `, "unevaluatedProperties": false`, `, "x-open": true`, `, "additionalProperties": false`))
	} else {
		b.WriteString(w.pick(`, "additionalProperties": false`, `, "additionalProperties": false`, `, "x-open": true`, ""))
	}
	if !w.one(4) {
		fmt.Fprintf(&b, `, "properties": { %s: %s, "r": %s }`, w.pick(`"p"`, `"s"`), w.schema(depth+1), w.schema(depth+1))
	}
	b.WriteString(w.pick("", "", `, "required": ["p"]`, `, "required": ["r"]`))
	b.WriteString(w.pick("", "", "", `, "anyOf": [{ "required": ["p"] }, { "required": ["r"] }]`, `, "oneOf": [{ "required": ["p"] }, { "required": ["r"] }]`, `, "oneOf": [{ "required": ["r"] }]`))
	return b.String()
}

func (w *writer) union(depth int) string {
	if w.one(2) {
		branches := w.pick(`{ "$ref": "#/$defs/a" }, { "$ref": "#/$defs/b" }`, `{ "$ref": "#/$defs/a" }, { "$ref": "#/$defs/b" }, { "$ref": "#/$defs/c" }`,
			`{ "$ref": "#/$defs/a" }, { "$ref": "#/$defs/c" }`, `{ "$ref": "#/$defs/a" }, { "$ref": "#/$defs/b" }, { "type": "null" }`, `{ "$ref": "#/$defs/a" }`)
		return w.pick("", "", `"type": "object", `, `"type": ["object", "null"], `) + `"x-discriminator": "k", "oneOf": [` + branches + `]`
	}
	n := 2 + w.r.IntN(2)
	branches := make([]string, n)
	for k := range branches {
		branches[k] = w.pick(w.schema(depth+1), "{ "+w.ref()+" }", `{ "type": "null" }`)
	}
	return w.pick("", "", "", `"type": "object", `) + `"oneOf": [` + strings.Join(branches, ", ") + `]`
}

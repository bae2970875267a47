package shape

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const manifest = `{
  "name": "things", "version": 1,
  "roles": { "user": { "scoped": false, "description": "A person." } },
  "errors": { "NO": { "retryable": false, "description": "No." } },
  "runtimeErrors": { "refused": "NO", "unavailable": "NO" },
  "groups": [{ "name": "g", "description": "G." }],
  "limits": { "maxPayloadBytes": 10, "maxDepth": 5 }
}`

func build(t *testing.T, types map[string]string) (*ir.Protocol, *Table) {
	t.Helper()
	texts := map[string][]byte{"protocol.json": []byte(manifest)}
	for name, text := range types {
		texts["types/"+name+".json"] = []byte(`{ "title": "` + name + `", ` + text + ` }`)
	}
	tree, list := source.New(texts, "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatal(d)
	}
	return p, Build(p)
}

// shapeOf is the shape of a named type.
func shapeOf(t *testing.T, p *ir.Protocol, table *Table, name string) wire.Shape {
	t.Helper()
	for _, typ := range p.Types {
		if typ.Name.Pascal(nil) == name {
			return table.Shapes[table.ID(typ)]
		}
	}
	t.Fatalf("there is no type %s", name)
	return wire.Shape{}
}

// TestLeaves: what has no parts.
func TestLeaves(t *testing.T) {
	p, table := build(t, map[string]string{
		"Bool":   `"type": "boolean"`,
		"Text":   `"type": "string", "minLength": 1, "pattern": "^a", "format": "uri"`,
		"Size":   `"type": "integer", "minimum": -1, "multipleOf": 2`,
		"Share":  `"type": "number", "exclusiveMaximum": 1.50`,
		"Level":  `"enum": ["a", "b\"c"]`,
		"Number": `"type": "integer", "enum": [1, -2]`,
		"Mood":   `"type": "string", "x-known": ["a"], "minLength": 2`,
		"Always": `"const": 1.0`,
		"Object": `"type": "object"`,
		"Any":    `"description": "Anything."`,
	})
	for name, want := range map[string]wire.Shape{
		"Bool":   {Kind: wire.ShapeBool},
		"Text":   {Kind: wire.ShapeString, Checks: []wire.ShapeCheck{{Rule: "minLength", Limit: "1"}, {Rule: "pattern", Limit: "^a"}, {Rule: "format", Limit: "uri"}}},
		"Size":   {Kind: wire.ShapeInt, Checks: []wire.ShapeCheck{{Rule: "minimum", Limit: "-1"}, {Rule: "multipleOf", Limit: "2"}}},
		"Share":  {Kind: wire.ShapeFloat, Checks: []wire.ShapeCheck{{Rule: "exclusiveMaximum", Limit: "1.50"}}},
		"Level":  {Kind: wire.ShapeString, Enum: []string{`"a"`, `"b\"c"`}},
		"Number": {Kind: wire.ShapeInt, Enum: []string{"1", "-2"}},
		"Mood":   {Kind: wire.ShapeString, Checks: []wire.ShapeCheck{{Rule: "minLength", Limit: "2"}}},
		"Always": {Kind: wire.ShapeFloat, Enum: []string{"1.0"}, Const: true},
		"Object": {Kind: wire.ShapeObject},
		"Any":    {Kind: wire.ShapeAny},
	} {
		if got := shapeOf(t, p, table, name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, want %+v", name, got, want)
		}
	}
}

// TestParts: members, items and branches refer to shapes, recursion included.
func TestParts(t *testing.T) {
	p, table := build(t, map[string]string{
		"Tree": `"type": "object", "x-open": true, "required": ["up"], "anyOf": [{ "required": ["up"] }],
  "properties": { "up": { "anyOf": [{ "$ref": "Tree.json" }, { "type": "null" }] }, "all": { "type": "array", "items": { "$ref": "Tree.json" } }, "n": { "type": "integer" } }`,
		"Map":    `"type": "object", "additionalProperties": { "type": ["integer", "null"] }`,
		"Either": `"oneOf": [{ "type": "integer" }, { "$ref": "Tree.json" }]`,
		"Tagged": `"x-discriminator": "k", "oneOf": [{ "$ref": "#/$defs/a" }, { "$ref": "#/$defs/other" }], "$defs": {
    "a": { "type": "object", "additionalProperties": false, "required": ["k"], "properties": { "k": { "const": "a" } } },
    "other": { "type": "object", "x-open": true, "required": ["k"], "properties": { "k": { "type": "string", "not": { "enum": ["a"] } } } } }`,
		"Part": `"type": "object", "x-fragment": true, "properties": { "p": { "type": "boolean" } }`,
		"Full": `"allOf": [{ "$ref": "Part.json" }], "unevaluatedProperties": false`,
	})
	id := func(name string) wire.ShapeID {
		for _, typ := range p.Types {
			if typ.Name.Pascal(nil) == name {
				return table.ID(typ)
			}
		}
		t.Fatalf("there is no type %s", name)
		return wire.NoShape
	}
	tree := shapeOf(t, p, table, "Tree")
	if up := tree.Members[0]; up.Name != "up" || !up.Required || up.Place != (wire.Place{Shape: id("Tree"), Nullable: true}) {
		t.Errorf("up is %+v", up)
	}
	if all := tree.Members[1]; all.Required || table.Shapes[all.Place.Shape].Elem != (wire.Place{Shape: id("Tree")}) {
		t.Errorf("all is %+v", all)
	}
	if !tree.Open || len(tree.Sets) != 1 || tree.Sets[0].One || !reflect.DeepEqual(tree.Sets[0].Sets, [][]string{{"up"}}) {
		t.Errorf("Tree is %+v", tree)
	}
	integer := tree.Members[2].Place.Shape
	if m := shapeOf(t, p, table, "Map"); m.Kind != wire.ShapeMap || m.Elem != (wire.Place{Shape: integer, Nullable: true}) {
		t.Errorf("Map is %+v, plain integers are %d", m, integer)
	}
	if e := shapeOf(t, p, table, "Either"); e.Kind != wire.ShapeByKind || !reflect.DeepEqual(e.Kinds, []wire.ShapeID{integer, id("Tree")}) {
		t.Errorf("Either is %+v", e)
	}
	tagged := shapeOf(t, p, table, "Tagged")
	if tagged.Kind != wire.ShapeTagged || tagged.Tag != "k" || tagged.Rest != id("TaggedOther") || !reflect.DeepEqual(tagged.Variants, []wire.ShapeVariant{{Tag: "a", Shape: id("TaggedA")}}) {
		t.Errorf("Tagged is %+v", tagged)
	}
	rest := table.Shapes[shapeOf(t, p, table, "TaggedOther").Members[0].Place.Shape]
	if !rest.Except || !reflect.DeepEqual(rest.Enum, []string{`"a"`}) {
		t.Errorf("the tag of the open branch is %+v", rest)
	}
	if full := shapeOf(t, p, table, "Full"); len(full.Members) != 1 || full.Members[0].Name != "p" {
		t.Errorf("Full is %+v", full)
	}
}

// TestShared: plain values share a shape, and only those that are equal.
func TestShared(t *testing.T) {
	p, table := build(t, map[string]string{"Thing": `"type": "object", "additionalProperties": false, "properties": {
  "a": { "type": "string" }, "b": { "type": "string" }, "c": { "type": "string", "maxLength": 1 }, "d": { "type": "string", "maxLength": 1 },
  "e": { "type": "string", "pattern": "a\\} \\{minLength 1" }, "f": { "type": "string", "pattern": "a", "minLength": 1 }, "g": { "const": "a" }, "h": { "type": "string", "enum": ["a"] } }`})
	var ids []wire.ShapeID
	for _, m := range shapeOf(t, p, table, "Thing").Members {
		ids = append(ids, m.Place.Shape)
	}
	if ids[0] != ids[1] || ids[2] != ids[3] {
		t.Errorf("equal shapes are apart: %v", ids)
	}
	seen := map[wire.ShapeID]bool{}
	for _, k := range []int{0, 2, 4, 5, 6, 7} {
		if seen[ids[k]] {
			t.Errorf("different shapes are one: %v", ids)
		}
		seen[ids[k]] = true
	}
}

// TestTable: named types come first and in order, each id finds its type, and
// nothing refers beyond the end.
func TestTable(t *testing.T) {
	p, table := build(t, map[string]string{
		"B":    `"type": "array", "items": { "type": "array", "items": { "$ref": "A.json" } }`,
		"A":    `"type": "string"`,
		"Part": `"type": "object", "x-fragment": true, "properties": {}`,
	})
	var names []string
	for k, typ := range table.Types {
		if typ == nil {
			continue
		}
		if table.ID(typ) != wire.ShapeID(k) {
			t.Errorf("type %d has id %d", k, table.ID(typ))
		}
		names = append(names, typ.Name.Pascal(nil))
	}
	if got := strings.Join(names, " "); got != "A B " || len(table.Types) != len(table.Shapes) {
		t.Errorf("types %q, %d of %d", got, len(table.Types), len(table.Shapes))
	}
	if place := table.Place(ir.Use{}); place.Shape != wire.NoShape {
		t.Errorf("no type has shape %d", place.Shape)
	}
	again := Build(p)
	if !reflect.DeepEqual(again.Shapes, table.Shapes) {
		t.Error("built twice, the table differs")
	}
}

package dialect_test

import (
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/source"
)

// TestWalk: schemas are found under every keyword that holds some, and not in
// values that only look like them.
func TestWalk(t *testing.T) {
	f, list := source.Parse("x", "x", []byte(`{
		"properties": { "items": { "items": { "contentSchema": {} } }, "bad": 1 },
		"additionalProperties": false,
		"allOf": [{}, true], "anyOf": [{ "oneOf": [{}] }], "oneOf": "bad",
		"$defs": { "a": { "additionalProperties": {} } },
		"x-dialects": { "field": { "name": "n", "payload": {} }, "bad": [] },
		"x-errors": [{ "code": "A" }, { "details": {} }, 1],
		"not": { "enum": [] }, "default": { "items": {} }, "const": {}, "enum": [{}],
		"examples": [{ "properties": { "a": {} } }], "x-examples": [{ "params": { "items": {} } }], "x-ui": { "items": {} }
	}`))
	if len(list) > 0 {
		t.Fatal(list[0])
	}
	var got []string
	dialect.Walk(f.Root, func(n *source.Node) { got = append(got, n.Pointer()) })
	want := []string{"", "/properties/items", "/properties/items/items", "/properties/items/items/contentSchema",
		"/allOf/0", "/anyOf/0", "/anyOf/0/oneOf/0", "/$defs/a", "/$defs/a/additionalProperties",
		"/x-dialects/field/payload", "/x-errors/1/details"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	dialect.Walk(nil, func(*source.Node) { t.Error("found a schema in nothing") })
}

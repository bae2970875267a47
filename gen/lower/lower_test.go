package lower

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// What findings there are for which schema, the archives in gen/testdata show.
// These tests are about the model.

const manifest = `{
  "name": "things", "version": 3,
  "roles": { "user": { "scoped": true, "description": "A person." }, "lamp": { "scoped": false, "description": "A lamp." } },
  "scopes": {
    "a": { "role": "user", "description": "A." }, "b": { "role": "user", "implies": ["a"], "description": "B." },
    "c": { "role": "user", "implies": ["b", "c"], "description": "C." }, "all": { "role": "user", "implies": ["*"], "description": "All." }
  },
  "errors": { "NO": { "retryable": false, "description": "No." } },
  "runtimeErrors": { "refused": "NO", "unavailable": "NO" },
  "groups": [{ "name": "g", "description": "G." }],
  "initialisms": ["ID"],
  "limits": { "maxPayloadBytes": 10, "maxDepth": 5 }
}`

// model lowers files beside the manifest, without findings.
func model(t *testing.T, files map[string]string) *ir.Protocol {
	t.Helper()
	p, list := lowered(t, files)
	for _, d := range list {
		t.Fatal(d)
	}
	return p
}

func lowered(t *testing.T, files map[string]string) (*ir.Protocol, diag.List) {
	t.Helper()
	texts := map[string][]byte{"protocol.json": []byte(manifest)}
	for path, text := range files {
		texts[path] = []byte(text)
	}
	tree, list := source.New(texts, "schema")
	if len(list) > 0 {
		t.Fatal(list)
	}
	return Lower(tree)
}

// named finds a type by its name.
func named(t *testing.T, p *ir.Protocol, name string) *ir.Type {
	t.Helper()
	for _, typ := range p.Types {
		if typ.Name.Pascal(p.Initialisms) == name {
			return typ
		}
	}
	t.Fatalf("there is no type %s", name)
	return nil
}

// method is a method file of given params and result.
func method(wire, params, result string) string {
	return `{ "title": "` + strings.ToUpper(wire[:1]) + wire[1:] + `", "x-method": "` + wire + `", "x-role": ["user"], "x-scope": "a", "x-effect": "read",
  "$ref": "#/$defs/params", "$defs": { "params": ` + params + `, "result": ` + result + ` } }`
}

const empty = `{ "type": "object", "additionalProperties": false, "properties": {} }`

// TestPlaces: what is declared knows where, for findings and for docs.
func TestPlaces(t *testing.T) {
	p := model(t, map[string]string{"types/a/Thing.json": `{
  "title": "Thing",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "x/y~z": { "type": "string", "maxLength": 3 },
    "inner": {
      "type": "object", "additionalProperties": false, "properties": {} }
  }
}`})
	thing, inner := named(t, p, "Thing"), named(t, p, "ThingInner")
	odd := thing.Fields[0]
	for _, c := range []struct {
		what, got, want string
	}{
		{"a file", thing.Pos.String(), "schema/types/a/Thing.json:1:1"},
		{"its location", thing.Location, "types/a/Thing.json#"},
		{"a property is where its name stands", odd.Pos.String(), "schema/types/a/Thing.json:6:5"},
		{"its location is escaped", odd.Location, "types/a/Thing.json#/properties/x~1y~0z"},
		{"a limit", odd.Use.Type.Checks[0].Pos.String(), "schema/types/a/Thing.json:6:47"},
		{"a type in place", inner.Pos.String(), "schema/types/a/Thing.json:7:14"},
		{"its location", inner.Location, "types/a/Thing.json#/properties/inner"},
		{"the file it is of", inner.File, "types/a/Thing.json"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
}

// TestPointers: findings name the value, and not only its line.
func TestPointers(t *testing.T) {
	_, list := lowered(t, map[string]string{"types/Thing.json": `{ "title": "Thing", "type": "object", "additionalProperties": false,
  "properties": { "a/b": { "type": "string", "maxLenght": 3, "format": "email" }, "c": { "type": "array", "items": { "type": ["string", "integer"] } } } }`})
	var got []string
	for _, d := range list {
		got = append(got, string(d.Rule)+" "+d.Pointer)
	}
	want := []string{"KEYWORD_UNKNOWN /properties/a~1b/maxLenght", "KEYWORD_VALUE /properties/a~1b/format", "KEYWORD_UNSUPPORTED /properties/c/items/type"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestRecursion marks the types that contain themselves, however far around,
// and no others.
func TestRecursion(t *testing.T) {
	object := func(title, properties string) string {
		return `{ "title": "` + title + `", "type": "object", "additionalProperties": false, "properties": {` + properties + `} }`
	}
	p := model(t, map[string]string{
		"types/Self.json":   object("Self", `"s": { "$ref": "Self.json" }`),
		"types/List.json":   object("List", `"l": { "type": "array", "items": { "anyOf": [{ "$ref": "List.json" }, { "type": "null" }] } }`),
		"types/Ping.json":   object("Ping", `"p": { "type": "object", "additionalProperties": { "$ref": "Pong.json" } }`),
		"types/Pong.json":   object("Pong", `"p": { "$ref": "Ping.json" }`),
		"types/User.json":   object("User", `"s": { "$ref": "Self.json" }, "e": { "$ref": "Either.json" }`),
		"types/Either.json": `{ "title": "Either", "oneOf": [{ "type": "string" }, { "type": "array", "items": { "$ref": "Either.json" } }] }`,
		"types/Quoted.json": object("Quoted", `"text": { "type": "string", "contentMediaType": "application/json", "contentSchema": { "$ref": "Quoted.json" } }`),
	})
	var got []string
	for _, typ := range p.Types {
		if typ.Recursive {
			got = append(got, typ.Name.Pascal(nil))
		}
	}
	slices.Sort(got)
	if want := []string{"Either", "List", "Ping", "Pong", "Quoted", "Self"}; !slices.Equal(got, want) {
		t.Errorf("recursive: %q, want %q", got, want)
	}
}

// TestDirections: what leads to a type from clients and from the server.
func TestDirections(t *testing.T) {
	p := model(t, map[string]string{
		"types/In.json":   `{ "title": "In", "type": "string" }`,
		"types/Out.json":  `{ "title": "Out", "type": "string" }`,
		"types/Both.json": `{ "title": "Both", "type": "string" }`,
		"types/None.json": `{ "title": "None", "type": "string" }`,
		"types/Key.json":  `{ "title": "Key", "type": "string" }`,
		"types/Told.json": `{ "title": "Told", "type": "string" }`,
		"methods/g/do.json": method("do",
			`{ "type": "object", "additionalProperties": false, "properties": { "in": { "$ref": "../../types/In.json" }, "both": { "type": "array", "items": { "$ref": "../../types/Both.json" } } } }`,
			`{ "type": "array", "items": { "type": "object", "additionalProperties": false, "properties": { "out": { "$ref": "../../types/Out.json" }, "both": { "$ref": "../../types/Both.json" } } } }`),
		"events/told.json": `{ "title": "ToldEvent", "x-event": "told", "x-direction": "server", "x-role": ["user"], "x-scope": "a", "x-delivery": "ordered", "x-audience": ["peer"],
  "type": "object", "additionalProperties": false, "properties": { "told": { "$ref": "../types/Told.json" } } }`,
		"config/config.json": `{ "title": "Config", "type": "object", "additionalProperties": false, "properties": { "key": { "$ref": "../types/Key.json" } } }`,
	})
	for name, want := range map[string][2]bool{
		"In": {true, false}, "Out": {false, true}, "Both": {true, true}, "None": {}, "Key": {true, false}, "Told": {false, true},
		"DoParams": {true, false}, "ToldEvent": {false, true},
	} {
		if typ := named(t, p, name); typ.Inbound != want[0] || typ.Outbound != want[1] {
			t.Errorf("%s: inbound %v, outbound %v", name, typ.Inbound, typ.Outbound)
		}
	}
}

// TestHash: the same texts give the same hash in any order, and any change of
// a text or a path another.
func TestHash(t *testing.T) {
	files := map[string]string{"types/A.json": `{ "title": "A", "type": "string" }`, "types/B.json": `{ "title": "B", "type": "string" }`}
	first := model(t, files).Hash
	if len(first) != 64 {
		t.Errorf("hash %q", first)
	}
	for range 5 { // maps are read in another order each time
		if again := model(t, maps.Clone(files)).Hash; again != first {
			t.Fatalf("%s and %s for the same files", first, again)
		}
	}
	for what, changed := range map[string]map[string]string{
		"a space":       {"types/A.json": `{ "title": "A",  "type": "string" }`, "types/B.json": files["types/B.json"]},
		"another path":  {"types/C.json": files["types/A.json"], "types/B.json": files["types/B.json"]},
		"a file less":   {"types/A.json": files["types/A.json"]},
		"texts swapped": {"types/A.json": files["types/B.json"], "types/B.json": files["types/A.json"]},
	} {
		if model(t, changed).Hash == first {
			t.Errorf("%s does not change the hash", what)
		}
	}
}

// TestScopes: implications are closed over, without the scope itself.
func TestScopes(t *testing.T) {
	p := model(t, nil)
	for scope, want := range map[string]string{"a": "", "b": "a", "c": "b a", "all": "a b c"} {
		var got []string
		for _, s := range p.Scope(scope).Implies {
			got = append(got, s.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s implies %q, want %q", scope, got, want)
		}
	}
	if p.MinVersion != 3 || p.Canonical().Name != "canonical" || len(p.UnknownMethod.Roles) != 2 || p.Limits.MaxDepth != 5 {
		t.Errorf("what a manifest leaves out: %+v", p)
	}
}

// TestOrder: the model does not depend on the order of files or of uses.
func TestOrder(t *testing.T) {
	p := model(t, map[string]string{
		"types/Z.json":         `{ "title": "Z", "type": "string", "$defs": { "y": { "type": "string" }, "x": { "type": "string" } } }`,
		"types/A.json":         `{ "title": "A", "type": "object", "additionalProperties": false, "properties": { "z": { "$ref": "Z.json" }, "e": { "enum": ["q"] } } }`,
		"methods/g/later.json": method("later", empty, empty),
		"methods/g/first.json": method("first", empty, empty),
	})
	var types, methods []string
	for _, typ := range p.Types {
		types = append(types, typ.Name.Pascal(nil))
	}
	for _, m := range p.Methods {
		methods = append(methods, m.Wire)
	}
	if want := []string{"FirstParams", "FirstResult", "LaterParams", "LaterResult", "A", "AE", "Z", "ZY", "ZX"}; !slices.Equal(types, want) {
		t.Errorf("types %q, want %q", types, want)
	}
	if want := []string{"first", "later"}; !slices.Equal(methods, want) {
		t.Errorf("methods %q", methods)
	}
}

// TestNames: of types by their place.
func TestNames(t *testing.T) {
	p := model(t, map[string]string{
		"types/Thing.json": `{ "title": "Thing", "type": "object", "additionalProperties": false, "properties": {
  "mode": { "enum": ["a"] },
  "titled": { "title": "Own", "enum": ["b"] },
  "pinned": { "x-name": "Field", "enum": ["c"] },
  "list": { "type": "array", "items": { "enum": ["d"] } },
  "map": { "type": "object", "additionalProperties": { "enum": ["e"] } },
  "either": { "oneOf": [{ "type": "string", "enum": ["f"] }, { "type": "object", "additionalProperties": false, "properties": {} }] },
  "maybe": { "anyOf": [{ "enum": ["g"] }, { "type": "null" }] },
  "properties": { "type": "array", "items": { "enum": ["h"] } }
} }`,
		"methods/g/do.json": method("do", `{ "x-name": "DoIt", "type": "object", "additionalProperties": false, "properties": {} }`, empty),
		"events/do.json": `{ "title": "Do", "x-event": "do", "x-direction": "server", "x-role": ["user"], "x-scope": "a", "x-delivery": "ordered", "x-audience": ["peer"],
  "type": "object", "additionalProperties": false, "properties": {} }`,
	})
	var got []string
	for _, typ := range p.Types {
		got = append(got, typ.Name.Pascal(nil))
	}
	want := []string{"DoEvent", "DoIt", "DoResult", "Thing", "ThingMode", "Own", "ThingPinned", "ThingListItem", "ThingMapValue",
		"ThingEither", "ThingEitherString", "ThingEitherObject", "ThingMaybe", "ThingPropertiesItem"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if f := named(t, p, "Thing").Field("pinned"); f.Name.Pascal(nil) != "Field" {
		t.Errorf("pinned field %q", f.Name.Words())
	}
}

package lower

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/schema"
)

// The metaschemas repeat what this package knows: JSON Schema has no way to
// share a list of properties that is closed. These tests keep the lists in step.

// metaNode is a part of a metaschema.
type metaNode map[string]any

func metaschema(t *testing.T, name string) metaNode {
	t.Helper()
	text, err := schema.Files.ReadFile("meta/" + name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var n metaNode
	if err := json.Unmarshal(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// at walks down by member names; branches are numbers.
func (n metaNode) at(t *testing.T, keys ...any) metaNode {
	t.Helper()
	var v any = map[string]any(n)
	for _, k := range keys {
		switch k := k.(type) {
		case string:
			v = v.(map[string]any)[k]
		case int:
			v = v.([]any)[k]
		}
		if v == nil {
			t.Fatalf("the metaschema has nothing at %v of %v", k, keys)
		}
	}
	return v.(map[string]any)
}

func (n metaNode) keys() []string { return slices.Sorted(maps.Keys(n)) }

func (n metaNode) enum(key string) []string {
	var out []string
	for _, v := range n[key].([]any) {
		out = append(out, v.(string))
	}
	return out
}

func without(list []string, drop ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(k string) bool { return slices.Contains(drop, k) })
}

// TestMetaschemasKnowTheKeywords: each list of properties in the metaschemas is
// the one that this package allows at the same place, but for what another rule
// refuses there.
func TestMetaschemasKnowTheKeywords(t *testing.T) {
	anywhere := slices.Concat(annotations, constraintKeywords, []string{"$ref", "not"})
	dialect, config := metaschema(t, "dialect"), metaschema(t, "config")
	root := func(r role, drop ...string) []string {
		return slices.Concat(without(anywhere, drop...), rootKeywords[r])
	}
	for _, c := range []struct {
		place string
		meta  metaNode
		want  []string
	}{
		{"a schema", dialect.at(t, "$defs", "schema", "properties"), without(anywhere, "x-fragment")},
		{"a definition", dialect.at(t, "$defs", "definition", "properties"), without(anywhere, "default")},
		{"a type file", metaschema(t, "type").at(t, "properties"), root(roleType, "default")},
		{"a frame file", metaschema(t, "frame").at(t, "properties"), root(roleFrame, "default", "x-fragment")},
		// A payload is an object or a union, shown by x-examples.
		{"an event file", metaschema(t, "event").at(t, "properties"), root(roleEvent, "default", "x-fragment", "x-known", "examples", "x-secret")},
		{"a method file", metaschema(t, "method").at(t, "properties"), rootKeywords[roleMethod]},
		{"a configuration file", config.at(t, "properties"), append(root(roleConfig, "default"), configKeywords...)},
		{"a schema in a configuration file", config.at(t, "$defs", "schema", "properties"), append(without(anywhere, "x-fragment"), configKeywords...)},
		{"a definition in a configuration file", config.at(t, "$defs", "definition", "properties"), append(without(anywhere, "default"), configKeywords...)},
		{"what may not stand beside $ref", dialect.at(t, "$defs", "rules", "allOf", 0, "then", "properties"), append(slices.Clone(constraintKeywords), "not")},
		{"the manifest", metaschema(t, "protocol").at(t, "properties"), manifestKeys},
	} {
		want := slices.Compact(slices.Sorted(slices.Values(c.want)))
		if got := c.meta.keys(); !slices.Equal(got, want) {
			t.Errorf("%s: the metaschema has %q beyond this package, which has %q beyond the metaschema",
				c.place, without(got, want...), without(want, got...))
		}
	}
}

// TestMetaschemasReferToThemselves: an entry of a repeated list is a reference
// to the definition of its own name.
func TestMetaschemasReferToThemselves(t *testing.T) {
	for _, name := range []string{"dialect", "config", "type", "frame", "event", "method"} {
		meta := metaschema(t, name)
		lists := []metaNode{}
		if name != "dialect" {
			lists = append(lists, meta.at(t, "properties"))
		}
		if name == "dialect" || name == "config" {
			lists = append(lists, meta.at(t, "$defs", "schema", "properties"), meta.at(t, "$defs", "definition", "properties"))
		}
		for _, list := range lists {
			for key, value := range list {
				ref, isRef := value.(map[string]any)["$ref"].(string)
				if spelledOut := len(value.(map[string]any)) > 1; isRef && !spelledOut && !strings.HasSuffix(ref, "#/$defs/"+strings.Replace(key, "$ref", "ref", 1)) {
					t.Errorf("%s: %q refers to %q", name, key, ref)
				}
			}
		}
	}
}

// TestMetaschemasKnowTheValues: closed lists of words.
func TestMetaschemasKnowTheValues(t *testing.T) {
	dialect, config := metaschema(t, "dialect"), metaschema(t, "config")
	frame := metaschema(t, "frame").at(t, "properties", "x-frame", "properties")
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"formats", dialect.at(t, "$defs", "format").enum("enum"), Formats},
		{"encodings", dialect.at(t, "$defs", "contentEncoding").enum("enum"), encodings},
		{"reloads", config.at(t, "$defs", "x-reload").enum("enum"), reloads},
		{"hints", slices.Sorted(maps.Keys(config.at(t, "$defs", "x-ui", "properties"))), slices.Sorted(slices.Values(hintKeys))},
		{"kinds of frames", frame.at(t, "kind").enum("enum"), frameKinds},
		{"deliveries", metaschema(t, "event").at(t, "properties", "x-delivery", "anyOf", 0).enum("enum"), deliveries},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: the metaschema has %q, this package %q", c.what, c.got, c.want)
		}
	}
	var parts []string
	for _, kind := range frameKinds {
		parts = append(parts, frameParts[ir.FrameKind(kind)]...)
	}
	if got, want := without(frame.keys(), "kind"), slices.Compact(slices.Sorted(slices.Values(parts))); !slices.Equal(got, want) {
		t.Errorf("parts of frames: the metaschema has %q, this package %q", got, want)
	}
}

// TestKeywordsAreOfOneKind: no keyword is both allowed and left out.
func TestKeywordsAreOfOneKind(t *testing.T) {
	for _, k := range Refused() {
		if k != "not" && slices.Contains(Keywords(), k) { // not has one place
			t.Errorf("%q is a keyword of the dialect, and refused", k)
		}
	}
}

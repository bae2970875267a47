package format

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/source"
)

const (
	branchA = `"a": { "title": "A", "type": "object", "properties": { "kind": { "const": "a" } } }`
	branchB = `"b": { "title": "B", "type": "object", "properties": { "kind": { "const": "b" } } }`
	open    = `"other": { "title": "Other", "type": "object", "x-open": true, "properties": { "kind": { "type": "string", "not": { "enum": ["stale"] } } } }`
)

func union(refs ...string) string {
	for i, r := range refs {
		refs[i] = `{ "$ref": "` + r + `" }`
	}
	return `"x-discriminator": "kind", "oneOf": [` + strings.Join(refs, ", ") + `]`
}

// TestOpenBranch: the list of an open branch follows the other branches, and
// stays as it is where the union is not in order.
func TestOpenBranch(t *testing.T) {
	const defs = `, "$defs": { ` + branchA + `, ` + branchB + `, ` + open + ` }`
	inFile := func(union string) map[string]string {
		return map[string]string{"types/U.json": `{ ` + union + defs + ` }`}
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"in branch order", inFile(union("#/$defs/b", "#/$defs/a", "#/$defs/other")), `["b", "a"]`},
		{"one other branch", inFile(union("#/$defs/b", "#/$defs/other")), `["b"]`},
		{"no other branch", inFile(union("#/$defs/other")), `[]`},
		{"not last", inFile(union("#/$defs/other", "#/$defs/a")), `["stale"]`},
		{"branch without tag", inFile(union("#/$defs/a", "#/$defs", "#/$defs/other")), `["stale"]`},
		{"branch that is missing", inFile(union("#/$defs/a", "#/$defs/no", "#/$defs/other")), `["stale"]`},
		{"branch that goes round", inFile(union("#/oneOf/0", "#/$defs/other")), `["stale"]`},
		{"no discriminator", inFile(strings.Replace(union("#/$defs/a", "#/$defs/other"), "x-discriminator", "title", 1)), `["stale"]`},
		{"open branch elsewhere", map[string]string{
			"types/U.json":       `{ ` + union("#/$defs/a", "Through.json", "Other.json") + `, "$defs": { ` + branchA + ` } }`,
			"types/Through.json": `{ "$ref": "B.json" }`,
			"types/B.json":       branchB[len(`"b": `):],
			"types/Other.json":   open[len(`"other": `):],
		}, `["a", "b"]`},
		{"tag from a fragment", map[string]string{
			"types/U.json":        `{ ` + union("#/$defs/a", "#/$defs/other") + `, "$defs": { ` + branchA + `, "other": { "allOf": [{ "$ref": "Fragment.json" }] } } }`,
			"types/Fragment.json": `{ "x-fragment": true, "properties": { "kind": { "type": "string", "not": { "enum": ["stale"] } } } }`,
		}, `["a"]`},
	} {
		files := map[string][]byte{}
		for path, text := range c.files {
			files[path] = []byte(text)
		}
		tree, list := source.New(files, "schema")
		if len(list) > 0 {
			t.Fatal(list[0])
		}
		changed, err := Tree(tree)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		all := bytes.Join([][]byte{changed["types/U.json"], changed["types/Other.json"], changed["types/Fragment.json"]}, nil)
		if !bytes.Contains(all, []byte(`"not": { "enum": `+c.want+` }`)) {
			t.Errorf("%s: want the list %s:\n%s", c.name, c.want, all)
		}
		for path, text := range changed {
			files[path] = text
		}
		formatted, _ := source.New(files, "schema")
		if again, err := Tree(formatted); err != nil || len(again) != 0 {
			t.Errorf("%s: formatting the folder twice changes more: %v %q", c.name, err, again)
		}
	}
}

func TestTreeRefuses(t *testing.T) {
	shared := map[string][]byte{
		"types/A.json":     []byte(`{ "type": "object", "properties": { "kind": { "const": "a" } } }`),
		"types/B.json":     []byte(`{ "type": "object", "properties": { "kind": { "const": "b" } } }`),
		"types/Other.json": []byte(open[len(`"other": `):]),
		"types/U.json":     []byte(`{ ` + union("A.json", "Other.json") + ` }`),
		"types/V.json":     []byte(`{ ` + union("B.json", "Other.json") + ` }`),
	}
	for _, c := range []struct {
		files map[string][]byte
		want  string
	}{
		{shared, "schema/types/V.json:1:1: the unions here and at schema/types/U.json:1:1 have different tags but share their open branch at schema/types/Other.json:1:116: give each its own"},
		{map[string][]byte{"types/A.json": []byte("{")}, "schema/types/A.json:1:2: unexpected end of file"},
	} {
		tree, _ := source.New(c.files, "schema")
		if _, err := Tree(tree); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestUnchangedFilesAreLeftOut: what is written must be what changed.
func TestUnchangedFilesAreLeftOut(t *testing.T) {
	text, err := Format("types/A.json", []byte(`{"type":"string"}`))
	if err != nil {
		t.Fatal(err)
	}
	tree, _ := source.New(map[string][]byte{"types/A.json": text, "types/B.json": []byte(`{"type":"string"}`)}, "schema")
	changed, err := Tree(tree)
	if err != nil || len(changed) != 1 || changed["types/B.json"] == nil {
		t.Errorf("changed %q (%v)", changed, err)
	}
}

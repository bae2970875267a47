package gen_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/schema"
)

// The metaschemas are what editors check schema files with. They cannot see
// across files, so they refuse less than lint; but what lint accepts they
// accept, or people would be told two things.

const metaAddress = "https://gatesmith.test/meta/"

// metaschemas compiles those of the schema folder and gives the one for a path.
func metaschemas(t *testing.T) func(file string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	entries, err := fs.ReadDir(schema.Files, "meta")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := schema.Files.ReadFile("meta/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(metaAddress+e.Name(), parsed(t, text)); err != nil {
			t.Fatal(err)
		}
	}
	return func(file string) *jsonschema.Schema {
		t.Helper()
		folder, _, inFolder := strings.Cut(file, "/")
		name := strings.TrimSuffix(folder, "s")
		if !inFolder {
			name = strings.TrimSuffix(file, ".json")
		}
		s, err := c.Compile(metaAddress + name + ".schema.json")
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return s
	}
}

func parsed(t *testing.T, text []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestMetaschemasAcceptTheProtocol checks every file of the real tree.
func TestMetaschemasAcceptTheProtocol(t *testing.T) {
	meta := metaschemas(t)
	tree, list := source.Load(schema.Files, "schema")
	if len(list) > 0 || len(tree.Files) < 100 {
		t.Fatal(len(tree.Files), list)
	}
	for _, f := range tree.Files {
		if err := meta(f.Path).Validate(parsed(t, f.Data)); err != nil {
			t.Errorf("schema/%s: %v", f.Path, err)
		}
	}
}

// TestMetaschemasAcceptTheCases checks every file of the cases that the
// generator accepts.
func TestMetaschemasAcceptTheCases(t *testing.T) {
	meta := metaschemas(t)
	for _, c := range cases(t) {
		o := c.run(t)
		if len(o.findings) > 0 {
			continue
		}
		for _, f := range o.tree.Files {
			if err := meta(f.Path).Validate(parsed(t, f.Data)); err != nil {
				t.Errorf("%s: %s: %v", c, f.Path, err)
			}
		}
	}
}

// TestMetaschemasRefuse: a metaschema refuses what needs no other file to see.
func TestMetaschemasRefuse(t *testing.T) {
	meta := metaschemas(t)
	for _, fault := range []string{
		`"x-secrte": true`, `"minimum": 1`, `"if": {}`, `"format": "emial"`, `"$id": "x"`, `"default": "x"`, `"x-reload": "live"`, `"maxLength": -1`,
	} {
		text := fmt.Sprintf(`{ "title": "Thing", "description": "What is used.", "type": "string", %s }`, fault)
		if err := meta("types/Thing.json").Validate(parsed(t, []byte(text))); err == nil {
			t.Errorf("a type with %s is accepted", fault)
		}
	}
	method := `{ "title": "Use", "description": "Uses.", "x-method": "use", "x-role": ["user"], "x-scopes": "none" }`
	if err := meta("methods/things/use.json").Validate(parsed(t, []byte(method))); err == nil {
		t.Error("a method with x-scopes for x-scope is accepted")
	}
}

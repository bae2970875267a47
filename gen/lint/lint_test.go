package lint

import (
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// What each rule finds, the archives in gen/testdata/rules show. These tests
// are about exceptions and places.

var files = map[string]string{
	"protocol.json": `{
  "name": "things", "version": 1,
  "roles": { "user": { "scoped": false, "description": "A person." } },
  "errors": { "NO": { "retryable": false, "description": "No." } },
  "runtimeErrors": { "refused": "NO", "unavailable": "NO" },
  "groups": [{ "name": "g", "description": "G." }],
  "limits": { "maxPayloadBytes": 10, "maxDepth": 5 }
}`,
	"types/Base.json": `{ "title": "Base", "description": "Shared.", "type": "object", "x-fragment": true,
  "properties": { "any": { "description": "Anything." }, "size": { "type": "integer", "maximum": 3, "default": 5, "description": "How large." } } }`,
	"config/a.json": `{ "title": "A", "description": "One.", "allOf": [{ "$ref": "../types/Base.json" }], "unevaluatedProperties": false }`,
	"config/b.json": `{ "title": "B", "description": "Two.", "allOf": [{ "$ref": "../types/Base.json" }], "unevaluatedProperties": false,
  "properties": { "more": { "type": "array", "items": { "additionalProperties": {}, "type": "object" }, "description": "More." } },
  "examples": [{ "more": [{}] }, { "more": [7] }] }`,
}

func findings(t *testing.T, exceptions ...Exception) string {
	t.Helper()
	texts := map[string][]byte{}
	for path, text := range files {
		texts[path] = []byte(text)
	}
	tree, list := source.New(texts, "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatal(d)
	}
	var lines []string
	for _, d := range Lint(p, tree, exceptions) {
		at, _, _ := strings.Cut(d.String(), ": ")
		lines = append(lines, at+" "+string(d.Rule)+" "+d.Pointer)
	}
	return strings.Join(lines, "\n")
}

// A fragment's members are reported once, where they are declared.
const all = `schema/config/b.json:2:57 TYPE_NO_ANY /properties/more/items/additionalProperties
schema/config/b.json:3:45 EXAMPLE_VALID /examples/1/more/0
schema/types/Base.json:2:19 TYPE_NO_ANY /properties/any
schema/types/Base.json:2:101 DEFAULT_VALID /properties/size/default`

func TestFindings(t *testing.T) {
	if got := findings(t); got != all {
		t.Errorf("got\n%s\nwant\n%s", got, all)
	}
}

// TestExceptions: one allows what it names, all of it and nothing else.
func TestExceptions(t *testing.T) {
	allow := func(rule diag.Rule, at string) Exception {
		return Exception{Rule: rule, At: at, Reason: "a reason", Pos: diag.Pos{File: "gatesmith.json", Line: 7, Col: 1}}
	}
	unused := "gatesmith.json:7:1 EXCEPTION_UNUSED "
	if got, want := findings(t, allow(diag.TypeNoAny, "types/Base.json#/properties/any")), strings.Replace(all, "schema/types/Base.json:2:19 TYPE_NO_ANY /properties/any\n", "", 1); got != want {
		t.Errorf("one exception:\n%s", got)
	}
	for what, e := range map[string]Exception{
		"another place":         allow(diag.TypeNoAny, "types/Base.json#/properties/size"),
		"another rule":          allow(diag.DocRequired, "types/Base.json#/properties/any"),
		"a part of the pointer": allow(diag.TypeNoAny, "types/Base.json#/properties"),
		"another file":          allow(diag.TypeNoAny, "types/Bas.json#/properties/any"),
		"the shown path":        allow(diag.TypeNoAny, "schema/types/Base.json#/properties/any"),
		"no rule at all":        allow("NO_SUCH_RULE", "types/Base.json#/properties/any"),
	} {
		if got, want := findings(t, e), unused+"\n"+all; got != want {
			t.Errorf("%s:\n%s", what, got)
		}
	}
	twice := allow(diag.TypeNoAny, "types/Base.json#/properties/any")
	if got := findings(t, twice, twice); !strings.HasPrefix(got, unused) {
		t.Errorf("the second of two equal exceptions is not needed:\n%s", got)
	}
	if got := findings(t,
		allow(diag.TypeNoAny, "types/Base.json#/properties/any"), allow(diag.DefaultValid, "types/Base.json#/properties/size/default"),
		allow(diag.TypeNoAny, "config/b.json#/properties/more/items/additionalProperties"), allow(diag.ExampleValid, "config/b.json#/examples/1/more/0"),
	); got != "" {
		t.Errorf("everything is allowed:\n%s", got)
	}
}

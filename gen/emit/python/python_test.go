package python

import (
	"os"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// What is emitted, the archives in testdata show. These tests are about what no
// archive can show, because nothing is emitted, or too much.

const manifest = `{
  "name": "things", "version": 1,
  "roles": { "user": { "scoped": false, "description": "A person." } },
  "errors": { "NO": { "retryable": false, "description": "No." } },
  "runtimeErrors": { "refused": "NO", "unavailable": "NO" },
  "groups": [{ "name": "g", "description": "G." }],
  "limits": { "maxPayloadBytes": 10, "maxDepth": 5 }
}`

// TestCollisions: names that the schema tells apart may be one in Python.
func TestCollisions(t *testing.T) {
	event := func(title, name string) []byte {
		return []byte(`{ "title": "` + title + `", "x-event": "` + name + `", "x-direction": "server", "x-role": ["user"], "x-scope": "none",
  "x-delivery": "ordered", "x-audience": ["broadcast"], "type": "object", "additionalProperties": false, "properties": {} }`)
	}
	_, err := emitted(t, map[string][]byte{"protocol.json": []byte(manifest),
		"events/said.json": event("Said", "said"), "events/said.event.json": event("SaidEvent", "said.event")})
	const want = "schema/events/said.event.json:1:1: SAID would be declared twice in Python: give one another title, or pin a name with x-name (NAME_COLLISION)"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestNamesThatAreTaken: a union may be called like the constant that reads it.
func TestNamesThatAreTaken(t *testing.T) {
	files, err := emitted(t, map[string][]byte{"protocol.json": []byte(strings.Replace(manifest, `"version"`, `"initialisms": ["ID"], "version"`, 1)),
		"types/ID.json": []byte(`{ "title": "ID", "oneOf": [{ "type": "string" }, { "type": "number" }] }`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Path == "types.py" && !strings.Contains(string(f.Data), "\nID_: Final[Codec[ID]] = Codec(TABLE, 0)\n") {
			t.Errorf("%s", f.Data)
		}
	}
}

// TestDocstrings: what stands in a description ends no docstring.
func TestDocstrings(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "",
		"A lamp.":             "\"\"\"A lamp.\"\"\"\n",
		`Ends in "it"`:        "\"\"\"Ends in \"it\\\"\"\"\"\n",
		`C:\new """x""".`:     "\"\"\"C:\\\\new \\\"\\\"\\\"x\\\"\\\"\\\".\"\"\"\n",
		"One.\n\nTwo.":        "\"\"\"One.\n\nTwo.\n\"\"\"\n",
		longText + ` ends it`: `"""` + longText + "\nends it\n\"\"\"\n",
	} {
		p := &emit.Printer{Unit: "    "}
		docstring(p, text)
		if have := string(p.Bytes()); have != want {
			t.Errorf("%q gives %q, want %q", text, have, want)
		}
	}
}

var longText = strings.TrimSpace(strings.Repeat("a word ", 14))

// TestRuntimeKnowsEveryCheck: the wire package has a text for each limit, and
// each kind of shape.
func TestRuntimeKnowsEveryCheck(t *testing.T) {
	const runtime = "../../../client/python/src/gatesmith_client/wire/"
	texts, err := os.ReadFile(runtime + "issues.py")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range ir.CheckKinds {
		if !strings.Contains(string(texts), `"`+string(kind)+`": `) {
			t.Errorf("issues.py has no text for %s", kind)
		}
	}
	shapes, err := os.ReadFile(runtime + "shapes.py")
	if err != nil {
		t.Fatal(err)
	}
	for kind := wire.ShapeAny; kind <= wire.ShapeByKind; kind++ {
		if kinds[kind] == "" || !strings.Contains(string(shapes), "    "+kinds[kind]+" = ") {
			t.Errorf("shapes.py has no kind %q (%d)", kinds[kind], kind)
		}
	}
}

package golang

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// What is emitted, the archives in gen/testdata show. These tests are about
// what no archive can show, because nothing is emitted, or too much.

// emitted lowers and emits a protocol of the given types.
func emitted(t *testing.T, types map[string]string) (map[string]string, error) {
	t.Helper()
	texts := map[string][]byte{"protocol.json": []byte(`{
  "name": "things", "version": 1,
  "roles": { "user": { "scoped": false, "description": "A person." } },
  "errors": { "NO": { "retryable": false, "description": "No." } },
  "runtimeErrors": { "refused": "NO", "unavailable": "NO" },
  "groups": [{ "name": "g", "description": "G." }],
  "limits": { "maxPayloadBytes": 10, "maxDepth": 5 }
}`)}
	for title, text := range types {
		texts["types/"+title+".json"] = []byte(`{ "title": "` + title + `", ` + text + ` }`)
	}
	tree, list := source.New(texts, "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatal(d)
	}
	files, err := Emitter{Package: "things", Import: "example.test/things", Wire: "github.com/gatesmith/gatesmith/protocol/wire"}.Emit(p)
	out := map[string]string{}
	for _, f := range files {
		out[f.Path] = string(f.Data)
	}
	return out, err
}

// TestCollisions: a type may be called like something that generated code
// declares itself. That is found here, with the place of the type.
func TestCollisions(t *testing.T) {
	const object = `"type": "object", "additionalProperties": false, "properties": {}`
	for _, c := range []struct {
		types map[string]string
		want  string
	}{
		{map[string]string{"Event": object}, "schema/types/Event.json:1:1: Event would be declared twice in Go, in types.go and in events.go: give the type another title, or pin a name with x-name (NAME_COLLISION)"},
		{map[string]string{"Grant": object}, "schema/types/Grant.json:1:1: Grant would"},
		{map[string]string{"RoleUser": object}, "schema/types/RoleUser.json:1:1: RoleUser would"},
		{map[string]string{"Tone": `"enum": ["sharp"]`, "ToneSharp": object}, "schema/types/ToneSharp.json:1:1: ToneSharp would"},
		{map[string]string{"Tone": `"enum": ["kind-a"]`, "ToneKind": `"enum": ["a"]`}, "schema/types/ToneKind.json:1:1: ToneKindA would"},
	} {
		_, err := emitted(t, c.types)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v: %v", c.types, err)
		}
	}
	if _, err := emitted(t, map[string]string{"String": object, "Wire": object, "Bool": object, "Context": object}); err != nil {
		t.Errorf("names of packages and builtins are no collisions: %v", err)
	}
}

// TestManyPatterns: there are more patterns than letters.
func TestManyPatterns(t *testing.T) {
	var properties []string
	for k := range 60 {
		properties = append(properties, fmt.Sprintf(`"p%d": { "type": "string", "pattern": "^a{%d}$" }`, k, k))
	}
	files, err := emitted(t, map[string]string{"Thing": `"type": "object", "additionalProperties": false, "properties": {` + strings.Join(properties, ",") + `}`})
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]string{"patternA": "^a{0}$", "patternZ": "^a{25}$", "patternAA": "^a{26}$", "patternAZ": "^a{51}$", "patternBA": "^a{52}$"} {
		if want := fmt.Sprintf("var %s = wire.NewPattern(%q)", name, src); !strings.Contains(files["decode.go"], want) {
			t.Errorf("%s is not there", want)
		}
	}
}

func TestLetters(t *testing.T) {
	seen := map[string]bool{}
	for k := range 26 + 26*26 + 26 {
		if l := letters(k); seen[l] {
			t.Fatalf("%s twice, at %d", l, k)
		} else {
			seen[l] = true
		}
	}
	if !seen["ZZ"] || !seen["AAA"] || !seen["AAZ"] || seen["ABA"] {
		t.Error("A to Z, AA to ZZ, AAA to AAZ")
	}
}

// TestComments: descriptions become Go doc comments.
func TestComments(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{sentence("Lamp", "A lamp."), "Lamp is a lamp."},
		{sentence("Lamp", "The URL of it."), "Lamp is the URL of it."},
		{sentence("Lamp", "What is used."), "Lamp: What is used."},
		{sentence("Lamp", ""), "Lamp is declared by the schema."},
		{action("ChatSend", "Sends a message."), "ChatSend sends a message."},
		{action("Fly", "Flies."), "Fly flies."},
		{action("TTSConvert", "TTS, as a file."), "TTSConvert: TTS, as a file."},
		{action("Get", "A thing."), "Get is a thing."},
		{firstSentence("One. Two."), "One."},
		{firstSentence("Version 1.5 of it"), "Version 1.5 of it"},
		{indefinite("Answer"), "an Answer"},
		{indefinite("Lamp"), "a Lamp"},
		{doc("one\n\ntwo"), "// one\n// \n// two"},
		{doc(strings.Repeat("word ", 30)), "// " + strings.TrimSpace(strings.Repeat("word ", 19)) + "\n// " + strings.TrimSpace(strings.Repeat("word ", 11))},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

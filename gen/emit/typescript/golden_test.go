package typescript

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/emittest"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/schema"
)

var emitter = Emitter{Wire: "../lib/wire/index.js", Base: "../lib/connection.js"}

func TestGolden(t *testing.T) { emittest.Golden(t, emitter, "want") }

// TestSameBytesOfTheProtocol emits the real protocol twice from two readings.
func TestSameBytesOfTheProtocol(t *testing.T) {
	read := func() []emit.File {
		tree, list := source.Load(schema.Files, "schema")
		p, more := lower.Lower(tree)
		for _, d := range append(list, more...) {
			t.Fatal(d)
		}
		return emittest.Emit(t, emitter, p)
	}
	first, second := read(), read()
	for k := range first {
		if !bytes.Equal(first[k].Data, second[k].Data) {
			t.Errorf("%s differs from one time to the next", first[k].Path)
		}
	}
}

// TestEveryCheckIsKnown: the runtime has every kind of limit, in its types and
// in its texts.
func TestEveryCheckIsKnown(t *testing.T) {
	for _, path := range []string{"shape.js", "issue.js"} {
		text, err := os.ReadFile("../../../client/typescript/lib/wire/" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range ir.CheckKinds {
			if !bytes.Contains(text, []byte(`"`+kind+`"`)) && !bytes.Contains(text, []byte("  "+kind+": ")) {
				t.Errorf("%s does not know %s", path, kind)
			}
		}
	}
}

// TestCollisions: names that TypeScript would see twice are refused at their
// place.
func TestCollisions(t *testing.T) {
	tree, list := source.Load(schema.Files, "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatal(d)
	}
	p.Methods = append(p.Methods, p.Methods[1])
	_, err := emitter.Emit(p)
	if err == nil || !strings.Contains(err.Error(), "method health would be declared twice in TypeScript") || !strings.Contains(err.Error(), "health.json:1:1") {
		t.Errorf("error is %v", err)
	}
}

// TestIdentifiers: words that JavaScript keeps for itself get another name, and
// members that are no identifiers are quoted.
func TestIdentifiers(t *testing.T) {
	if got := identifier("delete"); got != "delete_" {
		t.Errorf("delete became %s", got)
	}
	for name, want := range map[string]string{"a": "a", "a-b": `"a-b"`, "": `""`, "1": `"1"`, "$x": "$x", "é\n\"": `"é\n\""`} {
		if got := key(name); got != want {
			t.Errorf("%q is written %s, want %s", name, got, want)
		}
	}
}

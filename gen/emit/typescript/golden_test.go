package typescript

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/schema"
)

var update = flag.Bool("update", false, "rewrite the modules in testdata")

var emitter = Emitter{Wire: "../lib/wire/index.js", Base: "../lib/connection.js"}

// TestGolden compares the modules of small protocols with those in testdata. An
// archive has the schema's files under schema/ and the modules under want/.
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in testdata: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { golden(t, name) })
	}
}

func golden(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sources, want := map[string][]byte{}, map[string][]byte{}
	var kept []txtar.File
	for _, f := range archive.Files {
		if p, made := strings.CutPrefix(f.Name, "want/"); made {
			want[p] = f.Data
			continue
		}
		sources[strings.TrimPrefix(f.Name, "schema/")] = f.Data
		kept = append(kept, f)
	}
	files := emitted(t, model(t, sources))
	for _, f := range files {
		if *update {
			kept = append(kept, txtar.File{Name: "want/" + f.Path, Data: f.Data})
		} else if !bytes.Equal(f.Data, want[f.Path]) {
			t.Errorf("%s is not as in %s (-update rewrites it):\n%s", f.Path, name, f.Data)
		}
		delete(want, f.Path)
	}
	// The map gave the files in another order.
	for k, f := range emitted(t, model(t, sources)) {
		if !bytes.Equal(f.Data, files[k].Data) {
			t.Errorf("%s differs from one time to the next", f.Path)
		}
	}
	if *update {
		archive.Files = kept
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for path := range want {
		t.Errorf("%s has %s, which is not emitted", name, path)
	}
}

func model(t *testing.T, files map[string][]byte) *ir.Protocol {
	t.Helper()
	tree, list := source.New(files, "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatalf("%v: %s", d.Pos, d.Message)
	}
	return p
}

func emitted(t *testing.T, p *ir.Protocol) []emit.File {
	t.Helper()
	files, err := emitter.Emit(p)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSameBytesOfTheProtocol emits the real protocol twice from two readings.
func TestSameBytesOfTheProtocol(t *testing.T) {
	read := func() []emit.File {
		tree, list := source.Load(schema.Files, "schema")
		p, more := lower.Lower(tree)
		for _, d := range append(list, more...) {
			t.Fatal(d)
		}
		return emitted(t, p)
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

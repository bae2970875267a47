package python

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

var update = flag.Bool("update", false, "rewrite the modules in testdata")

// TestGolden compares the modules of small protocols with those in testdata. An
// archive has the schema's files under schema/ and the modules under python/.
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
	files, want := map[string][]byte{}, map[string][]byte{}
	var kept []txtar.File
	for _, f := range archive.Files {
		if p, isModule := strings.CutPrefix(f.Name, "python/"); isModule {
			want[p] = f.Data
			continue
		}
		files[strings.TrimPrefix(f.Name, "schema/")] = f.Data
		kept = append(kept, f)
	}
	modules, err := emitted(t, files)
	if err != nil {
		t.Fatal(err)
	}
	again, err := emitted(t, files) // in another order of a map
	if err != nil {
		t.Fatal(err)
	}
	for k, m := range modules {
		if !bytes.Equal(m.Data, again[k].Data) {
			t.Errorf("%s differs from one time to the next", m.Path)
		}
		if *update {
			kept = append(kept, txtar.File{Name: "python/" + m.Path, Data: m.Data})
		} else if !bytes.Equal(m.Data, want[m.Path]) {
			t.Errorf("%s is not as in %s (-update rewrites it):\n%s", m.Path, name, m.Data)
		}
		delete(want, m.Path)
	}
	if *update {
		archive.Files = kept
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for module := range want {
		t.Errorf("%s has module %s, which is not emitted", name, module)
	}
}

// emitted lowers and emits the files of a schema.
func emitted(t *testing.T, files map[string][]byte) ([]emit.File, error) {
	t.Helper()
	tree, list := source.New(files, "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatalf("%v: %s", d.Pos, d.Message)
	}
	return Emitter{Wire: "gatesmith_client.wire"}.Emit(p)
}

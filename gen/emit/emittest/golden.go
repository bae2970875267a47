// Package emittest holds emitters to archives of what they are to emit.
package emittest

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

var update = flag.Bool("update", false, "rewrite the emitted files in testdata")

// Golden compares what an emitter makes of small protocols with the archives
// testdata/*.txtar, which have the schema's files under schema/ and the emitted
// ones under folder. Each protocol is read and emitted twice, which has to give
// the same bytes.
func Golden(t *testing.T, e emit.Emitter, folder string) {
	t.Helper()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in testdata: %v", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { golden(t, e, folder+"/", path) })
	}
}

func golden(t *testing.T, e emit.Emitter, folder, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sources, want := map[string][]byte{}, map[string][]byte{}
	var kept []txtar.File
	for _, f := range archive.Files {
		if name, made := strings.CutPrefix(f.Name, folder); made {
			want[name] = f.Data
			continue
		}
		sources[strings.TrimPrefix(f.Name, "schema/")] = f.Data
		kept = append(kept, f)
	}
	files, again := Emit(t, e, Model(t, sources)), Emit(t, e, Model(t, sources)) // maps give the files in another order
	for k, f := range files {
		if !bytes.Equal(f.Data, again[k].Data) {
			t.Errorf("%s differs from one time to the next", f.Path)
		}
		if *update {
			kept = append(kept, txtar.File{Name: folder + f.Path, Data: f.Data})
		} else if !bytes.Equal(f.Data, want[f.Path]) {
			t.Errorf("%s is not as in %s (-update rewrites it):\n%s", f.Path, path, f.Data)
		}
		delete(want, f.Path)
	}
	if *update {
		archive.Files = kept
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Errorf("%s has %s, which is not emitted", path, name)
	}
}

// Model reads the files of a schema, which must be in order.
func Model(t *testing.T, files map[string][]byte) *ir.Protocol {
	t.Helper()
	tree, list := source.New(files, "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatalf("%v: %s", d.Pos, d.Message)
	}
	return p
}

// Emit emits a protocol, which must succeed.
func Emit(t *testing.T, e emit.Emitter, p *ir.Protocol) []emit.File {
	t.Helper()
	files, err := e.Emit(p)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

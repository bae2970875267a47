package reference

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

var update = flag.Bool("update", false, "rewrite the pages in testdata")

// TestGolden compares the pages of small protocols with those in testdata. An
// archive has the schema's files under schema/ and the pages under docs/.
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
		if p, isPage := strings.CutPrefix(f.Name, "docs/"); isPage {
			want[p] = f.Data
			continue
		}
		files[strings.TrimPrefix(f.Name, "schema/")] = f.Data
		kept = append(kept, f)
	}
	tree, list := source.New(files, "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatalf("%v: %s", d.Pos, d.Message)
	}
	pages := emitted(t, p)
	for _, pg := range pages {
		if *update {
			kept = append(kept, txtar.File{Name: "docs/" + pg.Path, Data: pg.Data})
		} else if !bytes.Equal(pg.Data, want[pg.Path]) {
			t.Errorf("%s is not as in %s (-update rewrites it):\n%s", pg.Path, name, pg.Data)
		}
		delete(want, pg.Path)
	}
	if *update {
		archive.Files = kept
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for page := range want {
		t.Errorf("%s has page %s, which is not emitted", name, page)
	}
}

package bundle

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
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/source"
)

var update = flag.Bool("update", false, "rewrite the expected bundles in testdata")

// TestGolden runs the archives in testdata: schema files in, both bundles out.
// A manifest is added where the case has none.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { golden(t, path) })
	}
}

func golden(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	var in []txtar.File
	want := map[string][]byte{}
	for _, f := range archive.Files {
		if out, isOutput := strings.CutPrefix(f.Name, "want/"); isOutput {
			want[out] = f.Data
			continue
		}
		files[f.Name] = string(f.Data)
		in = append(in, f)
	}
	tree := treeOf(t, files)
	p := lowered(t, tree)
	for _, emitter := range []emit.Emitter{Source{Tree: tree}, Old{}} {
		out, err := emitter.Emit(p)
		if err != nil || len(out) != 1 {
			t.Fatal(out, err)
		}
		file, data := out[0].Path, out[0].Data
		if *update {
			in = append(in, txtar.File{Name: "want/" + file, Data: data})
		} else if !bytes.Equal(data, want[file]) {
			t.Errorf("%s differs (-update rewrites it):\n%s", file, data)
		}
	}
	if *update {
		out := txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: in})
		if err := os.WriteFile(path, out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	agree(t, tree, p)
}

// agree checks a case's bundles as the real schema's are checked.
func agree(t *testing.T, tree *source.Tree, p *ir.Protocol) {
	t.Helper()
	at07, at2020 := oracles(t, tree, p)
	for _, typ := range p.Types {
		if !typ.Fragment {
			at07("/definitions/" + typ.Name.Pascal(p.Initialisms))
			at2020(inBundle(typ.Location))
		}
	}
	for _, x := range examples(p) {
		old, modern := at07(x.where), at2020(inBundle(x.from))
		for _, value := range append(damage(t, x.value), x.value) {
			if a, b := old(value), modern(value); (a == nil) != (b == nil) {
				t.Errorf("%s:\n%s\ndraft-07: %v\n2020-12: %v", x.purpose, value, a, b)
			}
		}
		if err := modern(x.value); err != nil {
			t.Errorf("%s: %v", x.purpose, err)
		}
	}
	data, err := Draft2020(tree)
	if err != nil {
		t.Fatal(err)
	}
	split, err := Split(data)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := source.New(split, "schema")
	if where := differ(p, lowered(t, again)); where != "" {
		t.Errorf("the model came back changed at %s", where)
	}
}

// TestSameBytes: the order in which files are read does not matter, and the
// same model gives the same bytes.
func TestSameBytes(t *testing.T) {
	tree, p := realSchema(t)
	first, err := Draft07(p)
	if err != nil {
		t.Fatal(err)
	}
	shuffled := map[string][]byte{}
	for _, f := range tree.Files {
		shuffled[f.Path] = f.Data
	}
	again, _ := source.New(shuffled, "schema")
	if second, err := Draft07(lowered(t, again)); err != nil || !bytes.Equal(first, second) {
		t.Errorf("draft-07 differs for the same files (%v)", err)
	}
	a, _ := Draft2020(tree)
	if b, err := Draft2020(again); err != nil || !bytes.Equal(a, b) {
		t.Errorf("2020-12 differs for the same files (%v)", err)
	}
}

func TestOneNameTwice(t *testing.T) {
	p := &ir.Protocol{Types: []*ir.Type{
		{Meta: ir.Meta{Name: name.Split("a b")}, Kind: ir.Bool},
		{Meta: ir.Meta{Name: name.Split("a B")}, Kind: ir.Bool},
	}}
	if _, err := Draft07(p); err == nil || !strings.Contains(err.Error(), `type "AB" has the same name`) {
		t.Errorf("got %v", err)
	}
}

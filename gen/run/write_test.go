package run

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// plan loads and plans a project without findings.
func plan(t *testing.T, dir string) *Plan {
	t.Helper()
	p := Open(dir, "")
	m, list := p.Load()
	if len(list) > 0 {
		t.Fatal(lines(list))
	}
	out, err := p.Plan(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func states(list []Difference) []string {
	var out []string
	for _, d := range list {
		out = append(out, string(d.State)+" "+d.Path)
	}
	return out
}

// TestWrite: only what differs is written, and only what was generated is
// removed.
func TestWrite(t *testing.T) {
	dir := project(t, `{`+outputs+`,`+exceptions+`}`)
	first, err := plan(t, dir).Write()
	if err != nil || len(first) < 10 {
		t.Fatalf("%d files were written: %v, %v", len(first), states(first), err)
	}
	if !slices.IsSortedFunc(first, func(a, b Difference) int { return strings.Compare(a.Path, b.Path) }) {
		t.Errorf("files were not written in order: %v", states(first))
	}
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	for _, d := range first {
		if err := os.Chtimes(d.path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := plan(t, dir).Write(); err != nil || len(again) != 0 {
		t.Fatalf("the second time it wrote %v, %v", states(again), err)
	}

	header := "// " + emit.Header + "\n"
	stay := map[string]string{
		"protocol/handwritten.go":      "package protocol\n",
		"protocol/words.go":            "package protocol\n\n// A file that begins with\n// \"" + emit.Header + "\"\n// is one of gatesmith's.\n",
		"protocol/late.go":             strings.Repeat("// Filling.\n", 60) + header,
		"protocol/sub/gatesmith.json":  "{}",
		"protocol/sub/other/types.go":  header,
		"protocol/.cache/types.go":     header,
		"elsewhere/types.go":           header,
		"docs/reference.md":            "<!-- " + emit.Header + " -->\n",
		"docs/schema/handwritten.json": "{}\n",
	}
	for name, text := range stay {
		put(t, filepath.Join(dir, name), text)
	}
	put(t, filepath.Join(dir, "protocol/old.go"), header)
	put(t, filepath.Join(dir, "protocol/deep/old.py"), "#!/usr/bin/env python3\n# "+emit.Header+"\r\n")
	put(t, filepath.Join(dir, "docs/reference/methods/old.md"), "<!-- "+emit.Header+" -->\n\n# Old\n")
	put(t, filepath.Join(dir, "docs/schema/old.schema.json"), "{\n  \"$schema\": \"x\",\n  \"$comment\": \""+emit.Header+"\",\n  \"x\": 1\n}\n")
	put(t, filepath.Join(dir, "protocol/types.go"), "package protocol // edited\n")
	if err := os.Remove(filepath.Join(dir, "docs/reference/index.md")); err != nil {
		t.Fatal(err)
	}
	_ = os.Symlink("nowhere", filepath.Join(dir, "protocol/dangling.go"))

	want := []string{"missing docs/reference/index.md", "orphan docs/reference/methods/old.md", "orphan docs/schema/old.schema.json",
		"orphan protocol/deep/old.py", "orphan protocol/old.go", "changed protocol/types.go"}
	found, err := plan(t, dir).Compare()
	if got := states(found); err != nil || !slices.Equal(got, want) {
		t.Fatalf("differences are %q, %v, want %q", got, err, want)
	}
	done, err := plan(t, dir).Write()
	if got := states(done); err != nil || !slices.Equal(got, want) {
		t.Fatalf("it did %q, %v, want %q", got, err, want)
	}
	if found, err := plan(t, dir).Compare(); err != nil || len(found) != 0 {
		t.Fatalf("then there were %q, %v", states(found), err)
	}
	for name, text := range stay {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(data) != text {
			t.Errorf("%s did not stay: %v", name, err)
		}
	}
	for _, d := range first {
		info, err := os.Stat(d.path)
		if err != nil {
			t.Fatal(err)
		}
		if untouched := !slices.Contains(want, "changed "+d.Path) && !slices.Contains(want, "missing "+d.Path); untouched && !info.ModTime().Equal(old) {
			t.Errorf("%s was written though nothing in it changed", d.Path)
		}
	}
}

// TestNestedOutputs: an output leaves the folder of another one alone that lies
// in its own.
func TestNestedOutputs(t *testing.T) {
	nested := strings.Replace(outputs, `"docs/reference"`, `"protocol/docs"`, 1)
	dir := project(t, `{`+nested+`,`+exceptions+`}`)
	if _, err := plan(t, dir).Write(); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "protocol/docs/methods/old.md"), "<!-- "+emit.Header+" -->\n")
	found, err := plan(t, dir).Compare()
	if want := []string{"orphan protocol/docs/methods/old.md"}; err != nil || !slices.Equal(states(found), want) {
		t.Errorf("there are %q, %v, want %q", states(found), err, want)
	}
}

// TestDifference: checks print unified diffs, and lines for the rest.
func TestDifference(t *testing.T) {
	d := Difference{State: Changed, Path: "a/b.go", old: []byte("one\ntwo\n"), data: []byte("one\n2\n")}
	if got, want := d.String(), "--- a/b.go\n+++ a/b.go (generated)\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := (Difference{State: Missing, Path: "a/b.go"}).String(), "missing: a/b.go\n"; got != want {
		t.Errorf("got %q", got)
	}
	if got, want := (Difference{State: Orphan, Path: "a/b.go"}).String(), "orphan: a/b.go\n"; got != want {
		t.Errorf("got %q", got)
	}
}

// TestObstacles: what cannot be written is named, and all that can be told
// beforehand is told at once, with nothing written.
func TestObstacles(t *testing.T) {
	dir := project(t, `{`+outputs+`,`+exceptions+`}`)
	put(t, filepath.Join(dir, "protocol/types.go/x"), "")
	put(t, filepath.Join(dir, "protocol/decode.go/x"), "")
	_, err := plan(t, dir).Write()
	want := "protocol/decode.go: cannot read: is a directory\nprotocol/types.go: cannot read: is a directory"
	if err == nil || err.Error() != want {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "docs")); err == nil {
		t.Error("something was written")
	}
	dir = project(t, `{`+outputs+`,`+exceptions+`}`)
	put(t, filepath.Join(dir, "docs"), "a file")
	if _, err := plan(t, dir).Write(); err == nil || !strings.Contains(err.Error(), "docs/reference/access.md: cannot ") || strings.Contains(err.Error(), dir) {
		t.Errorf("error is %v", err)
	}
}

// TestNoOutputs: without outputs there is nothing to generate, and the message
// says what is missing.
func TestNoOutputs(t *testing.T) {
	dir := project(t, `{`+exceptions+`}`)
	for _, c := range []struct {
		schema string
		kinds  []Kind
		want   string
	}{
		{"", nil, "gatesmith.json lists no outputs: nothing to generate"},
		{"", []Kind{Reference}, `gatesmith.json lists no output of kind "reference"`},
		{"copy", nil, "nothing says what to generate from copy: expected a gatesmith.json in a folder above it that names it and lists outputs"},
	} {
		if err := os.CopyFS(filepath.Join(dir, "copy"), os.DirFS(filepath.Join(dir, "schema"))); err != nil && c.schema != "" {
			t.Fatal(err)
		}
		p := Open(dir, c.schema)
		m, _ := p.Load()
		if _, err := p.Plan(m, c.kinds...); err == nil || err.Error() != c.want {
			t.Errorf("with %q the error is %v, want %s", c.schema, err, c.want)
		}
		if err := os.RemoveAll(filepath.Join(dir, "copy")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWriteFile: a file keeps its mode, and a link keeps leading to it.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a/b/file")
	for _, text := range []string{"one", "two"} {
		if err := WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(path); string(data) != text {
			t.Errorf("it holds %q, want %q", data, text)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("a/b/file", link); err != nil {
		t.Skip(err)
	}
	if err := WriteFile(link, []byte("three")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if data, _ := os.ReadFile(path); string(data) != "three" || err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("behind the link is %q with mode %v", data, info.Mode())
	}
	if target, err := os.Readlink(link); err != nil || target != "a/b/file" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("files were left behind: %v", entries)
	}
	if err := WriteFile(filepath.Dir(path), nil); err == nil || err.Error() != "it is not a file" {
		t.Errorf("error is %v", err)
	}
	if err := WriteFile(filepath.Join(path, "x"), nil); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("error is %v", err)
	}
}

// TestDeterminism: the same schema gives the same bytes, in whatever order its
// files come.
func TestDeterminism(t *testing.T) {
	config := `{` + outputs + `,` + exceptions + `}`
	for name, c := range map[string]struct {
		schema string
		times  int
	}{"example": {"", 5}, "repository": {"../../schema", 1}} {
		t.Run(name, func(t *testing.T) {
			p := Open(project(t, config), "")
			if c.schema != "" {
				abs, err := filepath.Abs(c.schema)
				if err != nil {
					t.Fatal(err)
				}
				p.Config.Schema = abs
			}
			first, files := planned(t, p)
			for range c.times {
				tree, list := source.New(shuffled(files), "schema")
				if len(list) > 0 {
					t.Fatal(list)
				}
				same(t, first, planTree(t, p, tree))
			}
		})
	}
}

// planned reads a project's schema folder and plans its outputs; lint is of no
// interest here.
func planned(t *testing.T, p *Project) (*Plan, map[string][]byte) {
	tree, list := p.Read()
	if len(list) > 0 {
		t.Fatal(list)
	}
	files := map[string][]byte{}
	for _, f := range tree.Files {
		files[f.Path] = f.Data
	}
	return planTree(t, p, tree), files
}

func planTree(t *testing.T, p *Project, tree *source.Tree) *Plan {
	t.Helper()
	protocol, list := lower.Lower(tree)
	if len(list) > 0 {
		t.Fatal(list)
	}
	out, err := p.Plan(&Model{Tree: tree, Protocol: protocol})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// shuffled puts the files into a new map in another order.
func shuffled(files map[string][]byte) map[string][]byte {
	names := slices.Collect(maps.Keys(files))
	rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	out := map[string][]byte{}
	for _, name := range names {
		out[name] = files[name]
	}
	return out
}

func same(t *testing.T, a, b *Plan) {
	t.Helper()
	for i, target := range a.targets {
		for k, f := range target.files {
			if other := b.targets[i].files[k]; other.Path != f.Path || !bytes.Equal(other.Data, f.Data) {
				t.Errorf("%s differs from one time to the other", f.Path)
			}
		}
		if len(target.files) != len(b.targets[i].files) {
			t.Errorf("there are %d files, and %d", len(target.files), len(b.targets[i].files))
		}
	}
}

// TestSharedFolder: outputs that share a folder do not take each other's files
// for what is no longer produced, also when only one of them is planned.
func TestSharedFolder(t *testing.T) {
	dir := project(t, `{"outputs": [{"kind": "bundle", "dir": "out"}, {"kind": "asyncapi", "dir": "out"}, {"kind": "openrpc", "dir": "./out"}], `+exceptions+`}`)
	p := Open(dir, "")
	m, list := p.Load()
	if len(list) > 0 {
		t.Fatal(lines(list))
	}
	for _, kinds := range [][]Kind{nil, {Bundle}, {OpenRPC, AsyncAPI}} {
		plan, err := p.Plan(m, kinds...)
		if err != nil {
			t.Fatal(err)
		}
		done, err := plan.Write()
		if want := map[bool]int{true: 4}[kinds == nil]; err != nil || len(done) != want {
			t.Errorf("%v: %d files written or removed, %v", kinds, len(done), err)
		}
	}
}

package format

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gatesmith/gatesmith/gen/source"
)

var update = flag.Bool("update", false, "rewrite the expected files in testdata")

// TestGolden runs the archives in testdata: files before (in/) and after
// (out/).
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]byte{}
		var kept []txtar.File
		for _, f := range archive.Files {
			if out, is := strings.CutPrefix(f.Name, "out/"); is {
				want[out] = f.Data
			}
		}
		for _, f := range archive.Files {
			name, is := strings.CutPrefix(f.Name, "in/")
			if !is {
				continue
			}
			got := check(t, name, f.Data)
			kept = append(kept, f, txtar.File{Name: "out/" + name, Data: got})
			if !*update && !bytes.Equal(got, want[name]) {
				t.Errorf("%s: %s is formatted as (-update accepts it)\n%s", path, name, got)
			}
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: kept}), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// check formats a file and sees that it says the same, and that a second time
// changes nothing.
func check(t testing.TB, path string, data []byte) []byte {
	t.Helper()
	out, err := Format(path, data)
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, data)
	}
	before, _ := source.Parse(path, path, data)
	after, list := source.Parse(path, path, out)
	if len(list) > 0 {
		t.Fatalf("%s: formatted into what is no JSON: %s\n%s", path, list[0], out)
	}
	if diff := same(before, after); diff != "" {
		t.Errorf("%s: formatting changed what the file says: %s\n%s\nbecame\n%s", path, diff, data, out)
	}
	if again, err := Format(path, out); err != nil || !bytes.Equal(out, again) {
		t.Errorf("%s: formatting twice changes more: %v\n%s\nbecame\n%s", path, err, out, again)
	}
	return out
}

func realTree(t testing.TB) *source.Tree {
	t.Helper()
	tree, list := source.Load(os.DirFS("../../schema"), "schema")
	if len(list) > 0 {
		t.Fatal(list[0])
	}
	return tree
}

func TestRealFiles(t *testing.T) {
	for _, f := range realTree(t).Files {
		check(t, f.Path, f.Data)
		// However its keywords were ordered, a file gets the same text.
		shuffled := shuffle(rand.New(rand.NewPCG(1, 2)), f.Root)
		want, _ := Format(f.Path, f.Data)
		got, err := Format(f.Path, []byte(shuffled))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: another order of keywords gives another text (%v)\n%s", f.Path, err, got)
		}
	}
}

// shuffle writes an object with its members in any order.
func shuffle(r *rand.Rand, n *source.Node) string {
	var b strings.Builder
	for i, at := range r.Perm(len(n.Members)) {
		if i > 0 {
			b.WriteByte(',')
		}
		m := n.Members[at]
		fmt.Fprintf(&b, "%s:%s", appendString(nil, m.Key), m.Value.Raw())
	}
	return "{" + b.String() + "}"
}

// TestSchemaIsFormatted keeps this repository's own schema in the canonical
// layout.
func TestSchemaIsFormatted(t *testing.T) {
	tree := realTree(t)
	changed, err := Tree(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tree.Files {
		if _, is := changed[f.Path]; is {
			t.Errorf("%s is not formatted: run gatesmith fmt", f.Shown())
		}
	}
}

func TestStrings(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`"\u0041\/\u00e9\ud83e\udd16"`, `"A/é🤖"`},
		{`"<a> & 'b'"`, `"<a> & 'b'"`},
		{`"\"\\\b\f\n\r\t"`, `"\"\\\b\f\n\r\t"`},
		{`"\u0000\u001f\u007f\u0085"`, `"\u0000\u001f\u007f\u0085"`},
		{`"\u2028\u2029\uFEFF"`, `"\u2028\u2029\ufeff"`},
		{`"\u202e\u2066"`, `"\u202e\u2066"`},
		{`"\u00a0\u200d\ufe0f"`, "\"\u00a0\u200d\ufe0f\""},
		{`"\ufffd"`, "\"\ufffd\""},
		{`"` + "\u2028" + `"`, `"\u2028"`},
	} {
		got, err := Format("types/X.json", []byte(`{"default":`+c.in+`}`))
		if want := "{\n  \"default\": " + c.want + "\n}\n"; err != nil || string(got) != want {
			t.Errorf("%s became %q (%v), want %q", c.in, got, err, want)
		}
	}
}

// TestWidth: a value fits up to the width with the comma that may follow it.
func TestWidth(t *testing.T) {
	for _, c := range []struct {
		pad   int
		lines int
	}{{113, 3}, {114, 6}} {
		text := `{"default":["` + strings.Repeat("é", c.pad) + `","` + strings.Repeat("b", 5) + `"]}`
		got := check(t, "types/X.json", []byte(text))
		longest := 0
		for line := range strings.Lines(string(got)) {
			longest = max(longest, len([]rune(line))-1)
		}
		if n := bytes.Count(got, []byte("\n")); n != c.lines || longest > width {
			t.Errorf("%d: %d lines, the longest of %d columns:\n%s", c.pad, n, longest, got)
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	_, err := Format("types/X.json", []byte("{\n  \"a\": 1,\n}"))
	if want := "types/X.json:3:1: unexpected '}': expected a member name in double quotes (JSON_SYNTAX)"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

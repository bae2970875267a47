package breaking_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gatesmith/gatesmith/gen/breaking"
	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

var update = flag.Bool("update", false, "rewrite what the archives in testdata expect")

// A fixture is an archive with three versions of a small protocol: old/, and
// after it break/, which breaks a rule, and fine/, which keeps it. Files that
// a version does not bring are the earlier one's, and testdata/preamble.txtar
// has those that no version brings. "(absent)" behind a name takes a file
// away. Each later version has its want: all findings, as they are printed.
type fixture struct {
	path    string
	archive *txtar.Archive
}

// version builds the files of one version of a fixture.
func (f fixture) version(t *testing.T, prefixes ...string) breaking.Version {
	t.Helper()
	preamble, err := txtar.ParseFile("testdata/preamble.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, file := range preamble.Files {
		files[file.Name] = file.Data
	}
	for _, prefix := range prefixes {
		for _, file := range f.archive.Files {
			name, ours := strings.CutPrefix(file.Name, prefix+"/")
			if gone, absent := strings.CutSuffix(name, " (absent)"); ours && absent {
				delete(files, gone)
			} else if ours && name != "want" {
				files[name] = file.Data
			}
		}
	}
	return load(t, files, prefixes[len(prefixes)-1])
}

func load(t testing.TB, files map[string][]byte, prefix string) breaking.Version {
	t.Helper()
	tree, list := source.New(files, prefix)
	model, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		if d.Rule != diag.DocRequired { // these protocols say nothing to readers
			t.Error(d)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	return breaking.Version{Protocol: model, Tree: tree}
}

// TestRules runs every fixture: the version under break/ breaks its rule at
// exactly the places that are listed, and the one under fine/ keeps it.
func TestRules(t *testing.T) {
	for _, rule := range breaking.Rules {
		t.Run(string(rule.ID), func(t *testing.T) {
			f := fixture{path: filepath.Join("testdata", "rules", string(rule.ID)+".txtar")}
			var err error
			if f.archive, err = txtar.ParseFile(f.path); err != nil {
				t.Fatal("every rule needs a fixture: ", err)
			}
			old := f.version(t, "old")
			for _, name := range []string{"break", "fine"} {
				report := breaking.Compare(old, f.version(t, "old", name))
				broken := slices.ContainsFunc(report.Findings, func(x breaking.Finding) bool { return x.Rule == rule.ID })
				if broken != (name == "break") {
					t.Errorf("%s: the rule is broken: %v", name, broken)
				}
				f.expect(t, name+"/want", report)
			}
		})
	}
}

func (f fixture) expect(t *testing.T, name string, report *breaking.Report) {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteText(&b, nil); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(f.archive.Files, func(file txtar.File) bool { return file.Name == name })
	if i < 0 {
		t.Fatalf("%s lacks %s", f.path, name)
	}
	if bytes.Equal(f.archive.Files[i].Data, b.Bytes()) {
		return
	}
	if !*update {
		t.Errorf("%s: %s differs (go test ./gen/breaking -update rewrites it):\n%s", f.path, name, b.Bytes())
		return
	}
	f.archive.Files[i].Data = b.Bytes()
	if err := os.WriteFile(f.path, txtar.Format(f.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRuleDocs: stable ids, once each, apart from those of lint, and a purpose
// of the house's form.
func TestRuleDocs(t *testing.T) {
	id := regexp.MustCompile(`^[A-Z]+(_[A-Z]+)+$`)
	seen := map[diag.Rule]bool{}
	for _, r := range breaking.Rules {
		if !id.MatchString(string(r.ID)) || seen[r.ID] || diag.Known(r.ID) {
			t.Errorf("%q is no id, is listed twice, or belongs to lint", r.ID)
		}
		seen[r.ID] = true
		if !strings.HasPrefix(r.Purpose, "Checks that ") || !strings.HasSuffix(r.Purpose, ".") {
			t.Errorf("%s: purpose %q", r.ID, r.Purpose)
		}
		if !slices.Contains(breaking.Categories, r.Category) {
			t.Errorf("%s: category %q", r.ID, r.Category)
		}
	}
	paths, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if name := strings.TrimSuffix(filepath.Base(p), ".txtar"); !seen[diag.Rule(name)] {
			t.Errorf("%s is of no rule", p)
		}
	}
}

package gen_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// A case is a schema folder in an archive and what the generator makes of it.
// A rule's archive holds two: under fail/ one that breaks the rule, and under
// pass/ one that keeps it.
//
//	types/Thing.json                 a schema file
//	types/Gone.json (unreadable)     a file that cannot be read
//	types/Thing.json (absent)        a file of the preamble that this case lacks
//	exceptions                       lines of: rule, place, reason
//	want/findings                    what is printed; always there
//	want/types.go                    an emitted file
//	want/decode.go Thing.decode      declarations of an emitted file
//
// Files of testdata/preamble.txtar that a case does not have itself are added,
// so that a case shows only what it is about.
type caseFolder struct {
	archive    *archive
	prefix     string // "", "fail/" or "pass/"
	name       string
	files      map[string][]byte
	unreadable []string
	exceptions string
	want       []*txtar.File
	outcome    *outcome // once it ran
}

// archive is a file of testdata.
type archive struct {
	path  string
	txtar *txtar.Archive
}

const (
	absent     = " (absent)"
	unreadable = " (unreadable)"
)

// archives reads every archive of testdata that holds cases.
func archives(t *testing.T) []*archive {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in testdata: %v", err)
	}
	var out []*archive
	for _, p := range paths {
		parsed, err := txtar.ParseFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, &archive{filepath.ToSlash(p), parsed})
	}
	return out
}

// cases reads the cases of all archives, once for all tests.
func cases(t *testing.T) []*caseFolder {
	t.Helper()
	if known != nil {
		return known
	}
	shared := preamble(t)
	for _, a := range archives(t) {
		for _, prefix := range a.prefixes() {
			c := a.folder(t, prefix)
			c.complete(shared)
			known = append(known, c)
		}
	}
	return known
}

var known []*caseFolder

// preamble is what cases have unless they bring their own.
func preamble(t *testing.T) *txtar.Archive {
	t.Helper()
	a, err := txtar.ParseFile("testdata/preamble.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *archive) prefixes() []string {
	var out []string
	for _, f := range a.txtar.Files {
		prefix := ""
		for _, p := range []string{"fail/", "pass/"} {
			if strings.HasPrefix(f.Name, p) {
				prefix = p
			}
		}
		if !slices.Contains(out, prefix) {
			out = append(out, prefix)
		}
	}
	return out
}

func (a *archive) folder(t *testing.T, prefix string) *caseFolder {
	t.Helper()
	name := strings.TrimSuffix(strings.TrimPrefix(a.path, "testdata/"), ".txtar")
	c := &caseFolder{archive: a, prefix: prefix, name: strings.TrimSuffix(name+"/"+prefix, "/"), files: map[string][]byte{}}
	for i := range a.txtar.Files {
		f := &a.txtar.Files[i]
		local, ours := strings.CutPrefix(f.Name, prefix)
		switch {
		case !ours:
		case strings.HasPrefix(local, "want/"):
			c.want = append(c.want, f)
		case local == "exceptions":
			c.exceptions = string(f.Data)
		default:
			c.files[local] = f.Data
		}
	}
	return c
}

// complete adds the preamble and takes marked files out.
func (c *caseFolder) complete(preamble *txtar.Archive) {
	for _, f := range preamble.Files {
		_, has := c.files[f.Name]
		if _, gone := c.files[f.Name+absent]; !has && !gone {
			c.files[f.Name] = f.Data
		}
	}
	for name := range c.files {
		if p, marked := strings.CutSuffix(name, unreadable); marked {
			c.unreadable = append(c.unreadable, p)
			c.files[p] = nil
		}
		if strings.HasSuffix(name, absent) || strings.HasSuffix(name, unreadable) {
			delete(c.files, name)
		}
	}
}

// FS is the case as a folder.
func (c *caseFolder) FS() fs.FS {
	folder := fstest.MapFS{}
	for name, data := range c.files {
		folder[name] = &fstest.MapFile{Data: data}
	}
	return lockedFS{folder, c.unreadable}
}

// lockedFS is a folder with files that may not be read.
type lockedFS struct {
	fstest.MapFS
	locked []string
}

func (l lockedFS) ReadFile(name string) ([]byte, error) {
	if slices.Contains(l.locked, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.ReadFile(name)
}

// save writes an archive with the wanted files as they are now.
func (a *archive) save() error {
	return os.WriteFile(filepath.FromSlash(a.path), txtar.Format(a.txtar), 0o644)
}

// output splits the name of a wanted file: want/decode.go Thing.decode.
func (c *caseFolder) output(f *txtar.File) (file string, declarations []string) {
	words := strings.Fields(strings.TrimPrefix(f.Name, c.prefix))
	return path.Base(words[0]), words[1:]
}

func (c *caseFolder) String() string { return fmt.Sprintf("%s (%s)", c.name, c.archive.path) }

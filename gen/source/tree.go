package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
)

// Tree is a schema folder: its JSON files in order of their paths.
type Tree struct {
	Files  []*File
	byPath map[string]*File
	prefix string
}

// Load reads every .json file below the root of fsys, except those under
// meta/, which describe the dialect and are no part of the protocol. Prefix is
// put before paths in diagnostics (the folder as the user names it).
func Load(fsys fs.FS, prefix string) (*Tree, diag.List) {
	var list diag.List
	t := &Tree{byPath: map[string]*File{}, prefix: prefix}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			list.Add(diag.Pos{File: path.Join(prefix, p)}, diag.FileUnreadable, "cannot read: %s", reason(err))
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() && (p == "meta" || strings.HasPrefix(d.Name(), ".") && p != "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(p, ".json"):
			return nil
		}
		data, err := fs.ReadFile(fsys, p)
		if err != nil {
			list.Add(diag.Pos{File: path.Join(prefix, p)}, diag.FileUnreadable, "cannot read: %s", reason(err))
			return nil
		}
		list = append(list, t.Add(p, data)...)
		return nil
	})
	if err != nil {
		list.Add(diag.Pos{File: prefix}, diag.FileUnreadable, "cannot read: %s", reason(err))
	}
	t.sort()
	return t, list
}

// New builds a tree from file texts by path, for bundles and tests.
func New(files map[string][]byte, prefix string) (*Tree, diag.List) {
	var list diag.List
	t := &Tree{byPath: map[string]*File{}, prefix: prefix}
	for p, data := range files {
		list = append(list, t.Add(p, data)...)
	}
	t.sort()
	list.Sort()
	return t, list
}

// Add parses one file into the tree.
func (t *Tree) Add(p string, data []byte) diag.List {
	f, list := Parse(p, path.Join(t.prefix, p), data)
	t.Files = append(t.Files, f)
	t.byPath[p] = f
	return list
}

func (t *Tree) sort() {
	slices.SortFunc(t.Files, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
}

// File returns the file at a path relative to the root, or nil.
func (t *Tree) File(p string) *File { return t.byPath[p] }

// Text returns the text of a file by the path that diagnostics show.
func (t *Tree) Text(shown string) []byte {
	for _, f := range t.Files {
		if f.Shown() == shown {
			return f.Data
		}
	}
	return nil
}

// Resolve finds what a $ref in file from leads to. Refs are a relative path,
// a fragment (# and a JSON pointer), or both.
func (t *Tree) Resolve(from *File, ref string) (*Node, error) {
	file, fragment, _ := strings.Cut(ref, "#")
	target := from
	if file != "" {
		if strings.Contains(file, ":") || strings.HasPrefix(file, "/") {
			return nil, fmt.Errorf("%q is not a path relative to this file: only files of this schema folder can be referred to", ref)
		}
		p := path.Join(path.Dir(from.Path), file)
		if strings.HasPrefix(p, "..") {
			return nil, fmt.Errorf("%q leads out of the schema folder", ref)
		}
		if target = t.byPath[p]; target == nil {
			return nil, fmt.Errorf("%q leads to %s, which does not exist", ref, path.Join(t.prefix, p))
		}
	}
	if target.Root == nil {
		return nil, fmt.Errorf("%q leads to %s, which has a syntax error", ref, target.Shown())
	}
	n := target.Root.At(fragment)
	if n == nil {
		return nil, fmt.Errorf("%q leads to %s, where nothing stands at %q", ref, target.Shown(), fragment)
	}
	return n, nil
}

// reason strips the operation and path that the caller prints itself.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// Prefix is the schema folder as diagnostics show it.
func (t *Tree) Prefix() string { return t.prefix }

// Package baseline reads an earlier version of a schema folder, to compare
// today's with: from a folder, from a bundle, or from a git revision.
//
//	tree, findings, err := baseline.Read(baseline.Place{Dir: wd, Schema: schemaDir}, "v1.2.0")
package baseline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/emit/bundle"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Place is where the comparison is made: the folder that paths are relative
// to, and today's schema folder, which is looked for in a git revision under
// the same path.
type Place struct{ Dir, Schema string }

// ErrUnknown is the cause when nothing is called by the name that was given.
var ErrUnknown = errors.New("it is no folder, no bundle file and no git revision")

// Read reads what a name stands for: a schema folder or a project with one in
// it, a bundle that gatesmith export bundle wrote, or a git revision. What is
// in the way of a path comes first: a revision that is called like a folder can
// be named by refs/heads/ or refs/tags/. Findings are about files that cannot
// be read; the places of all files are named after the version.
func Read(p Place, name string) (*source.Tree, diag.List, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.Dir, filepath.FromSlash(name))
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return folder(path, name)
	case err == nil:
		return bundled(path, name)
	}
	return revision(p, name)
}

// folder reads a schema folder, or the folder schema in one.
func folder(path, name string) (*source.Tree, diag.List, error) {
	for _, sub := range []string{"", "schema"} {
		dir := filepath.Join(path, sub)
		if _, err := os.Stat(filepath.Join(dir, dialect.ManifestFile)); err == nil {
			tree, list := source.Load(os.DirFS(dir), filepath.ToSlash(filepath.Join(name, sub)))
			return tree, list, nil
		}
	}
	return nil, nil, fmt.Errorf("%s: the folder holds no schema: expected %s in it, or in its folder schema", name, dialect.ManifestFile)
}

func bundled(path, name string) (*source.Tree, diag.List, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: cannot read: %s", name, plain(err))
	}
	files, err := bundle.Split(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w; gatesmith export bundle writes one", name, err)
	}
	tree, list := source.New(files, filepath.ToSlash(name))
	return tree, list, nil
}

// plain strips the path, which the caller prints.
func plain(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

package baseline

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/source"
)

// revision reads the schema folder as it was in a git revision.
func revision(p Place, name string) (*source.Tree, diag.List, error) {
	if strings.HasPrefix(name, "-") { // git would take it for an option
		return nil, nil, fmt.Errorf("%q: %w", name, ErrUnknown)
	}
	repository := repo(p.Schema)
	prefix, err := repository.git("rev-parse", "--show-prefix")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, nil, fmt.Errorf("git is not installed, or not on PATH: it is needed to read %s as a revision; name a folder or a bundle file instead", name)
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w (the schema folder is in no git repository: %s)", name, ErrUnknown, err)
	}
	commit, err := repository.git("rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w; in a shallow clone, fetch it first", name, ErrUnknown)
	}
	// The folder as a tree of its own: its files have no path before them. Git
	// archives what lies below the folder that it runs in, so that is the root.
	dir := strings.TrimSuffix(text(prefix), "/")
	tree, err := repository.git("rev-parse", "--verify", "--quiet", text(commit)+":"+dir)
	if err != nil {
		return nil, nil, fmt.Errorf("%s has no folder %s: the schema was elsewhere then; write a bundle of it there and name that", name, orDot(dir))
	}
	root, err := repository.git("rev-parse", "--show-toplevel")
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	archive, err := repo(text(root)).git("archive", "--format=tar", text(tree))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: cannot read folder %s: %w", name, orDot(dir), err)
	}
	files, err := untar(archive)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: cannot read what git archive gives: %w", name, err)
	}
	if files[dialect.ManifestFile] == nil {
		return nil, nil, fmt.Errorf("%s has no %s in folder %s: the schema was elsewhere then; write a bundle of it there and name that", name, dialect.ManifestFile, orDot(dir))
	}
	old, list := source.New(files, name+":"+dir)
	return old, list, nil
}

// repo is a folder in a git work tree.
type repo string

// git runs one command and returns what it printed.
func (r repo) git(args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", filepath.FromSlash(string(r))}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if said := text(errs.Bytes()); said != "" && !errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New(said)
		}
		return nil, err
	}
	return out.Bytes(), nil
}

// untar reads the schema files of an archive, as package source does those of a
// folder.
func untar(archive []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := r.Next()
		switch {
		case err == io.EOF:
			return files, nil
		case err != nil:
			return nil, err
		case h.Typeflag != tar.TypeReg || !strings.HasSuffix(h.Name, ".json") || hidden(h.Name):
			continue
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
}

// hidden reports whether a folder on the way to a file is no part of a schema.
func hidden(name string) bool {
	dir, _ := path.Split(name)
	if strings.HasPrefix(dir, "meta/") {
		return true
	}
	for part := range strings.SplitSeq(dir, "/") {
		if strings.HasPrefix(part, ".") {
			return true
		}
	}
	return false
}

func text(out []byte) string { return strings.TrimSpace(string(out)) }

func orDot(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

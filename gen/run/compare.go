package run

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/gatesmith/gatesmith/gen/emit"
)

// State is how a planned file compares with the one on disk.
type State string

// The states.
const (
	Changed State = "changed"
	Missing State = "missing"
	Orphan  State = "orphan" // generated once, no longer produced
)

// Difference is one file that is not as planned.
type Difference struct {
	State State
	Path  string // as messages show it
	old   []byte
	data  []byte
	path  string // absolute
}

// String gives the difference as checks print it: a unified diff, or a line.
func (d Difference) String() string {
	if d.State == Changed {
		return udiff.Unified(d.Path, d.Path+" (generated)", string(d.old), string(d.data))
	}
	return fmt.Sprintf("%s: %s\n", d.State, d.Path)
}

// Compare lists what writing the plan would change, in order of paths. All
// files that cannot be read are reported together.
func (p *Plan) Compare() ([]Difference, error) {
	var out []Difference
	var errs []error
	for _, t := range p.targets {
		planned := map[string]bool{}
		for _, f := range t.files {
			d := Difference{Path: p.project.Shown(t.path(f)), data: f.Data, path: t.path(f)}
			planned[d.path] = true
			var err error
			d.old, err = os.ReadFile(d.path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				d.State = Missing
			case err != nil:
				errs = append(errs, fmt.Errorf("%s: cannot read: %s", d.Path, Plain(err)))
				continue
			case bytes.Equal(d.old, d.data):
				continue
			default:
				d.State = Changed
			}
			out = append(out, d)
		}
		orphans, err := p.orphans(t.dir, planned)
		out, errs = append(out, orphans...), append(errs, err)
	}
	slices.SortFunc(out, func(a, b Difference) int { return strings.Compare(a.Path, b.Path) })
	return out, errors.Join(errs...)
}

// orphans finds files that carry the generator's header and are not planned.
func (p *Plan) orphans(dir string, planned map[string]bool) ([]Difference, error) {
	var out []Difference
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == dir:
			return fs.SkipAll
		case err != nil:
			return fmt.Errorf("%s: cannot read: %s", p.project.Shown(path), Plain(err))
		case d.IsDir() && path != dir && (strings.HasPrefix(d.Name(), ".") || isProject(path) || p.project.isOutput(path)):
			return fs.SkipDir
		case !d.Type().IsRegular() || planned[path]:
			return nil
		}
		ours, err := generated(path)
		if err != nil {
			return fmt.Errorf("%s: cannot read: %s", p.project.Shown(path), Plain(err))
		}
		if ours {
			out = append(out, Difference{State: Orphan, Path: p.project.Shown(path), path: path})
		}
		return nil
	})
	return out, err
}

// isOutput reports whether a folder is that of an output of the project: what
// is in it is that output's to remove.
func (p *Project) isOutput(dir string) bool {
	return slices.ContainsFunc(p.Config.Outputs, func(o Output) bool { return p.abs(o.Dir) == dir })
}

// isProject reports whether a folder has a configuration of its own: what was
// generated there is not ours to remove.
func isProject(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, ConfigFile))
	return err == nil
}

// headerWithin is how far into a file the header is looked for.
const headerWithin = 512

// generated reports whether a file is one of ours: whether one of its first
// lines is the header in the comment signs of some language. The words alone
// do not count, or a page about the generator would be taken for its output.
func generated(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, headerWithin)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, err
	}
	for line := range bytes.Lines(head[:n]) {
		before, after, ours := strings.Cut(strings.TrimSpace(string(line)), emit.Header)
		if ours && slices.Contains(comments, [2]string{before, after}) {
			return true, nil
		}
	}
	return false, nil
}

// comments are what stands before and after the header: Go and TypeScript,
// Python, Markdown, JSON, and JSON of formats without comments.
var comments = [][2]string{{"// ", ""}, {"# ", ""}, {"<!-- ", " -->"}, {`"$comment": "`, `",`}, {`"x-comment": "`, `",`}}

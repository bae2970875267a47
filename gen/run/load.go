package run

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lint"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Model is a loaded schema folder.
type Model struct {
	Tree     *source.Tree
	Protocol *ir.Protocol
}

// Load reads, lowers and lints the schema folder. All findings are returned,
// in order, those of the configuration among them; the model may be used only
// when there are none. Lint comes last and looks at sound protocols only.
func (p *Project) Load() (*Model, diag.List) {
	tree, list := p.Read()
	m := &Model{Tree: tree}
	if tree == nil {
		return m, list
	}
	var more diag.List
	m.Protocol, more = lower.Lower(tree)
	more = slices.DeleteFunc(more, func(d diag.Diagnostic) bool {
		// A manifest that cannot be read is not missing.
		return d.Pos.Line == 0 && slices.ContainsFunc(list, func(u diag.Diagnostic) bool { return u.Pos == d.Pos })
	})
	if list = append(list, more...); len(list) == 0 {
		list = lint.Lint(m.Protocol, tree, p.exceptions)
	}
	list.Sort()
	return m, list
}

// Read reads the schema folder without judging what its files say. The tree is
// nil when there is no folder to read.
func (p *Project) Read() (*source.Tree, diag.List) {
	if p.Config.Schema == "" { // the configuration does not say it rightly
		return nil, sorted(p.findings)
	}
	dir := p.SchemaDir()
	if err := isDir(dir); err != nil {
		return nil, sorted(p.findings, p.noSchema(err))
	}
	tree, list := source.Load(os.DirFS(dir), p.Shown(dir))
	return tree, sorted(p.findings, list)
}

func isDir(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = errors.New("it is a file, not a folder")
	}
	return err
}

// noSchema reports a schema folder that is not there at the place that names
// it.
func (p *Project) noSchema(err error) diag.List {
	shown := p.Shown(p.SchemaDir())
	if p.schemaAt != nil {
		var list diag.List
		list.Add(p.schemaAt.Pos(), diag.FileUnreadable, "cannot read the schema folder %s: %s", shown, Plain(err))
		return list
	}
	list := unreadable(shown, "the schema folder", err)
	if errors.Is(err, fs.ErrNotExist) {
		list[0].Message += ": expected the folder that holds " + dialect.ManifestFile
	}
	return list
}

func sorted(lists ...diag.List) diag.List {
	var all diag.List
	for _, list := range lists {
		all = append(all, list...)
	}
	all.Sort()
	return all
}

// Text gives the source text of a file that findings name, or nil.
func (p *Project) Text(tree *source.Tree) func(string) []byte {
	return func(shown string) []byte {
		if p.file != nil && p.file.Shown() == shown {
			return p.file.Data
		}
		if tree == nil {
			return nil
		}
		return tree.Text(shown)
	}
}

package breaking

import (
	"path"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/source"
)

// spot is a place in a version's files: a location as the model gives it
// (path#pointer), and the keys that people look for below it, the best one
// first. The zero value is no place.
type spot struct {
	location string
	keys     []string
}

func at(location string, keys ...string) spot { return spot{location, keys} }

// manifest is a place in the manifest.
func manifest(pointer string, keys ...string) spot {
	return at(dialect.ManifestFile+"#"+pointer, keys...)
}

func entry(list, name string) spot { return manifest("/" + list + "/" + source.EscapePointer(name)) }

// find gives the place in a tree: the first key that is there, else the
// location itself, at its name if it has one. What is not there any more gives
// the nearest thing around it; a file that is gone, the file alone.
func (s spot) find(tree *source.Tree) (diag.Pos, string) {
	file, pointer, _ := strings.Cut(s.location, "#")
	if file == "" {
		return diag.Pos{}, ""
	}
	f := tree.File(file)
	if f == nil || f.Root == nil {
		return diag.Pos{File: path.Join(tree.Prefix(), file)}, ""
	}
	n := f.Root.At(pointer)
	for n == nil && pointer != "" {
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
		n = f.Root.At(pointer)
	}
	if i := slices.IndexFunc(s.keys, n.Has); i >= 0 {
		return n.KeyPos(s.keys[i]), n.Pointer() + "/" + source.EscapePointer(s.keys[i])
	}
	if parent := n.Parent(); parent != nil && parent.Kind == source.Object {
		return parent.KeyPos(n.Key()), n.Pointer()
	}
	return n.Pos(), n.Pointer()
}

// subject says what a place belongs to, by the file it is in.
func (c *comparison) subject(s spot) string {
	file, _, _ := strings.Cut(s.location, "#")
	folder, _, _ := strings.Cut(file, "/")
	switch folder {
	case "methods":
		return "method " + c.wireOf(file, "x-method")
	case "events":
		return "event " + c.wireOf(file, "x-event")
	case "types":
		return "type " + base(file)
	case "frames":
		return "frame " + base(file)
	}
	return "protocol"
}

func (c *comparison) wireOf(file, key string) string {
	for _, tree := range []*source.Tree{c.new.Tree, c.old.Tree} {
		if f := tree.File(file); f != nil && f.Root.Str(key) != "" {
			return f.Root.Str(key)
		}
	}
	return base(file)
}

func base(file string) string { return strings.TrimSuffix(path.Base(file), ".json") }

package source

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func paths(tree *Tree) []string {
	var out []string
	for _, f := range tree.Files {
		out = append(out, f.Path)
	}
	return out
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// TestLoad: which files of a folder belong to the tree, and in what order.
func TestLoad(t *testing.T) {
	tree, list := Load(fstest.MapFS{
		"types/B.json":              file(`{}`),
		"types/A.json":              file(`{"a": 1}`),
		"types/meta/M.json":         file(`{}`),
		"protocol.json":             file(`{}`),
		"methods/z/z.json":          file(`{}`),
		"methods/a.json":            file(`{}`),
		"meta/type.json":            file(`not read`),
		".git/config.json":          file(`not read`),
		"types/.hidden/x.json":      file(`not read`),
		"types/README.md":           file(`not read`),
		"types/A.json.bak":          file(`not read`),
		"events/broken.json":        file("{\n"),
		"events/broken.second.json": file("]"),
	}, "schema")
	want := []string{"events/broken.json", "events/broken.second.json", "methods/a.json", "methods/z/z.json", "protocol.json",
		"types/A.json", "types/B.json", "types/meta/M.json"}
	if got := paths(tree); !slices.Equal(got, want) {
		t.Errorf("files are %q, want %q", got, want)
	}
	if len(list) != 2 || !strings.HasPrefix(list[0].String(), "schema/events/broken.json:2:1: ") || !strings.HasPrefix(list[1].String(), "schema/events/broken.second.json:1:1: ") {
		t.Errorf("findings are %v", list)
	}
	if f := tree.File("types/A.json"); f == nil || f.Root.Get("a") == nil || string(tree.Text(f.Shown())) != `{"a": 1}` {
		t.Error("types/A.json is not what it is")
	}
	if tree.File("types/C.json") != nil || tree.Text("types/A.json") != nil || tree.Prefix() != "schema" {
		t.Error("files are found by other names than theirs")
	}
}

// unreadable is a folder in which one file and one folder cannot be read.
type unreadable struct{ fstest.MapFS }

func (u unreadable) Open(name string) (fs.File, error) {
	if name == "types/secret.json" || name == "events" || u.MapFS == nil {
		return nil, &fs.PathError{Op: "open", Path: "/absolute/" + name, Err: errors.New("permission denied")}
	}
	return u.MapFS.Open(name)
}

func (u unreadable) ReadFile(name string) ([]byte, error) {
	if _, err := u.Open(name); err != nil {
		return nil, err
	}
	return u.MapFS.ReadFile(name)
}

func (u unreadable) ReadDir(name string) ([]fs.DirEntry, error) {
	if _, err := u.Open(name); err != nil {
		return nil, err
	}
	return u.MapFS.ReadDir(name)
}

func (u unreadable) Stat(name string) (fs.FileInfo, error) {
	if u.MapFS == nil {
		_, err := u.Open(name)
		return nil, err
	}
	return u.MapFS.Stat(name)
}

// TestUnreadable: what cannot be read is reported, and the rest is read.
func TestUnreadable(t *testing.T) {
	tree, list := Load(unreadable{fstest.MapFS{
		"types/secret.json": file(`{}`), "types/A.json": file(`{}`), "events/tick.json": file(`{}`), "protocol.json": file(`{}`),
	}}, "schema")
	if got, want := paths(tree), []string{"protocol.json", "types/A.json"}; !slices.Equal(got, want) {
		t.Errorf("files are %q, want %q", got, want)
	}
	list.Sort()
	var got []string
	for _, d := range list {
		got = append(got, d.String())
	}
	want := []string{
		"schema/events: cannot read: permission denied (FILE_UNREADABLE)",
		"schema/types/secret.json: cannot read: permission denied (FILE_UNREADABLE)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("findings are %q, want %q", got, want)
	}
	if _, list = Load(unreadable{}, "nowhere"); len(list) != 1 || list[0].String() != "nowhere: cannot read: permission denied (FILE_UNREADABLE)" {
		t.Errorf("findings are %v", list)
	}
}

// TestNew: a tree from texts is the same whatever order the map has.
func TestNew(t *testing.T) {
	files := map[string][]byte{"b.json": []byte("{"), "a.json": []byte("["), "c.json": []byte("{}")}
	for range 20 {
		tree, list := New(files, "")
		if got, want := paths(tree), []string{"a.json", "b.json", "c.json"}; !slices.Equal(got, want) {
			t.Fatalf("files are %q, want %q", got, want)
		}
		if len(list) != 2 || list[0].Pos.File != "a.json" || list[1].Pos.File != "b.json" {
			t.Fatalf("findings are %v", list)
		}
	}
}

func TestResolve(t *testing.T) {
	tree, list := New(map[string][]byte{
		"types/A.json":                []byte(`{"$defs": {"x": {"a/b": 1}}, "list": [{}]}`),
		"types/B.json":                []byte(`{"b": true}`),
		"methods/chat/chat.send.json": []byte(`{"$defs": {"params": {}}}`),
		"top.json":                    []byte(`{"t": 0}`),
		"types/broken.json":           []byte(`{`),
	}, "schema")
	if len(list) != 1 {
		t.Fatal(list)
	}
	for _, c := range []struct{ from, ref, want string }{
		{"types/A.json", "", "types/A.json#"},
		{"types/A.json", "#", "types/A.json#"},
		{"types/A.json", "#/$defs/x", "types/A.json#/$defs/x"},
		{"types/A.json", "#/$defs/x/a~1b", "types/A.json#/$defs/x/a~1b"},
		{"types/A.json", "#/list/0", "types/A.json#/list/0"},
		{"types/A.json", "A.json", "types/A.json#"},
		{"types/A.json", "B.json", "types/B.json#"},
		{"types/A.json", "./B.json#", "types/B.json#"},
		{"types/A.json", "../top.json", "top.json#"},
		{"types/A.json", "../types/../types/B.json", "types/B.json#"},
		{"methods/chat/chat.send.json", "../../types/A.json#/$defs/x", "types/A.json#/$defs/x"},
		{"top.json", "types/A.json", "types/A.json#"},
	} {
		n, err := tree.Resolve(tree.File(c.from), c.ref)
		if err != nil || n.Location() != c.want {
			t.Errorf("%q from %s leads to %v (%v), want %s", c.ref, c.from, n, err, c.want)
		}
	}
	for _, c := range []struct{ from, ref, want string }{
		{"types/A.json", "C.json", `"C.json" leads to schema/types/C.json, which does not exist`},
		{"types/A.json", "b.json", `"b.json" leads to schema/types/b.json, which does not exist`},
		{"types/A.json", "types/B.json", `"types/B.json" leads to schema/types/types/B.json, which does not exist`},
		{"types/A.json", "../../A.json", `"../../A.json" leads out of the schema folder`},
		{"top.json", "..", `".." leads out of the schema folder`},
		{"types/A.json", "/types/B.json", `"/types/B.json" is not a path relative to this file: only files of this schema folder can be referred to`},
		{"types/A.json", "https://example.com/B.json", `"https://example.com/B.json" is not a path relative to this file: only files of this schema folder can be referred to`},
		{"types/A.json", "urn:x#/a", `"urn:x#/a" is not a path relative to this file: only files of this schema folder can be referred to`},
		{"types/A.json", "broken.json", `"broken.json" leads to schema/types/broken.json, which has a syntax error`},
		{"types/broken.json", "#/a", `"#/a" leads to schema/types/broken.json, which has a syntax error`},
		{"types/A.json", "#/$defs/y", `"#/$defs/y" leads to schema/types/A.json, where nothing stands at "/$defs/y"`},
		{"types/A.json", "#x", `"#x" leads to schema/types/A.json, where nothing stands at "x"`},
		{"types/A.json", "B.json#/b/c", `"B.json#/b/c" leads to schema/types/B.json, where nothing stands at "/b/c"`},
		{"types/A.json", "#/list/1", `"#/list/1" leads to schema/types/A.json, where nothing stands at "/list/1"`},
	} {
		if n, err := tree.Resolve(tree.File(c.from), c.ref); err == nil || err.Error() != c.want {
			t.Errorf("%q from %s: %v (%v), want %s", c.ref, c.from, err, n, c.want)
		}
	}
}

package source

import (
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/gen/diag"
)

const sample = `{
  "title": "É",
  "yes": true, "no": false,
  "list": [10, {"x": null}, "s"],
  "a/b": {"~": {"": 1.5}}
}
`

func parsed(t testing.TB, path, text string) *File {
	t.Helper()
	f, list := Parse(path, "schema/"+path, []byte(text))
	if len(list) > 0 {
		t.Fatal(list[0])
	}
	return f
}

// TestPlaces: position, pointer and text of every value.
func TestPlaces(t *testing.T) {
	f := parsed(t, "types/S.json", sample)
	places(t, f)
	for _, c := range []struct {
		pointer   string
		line, col int
		kind      Kind
		raw       string
	}{
		{"/title", 2, 12, String, `"É"`},
		{"/yes", 3, 10, Bool, `true`},
		{"/no", 3, 22, Bool, `false`}, // columns count bytes of their own line only
		{"/list", 4, 11, Array, `[10, {"x": null}, "s"]`},
		{"/list/0", 4, 12, Number, `10`},
		{"/list/1", 4, 16, Object, `{"x": null}`},
		{"/list/1/x", 4, 22, Null, `null`},
		{"/list/2", 4, 29, String, `"s"`},
		{"/a~1b", 5, 10, Object, `{"~": {"": 1.5}}`},
		{"/a~1b/~0", 5, 16, Object, `{"": 1.5}`},
		{"/a~1b/~0/", 5, 21, Number, `1.5`},
	} {
		n := f.Root.At(c.pointer)
		if n == nil {
			t.Errorf("nothing at %q", c.pointer)
			continue
		}
		want := diag.Pos{File: "schema/types/S.json", Line: c.line, Col: c.col}
		if n.Pos() != want || n.Kind != c.kind || string(n.Raw()) != c.raw || n.Pointer() != c.pointer {
			t.Errorf("%s: %s %s %q at %s, want %s %q at %s", c.pointer, n.Pointer(), n.Kind, n.Raw(), n.Pos(), c.kind, c.raw, want)
		}
		if location := "types/S.json#" + c.pointer; n.Location() != location || n.String() != c.kind.String()+" "+location {
			t.Errorf("%s: location %q, shown %q", c.pointer, n.Location(), n)
		}
	}
	if p := f.Root.Pointer(); p != "" || f.Root.Parent() != nil {
		t.Errorf("the root has pointer %q and parent %v", p, f.Root.Parent())
	}
	if n := f.Root.At("/list/1/x"); n.Key() != "x" || n.Parent() != f.Root.At("/list/1") || n.Parent().Key() != "" || n.Parent().Parent().Key() != "list" {
		t.Errorf("keys and parents of %s are wrong", n)
	}
}

// TestEnds: a position can lie behind the last byte.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		text      string
		off       int
		line, col int
	}{
		{"", 0, 1, 1}, {"ab", 2, 1, 3}, {"a\n", 1, 1, 2}, {"a\n", 2, 2, 1}, {"\n\n", 1, 2, 1}, {"\n\n", 2, 3, 1}, {"é\nx", 3, 2, 1},
	} {
		f, _ := Parse("x", "", []byte(c.text))
		if got, want := f.Pos(c.off), (diag.Pos{File: "x", Line: c.line, Col: c.col}); got != want {
			t.Errorf("offset %d of %q is at %s, want %s", c.off, c.text, got, want)
		}
	}
}

func TestAt(t *testing.T) {
	root := parsed(t, "x", sample).Root
	for _, pointer := range []string{"title", "/", "/no/x", "/list/3", "/list/-1", "/list/-", "/list/x", "/list/", "/list/1/y", "/a/b", "/title/0", "/nope/x/y", "#/title"} {
		if n := root.At(pointer); n != nil {
			t.Errorf("%q leads to %s", pointer, n)
		}
	}
	var none *Node
	if none.At("/x") != nil || none.At("") != nil {
		t.Error("a pointer leads somewhere from nothing")
	}
}

func TestPointerEscapes(t *testing.T) {
	for token, escaped := range map[string]string{"": "", "a": "a", "a/b": "a~1b", "~": "~0", "~1": "~01", "~/": "~0~1", "~0/~1": "~00~1~01"} {
		if got := EscapePointer(token); got != escaped {
			t.Errorf("%q is escaped as %q, want %q", token, got, escaped)
		}
		if got := UnescapePointer(escaped); got != token {
			t.Errorf("%q is unescaped as %q, want %q", escaped, got, token)
		}
	}
}

func TestAccessors(t *testing.T) {
	f := parsed(t, "x", sample)
	n := f.Root
	var none *Node
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"Str", n.Str("title"), "É"}, {"Str of a bool", n.Str("yes"), ""}, {"Str of none", n.Str("zz"), ""}, {"Str of nil", none.Str("a"), ""},
		{"True", n.True("yes"), true}, {"True of false", n.True("no"), false}, {"True of a string", n.True("title"), false}, {"True of none", n.True("zz"), false},
		{"Has", n.Has("no"), true}, {"Has not", n.Has("zz"), false}, {"Has of nil", none.Has("a"), false}, {"Has of a list", n.Get("list").Has("0"), false},
		{"KeyPos", n.KeyPos("no"), f.Pos(n.Members[2].Off)}, {"KeyPos of none", n.KeyPos("zz"), n.Pos()},
		{"KeyPos column", n.KeyPos("no").Col, 16},
		{"Shown", f.Shown(), "schema/x"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.what, c.got, c.want)
		}
	}
	var keys []string
	for _, m := range n.Members {
		keys = append(keys, m.Key)
	}
	if want := []string{"title", "yes", "no", "list", "a/b"}; !slices.Equal(keys, want) {
		t.Errorf("members are %q, want source order %q", keys, want)
	}
	var walked []string
	Walk(n.Get("list"), func(n *Node) { walked = append(walked, n.Pointer()) })
	if want := []string{"/list", "/list/0", "/list/1", "/list/1/x", "/list/2"}; !slices.Equal(walked, want) {
		t.Errorf("walked %q, want %q", walked, want)
	}
	Walk(nil, func(*Node) { t.Error("walked nothing") })
}

func TestInt(t *testing.T) {
	for text, want := range map[string]struct {
		i  int64
		ok bool
	}{
		"0": {0, true}, "-12": {-12, true}, "9223372036854775807": {9223372036854775807, true}, "9223372036854775808": {},
		"1.0": {}, "1e3": {}, `"1"`: {}, "true": {}, "null": {}, "[1]": {},
	} {
		i, ok := parsed(t, "x", text).Root.Int()
		if ok != want.ok || ok && i != want.i {
			t.Errorf("%s is %d, %v", text, i, ok)
		}
	}
	var none *Node
	if _, ok := none.Int(); ok {
		t.Error("nothing is an integer")
	}
}

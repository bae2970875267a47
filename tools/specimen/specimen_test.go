package specimen

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

func typeOf(t *testing.T, name string) *ir.Type {
	t.Helper()
	s, err := oracle.Load(os.DirFS("../keywords/schema"))
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range s.Types() {
		if s.Name(typ) == name {
			return typ
		}
	}
	t.Fatalf("no type %s", name)
	return nil
}

func TestSites(t *testing.T) {
	text := `{"type":"group","of":[{"type":"circle","r":1},{"type":"square","side":2,"x":3},{"type":"none"}]}`
	var got []string
	for _, s := range Sites([]byte(text), typeOf(t, "Shape")) {
		got = append(got, s.Path+" "+s.Use.Type.Kind.String())
	}
	want := []string{" union", "/type string", "/of array", "/of/0 union", "/of/0/type string", "/of/0/r float",
		"/of/1 union", "/of/1/type string", "/of/1/side int", "/of/2 union"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestSeeded: the same seed gives the same texts.
func TestSeeded(t *testing.T) {
	typ := typeOf(t, "Lists")
	all := func() []byte {
		m := NewMaker(7)
		base := m.Make(typ)
		out := slices.Clone(base)
		keep := func(s Specimen) { out = append(append(out, s.What...), s.Text...) }
		Damage(base, typ, m, All, keep)
		Torn(base, m, 20, keep)
		Nested(base, typ, 10, All, keep)
		return out
	}
	first := all()
	if len(first) < 100000 {
		t.Errorf("only %d bytes of damage", len(first))
	}
	if !bytes.Equal(first, all()) {
		t.Error("the same seed gave other texts")
	}
}

// TestDamageIsOneThing: a change at a place leaves everything else alone.
func TestDamageIsOneThing(t *testing.T) {
	typ := typeOf(t, "Leaf")
	base := `{"id":"a","n":1}`
	found := map[string]string{}
	Damage([]byte(base), typ, NewMaker(1), All, func(s Specimen) { found[s.Path+" "+s.What] = string(s.Text) })
	for what, want := range map[string]string{
		"/id member left out":       `{"n":1}`,
		"/n member left out":        `{"id":"a"}`,
		"/id name with an escape":   `{"i\u0064":"a","n":1}`,
		"/id member twice":          `{"id":"a","n":1,"id":"a"}`,
		"/n maximum 1":              `{"id":"a","n":4}`,
		"/n minimum -1":             `{"id":"a","n":-4}`,
		"/id minLength: 0 of a":     `{"id":"","n":1}`,
		"/id string last escaped":   `{"id":"\u0061","n":1}`,
		" unknown member first":     `{"x-unknown":1,"id":"a","n":1}`,
		" members reversed":         `{"n":1,"id":"a"}`,
		"/n number in the form 1.0": `{"id":"a","n":1.0}`,
		"/n replaced by \"zz\"":     `{"id":"a","n":"zz"}`,
	} {
		if found[what] != want {
			t.Errorf("%q: %s, want %s", what, found[what], want)
		}
	}
}

func TestNested(t *testing.T) {
	typ := typeOf(t, "Anything")
	base := `{"any":1,"object":{},"nullObject":null}`
	deepest := 0
	Nested([]byte(base), typ, 5, All, func(s Specimen) {
		if s.Path == "/any" && strings.HasPrefix(s.What, "arrays") {
			deepest = max(deepest, 1+strings.Count(string(s.Text), "["))
		}
	})
	if deepest != 6 {
		t.Errorf("the limit is 5 levels, what is tried goes to %d", deepest)
	}
}

package oracle

import (
	"os"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func load(t *testing.T) (*Schema, func(name string) *ir.Type) {
	t.Helper()
	s, err := Load(os.DirFS("../keywords/schema"))
	if err != nil {
		t.Fatal(err)
	}
	return s, func(name string) *ir.Type {
		for _, typ := range s.Types() {
			if s.Name(typ) == name {
				return typ
			}
		}
		t.Fatalf("no type %s", name)
		return nil
	}
}

func TestStrictness(t *testing.T) {
	_, typ := load(t)
	const max = 4
	for _, c := range []struct {
		typ, text string
		want      Reason
	}{
		{"Leaf", `{"id":"a","n":1}`, None},
		{"Leaf", ` {"id" : 7 } `, None}, // whatever the schema says
		{"Leaf", `{"id":"a"`, Syntax},
		{"Leaf", `{"id":"a"} x`, Syntax},
		{"Leaf", `{"n":01}`, Syntax},
		{"Leaf", "{\"id\":\"\xff\"}", UTF8},
		{"Leaf", `{"id":"\ud800"}`, UTF8},
		{"Leaf", `{"id":"\ud83d\ude00"}`, None},
		{"Leaf", `{"id":"a","i\u0064":"a"}`, Duplicate},
		{"Leaf", `{"x":{"a":1,"a":1}}`, Duplicate},
		{"Anything", `{"any":[[[]]]}`, None},
		{"Anything", `{"any":[[[[]]]]}`, Depth},
		{"Anything", `{"any":1e309}`, Float},
		{"Anything", `{"any":9007199254740993}`, None}, // a float, where it stands
		{"Leaf", `{"n":9007199254740992}`, Integer},
		{"Leaf", `{"n":-9007199254740992.0}`, Integer},
		{"Leaf", `{"n":9007199254740991}`, None},
		{"Leaf", `{"n":9007199254740992.5}`, None}, // no integer at all
		{"Kinds", `[9007199254740992]`, Integer},
		{"Kinds", `9007199254740992`, None}, // its number branch is a float
		{"Unions", `{"nullInside":9007199254740992}`, Integer},
		{"Shape", `{"type":"square","side":9007199254740992}`, Integer},
		{"Shape", `{"type":"circle","side":9007199254740992}`, None},
	} {
		if got := Strictness(typ(c.typ), []byte(c.text), max); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.typ, c.text, got, c.want)
		}
	}
}

func TestLaxness(t *testing.T) {
	for _, c := range []struct {
		text string
		want Reason
	}{
		{`{"a":1,"a":2}`, None}, {`"\ud800"`, None}, {`1e999`, None}, {`[[[]]]`, None},
		{`[[[[[]]]]]`, Depth}, {`[1,]`, Syntax}, {"\"\xff\"", UTF8},
	} {
		if got := Laxness([]byte(c.text), 4); got != c.want {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestRounded(t *testing.T) {
	_, typ := load(t)
	for _, c := range []struct {
		text string
		want bool
	}{
		{`{"any":0.1}`, false}, {`{"any":1e300}`, false}, {`{"any":2.50}`, false},
		{`{"any":0.10000000000000001}`, true}, {`{"any":1e-400}`, true}, {`{"any":9007199254740993}`, true},
	} {
		if got := Rounded(typ("Numbers"), []byte(c.text)); got != c.want {
			t.Errorf("%s: %v", c.text, got)
		}
	}
}

// TestJudges: the three judges say what their schemas say.
func TestJudges(t *testing.T) {
	s, typ := load(t)
	modern, err := NewModern(s)
	if err != nil {
		t.Fatal(err)
	}
	export, err := NewExport(s)
	if err != nil {
		t.Fatal(err)
	}
	lenient, err := NewLenient(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		typ, text          string
		strict, lenientToo bool
		fault              string
	}{
		{"Leaf", `{"id":"a"}`, true, true, ""},
		{"Leaf", `{"id":""}`, false, true, "/id minLength"},
		{"Leaf", `{}`, false, true, " required"},
		{"Leaf", `{"id":"a","x":1}`, false, true, " additionalProperties"},
		{"Leaf", `{"id":1}`, false, false, "/id type"},
		{"Leaf", `{"id":null}`, false, true, "/id type"},
		{"Strings", `{"any":"","one":"1","two":"22","word":"a","when":"2026-11-22T00:00:00Z","exact":"ccc","base64":"AB=="}`, false, true, "/base64 format"},
		{"Composed", `{"x":"1","z":null,"w":[],"own":true}`, true, true, ""},
		{"Composed", `{"x":"1","z":null,"w":[],"own":true,"no":1}`, false, true, " additionalProperties"},
		{"Shape", `{"type":"odd"}`, false, false, ""},
		{"OpenShape", `{"type":"odd"}`, true, true, ""},
		{"OpenShape", `{}`, false, false, ""},
		{"OtherShape", `{"type":"pair"}`, false, true, "/type not"},
		{"Kinds", `{}`, false, true, ""},
		{"Kinds", `null`, false, true, ""},
	} {
		text := []byte(c.text)
		a, err := modern.Judge(typ(c.typ), text)
		if err != nil || a.Valid != c.strict {
			t.Errorf("%s %s: 2020-12 says %v (%v)", c.typ, c.text, a, err)
		}
		if c.fault != "" && (len(a.Faults) != 1 || a.Faults[0].Path+" "+a.Faults[0].Rule != c.fault) {
			t.Errorf("%s %s: faults %v, want %q", c.typ, c.text, a.Faults, c.fault)
		}
		if b, err := export.Judge(typ(c.typ), text); err != nil || b.Valid != c.strict {
			t.Errorf("%s %s: draft-07 says %v (%v)", c.typ, c.text, b, err)
		}
		if l, err := lenient.Judge(typ(c.typ), text); err != nil || l.Valid != c.lenientToo {
			t.Errorf("%s %s: the lenient schema says %v (%v)", c.typ, c.text, l, err)
		}
	}
}

func TestFarOut(t *testing.T) {
	for text, want := range map[string]bool{`1e999999999`: true, `[1E-1000]`: true, `1e+1234`: true, `1e999`: false, `"1e9"`: false, strings.Repeat("9", 5000): false} {
		if got := FarOut([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

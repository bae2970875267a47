package wire

import (
	"fmt"
	"testing"
)

func TestLists(t *testing.T) {
	for _, c := range []struct {
		text    string
		strings string // what Strings reads, or "-"
		ints    string
	}{
		{`[]`, `[]`, `[]`}, {` [ ] `, `[]`, `[]`}, {`["a","\n"]`, `["a" "\n"]`, `-`}, {`[1, 2.0]`, `-`, `[1 2]`}, {`[1.5]`, `-`, `-`},
		{`{}`, `-`, `-`}, {`["a",]`, `-`, `-`}, {`["a"`, `-`, `-`}, {`[null]`, `-`, `-`}, {`null`, `-`, `-`}, {`[["a"]]`, `-`, `-`},
	} {
		r := NewReader([]byte(c.text), Strict, 2)
		var list []string
		got := "-"
		if r.Done(r.Strings(r.Start(), &list)) {
			got = fmt.Sprintf("%q", list)
		}
		if got != c.strings || got != "-" && list == nil {
			t.Errorf("Strings %s: %s", c.text, got)
		}
		r = NewReader([]byte(c.text), Strict, 2)
		var ints []int64
		got = "-"
		if r.Done(r.Ints(r.Start(), &ints)) {
			got = fmt.Sprint(ints)
		}
		if got != c.ints || got != "-" && ints == nil {
			t.Errorf("Ints %s: %s", c.text, got)
		}
	}
}

func TestKey(t *testing.T) {
	for _, mode := range []Mode{Strict, Lenient} {
		r := NewReader([]byte(`{"\u0061":1,"b":2}`), mode, 1)
		i, _ := r.Object(0)
		name, end := Key(&r, i, map[string]int{"b": 1})
		if name != "a" || end < 0 {
			t.Errorf("%q %d", name, end)
		}
		name, end = Key(&r, i, map[string]int{"a": 1})
		if name != "a" || (end == Invalid) != (mode == Strict) {
			t.Errorf("a second %q %d in mode %d", name, end, mode)
		}
	}
	if got := fmt.Sprint(SortedKeys(map[string]int{"b": 1, "a": 2, "": 3})); got != "[ a b]" {
		t.Error(got)
	}
}

func TestTag(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"a"}`: "a", `{"x":{"type":"no"},"y":[1],"type":"b"}`: "b", `{"t\u0079pe":"c\n"}`: "c\n", `{"type":""}`: "",
		`{"type":"a","type":"b"}`: "a", `{}`: "-", `{"x":1}`: "-", `{"type":1}`: "-", `{"type":null}`: "-", `[]`: "-", `"type"`: "-",
		`null`: "-", ``: "-", `{"x":[1,}`: "-", `{"type":"a`: "-", `{"x":1 "type":"a"}`: "-",
	} {
		for _, mode := range []Mode{Strict, Lenient} {
			r := NewReader([]byte(text), mode, 3)
			tag, ok := r.Tag(0, "type")
			if !ok {
				tag = "-"
			}
			if tag != want || r.depth != 3 {
				t.Errorf("%s: %q, depth %d", text, tag, r.depth)
			}
		}
	}
}

func TestConst(t *testing.T) {
	for _, c := range []struct {
		text            string
		strict, lenient bool
		read            func(*Reader) int
	}{
		{`"a"`, true, true, func(r *Reader) int { return r.ConstString(0, "a") }},
		{`"\u0061"`, true, true, func(r *Reader) int { return r.ConstString(0, "a") }},
		{`"b"`, false, true, func(r *Reader) int { return r.ConstString(0, "a") }},
		{`1`, false, false, func(r *Reader) int { return r.ConstString(0, "a") }},
		{`null`, false, true, func(r *Reader) int { return r.ConstString(0, "a") }},
		{`7.0`, true, true, func(r *Reader) int { return r.ConstInt(0, 7) }},
		{`8`, false, true, func(r *Reader) int { return r.ConstInt(0, 7) }},
		{`"7"`, false, false, func(r *Reader) int { return r.ConstInt(0, 7) }},
		{`25e-2`, true, true, func(r *Reader) int { return r.ConstFloat(0, 0.25, "0.25") }},
		{`0.5`, false, true, func(r *Reader) int { return r.ConstFloat(0, 0.25, "0.25") }},
		{`true`, true, true, func(r *Reader) int { return r.ConstBool(0, true) }},
		{`false`, false, true, func(r *Reader) int { return r.ConstBool(0, true) }},
		{`0`, false, false, func(r *Reader) int { return r.ConstBool(0, true) }},
	} {
		strict, lenient := NewReader([]byte(c.text), Strict, 0), NewReader([]byte(c.text), Lenient, 0)
		if got := strict.Done(c.read(&strict)); got != c.strict {
			t.Errorf("%s: %v", c.text, got)
		}
		if got := lenient.Done(c.read(&lenient)); got != c.lenient {
			t.Errorf("%s, lenient: %v", c.text, got)
		}
	}
}

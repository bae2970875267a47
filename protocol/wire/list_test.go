package wire

import (
	"fmt"
	"strings"
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

// TestGrow: what is set aside for a long list is close to what it takes, and a
// list that begins like a long one can't ask for more than a few times its own
// memory and the message's.
func TestGrow(t *testing.T) {
	type item [500]byte
	list := func(text string) (n, room int) {
		r := NewReader([]byte(text), Strict, 1)
		var list []item
		i, more := r.Array(0)
		for more {
			list = Grow(&r, list, 0, i)
			if list[len(list)-1] != (item{}) {
				t.Fatal("an item is not zero")
			}
			list[len(list)-1] = item{1}
			i, more = r.Item(r.Skip(i))
		}
		if !r.Done(i) {
			t.Fatalf("%d in %.40s", i, text)
		}
		return len(list), cap(list)
	}
	long := `"` + strings.Repeat("x", 300) + `"`
	for n := 1; n < 400; n++ {
		text := "[" + strings.Repeat(long+",", n-1) + long + "]"
		if got, room := list(text); got != n || room > n+1+n/8 {
			t.Errorf("%d items, room for %d: want %d", got, room, n)
		}
		// Small items, then one that is as long as they make believe is coming.
		text = "[" + strings.Repeat("1,", n) + `"` + strings.Repeat("x", 20*n) + `"]`
		if got, room := list(text); got != n+1 || (room-4*n)*500 > 2*len(text) {
			t.Errorf("%d items, room for %d: want %d", got, room, n+1)
		}
	}
}

func TestKey(t *testing.T) {
	for _, mode := range []Mode{Strict, Lenient} {
		r := NewReader([]byte(`{"\u0061":1,"b":2}`), mode, 1)
		name, i, _ := r.Object(0)
		if end := Key(&r, i, map[string]int{"b": 1}, name); name != "a" || end != i {
			t.Errorf("%q %d", name, end)
		}
		if end := Key(&r, i, map[string]int{"a": 1}, name); (end == Invalid) != (mode == Strict) {
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

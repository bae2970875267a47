package wire

import (
	"encoding/json"
	"strconv"
	"testing"
)

func TestRaw(t *testing.T) {
	for text, want := range map[string]string{`null`: `null`, ` {"a": [1, 2]} `: `{"a": [1, 2]}`, `"x"`: `"x"`, ` -1.5e3 `: `-1.5e3`, `[]`: `[]`} {
		r := NewReader([]byte(text), Strict, 4)
		var v Raw
		if !r.Done(r.Raw(r.Start(), &v)) || v.String() != want {
			t.Errorf("%s: %s", text, v)
		}
		if cap(v) != len(v) {
			t.Errorf("%s: appending to the value would write into the message", text)
		}
	}
	r := NewReader([]byte(`[1,]`), Strict, 4)
	var v Raw
	if r.Raw(0, &v) != Invalid || v != nil {
		t.Errorf("broken text gives %s", v)
	}
}

func TestRawObject(t *testing.T) {
	for text, want := range map[string]bool{`{}`: true, `{"a":1}`: true, `[]`: false, `1`: false, `"{}"`: false, `null`: false, ``: false, `{`: false} {
		r := NewReader([]byte(text), Strict, 4)
		var v Raw
		if got := r.Done(r.RawObject(0, &v)); got != want || (v != nil) != want {
			t.Errorf("%q: %v, %s", text, got, v)
		}
	}
}

func TestRawInEncodingJSON(t *testing.T) {
	type message struct {
		A Raw `json:"a"`
		B Raw `json:"b"`
		C Raw `json:"c"`
	}
	text := []byte(`{"a":{"x":[1]},"b":null}`)
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	clear(text) // the value must be a copy
	if string(m.A) != `{"x":[1]}` || string(m.B) != "null" || m.C != nil {
		t.Errorf("%s %s %v", m.A, m.B, m.C)
	}
	m.C = Raw{}
	if out, err := json.Marshal(m); err != nil || string(out) != `{"a":{"x":[1]},"b":null,"c":null}` {
		t.Errorf("%s %v", out, err)
	}
}

func TestExtra(t *testing.T) {
	read := func(text string, mode Mode) (Extra, bool) {
		r := NewReader([]byte(text), mode, 4)
		var v Extra
		name, i, more := r.Object(r.Start())
		for more {
			name, i, more = r.Next(r.Extra(i, name, &v))
		}
		ok := r.Done(r.Distinct(i, v))
		return v, ok
	}
	v, ok := read(`{"b":1,"a":{"c":null}}`, Strict)
	if !ok || len(v) != 2 || v[0].Name != "b" || string(v.Get("a")) != `{"c":null}` || v.Get("c") != nil {
		t.Errorf("%v %v", v, ok)
	}
	if _, ok = read(`{"b":1,"\u0062":2}`, Strict); ok {
		t.Error("a name came twice")
	}
	if v, ok = read(`{"b":1,"\u0062":2}`, Lenient); !ok || len(v) != 2 {
		t.Errorf("%v %v", v, ok)
	}
	if _, ok = read(`{"b":[1}`, Lenient); ok {
		t.Error("broken text is taken")
	}
}

func TestNameSet(t *testing.T) {
	for size := range 40 {
		var names nameSet
		for i := range size {
			if !names.add(strconv.Itoa(i)) {
				t.Fatalf("%d of %d is not new", i, size)
			}
		}
		for i := range size {
			if names.add(strconv.Itoa(i)) {
				t.Fatalf("%d of %d is new", i, size)
			}
		}
	}
}

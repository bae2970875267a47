package wire

import (
	"encoding/json"
	"testing"
)

func TestOpt(t *testing.T) {
	var absent Opt[string]
	if absent.Set || !absent.IsZero() || absent.Or("x") != "x" {
		t.Error("the zero value is present")
	}
	present := Some("")
	if !present.Set || present.IsZero() || present.Or("x") != "" {
		t.Error("an empty string is absent")
	}
	byDefault := Opt[int]{V: 7} // a default of the schema is a value, but not a member
	if !byDefault.IsZero() || byDefault.V != 7 || byDefault.Or(9) != 9 {
		t.Error("a default counts as a member")
	}
}

func TestNull(t *testing.T) {
	var null Null[int]
	if null.Valid {
		t.Error("the zero value is not null")
	}
	if v := Value(0); !v.Valid || v.V != 0 {
		t.Error("0 is null")
	}
}

func TestOptNull(t *testing.T) {
	for _, c := range []struct {
		name       string
		v          OptNull[int]
		zero, null bool
		value      int
		ok         bool
	}{
		{"absent", OptNull[int]{}, true, false, 0, false},
		{"null", ExplicitNull[int](), false, true, 0, false},
		{"value", SomeOrNull(5), false, false, 5, true},
		{"zero value", SomeOrNull(0), false, false, 0, true},
	} {
		value, ok := c.v.Get()
		if c.v.IsZero() != c.zero || c.v.IsNil != c.null || c.v.Set == c.zero || value != c.value || ok != c.ok {
			t.Errorf("%s: %+v gives %d, %v", c.name, c.v, value, ok)
		}
	}
}

// TestOmitZero: encoding/json leaves absent members out of what it writes.
func TestOmitZero(t *testing.T) {
	type shape struct {
		A Opt[int]     `json:"a,omitzero"`
		B OptNull[int] `json:"b,omitzero"`
		C Raw          `json:"c,omitzero"`
	}
	for _, c := range []struct {
		v    shape
		want int
	}{{shape{}, 0}, {shape{A: Some(0), B: ExplicitNull[int](), C: Raw("1")}, 3}} {
		text, err := json.Marshal(c.v)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err = json.Unmarshal(text, &members); err != nil || len(members) != c.want {
			t.Errorf("%s, %v", text, err)
		}
	}
}

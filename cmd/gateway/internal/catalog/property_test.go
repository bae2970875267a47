package catalog_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/catalog"
)

// value draws any JSON value, with members that are secret in skills.update
// among its names.
func value(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := []string{"string", "number", "bool", "null"}
		if depth > 0 {
			kinds = append(kinds, "object", "array")
		}
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "string":
			return rapid.String().Draw(t, "string")
		case "number":
			return float64(rapid.Int32().Draw(t, "number"))
		case "bool":
			return rapid.Bool().Draw(t, "bool")
		case "object":
			return rapid.MapOfN(rapid.SampledFrom([]string{"apiKey", "env", "skillKey", "", "a.b", "é\n"}), value(depth-1), 0, 4).Draw(t, "object")
		case "array":
			return rapid.SliceOfN(value(depth-1), 0, 4).Draw(t, "array")
		}
		return nil
	})
}

// expected hides as the schema of skills.update says: two members of the
// outermost object.
func expected(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for _, name := range []string{"apiKey", "env"} {
		if object[name] != nil {
			object[name] = "***"
		}
	}
	return object
}

// Hide hides what it has to, and leaves everything else as it is.
func TestHideAny(t *testing.T) {
	schema := catalog.LookupMethod("skills.update").Params
	rapid.Check(t, func(t *rapid.T) {
		in := value(3).Draw(t, "value")
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var got, again any
		if err := json.Unmarshal(schema.Hide(text), &got); err != nil {
			t.Fatalf("%s became %s: %v", text, schema.Hide(text), err)
		}
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		if want := expected(again); !reflect.DeepEqual(got, want) {
			t.Errorf("%s became %v, want %v", text, got, want)
		}
	})
}

// Whatever is typed, params are an object or an error; JSON that is given comes
// out as it went in.
func TestParamsOfAnything(t *testing.T) {
	methods := catalog.Methods()
	rapid.Check(t, func(t *rapid.T) {
		schema := catalog.LookupMethod(rapid.SampledFrom(methods).Draw(t, "method")).Params
		words := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z.]{1,10}:?=.{0,10}`)), 0, 4).Draw(t, "words")
		if got, err := schema.Params(words); err == nil && (!json.Valid(got) || bytes.TrimSpace(got)[0] != '{') {
			t.Errorf("%q became %s", words, got)
		}
		var none *catalog.Schema
		text, err := json.Marshal(value(2).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := none.Params([]string{"x:=" + string(text)})
		if want := `{"x":` + string(text) + `}`; err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	})
}

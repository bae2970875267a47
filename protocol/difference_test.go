package protocol_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

// difference is a place where what was encoded is not what had been decoded.
// Items of lists are one place, "*".
type difference struct {
	what     string // dropped, added or changed
	at       string
	old, new any
}

func (d difference) String() string {
	return fmt.Sprintf("%s %s: %v became %v", d.what, d.at, d.old, d.new)
}

// differences compares two JSON values as encoding/json gives them.
func differences(old, new any) []difference {
	var list []difference
	compare(old, new, "", &list)
	slices.SortFunc(list, func(a, b difference) int { return slices.Compare([]string{a.at, a.what}, []string{b.at, b.what}) })
	return list
}

func compare(old, new any, at string, list *[]difference) {
	switch o := old.(type) {
	case map[string]any:
		n, ok := new.(map[string]any)
		if !ok {
			break
		}
		for name, value := range o {
			if other, ok := n[name]; ok {
				compare(value, other, at+"/"+name, list)
			} else {
				*list = append(*list, difference{"dropped", at + "/" + name, value, nil})
			}
		}
		for name, value := range n {
			if _, ok := o[name]; !ok {
				*list = append(*list, difference{"added", at + "/" + name, nil, value})
			}
		}
		return
	case []any:
		n, ok := new.([]any)
		if !ok || len(n) != len(o) {
			break
		}
		for k := range o {
			compare(o[k], n[k], at+"/*", list)
		}
		return
	}
	if !reflect.DeepEqual(old, new) {
		*list = append(*list, difference{"changed", at, old, new})
	}
}

// encoded is a decoded result, payload or params as JSON again.
func encoded(t *testing.T, v any) []byte {
	t.Helper()
	if p := reflect.ValueOf(v); !p.IsValid() || p.Kind() == reflect.Pointer && p.IsNil() {
		return []byte("null")
	}
	if a, ok := v.(wire.Appender); ok {
		return a.AppendJSON(nil)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDifferencesAreFound(t *testing.T) {
	old := `{"a":1,"b":[{"c":null},{"d":"x"}],"e":{"f":true}}`
	for _, c := range []struct{ new, want string }{
		{old, "[]"},
		{`{"e":{"f":true},"b":[{"c":null},{"d":"x"}],"a":1.0}`, "[]"},
		{`{"b":[{"c":null},{"d":"x"}],"e":{"f":true}}`, "[dropped /a: 1 became <nil>]"},
		{`{"a":1,"b":[{},{"d":"x"}],"e":{"f":true}}`, "[dropped /b/*/c: <nil> became <nil>]"},
		{`{"a":1,"b":[{"c":null},{"d":"y"}],"e":{"f":true,"g":0}}`, "[changed /b/*/d: x became y added /e/g: <nil> became 0]"},
		{`{"a":"1","b":[{"c":null}],"e":null}`, "[changed /a: 1 became 1 changed /b: [map[c:<nil>] map[d:x]] became [map[c:<nil>]] changed /e: map[f:true] became <nil>]"},
	} {
		if got := fmt.Sprint(differences(parsed(t, []byte(old)), parsed(t, []byte(c.new)))); got != c.want {
			t.Errorf("%s: got %s, want %s", c.new, got, c.want)
		}
	}
}

package ir_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// TestRepository: the model of this repository's protocol can be read back:
// every name that something refers to a type by is that of one type, and the
// bytes are the same wherever the folder is.
func TestRepository(t *testing.T) {
	texts := make([][]byte, 2)
	for i, prefix := range []string{"schema", "/elsewhere/schema"} {
		tree, list := source.Load(os.DirFS("../../schema"), prefix)
		p, more := lower.Lower(tree)
		if list = append(list, more...); len(list) > 0 {
			t.Fatal(list)
		}
		var b bytes.Buffer
		if err := ir.WriteJSON(&b, p); err != nil {
			t.Fatal(err)
		}
		texts[i] = b.Bytes()
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Error("the JSON depends on where the folder is")
	}
	var model struct {
		Types []struct{ Name, At string }
	}
	var all any
	if err := json.Unmarshal(texts[0], &model); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(texts[0], &all); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, typ := range model.Types {
		if typ.Name == "" || slices.Contains(names, typ.Name) {
			t.Errorf("type %q at %s has no name of its own", typ.Name, typ.At)
		}
		names = append(names, typ.Name)
	}
	used := 0
	refs(all, func(name string) {
		used++
		if !slices.Contains(names, name) {
			t.Errorf("something refers to type %q, which is not listed", name)
		}
	})
	if used < len(names) {
		t.Errorf("%d types are referred to %d times", len(names), used)
	}
}

// refs calls f for every reference to a type. Examples are full of the same
// words, but not of uses.
func refs(v any, f func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if name, ok := member.(string); ok && key == "ref" {
				f(name)
			}
			if key != "examples" && key != "default" {
				refs(member, f)
			}
		}
	case []any:
		for _, item := range v {
			refs(item, f)
		}
	}
}

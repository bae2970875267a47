package bundle

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/format"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// TestRoundTrip takes the real schema through the bundle and back: the same
// model, the same files, and the same bundle again.
func TestRoundTrip(t *testing.T) {
	tree, p := realSchema(t)
	data, err := Draft2020(tree)
	if err != nil {
		t.Fatal(err)
	}
	files, err := Split(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(tree.Files) {
		t.Errorf("%d files came back of %d", len(files), len(tree.Files))
	}
	for _, f := range tree.Files {
		want, err := format.Format(f.Path, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(files[f.Path], want) {
			t.Errorf("%s came back changed:\n%s", f.Path, files[f.Path])
		}
	}
	again, list := source.New(files, "schema")
	if len(list) > 0 {
		t.Fatal(list[0])
	}
	if where := differ(p, lowered(t, again)); where != "" {
		t.Errorf("the model came back changed at %s", where)
	}
	formatted, err := Draft2020(again)
	if err != nil {
		t.Fatal(err)
	}
	if files, err = Split(formatted); err != nil {
		t.Fatal(err)
	}
	last, _ := source.New(files, "schema")
	if out, err := Draft2020(last); err != nil || !bytes.Equal(out, formatted) {
		t.Errorf("a bundle of a split bundle is another one (%v)", err)
	}
}

// differ walks two models side by side and names the first place where they
// differ, "" when they are the same. Positions and the hash are of the files,
// not of what they say.
func differ(a, b *ir.Protocol) string {
	type pair struct{ a, b uintptr }
	seen := map[pair]bool{}
	var walk func(where string, a, b reflect.Value) string
	walk = func(where string, a, b reflect.Value) string {
		switch a.Kind() {
		case reflect.Pointer:
			if a.IsNil() || b.IsNil() {
				if a.IsNil() != b.IsNil() {
					return where
				}
				return ""
			}
			at := pair{a.Pointer(), b.Pointer()}
			if seen[at] {
				return ""
			}
			seen[at] = true
			return walk(where, a.Elem(), b.Elem())
		case reflect.Struct:
			if a.Type() == reflect.TypeFor[diag.Pos]() {
				return ""
			}
			for i := range a.NumField() {
				name := a.Type().Field(i).Name
				if name == "Hash" {
					continue
				}
				if found := walk(where+"."+name, a.Field(i), b.Field(i)); found != "" {
					return found
				}
			}
			return ""
		case reflect.Slice:
			if a.Len() != b.Len() {
				return fmt.Sprintf("%s: %d entries and %d", where, a.Len(), b.Len())
			}
			for i := range a.Len() {
				if found := walk(fmt.Sprintf("%s[%d]", where, i), a.Index(i), b.Index(i)); found != "" {
					return found
				}
			}
			return ""
		}
		if !a.Equal(b) {
			return fmt.Sprintf("%s: %v and %v", where, a, b)
		}
		return ""
	}
	return walk("Protocol", reflect.ValueOf(a), reflect.ValueOf(b))
}

func TestDifferSeesChanges(t *testing.T) {
	_, a := realSchema(t)
	_, b := realSchema(t)
	if where := differ(a, b); where != "" {
		t.Fatal(where)
	}
	b.Methods[3].Params.Fields[0].Required = !b.Methods[3].Params.Fields[0].Required
	if where := differ(a, b); !strings.Contains(where, "Required") {
		t.Errorf("the change was not seen: %q", where)
	}
}

func TestRelative(t *testing.T) {
	for _, c := range []struct{ from, to, pointer, want string }{
		{"types/A", "types/A", "/$defs/x", "#/$defs/x"},
		{"types/A", "types/A", "", "#"},
		{"types/A", "types/B", "", "B.json"},
		{"types/A", "types/B", "/$defs/x", "B.json#/$defs/x"},
		{"events/tick", "types/Timestamp", "", "../types/Timestamp.json"},
		{"methods/chat/chat.send", "types/SessionKey", "", "../../types/SessionKey.json"},
		{"methods/chat/chat.send", "methods/cron/cron.add", "", "../cron/cron.add.json"},
		{"methods/chat", "methods/chat/x", "", "chat/x.json"},
		{"top", "types/A", "", "types/A.json"},
		{"types/A", "top", "", "../top.json"},
	} {
		if got := relative(c.from, c.to, c.pointer); got != c.want {
			t.Errorf("relative(%q, %q, %q) = %q, want %q", c.from, c.to, c.pointer, got, c.want)
		}
	}
}

func TestFragment(t *testing.T) {
	for _, c := range []struct{ pointer, want string }{
		{"/$defs/types~1A", "#/$defs/types~1A"},
		{"/$defs/types~1A b/$defs/50%", "#/$defs/types~1A%20b/$defs/50%25"},
		{"/definitions/Größe", "#/definitions/Gr%C3%B6%C3%9Fe"},
		{`/a"b^c`, "#/a%22b%5Ec"},
	} {
		if got := jsondoc.Fragment(c.pointer); got != c.want {
			t.Errorf("jsondoc.Fragment(%q) = %q, want %q", c.pointer, got, c.want)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	const head = `{"x-protocol": {"name": "x"}, "$defs": `
	for _, c := range []struct{ bundle, want string }{
		{`{`, "bundle:1:2: unexpected end of file"},
		{`[]`, "this is no bundle of a protocol"},
		{`{"$defs": {}}`, "this is no bundle of a protocol"},
		{`{"x-protocol": {}, "$defs": []}`, "this is no bundle of a protocol"},
		{head + `{"../etc/passwd": {}}}`, `$defs key "../etc/passwd" is no path of a schema file`},
		{head + `{"/etc/passwd": {}}}`, `$defs key "/etc/passwd" is no path of a schema file`},
		{head + `{"types/../../x": {}}}`, `is no path of a schema file`},
		{head + `{"c:x": {}}}`, `is no path of a schema file`},
		{head + `{"types\\x": {}}}`, `is no path of a schema file`},
		{head + `{"": {}, "protocol": {}}}`, `$defs key "protocol" is no path of a schema file`},
		{head + `{"types/A": {"$ref": "B.json"}}}`, `$ref "B.json" leads to no entry of the bundle`},
		{head + `{"types/A": {"$ref": "#/$defs/types~1B"}}}`, `leads to no entry of the bundle`},
		{head + `{"types/A": {"$ref": "#/$defs/%zz"}}}`, `leads to no entry of the bundle`},
		{head + `{"types/A": {"items": {"$ref": "#/$defs/types"}}}}`, `bundle:1:` /* the place of the reference */},
	} {
		if _, err := Split([]byte(c.bundle)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.bundle, err, c.want)
		}
	}
}

func TestDraft2020Refuses(t *testing.T) {
	bare, _ := source.New(map[string][]byte{"types/A.json": []byte(`{}`)}, "schema")
	broken, _ := source.New(map[string][]byte{"protocol.json": []byte(`{}`), "types/A.json": []byte(`{`)}, "schema")
	for _, c := range []struct {
		tree *source.Tree
		want string
	}{
		{bare, "schema: a bundle needs the manifest protocol.json"},
		{broken, "schema/types/A.json: cannot be bundled: it has a syntax error"},
		{treeOf(t, map[string]string{"types/A.json": `{ "$ref": "B.json" }`}), `schema/types/A.json:1:11: $ref "B.json" leads to schema/types/B.json, which does not exist`},
		{treeOf(t, map[string]string{"types/A.json": `{ "$ref": "../protocol.json" }`}), `leads to the manifest: expected a schema`},
		{treeOf(t, map[string]string{"types/A.txt": `{}`}), `expected a file named .json`},
	} {
		if _, err := Draft2020(c.tree); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// TestInstanceDataIsLeftAlone: a default or an example may have a member
// called $ref, which leads nowhere.
func TestInstanceDataIsLeftAlone(t *testing.T) {
	tree := treeOf(t, map[string]string{"types/A.json": `{ "title": "A", "type": "object",
		"examples": [{ "$ref": "nowhere.json", "properties": { "x": { "$ref": 1 } }, "n": 1.50e+2, "s": "\u00e9<&>\u2028" }] }`})
	data, err := Draft2020(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{`"nowhere.json"`, `1.50e+2`, `"\u00e9<&>\u2028"`} {
		if !bytes.Contains(data, []byte(kept)) {
			t.Errorf("%s is gone:\n%s", kept, data)
		}
	}
	if _, err := Split(data); err != nil {
		t.Error(err)
	}
}

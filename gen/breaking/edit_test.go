package breaking_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/breaking"
	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// An edit changes one file of this repository's own schema, as people do.
type edit struct {
	name string
	// apply changes the parsed file, or reports that it has no place for it.
	apply func(r *rand.Rand, doc map[string]any) bool
	// rules are what is to be found on the wire or of security: one of them
	// for a break, none for a compatible change.
	rules []diag.Rule
}

func params(doc map[string]any) map[string]any { return object(doc, "$defs", "params") }
func result(doc map[string]any) map[string]any { return object(doc, "$defs", "result") }

func object(doc map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		doc, _ = doc[k].(map[string]any)
	}
	return doc
}

// member picks a property that keeps to a condition.
func member(r *rand.Rand, schema map[string]any, is func(name string, p map[string]any) bool) (name string, p map[string]any) {
	props := object(schema, "properties")
	names := slices.Sorted(maps.Keys(props))
	for _, i := range r.Perm(len(names)) {
		p := object(props, names[i])
		if p != nil && is(names[i], p) {
			return names[i], p
		}
	}
	return "", nil
}

func required(schema map[string]any, name string) bool {
	list, _ := schema["required"].([]any)
	return slices.Contains(list, any(name))
}

func plain(kind string) func(string, map[string]any) bool {
	return func(_ string, p map[string]any) bool {
		return p["type"] == kind && p["enum"] == nil && p["const"] == nil && p["maxLength"] == nil && p["minLength"] == nil && p["format"] == nil && p["pattern"] == nil
	}
}

var edits = []edit{
	{"a limit", func(r *rand.Rand, doc map[string]any) bool {
		_, p := member(r, params(doc), plain("string"))
		if p == nil {
			return false
		}
		p["maxLength"] = 3
		return true
	}, []diag.Rule{"PARAM_CHECK_NO_ADD"}},
	{"a tighter limit", func(r *rand.Rand, doc map[string]any) bool {
		_, p := member(r, params(doc), func(_ string, p map[string]any) bool { return p["minimum"] != nil })
		if p == nil {
			return false
		}
		p["minimum"] = p["minimum"].(float64) + 1
		return true
	}, []diag.Rule{"PARAM_LIMIT_NO_TIGHTEN"}},
	{"a param goes", func(r *rand.Rand, doc map[string]any) bool {
		name, p := member(r, params(doc), func(name string, _ map[string]any) bool { return !required(params(doc), name) })
		if p == nil || params(doc)["x-open"] == true {
			return false
		}
		delete(object(params(doc), "properties"), name)
		return true
	}, []diag.Rule{"PARAM_NO_DELETE"}},
	{"a param is required", func(r *rand.Rand, doc map[string]any) bool {
		name, p := member(r, params(doc), func(name string, p map[string]any) bool { return !required(params(doc), name) && p["default"] == nil })
		if p == nil {
			return false
		}
		list, _ := params(doc)["required"].([]any)
		params(doc)["required"] = append(list, name)
		return true
	}, []diag.Rule{"PARAM_NO_NEW_REQUIRED"}},
	{"a new param is required", func(_ *rand.Rand, doc map[string]any) bool {
		props := object(params(doc), "properties")
		if props == nil {
			return false
		}
		props["brandNew"] = map[string]any{"type": "string", "description": "New."}
		list, _ := params(doc)["required"].([]any)
		params(doc)["required"] = append(list, "brandNew")
		return true
	}, []diag.Rule{"PARAM_NO_NEW_REQUIRED"}},
	{"a param of another kind", func(r *rand.Rand, doc map[string]any) bool {
		_, p := member(r, params(doc), plain("boolean"))
		if p == nil || p["default"] != nil {
			return false
		}
		p["type"] = "integer"
		return true
	}, []diag.Rule{"PARAM_TYPE_COMPATIBLE"}},
	{"a narrower enum", func(r *rand.Rand, doc map[string]any) bool {
		_, p := member(r, params(doc), func(_ string, p map[string]any) bool {
			list, _ := p["enum"].([]any)
			return len(list) > 1 && p["default"] == nil && list[0] != nil
		})
		if p == nil {
			return false
		}
		p["enum"] = p["enum"].([]any)[1:]
		return true
	}, []diag.Rule{"PARAM_ENUM_NO_DELETE"}},
	{"a default of another value", func(r *rand.Rand, doc map[string]any) bool {
		_, p := member(r, params(doc), func(_ string, p map[string]any) bool { _, is := p["default"].(bool); return is })
		if p == nil {
			return false
		}
		p["default"] = !p["default"].(bool)
		return true
	}, []diag.Rule{"PARAM_DEFAULT_SAME"}},
	{"a result member goes", func(r *rand.Rand, doc map[string]any) bool {
		name, p := member(r, result(doc), func(name string, _ map[string]any) bool { return !required(result(doc), name) })
		if p == nil {
			return false
		}
		delete(object(result(doc), "properties"), name)
		return true
	}, []diag.Rule{"RESULT_FIELD_NO_DELETE"}},
	{"a result member may be absent", func(_ *rand.Rand, doc map[string]any) bool {
		list, _ := result(doc)["required"].([]any)
		if len(list) == 0 || object(result(doc), "properties", list[0].(string)) == nil {
			return false
		}
		result(doc)["required"] = list[1:]
		return true
	}, []diag.Rule{"RESULT_REQUIRED_NO_DELETE"}},
	{"a result member may be null", func(r *rand.Rand, doc map[string]any) bool {
		_, p := member(r, result(doc), plain("string"))
		if p == nil || p["x-known"] != nil {
			return false
		}
		p["type"] = []any{"string", "null"}
		return true
	}, []diag.Rule{"RESULT_NULL_NO_ADD"}},
	{"a raised scope", func(_ *rand.Rand, doc map[string]any) bool {
		if doc["x-scope"] == "operator.admin" || doc["x-served-by"] != nil {
			return false
		}
		doc["x-scope"] = "operator.admin"
		return true
	}, []diag.Rule{"METHOD_ACCESS_NO_TIGHTEN"}},
	{"a lowered scope", func(_ *rand.Rand, doc map[string]any) bool {
		// Only these two imply the scope that is asked for instead.
		if doc["x-scope"] != "operator.write" && doc["x-scope"] != "operator.admin" || doc["x-served-by"] != nil {
			return false
		}
		doc["x-scope"] = "operator.read"
		return true
	}, []diag.Rule{"METHOD_ACCESS_NO_WIDEN"}},

	{"a new optional param", func(_ *rand.Rand, doc map[string]any) bool {
		props := object(params(doc), "properties")
		if props == nil || params(doc)["x-open"] == true {
			return false
		}
		props["brandNew"] = map[string]any{"type": "string", "description": "New."}
		return true
	}, nil},
	{"a new result member", func(_ *rand.Rand, doc map[string]any) bool {
		props := object(result(doc), "properties")
		if props == nil {
			return false
		}
		props["brandNew"] = map[string]any{"type": "string", "description": "New."}
		list, _ := result(doc)["required"].([]any)
		result(doc)["required"] = append(list, "brandNew")
		return true
	}, nil},
	{"a param may be left out", func(_ *rand.Rand, doc map[string]any) bool {
		list, _ := params(doc)["required"].([]any)
		if len(list) == 0 {
			return false
		}
		params(doc)["required"] = list[1:]
		return true
	}, nil},
	{"a param may be null", func(r *rand.Rand, doc map[string]any) bool {
		_, p := member(r, params(doc), func(name string, p map[string]any) bool {
			key, _ := doc["x-idempotency"].(map[string]any)
			return plain("string")(name, p) && p["x-known"] == nil && (key == nil || key["key"] != name)
		})
		if p == nil {
			return false
		}
		p["type"] = []any{"string", "null"}
		return true
	}, nil},
	{"a wider enum", func(r *rand.Rand, doc map[string]any) bool {
		_, p := member(r, params(doc), func(_ string, p map[string]any) bool { _, is := p["enum"].([]any); return is && p["type"] != "integer" })
		if p == nil {
			return false
		}
		p["enum"] = append(p["enum"].([]any), "brandNew")
		return true
	}, nil},
	{"a looser limit", func(r *rand.Rand, doc map[string]any) bool {
		_, p := member(r, params(doc), func(_ string, p map[string]any) bool { return p["minimum"] != nil && p["default"] == nil })
		if p == nil {
			return false
		}
		p["minimum"] = p["minimum"].(float64) - 1
		return true
	}, nil},
	{"an alias", func(_ *rand.Rand, doc map[string]any) bool {
		list, _ := doc["x-aliases"].([]any)
		doc["x-aliases"] = append(list, map[string]any{"name": "brand.new"})
		return true
	}, nil},
	{"a deprecation", func(_ *rand.Rand, doc map[string]any) bool {
		doc["x-deprecated"] = map[string]any{"since": 3, "use": "another"}
		return true
	}, nil},
	{"other words", func(_ *rand.Rand, doc map[string]any) bool {
		doc["description"] = "Other words."
		return true
	}, nil},
}

// TestEdits changes the real schema as people do, at places that chance picks:
// each breaking edit is named by its rule and no other break is, and
// compatible ones are passed over in silence.
func TestEdits(t *testing.T) {
	files := realSchema(t)
	old := compiled(t, files)
	methods := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return !strings.HasPrefix(name, "methods/") })
	times := 4
	if os.Getenv("GATESMITH_SOAK") == "1" {
		times = 100
	}
	for _, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, uint64(len(e.name))))
			done := 0
			for _, i := range r.Perm(len(methods)) {
				doc := map[string]any{}
				if err := json.Unmarshal(files[methods[i]], &doc); err != nil {
					t.Fatal(err)
				}
				if !e.apply(r, doc) {
					continue
				}
				now, sound := changed(t, files, methods[i], doc)
				if !sound {
					continue // the generator refuses it: nothing to compare
				}
				e.judge(t, methods[i], breaking.Compare(old, now))
				if done++; done == times {
					return
				}
			}
			if done == 0 {
				t.Error("no method has a place for it")
			}
		})
	}
}

func (e edit) judge(t *testing.T, file string, report *breaking.Report) {
	t.Helper()
	var heard []diag.Rule
	for _, f := range report.Findings {
		if f.Category != breaking.Source && f.Rule != "VERSION_BUMP_REQUIRED" {
			heard = append(heard, f.Rule)
		}
	}
	heard = slices.Compact(slices.Sorted(slices.Values(heard)))
	if !slices.Equal(heard, e.rules) {
		t.Errorf("%s in %s: heard %v, want %v", e.name, file, heard, e.rules)
	}
	if report.Unannounced() != (len(e.rules) > 0) {
		t.Errorf("%s in %s: unannounced is %v", e.name, file, report.Unannounced())
	}
}

// TestMethodsAndEvents: whole files that go, come or are renamed.
func TestMethodsAndEvents(t *testing.T) {
	files := realSchema(t)
	old := compiled(t, files)
	const method = "methods/logs/logs.tail.json"
	for _, c := range []struct {
		name string
		edit func(files map[string][]byte)
		want []diag.Rule
	}{
		{"a method goes", func(files map[string][]byte) { delete(files, method) }, []diag.Rule{"METHOD_NO_DELETE"}},
		{"an event goes", func(files map[string][]byte) {
			delete(files, "events/voicewake.changed.json")
			drop(files, "voicewake.changed")
		}, []diag.Rule{"EVENT_NO_DELETE"}},
		{"a method is renamed", func(files map[string][]byte) { rename(files, method, "logs.follow", "") }, []diag.Rule{"METHOD_NO_DELETE"}},
		{"a method is renamed and keeps its name", func(files map[string][]byte) { rename(files, method, "logs.follow", "logs.tail") }, nil},
		{"a method comes", func(files map[string][]byte) { copyFile(files, method, "logs.follow") }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := maps.Clone(files)
			c.edit(now)
			edit{name: c.name, rules: c.want}.judge(t, c.name, breaking.Compare(old, compiled(t, now)))
		})
	}
}

func rename(files map[string][]byte, file, to, alias string) {
	copyFile(files, file, to)
	text := string(files[file])
	delete(files, file)
	if alias != "" {
		other := path.Join(path.Dir(file), to+".json")
		files[other] = []byte(strings.Replace(text, `"x-method": "`+alias+`",`, `"x-method": "`+to+`", "x-aliases": [{ "name": "`+alias+`", "deprecated": true, "until": 4 }],`, 1))
	}
}

func copyFile(files map[string][]byte, file, to string) {
	wire := strings.TrimSuffix(path.Base(file), ".json")
	text := strings.Replace(string(files[file]), `"x-method": "`+wire+`"`, `"x-method": "`+to+`"`, 1)
	files[path.Join(path.Dir(file), to+".json")] = []byte(strings.Replace(text, `"title": "LogsTail"`, `"title": "LogsFollow"`, 1))
}

// drop takes an event out of the lists of what methods lead to.
func drop(files map[string][]byte, event string) {
	for name, text := range files {
		if strings.HasPrefix(name, "methods/") && strings.Contains(string(text), event) {
			doc := map[string]any{}
			_ = json.Unmarshal(text, &doc)
			list, _ := doc["x-emits"].([]any)
			doc["x-emits"] = slices.DeleteFunc(list, func(e any) bool { return e == event })
			delete(doc, "x-examples")
			files[name], _ = json.Marshal(doc)
		}
	}
}

// realSchema reads the schema folder of this repository.
func realSchema(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	root := os.DirFS("../../schema")
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".json") || strings.HasPrefix(p, "meta/") {
			return err
		}
		files[p], err = fs.ReadFile(root, p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func compiled(t *testing.T, files map[string][]byte) breaking.Version {
	t.Helper()
	tree, list := source.New(files, "schema")
	model, more := lower.Lower(tree)
	if list = append(list, more...); len(list) > 0 {
		t.Fatal(list)
	}
	return breaking.Version{Protocol: model, Tree: tree}
}

// changed is the schema with one file replaced, and whether it compiles.
func changed(t *testing.T, files map[string][]byte, name string, doc map[string]any) (breaking.Version, bool) {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	files = maps.Clone(files)
	files[name] = text
	tree, list := source.New(files, "schema")
	model, more := lower.Lower(tree)
	if len(list)+len(more) > 0 {
		return breaking.Version{}, false
	}
	return breaking.Version{Protocol: model, Tree: tree}, true
}

package breaking_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gatesmith/gatesmith/gen/breaking"
	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/shape"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// TestSilenceIsSafe holds the rules to what they are for. Schemas are put
// together and changed at random. Where no rule speaks of what clients send,
// every value that the earlier version accepts is accepted by the later one;
// where none speaks of what they receive, a client of the earlier version
// reads whatever the later one allows. Nothing here knows the rules.
func TestSilenceIsSafe(t *testing.T) {
	count := 6000
	if os.Getenv("GATESMITH_SOAK") == "1" {
		count = 300000
	}
	silent, spoken, tried, read := 0, 0, 0, 0
	for seed := range count {
		r := rand.New(rand.NewPCG(11, uint64(seed)))
		text := specimen.SchemaFile(r, "Thing")
		old, ok := things(t, text)
		if !ok {
			continue
		}
		changed := mutate(r, text)
		now, ok := things(t, changed)
		if !ok {
			continue
		}
		report := breaking.Compare(old, now)
		in, out := heard(report, "PARAM_"), heard(report, "RESULT_")
		if in || out {
			spoken++
		}
		if !in {
			silent++
			n, fault := stillAccepted(old, now, uint64(seed))
			tried += n
			if fault != "" {
				t.Fatalf("seed %d: no rule speaks, but %s\nearlier: %s\nlater: %s", seed, fault, text, changed)
			}
		}
		if !out {
			n, fault := stillRead(old, now, uint64(seed))
			read += n
			if fault != "" {
				t.Fatalf("seed %d: no rule speaks, but %s\nearlier: %s\nlater: %s", seed, fault, text, changed)
			}
		}
	}
	t.Logf("%d pairs silent and %d not; %d values sent, %d received", silent, spoken, tried, read)
	if silent < count/100 || spoken < count/200 || tried < count || read < count/2 {
		t.Error("too few pairs: the changes are of no use")
	}
}

// things is a protocol whose one method takes and gives values of a schema.
func things(t *testing.T, text string) (breaking.Version, bool) {
	t.Helper()
	preamble, err := txtar.ParseFile("testdata/preamble.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range preamble.Files {
		files[f.Name] = f.Data
	}
	files["types/Thing.json"] = []byte(text)
	files["types/Got.json"] = []byte(strings.Replace(text, `"Thing"`, `"Got"`, 1))
	tree, list := source.New(files, "schema")
	if len(list) > 0 {
		t.Fatal(list, text)
	}
	model, list := lower.Lower(tree)
	list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Rule == diag.DocRequired })
	return breaking.Version{Protocol: model, Tree: tree}, len(list) == 0
}

// heard reports whether a rule on values speaks of a break on the wire.
func heard(r *breaking.Report, prefix string) bool {
	return slices.ContainsFunc(r.Findings, func(f breaking.Finding) bool {
		return f.Category == breaking.Wire && strings.HasPrefix(string(f.Rule), prefix)
	})
}

func typeAt(p *ir.Protocol, location string) *ir.Type {
	i := slices.IndexFunc(p.Types, func(t *ir.Type) bool { return t.Location == location })
	return p.Types[i]
}

// values makes values of a type, whole and damaged.
func values(typ *ir.Type, seed uint64, f func(text []byte)) {
	endless := false
	ir.Walk(typ, func(t *ir.Type) { endless = endless || demands(t, t, nil) })
	if endless {
		return // no value is of it
	}
	m := specimen.NewMaker(seed)
	m.Plain = seed%2 == 0
	for range 8 {
		text := m.Make(typ)
		f(text)
		specimen.Damage(text, typ, m, func(specimen.Specimen) bool { return true }, func(s specimen.Specimen) { f(s.Text) })
	}
}

// demands reports whether a value of a type may have to have one of the type
// that is looked for in it.
func demands(t, wanted *ir.Type, through []*ir.Type) bool {
	for _, next := range needed(t) {
		if next == wanted {
			return true
		}
		if !slices.Contains(through, next) && demands(next, wanted, append(through, next)) {
			return true
		}
	}
	return false
}

// needed lists the types that a value may have to have directly in it.
func needed(t *ir.Type) []*ir.Type {
	var out []*ir.Type
	for _, f := range t.Fields {
		must := f.Required || slices.ContainsFunc(t.Sets, func(s ir.RequiredSets) bool {
			return slices.ContainsFunc(s.Sets, func(set []string) bool { return slices.Contains(set, f.Wire) })
		})
		if must && !f.Use.Nullable {
			out = append(out, f.Use.Type)
		}
	}
	if t.Elem != nil && t.Check(ir.MinItems) != nil {
		out = append(out, t.Elem.Type)
	}
	if t.Union != nil {
		for _, v := range t.Union.Variants {
			out = append(out, v.Type)
		}
	}
	return out
}

// judge tells what a version says of a text.
func judge(v breaking.Version, location string, mode wire.Mode) func(text []byte) []wire.Issue {
	table, typ := shape.Build(v.Protocol), typeAt(v.Protocol, location)
	place := table.Place(ir.Use{Type: typ})
	return func(text []byte) []wire.Issue { return wire.Explain(text, mode, 16, table.Shapes, place) }
}

func stillAccepted(old, now breaking.Version, seed uint64) (tried int, fault string) {
	before, after := judge(old, "types/Thing.json#", wire.Strict), judge(now, "types/Thing.json#", wire.Strict)
	values(typeAt(old.Protocol, "types/Thing.json#"), seed, func(text []byte) {
		if fault != "" || len(before(text)) > 0 {
			return
		}
		tried++
		if issues := after(text); len(issues) > 0 {
			fault = fmt.Sprintf("%s was accepted, and is refused now: %v", text, issues)
		}
	})
	return tried, fault
}

func stillRead(old, now breaking.Version, seed uint64) (read int, fault string) {
	sent, received := judge(now, "types/Got.json#", wire.Strict), judge(old, "types/Got.json#", wire.Lenient)
	values(typeAt(now.Protocol, "types/Got.json#"), seed, func(text []byte) {
		if fault != "" || len(sent(text)) > 0 {
			return
		}
		read++
		if issues := received(text); len(issues) > 0 {
			fault = fmt.Sprintf("%s can be sent now, and clients do not read it: %v", text, issues)
		}
	})
	return read, fault
}

// mutate changes a schema file at some place, or at a few.
func mutate(r *rand.Rand, text string) string {
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		panic(err)
	}
	other := map[string]any{}
	if err := json.Unmarshal([]byte(specimen.SchemaFile(r, "Thing")), &other); err != nil {
		panic(err)
	}
	for range 1 + r.IntN(3) {
		nodes := schemas(doc, nil)
		node := nodes[r.IntN(len(nodes))]
		alter(r, node, schemas(other, nil))
	}
	out, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		panic(err)
	}
	return string(out)
}

// schemas lists the objects of a document, which are nearly all schemas.
func schemas(v any, out []map[string]any) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		out = append(out, v)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = schemas(v[key], out)
		}
	case []any:
		for _, it := range v {
			out = schemas(it, out)
		}
	}
	return out
}

// additions are keywords that may be put into a schema.
var additions = []func(map[string]any){
	func(s map[string]any) { s["minLength"] = 1 },
	func(s map[string]any) { s["maxLength"] = 3 },
	func(s map[string]any) { s["minimum"] = 0 },
	func(s map[string]any) { s["maximum"] = 3 },
	func(s map[string]any) { s["exclusiveMinimum"] = 0 },
	func(s map[string]any) { s["multipleOf"] = 1 },
	func(s map[string]any) { s["pattern"] = "^a" },
	func(s map[string]any) { s["minItems"] = 1 },
	func(s map[string]any) { s["type"] = "string" },
	func(s map[string]any) { s["type"] = "number" },
	func(s map[string]any) { s["type"] = []any{"string", "null"} },
	func(s map[string]any) { s["enum"] = []any{"a", "b", "c"} },
	func(s map[string]any) { s["required"] = []any{"r"} },
	func(s map[string]any) { delete(s, "required") },
	func(s map[string]any) { delete(s, "additionalProperties"); s["x-open"] = true },
	func(s map[string]any) { delete(s, "x-open"); s["additionalProperties"] = false },
	func(s map[string]any) { delete(s, "const"); s["enum"] = []any{"a"} },
	func(s map[string]any) { delete(s, "enum"); s["const"] = "a" },
	func(s map[string]any) { delete(s, "const"); delete(s, "enum") },
}

// alter changes one schema: a keyword goes, comes or has another value, or the
// whole is another schema now.
func alter(r *rand.Rand, s map[string]any, donors []map[string]any) {
	if title, root := s["title"]; root {
		defer func() { s["title"] = title }()
	}
	names := slices.Sorted(maps.Keys(s))
	switch r.IntN(6) {
	case 0:
		if len(names) > 0 {
			delete(s, names[r.IntN(len(names))])
		}
	case 1, 2:
		additions[r.IntN(len(additions))](s)
	case 3:
		bump(r, s, names)
	case 4:
		clear(s)
		maps.Copy(s, graft(donors[r.IntN(len(donors))]))
	case 5:
		if props, ok := s["properties"].(map[string]any); ok {
			props[[]string{"p", "q", "r", "t"}[r.IntN(4)]] = graft(donors[r.IntN(len(donors))])
		}
	}
}

// graft copies a schema, so that it does not come to stand in itself.
func graft(donor map[string]any) map[string]any {
	text, err := json.Marshal(donor)
	if err != nil {
		panic(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// bump changes a number, or makes a list longer or shorter.
func bump(r *rand.Rand, s map[string]any, names []string) {
	for _, i := range r.Perm(len(names)) {
		switch v := s[names[i]].(type) {
		case float64:
			s[names[i]] = v + float64(r.IntN(3)-1)
			return
		case []any:
			switch {
			case len(v) > 1 && r.IntN(2) == 0:
				s[names[i]] = v[1:]
			case names[i] == "enum" || names[i] == "x-known":
				s[names[i]] = append(slices.Clone(v), "c")
			default:
				slices.Reverse(v)
			}
			return
		}
	}
}

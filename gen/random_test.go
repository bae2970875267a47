package gen_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/shape"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// compiledSchemas is how many of the accepted schemas are emitted and
// type-checked, too.
const compiledSchemas = 60

// TestRandomSchemas holds the front half of the generator to the verdict rule:
// whatever schema it accepts, it understands as the standard does. Schemas are
// put together at random, sense and nonsense; most are refused. Of the others
// the model, as package wire interprets it, is compared with a validator that
// reads the schema itself.
func TestRandomSchemas(t *testing.T) {
	check := newChecker(t)
	accepted, compared := 0, 0
	refusals := map[string]int{}
	count := 3000
	if os.Getenv("GATESMITH_SOAK") == "1" {
		count = 200000
	}
	for seed := range count {
		text := specimen.SchemaFile(rand.New(rand.NewPCG(7, uint64(seed))), "Box")
		files := map[string][]byte{"types/Box.json": []byte(text)}
		c := someCase(t)
		files["protocol.json"] = c.files["protocol.json"]
		tree, list := source.New(files, "schema")
		if len(list) > 0 {
			t.Fatal(list, text)
		}
		model, list := lower.Lower(tree)
		if len(list) > 0 {
			for _, d := range list {
				refusals[string(d.Rule)]++
			}
			continue
		}
		accepted++
		n, fault := disagreement(tree, model, files, uint64(seed))
		compared += n
		if fault != "" {
			t.Errorf("seed %d: %s", seed, fault)
		}
		if accepted <= compiledSchemas {
			emitted, err := emitter.Emit(model)
			if err != nil {
				t.Error(err)
			}
			check.files(t, emitted)
		}
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, text)
		}
	}
	t.Logf("%d of %d schemas accepted, %d values compared; refused for %v", accepted, count, compared, refusals)
	if accepted < count/20 {
		t.Errorf("only %d of %d schemas were accepted", accepted, count)
	}
}

// disagreement tries values on the type Box.
func disagreement(tree *source.Tree, model *ir.Protocol, files map[string][]byte, seed uint64) (n int, fault string) {
	folder := fstest.MapFS{}
	for name, data := range files {
		folder[name] = &fstest.MapFile{Data: data}
	}
	s := &oracle.Schema{Tree: tree, Model: model}
	modern, err := oracle.NewModern(s)
	if err != nil {
		return 0, err.Error()
	}
	var box *ir.Type
	for _, typ := range model.Types {
		if typ.Location == "types/Box.json#" {
			box = typ
		}
	}
	shapes := shape.Build(model)
	try := func(text []byte) {
		if fault != "" || oracle.Strictness(box, text, 60) != oracle.None {
			return
		}
		n++
		verdict, err := modern.Judge(box, text)
		if err != nil {
			fault = err.Error()
			return
		}
		issues := wire.Explain(text, wire.Strict, 60, shapes.Shapes, shapes.Place(ir.Use{Type: box}))
		if verdict.Valid != (len(issues) == 0) {
			fault = fmt.Sprintf("the standard says %v %v, the model %v, of %s", verdict.Valid, verdict.Faults, issues, text)
		}
	}
	g := &guesser{rand.New(rand.NewPCG(seed, 9))}
	for range 60 {
		try([]byte(g.value(box, 0)))
	}
	for _, v := range strays {
		try([]byte(`{"x":` + v + `}`))
	}
	return n, fault
}

// strays are values of every kind, and objects that some branch may want.
var strays = []string{"null", "true", "0", "1", "2", "-1", "1.5", `""`, `"a"`, `"b"`, `"aa"`, `"urn:a"`, "[]", "[1]", `["a"]`, "[null]", "[[]]", "{}",
	`{"k":"a"}`, `{"k":"b"}`, `{"k":"c"}`, `{"k":null}`, `{"k":1}`, `{"p":1}`, `{"p":"a","q":null}`, `{"r":"a"}`, `{"z":1}`}

// guesser makes values by the model, many of them wrong somewhere.
type guesser struct{ r *rand.Rand }

func (g *guesser) use(use ir.Use, depth int) string {
	if use.Nullable && g.r.IntN(4) == 0 {
		return "null"
	}
	return g.value(use.Type, depth)
}

func (g *guesser) value(t *ir.Type, depth int) string {
	stray := strays[g.r.IntN(len(strays))]
	if depth > 4 || depth > 0 && g.r.IntN(12) == 0 {
		return stray
	}
	switch {
	case t.Const != nil:
		return t.Const.JSON
	case t.Kind == ir.Enum && len(t.Enum.Values) > 0:
		return t.Enum.Values[g.r.IntN(len(t.Enum.Values))].Value.JSON
	case t.Kind == ir.Int || t.Kind == ir.Float:
		return strays[2+g.r.IntN(5)]
	case t.Kind == ir.String:
		return strays[7+g.r.IntN(5)]
	case t.Kind == ir.Bool:
		return "true"
	case t.Kind == ir.Array:
		var items []string
		for range g.r.IntN(3) {
			items = append(items, g.use(*t.Elem, depth+1))
		}
		return "[" + strings.Join(items, ",") + "]"
	case t.Kind == ir.Map && g.r.IntN(2) == 0:
		return `{"z":` + g.use(*t.Elem, depth+1) + `}`
	case t.Kind == ir.Struct:
		var members []string
		for _, f := range t.Fields {
			if f.Required || g.r.IntN(2) == 0 {
				members = append(members, fmt.Sprintf("%q:%s", f.Wire, g.use(f.Use, depth+1)))
			}
		}
		if g.r.IntN(8) == 0 {
			members = append(members, `"z":`+stray)
		}
		return "{" + strings.Join(members, ",") + "}"
	case t.Kind == ir.Union && len(t.Union.Variants) > 0:
		return g.value(t.Union.Variants[g.r.IntN(len(t.Union.Variants))].Type, depth+1)
	}
	return stray
}

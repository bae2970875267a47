package bundle

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/xeipuuv/gojsonschema"

	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Two validators that others wrote, one for each draft. What both say of the
// same value has to agree: then the draft-07 bundle says what the files say.

const address = "https://gatesmith.test/bundle.json"

// verdict is nil for a value that the schema accepts.
type verdict func(value []byte) error

func isBase64(v any) bool {
	s, isString := v.(string)
	if !isString {
		return true
	}
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

type base64Checker struct{}

func (base64Checker) IsFormat(v any) bool { return isBase64(v) }

// oracle07 compiles parts of a draft-07 bundle with xeipuuv/gojsonschema.
func oracle07(t testing.TB, bundle []byte) func(pointer string) verdict {
	t.Helper()
	gojsonschema.FormatCheckers.Add("base64", base64Checker{})
	loader := gojsonschema.NewSchemaLoader()
	if err := loader.AddSchema(address, gojsonschema.NewBytesLoader(bundle)); err != nil {
		t.Fatal(err)
	}
	parts := map[string]*gojsonschema.Schema{}
	return func(pointer string) verdict {
		s := parts[pointer]
		if s == nil {
			var err error
			// A reference loader finds the document in the pool and asks no server.
			if s, err = loader.Compile(gojsonschema.NewReferenceLoader(address + jsondoc.Fragment(pointer))); err != nil {
				t.Fatalf("%s: %v", pointer, err)
			}
			parts[pointer] = s
		}
		return func(value []byte) error {
			r, err := s.Validate(gojsonschema.NewBytesLoader(value))
			if err == nil && !r.Valid() {
				err = fmt.Errorf("%v", r.Errors())
			}
			return err
		}
	}
}

// oracle2020 compiles parts of a 2020-12 bundle with santhosh-tekuri's
// jsonschema, formats asserted.
func oracle2020(t testing.TB, bundle []byte) func(ref string) verdict {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(bundle))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: "base64", Validate: func(v any) error {
		if !isBase64(v) {
			return fmt.Errorf("not base64")
		}
		return nil
	}})
	if err := c.AddResource(address, doc); err != nil {
		t.Fatal(err)
	}
	return func(ref string) verdict {
		s, err := c.Compile(address + ref)
		if err != nil {
			t.Fatalf("%s: %v", ref, err)
		}
		return func(value []byte) error {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
			if err != nil {
				return err
			}
			return s.Validate(v)
		}
	}
}

// oracles are those of the real schema's two bundles.
func oracles(t testing.TB, tree *source.Tree, p *ir.Protocol) (at07, at2020 func(string) verdict) {
	t.Helper()
	old, err := Draft07(p)
	if err != nil {
		t.Fatal(err)
	}
	modern, err := Draft2020(tree)
	if err != nil {
		t.Fatal(err)
	}
	return oracle07(t, old), oracle2020(t, modern)
}

func TestEveryDefinitionCompiles(t *testing.T) {
	tree, p := realSchema(t)
	at07, at2020 := oracles(t, tree, p)
	for _, typ := range p.Types {
		if !typ.Fragment {
			at07("/definitions/" + typ.Name.Pascal(p.Initialisms))
		}
	}
	for _, f := range tree.Files {
		if f.Path != "protocol.json" {
			at2020(inBundle(f.Path + "#"))
		}
	}
}

func TestExamplesAreAccepted(t *testing.T) {
	tree, p := realSchema(t)
	at07, at2020 := oracles(t, tree, p)
	all := examples(p)
	if len(all) < 200 {
		t.Fatalf("found only %d examples", len(all))
	}
	for _, x := range all {
		if err := at07(x.where)(x.value); err != nil {
			t.Errorf("%s: draft-07 at %s: %v\n%s", x.purpose, x.where, err, x.value)
		}
		if err := at2020(inBundle(x.from))(x.value); err != nil {
			t.Errorf("%s: 2020-12 at %s: %v\n%s", x.purpose, x.from, err, x.value)
		}
	}
}

// TestBundlesAgree damages every example in every way it knows, at every depth,
// and compares verdicts.
func TestBundlesAgree(t *testing.T) {
	tree, p := realSchema(t)
	at07, at2020 := oracles(t, tree, p)
	compared, refused := 0, 0
	for _, x := range examples(p) {
		old, modern := at07(x.where), at2020(inBundle(x.from))
		for _, damaged := range damage(t, x.value) {
			a, b := old(damaged), modern(damaged)
			compared++
			if b != nil {
				refused++
			}
			if (a == nil) != (b == nil) {
				t.Errorf("%s:\n%s\ndraft-07: %v\n2020-12: %v", x.purpose, damaged, a, b)
			}
		}
	}
	t.Logf("%d values compared, %d of them refused", compared, refused)
	if refused < compared/4 {
		t.Errorf("only %d of %d damaged values were refused: the damage does not reach", refused, compared)
	}
}

// damage gives variants of a value: each member left out, each value replaced
// by one of another kind, and an unknown member added to each object.
func damage(t testing.TB, value []byte) [][]byte {
	t.Helper()
	f, list := source.Parse("x", "x", value)
	if len(list) > 0 {
		t.Fatal(list[0])
	}
	var out [][]byte
	splice := func(from, to int, with string) {
		out = append(out, append(append(append([]byte{}, value[:from]...), with...), value[to:]...))
	}
	source.Walk(f.Root, func(n *source.Node) {
		for _, with := range []string{"null", "true", "0", "-1.5", `""`, `"zz"`, "[]", "{}"} {
			splice(n.Off, n.End, with)
		}
		if n.Kind != source.Object {
			return
		}
		if len(n.Members) == 0 {
			splice(n.Off, n.End, `{"x-unknown":1}`)
			return
		}
		splice(n.Off+1, n.Off+1, `"x-unknown":1,`)
		for i, m := range n.Members {
			switch {
			case i+1 < len(n.Members):
				splice(m.Off, n.Members[i+1].Off, "")
			case i > 0:
				splice(n.Members[i-1].Value.End, m.Value.End, "")
			default:
				splice(n.Off, n.End, "{}")
			}
		}
	})
	return out
}

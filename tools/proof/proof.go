// Package proof holds generated Go to the schema it was made from. A test of a
// generated package lists its types and runs the proofs, each for every type:
//
//   - Verdicts: strict decoding accepts what JSON Schema accepts;
//   - Explanations: what is refused is explained, what is accepted is not;
//   - Faults: the explanations point to where others see the fault;
//   - Leniency: a client fails at nothing but wrong kinds;
//   - RoundTrips, Clones: values come back, and copies share no memory.
//
// It imports no generated package, so that it can serve any of them:
//
//	var subject = proof.Subject{Folder: os.DirFS("../schema"), Types: registered, …}
//	func TestVerdicts(t *testing.T) { proof.Verdicts(t, &subject) }
package proof

import (
	"io/fs"
	"os"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/shape"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// Soak asks for everything that can be tried, which takes many minutes; by
// default each proof takes a seeded share.
var Soak = os.Getenv("GATESMITH_SOAK") == "1"

// Share is how many of something to try.
func Share(usual, soaking int) int {
	if Soak {
		return soaking
	}
	return usual
}

// Subject is a generated package.
type Subject struct {
	Folder     fs.FS // the schema
	Types      []*Type
	Shapes     wire.Shapes
	MaxDepth   int
	Hash       string   // of the schema, as the package has it
	Exceptions []string // names of the exceptions that it needs, all of them

	once sync.Once
	err  error
	*oracle.Schema
	Examples map[*ir.Type][][]byte
	shapes   *shape.Table
	modern   *oracle.Modern
	export   *oracle.Export
	lenient  *oracle.Lenient
	byName   map[string]*Type
}

// Type is a generated type that has a decoder of its own.
type Type struct {
	Name      string
	Go        reflect.Type
	Decode    func(data []byte, mode wire.Mode) (wire.Appender, error) // aliases data
	Unmarshal func(data []byte) (wire.Appender, error)                 // copies data
	Clone     func(v wire.Appender) wire.Appender

	Model *ir.Type // known after Load
	Shape wire.ShapeID
}

// Generated is what every generated struct can do.
type Generated[T any] interface {
	*T
	wire.Appender
	DecodeAlias(data []byte, mode wire.Mode) error
	UnmarshalJSON(data []byte) error
	Clone() *T
}

// Plain describes a struct.
func Plain[T any, P Generated[T]](name string) *Type {
	return &Type{
		Name: name,
		Go:   reflect.TypeFor[T](),
		Decode: func(data []byte, mode wire.Mode) (wire.Appender, error) {
			v := P(new(T))
			return v, v.DecodeAlias(data, mode)
		},
		Unmarshal: func(data []byte) (wire.Appender, error) {
			v := P(new(T))
			return v, v.UnmarshalJSON(data)
		},
		Clone: func(v wire.Appender) wire.Appender { return P(v.(P).Clone()) },
	}
}

// Tagged describes a tagged union, whose functions are not methods.
func Tagged[T wire.Appender](name string, decode func([]byte, wire.Mode) (T, error), unmarshal func([]byte) (T, error), clone func(T) T) *Type {
	return &Type{
		Name: name,
		Go:   reflect.TypeFor[T](),
		Decode: func(data []byte, mode wire.Mode) (wire.Appender, error) {
			v, err := decode(data, mode)
			return v, err
		},
		Unmarshal: func(data []byte) (wire.Appender, error) {
			v, err := unmarshal(data)
			return v, err
		},
		Clone: func(v wire.Appender) wire.Appender { return clone(v.(T)) },
	}
}

// Load reads the schema and prepares the validators, once.
func (s *Subject) Load(t testing.TB) {
	t.Helper()
	s.once.Do(func() { s.err = s.load() })
	if s.err != nil {
		t.Fatal(s.err)
	}
}

func (s *Subject) load() error {
	var err error
	if s.Schema, err = oracle.Load(s.Folder); err != nil {
		return err
	}
	s.Examples = specimen.Examples(s.Schema)
	s.shapes = shape.Build(s.Model)
	if s.modern, err = oracle.NewModern(s.Schema); err != nil {
		return err
	}
	if s.export, err = oracle.NewExport(s.Schema); err != nil {
		return err
	}
	if s.lenient, err = oracle.NewLenient(s.Schema); err != nil {
		return err
	}
	s.byName = map[string]*Type{}
	for _, typ := range s.Types {
		s.byName[typ.Name] = typ
	}
	for _, model := range s.Schema.Types() {
		if typ := s.byName[s.Name(model)]; typ != nil {
			typ.Model, typ.Shape = model, s.shapes.ID(model)
		}
	}
	return nil
}

// Type returns the type of that name.
func (s *Subject) Type(t testing.TB, name string) *Type {
	t.Helper()
	s.Load(t)
	if s.byName[name] == nil {
		t.Fatalf("there is no type %s", name)
	}
	return s.byName[name]
}

// Explain is what wire says of a text, whether or not the decoder accepts it.
func (s *Subject) Explain(typ *Type, data []byte, mode wire.Mode) wire.Issues {
	return wire.Explain(data, mode, s.MaxDepth, s.Shapes, wire.Place{Shape: typ.Shape})
}

// ExplainUse is the same for a place of any type, which may hold null.
func (s *Subject) ExplainUse(use ir.Use, data []byte, mode wire.Mode) wire.Issues {
	return wire.Explain(data, mode, s.MaxDepth, s.Shapes, s.shapes.Place(use))
}

// HasDecoder reports whether Go has a decoder for the type by itself. Names of
// strings and numbers, and enums, have none.
func HasDecoder(t *ir.Type) bool { return t.Kind == ir.Struct || t.Kind == ir.Union }

// Registry proves that no type escapes: the registered types are those of the
// model, and every other named type is decoded as part of one of them.
func Registry(t *testing.T, s *Subject) {
	s.Load(t)
	var want, got []string
	used := map[*ir.Type]bool{}
	parts := 0
	for _, model := range s.Schema.Types() {
		if HasDecoder(model) {
			want = append(want, s.Name(model))
			ir.Walk(model, func(t *ir.Type) { used[t] = true })
		}
	}
	for _, typ := range s.Types {
		got = append(got, typ.Name)
		if typ.Name != typ.Go.Name() {
			t.Errorf("%s is registered as %s", typ.Go.Name(), typ.Name)
		}
	}
	if !slices.Equal(want, got) {
		t.Errorf("registered types differ from the model's: run go generate\nmodel: %v\nGo: %v", want, got)
	}
	for _, model := range s.Schema.Types() {
		if HasDecoder(model) {
			continue
		}
		if parts++; !used[model] {
			t.Errorf("%s (%s) is part of no type that can be decoded", s.Name(model), model.Location)
		}
	}
	t.Logf("%d types with a decoder of their own, %d decoded as parts of them", len(got), parts)
}

// Shapes proves that what explains refusals is the table of this schema.
func Shapes(t *testing.T, s *Subject) {
	s.Load(t)
	if s.Model.Hash != s.Hash {
		t.Errorf("the schema has changed since Go was generated: run gatesmith generate")
	}
	if len(s.shapes.Shapes) != len(s.Shapes) {
		t.Fatalf("%d shapes in the model, %d in Go: run gatesmith generate", len(s.shapes.Shapes), len(s.Shapes))
	}
	for i, got := range s.Shapes {
		want := s.shapes.Shapes[i]
		if want.Kind != wire.ShapeTagged {
			want.Rest = got.Rest // only a tagged union can have one
		}
		if !reflect.DeepEqual(want, got) {
			t.Errorf("shape %d\nmodel: %+v\nGo:    %+v", i, want, got)
		}
	}
}

// eachType runs a proof for every type.
func (s *Subject) eachType(t *testing.T, f func(t *testing.T, c *Corpus)) {
	t.Helper()
	s.Load(t)
	t.Run("types", func(t *testing.T) {
		for _, typ := range s.Types {
			t.Run(typ.Name, func(t *testing.T) {
				t.Parallel()
				f(t, s.Corpus(typ))
			})
		}
	})
}

package vector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// Make makes vectors for every type that is decoded by itself.
func Make(s *oracle.Schema) ([]Set, error) {
	m := &maker{schema: s, examples: specimen.Examples(s)}
	var err error
	if m.strict, err = oracle.NewModern(s); err != nil {
		return nil, err
	}
	if m.lenient, err = oracle.NewLenient(s); err != nil {
		return nil, err
	}
	var sets []Set
	for _, t := range s.Types() {
		if t.Kind != ir.Struct && t.Kind != ir.Union {
			continue
		}
		tests, err := m.tests(t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Location, err)
		}
		sets = append(sets, Set{Type: s.Name(t), Schema: t.Location, Generated: true, Tests: tests})
	}
	return sets, nil
}

type maker struct {
	schema   *oracle.Schema
	strict   *oracle.Modern
	lenient  *oracle.Lenient
	examples map[*ir.Type][][]byte
}

// batch gathers the vectors of one type.
type batch struct {
	*maker
	t    *ir.Type
	out  []Vector
	seen map[string]bool // texts, by mode
	err  error
}

// bounds on what is kept, so that the files stay readable.
const maxExamples, maxRefusals, maxSize = 2, 24, 1500

func (m *maker) tests(t *ir.Type) ([]Vector, error) {
	b := &batch{maker: m, t: t, seen: map[string]bool{}}
	bases := b.bases()
	for _, base := range bases {
		b.add(base.what, base.text)
	}
	for i, base := range bases {
		if i == 0 || t.Union != nil && i <= len(t.Union.Variants) {
			b.damage(base.text, i == 0)
		}
	}
	b.fields(bases[0].text)
	return b.out, b.err
}

type base struct {
	what string
	text []byte
}

// bases are valid values: the leanest, the fullest of each branch, examples.
func (b *batch) bases() []base {
	mk := specimen.NewMaker(1)
	mk.Plain, mk.Bare = true, true
	list := []base{{"only what is required", mk.Make(b.t)}}
	if b.t.Union != nil {
		for _, v := range b.t.Union.Variants {
			list = append(list, base{"branch " + v.Name.Kebab(), mk.Make(v.Type)})
		}
		if u := b.t.Union.Unknown; u != nil {
			list = append(list, base{"branch that is not known", mk.Make(u.Type)})
		}
	}
	mk.Bare, mk.Full = false, true
	list = append(list, base{"every member", mk.Make(b.t)})
	for i, x := range b.examples[b.t] {
		if i == maxExamples {
			break
		}
		list = append(list, base{fmt.Sprintf("example %d of the schema", i+1), x})
	}
	return list
}

// damage changes a value at its top: each member left out, one renamed, one
// too many; the first base is also replaced by other kinds.
func (b *batch) damage(text []byte, first bool) {
	renamed := false
	specimen.Damage(text, b.t, specimen.NewMaker(2), func(s specimen.Specimen) bool {
		switch s.What {
		case "replaced by null", "replaced by []":
			return s.Depth == 0 && first
		case "unknown member first":
			return s.Depth == 0
		case "member left out":
			return s.Depth == 1
		case "name in capitals":
			fresh := !renamed && first && s.Depth == 1
			renamed = renamed || fresh
			return fresh
		}
		return false
	}, func(s specimen.Specimen) { b.add(s.What+at(s), s.Text) })
}

func at(s specimen.Specimen) string {
	if s.Path == "" {
		return ""
	}
	return ": " + s.Path
}

// fields tries each member by itself, beside what is required: as it should
// be, and once for each rule that it can break.
func (b *batch) fields(bare []byte) {
	if b.t.Kind != ir.Struct {
		return
	}
	refused := 0
	for _, f := range b.t.Fields {
		text := b.with(bare, f)
		b.add("member "+f.Wire, text)
		if refused >= maxRefusals {
			continue
		}
		broken := map[string]bool{}
		own := "/" + source.EscapePointer(f.Wire)
		specimen.Damage(text, b.t, specimen.NewMaker(3), func(s specimen.Specimen) bool {
			return s.Path == own && !strings.HasPrefix(s.What, "name ") && !strings.HasPrefix(s.What, "number ") && s.What != "member left out"
		}, func(s specimen.Specimen) {
			v, err := b.judge(s.Text)
			if err != nil || v.Valid || len(v.Faults) != 1 || broken[v.Faults[0].Rule] {
				return
			}
			broken[v.Faults[0].Rule] = true
			if b.add(s.What+at(s), s.Text) {
				refused++
			}
		})
	}
}

// with puts a member into an object that may lack it.
func (b *batch) with(text []byte, f *ir.Field) []byte {
	file, _ := source.Parse("", "", text)
	if file.Root.Has(f.Wire) {
		return text
	}
	mk := specimen.NewMaker(4)
	mk.Plain, mk.Bare = true, true
	use := f.Use
	use.Nullable = false
	name, _ := json.Marshal(f.Wire)
	member := append(append(name, ':'), mk.MakeUse(use)...)
	if len(file.Root.Members) > 0 {
		member = append([]byte(","), member...)
	}
	end := bytes.LastIndexByte(text, '}')
	return append(append(append([]byte{}, text[:end]...), member...), text[end:]...)
}

func (b *batch) judge(text []byte) (oracle.Verdict, error) {
	if r := oracle.Strictness(b.t, text, b.schema.Model.Limits.MaxDepth); r != oracle.None {
		return oracle.Verdict{}, fmt.Errorf("%s: no matter for a schema", r)
	}
	return b.strict.Judge(b.t, text)
}

// add adds a value in both modes, where validators have a say in it. It reports
// whether strict reading refuses it.
func (b *batch) add(what string, text []byte) bool {
	null := string(text) == "null"
	if b.seen[string(text)] || len(text) > maxSize || null && b.schema.NullAtHome(b.t) {
		return false
	}
	b.seen[string(text)] = true
	v, err := b.judge(text)
	if err != nil {
		return false
	}
	strict := b.vector(what, "strict", text, v.Valid)
	if !v.Valid && len(v.Faults) == 1 {
		fault := v.Faults[0]
		strict.Path = &fault.Path
		// What has one value allowed may also be said to be of another kind.
		if fault.Rule != "const" && fault.Rule != "enum" || sameKind(b.t, text, fault.Path) {
			strict.Rule = fault.Rule
		}
	}
	b.out = append(b.out, strict)
	if null {
		return !v.Valid // lenient reading takes it for absent, but from what?
	}
	lenient, err := b.lenient.Judge(b.t, text)
	if err != nil {
		b.err = err
		return false
	}
	if !v.Valid {
		b.out = append(b.out, b.vector(what, "lenient", text, lenient.Valid))
	}
	return !v.Valid
}

func (b *batch) vector(what, mode string, text []byte, valid bool) Vector {
	v := Vector{Description: what, Mode: mode, Valid: valid}
	if isPlain(text) {
		var data bytes.Buffer
		_ = json.Compact(&data, text)
		v.Data = data.Bytes()
		return v
	}
	source := string(text)
	v.Source = &source
	return v
}

// isPlain reports whether a text says no more than the value that it stands
// for: no escapes, no odd forms of numbers.
func isPlain(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return false
	}
	again := inline(value)
	var compact bytes.Buffer
	_ = json.Compact(&compact, text)
	return len(again) == compact.Len() && !oddNumber(value)
}

func oddNumber(v any) bool {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		shortest, _ := json.Marshal(f)
		return err != nil || string(shortest) != v.String()
	case []any:
		for _, it := range v {
			if oddNumber(it) {
				return true
			}
		}
	case map[string]any:
		for _, it := range v {
			if oddNumber(it) {
				return true
			}
		}
	}
	return false
}

// sameKind reports whether the value at a place is of the kind that the model
// wants there.
func sameKind(t *ir.Type, text []byte, path string) bool {
	for _, s := range specimen.Sites(text, t) {
		if s.Path != path {
			continue
		}
		switch s.Use.Type.Kind {
		case ir.Bool:
			return s.Node.Kind == source.Bool
		case ir.Int, ir.Float:
			return s.Node.Kind == source.Number
		case ir.Enum:
			return (s.Node.Kind == source.String) == (s.Use.Type.Enum.Base == ir.String)
		case ir.String:
			return s.Node.Kind == source.String
		}
	}
	return false
}

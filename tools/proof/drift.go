package proof

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/invopop/jsonschema"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Drift proves that the Go structs still say what the model says to those who
// look at them by reflection: names, order, presence and JSON types of the
// members. invopop/jsonschema reads the structs.
func Drift(t *testing.T, s *Subject) {
	s.Load(t)
	members := 0
	for _, typ := range s.Types {
		if typ.Model.Kind != ir.Struct {
			continue // unions write themselves
		}
		got := reflected(typ.Go)
		var want []string
		for _, f := range typ.Model.Fields {
			if f.Required && !f.Use.Nullable && f.Use.Type.Const != nil {
				continue // part of the encoder, not of the struct
			}
			members++
			want = append(want, s.spellField(f))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\nmodel: %s\nGo:    %s", typ.Name, strings.Join(want, "; "), strings.Join(got, "; "))
		}
	}
	t.Logf("%d members of %d types", members, len(s.Types))
}

func spell(name string, required bool, typ string) string {
	if required {
		return name + " " + typ
	}
	return name + "? " + typ
}

// spellField says what Go should show of a property. What nil can say needs no
// wrapper, so null doesn't show there.
func (s *Subject) spellField(f *ir.Field) string {
	typ := s.spellType(f.Use.Type)
	nilable := f.Use.Type.Kind == ir.Raw || f.Use.Type.Kind == ir.Union && f.Use.Type.Union.Tag != "" && f.Required
	if f.Use.Nullable && !nilable {
		typ += " or null"
	}
	if !fitsTag(f.Wire) { // without a tag nothing tells that it is optional
		return spell(f.Name.Pascal(s.Model.Initialisms), true, typ)
	}
	return spell(f.Wire, f.Required, typ)
}

// fitsTag reports whether a struct tag can say a name; encoding/json has rules
// about that.
func fitsTag(name string) bool {
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) {
			return false
		}
	}
	return name != ""
}

func (s *Subject) spellType(t *ir.Type) string {
	switch t.Kind {
	case ir.Bool:
		return "boolean"
	case ir.Int:
		return "integer"
	case ir.Float:
		return "number"
	case ir.String:
		return "string"
	case ir.Enum:
		if t.Enum.Base == ir.Int {
			return "integer"
		}
		return "string"
	case ir.Array:
		return "list of " + s.spellElem(*t.Elem)
	case ir.Map:
		return "map of " + s.spellElem(*t.Elem)
	case ir.Struct, ir.Union:
		return s.Name(t)
	}
	return "any"
}

func (s *Subject) spellElem(u ir.Use) string {
	typ := s.spellType(u.Type)
	nilable := u.Type.Kind == ir.Raw || u.Type.Kind == ir.Union && u.Type.Union.Tag != ""
	if u.Nullable && !nilable {
		return typ + " or null"
	}
	return typ
}

// reflected lists the members of a struct as invopop/jsonschema finds them.
func reflected(root reflect.Type) []string {
	at := &mapper{root: root}
	schema := at.reflector().ReflectFromType(root)
	var list []string
	for name, property := range schema.Properties.FromOldest() {
		list = append(list, spell(name, slices.Contains(schema.Required, name), spellSchema(property)))
	}
	return list
}

// mapper shows the reflector what it can't know: the wrappers of package wire,
// and that other generated types are to be named and not spelled out.
type mapper struct {
	root  reflect.Type
	begun bool
}

func (m *mapper) reflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{Anonymous: true, DoNotReference: true, Mapper: m.schema}
}

func (m *mapper) schema(t reflect.Type) *jsonschema.Schema {
	base, _, _ := strings.Cut(t.Name(), "[")
	switch {
	case t == m.root && !m.begun:
		m.begun = true
		return nil
	case t == reflect.TypeFor[wire.Raw]():
		return &jsonschema.Schema{Ref: "any"}
	case t.Kind() == reflect.Map: // the reflector has its own idea of maps of interfaces
		return &jsonschema.Schema{Ref: "map of " + spellSchema(m.reflector().ReflectFromType(t.Elem()))}
	case t.PkgPath() == reflect.TypeFor[wire.Raw]().PkgPath() && base != "":
		inner := spellSchema(m.reflector().ReflectFromType(t.Field(0).Type))
		if base != "Opt" {
			inner += " or null"
		}
		return &jsonschema.Schema{Ref: inner}
	case t.PkgPath() == m.root.PkgPath() && (t.Kind() == reflect.Struct || t.Kind() == reflect.Interface):
		return &jsonschema.Schema{Ref: t.Name()}
	}
	return nil
}

func spellSchema(s *jsonschema.Schema) string {
	switch {
	case s.Ref != "":
		return s.Ref
	case s.Type == "array":
		return "list of " + spellSchema(s.Items)
	}
	return s.Type
}

package reference

import (
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func (s *section) fieldHead() []string {
	return []string{"Name", "Type", "Presence", "Description"}
}

// fieldRows are members of an object, with those of nested objects after
// the member that holds them: a.b, a[].b for items, a.*.b for values of a map.
func (s *section) fieldRows(prefix string, fields []*ir.Field) [][]string {
	var rows [][]string
	for _, f := range fields {
		path := prefix + f.Wire
		rows = append(rows, []string{code(path), s.fieldType(f), s.presence(f), s.fieldDoc(path, f)})
		rows = append(rows, s.innerRows(path, f.Use.Type)...)
	}
	return rows
}

// innerRows are the rows of the object that a member holds, if it is read in
// this table.
func (s *section) innerRows(path string, t *ir.Type) [][]string {
	if _, shared := s.homes[t]; shared {
		return nil
	}
	switch t.Kind {
	case ir.Struct:
		if s.inline(t) {
			return s.fieldRows(path+".", t.Fields)
		}
	case ir.Array, ir.Map:
		return s.elementRows(path, t)
	case ir.Union:
		if t.Union.Tag != "" {
			return nil
		}
		var rows [][]string
		for _, v := range t.Union.Variants {
			rows = append(rows, s.innerRows(path, v.Type)...)
		}
		return rows
	}
	return nil
}

func (s *section) elementRows(path string, t *ir.Type) [][]string {
	if t.Kind == ir.Array {
		return s.innerRows(path+"[]", t.Elem.Type)
	}
	return s.innerRows(strings.TrimPrefix(path+".*", "."), t.Elem.Type)
}

// fieldType is the type cell: the type, its limits, and whether the value is
// a secret.
func (s *section) fieldType(f *ir.Field) string {
	parts := []string{s.spell(f.Use.Type)}
	if _, shared := s.homes[f.Use.Type]; !shared && f.Use.Type.Kind != ir.Union {
		parts = append(parts, limits(f.Use.Type)...)
	}
	if c := f.Use.Type.Content; c != nil && c.Schema != nil {
		parts = append(parts, "of "+s.use(*c.Schema))
	}
	if f.Use.Nullable {
		if len(parts) == 1 {
			parts[0] += " or null"
		} else {
			parts = append(parts, "or null")
		}
	}
	if f.Secret || f.Use.Type.Secret {
		parts = append(parts, "**secret**")
	}
	return phrase(parts)
}

// presence says whether a member must be there (in what clients write) or
// will be there (in what the server sends).
func (s *section) presence(f *ir.Field) string {
	switch {
	case f.Required && s.inbound:
		return "required"
	case f.Required:
		return "always"
	case f.Default != nil:
		return "default " + code(f.Default.JSON)
	}
	return "optional"
}

// fieldDoc is the description cell, with what cannot be said elsewhere about
// an object whose members are rows of this table.
func (s *section) fieldDoc(path string, f *ir.Field) string {
	parts := []string{}
	if f.Deprecated != nil {
		parts = append(parts, s.deprecated(f.Deprecated))
	}
	parts = append(parts, s.doc(f.Doc, f.Use.Type))
	if f.Since > 0 && f.Since > s.p.MinVersion {
		parts = append(parts, "Since version "+strconv.Itoa(f.Since)+".")
	}
	path, t := innermost(path, f.Use.Type)
	if s.inline(t) {
		parts = append(parts, setsWords(t, path+".")...)
		if t.Open {
			parts = append(parts, s.openWords(t))
		}
	}
	return strings.Join(parts, " ")
}

// innermost goes through arrays and maps to what they hold.
func innermost(path string, t *ir.Type) (string, *ir.Type) {
	for t.Elem != nil {
		if t.Kind == ir.Array {
			path += "[]"
		} else {
			path += ".*"
		}
		t = t.Elem.Type
	}
	return path, t
}

func (pg *page) deprecated(d *ir.Deprecation) string {
	words := "**Deprecated**"
	if d.Since > 0 {
		words += " since version " + strconv.Itoa(d.Since)
	}
	if d.Use != "" {
		words += ": use " + pg.named(d.Use)
	}
	return words + "."
}

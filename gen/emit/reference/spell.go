package reference

import (
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// fewValues is how many values of a shared enum are named where it is used.
const fewValues = 4

// use spells a type at a place where it is used.
func (s *section) use(u ir.Use) string {
	if u.Nullable {
		return s.spell(u.Type) + " or null"
	}
	return s.spell(u.Type)
}

// spell says in words what a type is. Types that are explained elsewhere are
// links; scalar ones say what they are besides.
func (s *section) spell(t *ir.Type) string {
	if to, shared := s.homes[t]; shared {
		link := s.link(s.typeName(t), to)
		if t.Kind == ir.Enum && len(t.Enum.Values) <= fewValues {
			return link + " (" + enumWords(t) + ")"
		}
		if kind := scalarWord(t); kind != "" {
			return link + " (" + kind + ")"
		}
		return link
	}
	switch t.Kind {
	case ir.Raw:
		if t.Object {
			return "object"
		}
		return "any JSON value"
	case ir.Array:
		return "array of " + s.element(*t.Elem)
	case ir.Map:
		return "map of string to " + s.element(*t.Elem)
	case ir.Struct:
		if s.inline(t) {
			return "object"
		}
		return s.below(t)
	case ir.Enum:
		return enumWords(t)
	case ir.Union:
		if t.Union.Tag != "" {
			return s.below(t)
		}
		return s.kinds(t)
	}
	switch {
	case t.Const != nil:
		return code(t.Const.JSON)
	case len(t.Except) > 0:
		return "any other string"
	}
	return scalarWord(t)
}

// element spells what an array or a map has; alternatives need brackets.
func (s *section) element(u ir.Use) string {
	words := s.use(u)
	if alternatives := u.Nullable || u.Type.Kind == ir.Union && u.Type.Union.Tag == ""; alternatives && s.homes[u.Type].page == "" {
		return "(" + words + ")"
	}
	return words
}

// kinds spells a union whose branches are told apart by their JSON kind.
func (s *section) kinds(t *ir.Type) string {
	var words []string
	for _, v := range t.Union.Variants {
		words = append(words, s.alternative(v.Type))
	}
	return strings.Join(words, " or ")
}

// alternative spells a branch with its limits.
func (s *section) alternative(t *ir.Type) string {
	words := s.spell(t)
	if _, shared := s.homes[t]; shared {
		return words
	}
	if of := limits(t); len(of) > 0 {
		words += " (" + phrase(of) + ")"
	}
	return words
}

// scalarWord is the JSON kind of a scalar type in a client author's words, and
// "" for others.
func scalarWord(t *ir.Type) string {
	switch t.Kind {
	case ir.Bool:
		return "boolean"
	case ir.Int:
		return "integer"
	case ir.Float:
		return "number"
	case ir.String:
		return "string"
	case ir.Raw:
		if t.Object {
			return "object"
		}
	case ir.Enum:
		if t.Enum.Base == ir.Int {
			return "integer"
		}
		return "string"
	}
	return ""
}

// enumWords lists the values of an enum.
func enumWords(t *ir.Type) string {
	var values []string
	for _, v := range t.Enum.Values {
		values = append(values, code(v.Value.JSON))
	}
	words := strings.Join(values, " | ")
	if t.Enum.Open {
		words += " or another string"
	}
	return words
}

// phrase joins a type and its limits.
func phrase(parts []string) string { return strings.Join(parts, ", ") }

// limits says in words what values a type allows, apart from those of shared
// types, which say so themselves.
func limits(t *ir.Type) []string {
	var out []string
	if t.Kind != ir.Enum { // the listed values show what is meant
		out = append(out, bounds(t.Check(ir.MinLength), t.Check(ir.MaxLength), "character")...)
	}
	out = append(out, bounds(t.Check(ir.MinItems), t.Check(ir.MaxItems), "item")...)
	out = append(out, numberRange(t)...)
	for _, c := range t.Checks {
		switch c.Kind {
		case ir.MultipleOf:
			out = append(out, "a multiple of "+c.Limit.JSON)
		case ir.UniqueItems:
			out = append(out, "no item twice")
		case ir.Pattern:
			out = append(out, "matching "+code(c.Text))
		case ir.Format:
			out = append(out, formatWords(c.Text))
		case ir.MinLength, ir.MaxLength, ir.MinItems, ir.MaxItems, ir.Minimum, ir.Maximum, ir.ExclusiveMinimum, ir.ExclusiveMaximum:
			// Said above, lower and upper bound together.
		}
	}
	if (t.Kind == ir.Array || t.Kind == ir.Map) && !t.Elem.Type.Named() {
		if of := limits(t.Elem.Type); len(of) > 0 {
			out = append(out, "each "+phrase(of))
		}
	}
	return append(out, contentWords(t)...)
}

// bounds says how long a text or a list may be.
func bounds(low, high *ir.Check, unit string) []string {
	switch {
	case low != nil && high != nil && low.Limit.Int == high.Limit.Int:
		return []string{count(low.Limit, unit)}
	case low != nil && high != nil:
		return []string{low.Limit.JSON + " to " + count(high.Limit, unit)}
	case low != nil && low.Limit.Int == 1:
		return []string{"not empty"}
	case low != nil:
		return []string{"at least " + count(low.Limit, unit)}
	case high != nil:
		return []string{"at most " + count(high.Limit, unit)}
	}
	return nil
}

func count(v ir.Value, unit string) string {
	if v.Int == 1 {
		return "1 " + unit
	}
	return v.JSON + " " + unit + "s"
}

// numberRange says which numbers are allowed.
func numberRange(t *ir.Type) []string {
	low, high := t.Check(ir.Minimum), t.Check(ir.Maximum)
	above, below := t.Check(ir.ExclusiveMinimum), t.Check(ir.ExclusiveMaximum)
	var out []string
	switch {
	case low != nil && high != nil:
		out = append(out, low.Limit.JSON+" to "+high.Limit.JSON)
	case low != nil:
		out = append(out, "at least "+low.Limit.JSON)
	case high != nil:
		out = append(out, "at most "+high.Limit.JSON)
	}
	if above != nil {
		out = append(out, "above "+above.Limit.JSON)
	}
	if below != nil {
		out = append(out, "below "+below.Limit.JSON)
	}
	return out
}

func formatWords(format string) string {
	switch format {
	case "date-time":
		return "date and time as in RFC 3339"
	case "uuid":
		return "a UUID"
	case "uri":
		return "a URI"
	}
	return "in " + format
}

// contentWords says what a string holds.
func contentWords(t *ir.Type) []string {
	if t.Content == nil {
		return nil
	}
	var out []string
	if t.Content.MediaType != "" {
		out = append(out, "holds "+code(t.Content.MediaType))
	}
	if t.Content.Encoding != "" {
		out = append(out, "in "+t.Content.Encoding)
	}
	return out
}

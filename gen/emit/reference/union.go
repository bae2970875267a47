package reference

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// union writes the branches of a union.
func (s *section) union(t *ir.Type) {
	if t.Union.Tag == "" {
		s.table([]string{"Form", "Description"}, s.kindRows(t))
		return
	}
	s.para("An object; " + code(t.Union.Tag) + " tells which form it has.")
	var rows [][]string
	for _, v := range variants(t) {
		tag := "any other"
		if v.Tag != "" {
			tag = code(encodeString(v.Tag))
		}
		rows = append(rows, []string{tag, s.variant(t, v.Type), s.doc(v.Type.Doc, v.Type)})
	}
	s.table([]string{code(t.Union.Tag), "Form", "Description"}, rows)
	if fields := common(t); len(fields) > 0 {
		s.para("Common members" + s.without(t, fields) + ":")
		s.table(s.fieldHead(), s.fieldRows("", fields))
	}
}

// without names the branches that lack common members.
func (s *section) without(t *ir.Type, fields []*ir.Field) string {
	var names []string
	for _, v := range variants(t) {
		if !hasAll(v.Type, fields) {
			names = append(names, s.typeName(v.Type))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", of all forms but " + either(names, "and")
}

func (s *section) kindRows(t *ir.Type) [][]string {
	var rows [][]string
	for _, v := range t.Union.Variants {
		form := s.alternative(v.Type)
		rows = append(rows, []string{form, s.doc(v.Type.Doc, v.Type)})
	}
	return rows
}

// variant links to a branch of a tagged union. It always has a part of its
// own: on the page of types, or below.
func (s *section) variant(union, t *ir.Type) string {
	if _, shared := s.homes[t]; shared {
		return s.spell(t)
	}
	if s.unions[t] == nil {
		s.unions[t] = union
	}
	return s.below(t)
}

// unionOf is the union that a type is explained with, or nil.
func (s *section) unionOf(t *ir.Type) *ir.Type {
	if u := s.nested[t]; u != nil && u.Union.Tag != "" {
		return u
	}
	return s.unions[t]
}

// tagWords says by what tag a branch is known.
func (s *section) tagWords(t *ir.Type) string {
	u := s.unionOf(t)
	if u == nil {
		return ""
	}
	for _, v := range u.Union.Variants {
		if v.Type == t {
			return code(u.Union.Tag) + " is " + code(encodeString(v.Tag)) + ". "
		}
	}
	return code(u.Union.Tag) + " is any other string. "
}

// ownFields are the members of an object; of a branch, those that its union
// does not explain for all.
func (s *section) ownFields(t *ir.Type) []*ir.Field {
	u := s.unionOf(t)
	if u == nil {
		return t.Fields
	}
	shared := common(u)
	if !hasAll(t, shared) {
		shared = nil
	}
	var own []*ir.Field
	for _, f := range t.Fields {
		if f.Wire != u.Union.Tag && !slices.ContainsFunc(shared, func(c *ir.Field) bool { return same(c, f) }) {
			own = append(own, f)
		}
	}
	switch {
	case len(own) == 0 && len(shared) > 0:
		s.para("It has the common members only.")
	case len(own) == 0:
		s.para("It has no other members.")
	case len(shared) > 0:
		s.para("Besides the common members:")
	}
	return own
}

// common lists the members that most branches of a tagged union take from the
// same declaration. With less than two it is not worth the detour.
func common(union *ir.Type) []*ir.Field {
	list := variants(union)
	if len(list) < 3 {
		return nil
	}
	var out []*ir.Field
	for _, f := range list[0].Type.Fields {
		n := 0
		for _, v := range list {
			if slices.ContainsFunc(v.Type.Fields, func(g *ir.Field) bool { return same(f, g) }) {
				n++
			}
		}
		if 2*n > len(list) {
			out = append(out, f)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

func hasAll(t *ir.Type, fields []*ir.Field) bool {
	for _, f := range fields {
		if !slices.ContainsFunc(t.Fields, func(g *ir.Field) bool { return same(f, g) }) {
			return false
		}
	}
	return true
}

// same reports whether two members come from one declaration, that of a
// fragment.
func same(f, g *ir.Field) bool { return f.Pos == g.Pos && f.Required == g.Required }

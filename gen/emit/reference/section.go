package reference

import (
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// section explains one owner's types: objects as tables, with the members of
// nested objects in rows of their own, and what does not fit into a row in
// parts below.
type section struct {
	*page
	level   int               // of headings for parts below
	inbound bool              // whether clients write what is explained
	uses    map[*ir.Type]int  // how often the owner's parts name a type
	done    map[*ir.Type]bool // explained or queued
	queue   []*ir.Type
	roots   []*ir.Type            // the owner's types
	unions  map[*ir.Type]*ir.Type // variants that are explained with their union
	at      string                // anchor of the owner
	said    string                // description of the owner, not to be repeated
}

// section begins the explanation of an owner's types.
func (pg *page) section(at string, level int, roots ...*ir.Type) *section {
	s := &section{page: pg, at: at, level: level, roots: roots, uses: map[*ir.Type]int{}, done: map[*ir.Type]bool{}, unions: map[*ir.Type]*ir.Type{}}
	seen := map[*ir.Type]bool{}
	var visit func(t *ir.Type)
	visit = func(t *ir.Type) {
		if t == nil {
			return
		}
		s.uses[t]++
		if _, shared := pg.homes[t]; seen[t] || shared && !slices.Contains(roots, t) {
			return
		}
		seen[t] = true
		for _, next := range t.Next() {
			visit(next)
		}
	}
	for _, t := range roots {
		visit(t)
	}
	return s
}

// maxInline is how many members an object may have to be read as rows of the
// table it stands in.
const maxInline = 15

// inline reports whether an object's members are rows of the table that it
// stands in.
func (s *section) inline(t *ir.Type) bool {
	_, shared := s.homes[t]
	return t.Kind == ir.Struct && !shared && !t.Recursive && s.uses[t] == 1 && len(t.Fields) <= maxInline && len(t.Fields) > 0
}

// below links to a part below and queues it, unless it is there already.
func (s *section) below(t *ir.Type) string {
	if slices.Contains(s.roots, t) {
		return s.link(s.typeName(t), place{s.path, s.at})
	}
	if !s.done[t] {
		s.done[t] = true
		s.queue = append(s.queue, t)
	}
	return s.link(s.typeName(t), s.typePlace(s.path, t))
}

// explain writes what t is, and then the parts below that it needs.
func (s *section) explain(t *ir.Type, inbound bool) {
	s.inbound = inbound
	s.body(t)
	s.flush()
}

// flush writes the parts below. What a part needs itself comes right after it.
func (s *section) flush() {
	for len(s.queue) > 0 {
		t, rest := s.queue[0], s.queue[1:]
		s.queue = nil
		s.heading(s.level, s.typeName(t))
		s.para(s.tagWords(t) + s.prose(t.Doc))
		s.body(t)
		s.queue = append(s.queue, rest...)
	}
}

// body writes a type's table without its description.
func (s *section) body(t *ir.Type) {
	switch t.Kind {
	case ir.Struct:
		s.object(t)
	case ir.Union:
		s.union(t)
	case ir.Enum:
		s.enum(t)
	default:
		s.para(sentence(phrase(append([]string{s.spellOwn(t)}, limits(t)...))))
		if t.Elem != nil {
			s.table(s.fieldHead(), s.elementRows("", t))
		}
	}
}

// spellOwn spells a type in its own entry, where a link would lead to itself.
func (s *section) spellOwn(t *ir.Type) string {
	if t.Kind == ir.Raw && t.Object {
		return "an object with members of any name and kind"
	}
	own := *t
	return s.spell(&own)
}

func (s *section) object(t *ir.Type) {
	if len(t.Fields) == 0 {
		s.para("An object without members.")
		return
	}
	s.table(s.fieldHead(), s.fieldRows("", s.ownFields(t)))
	for _, rule := range setsWords(t, "") {
		s.para(rule)
	}
	s.para(s.openWords(t))
}

// openWords says what unknown members of an open object mean.
func (s *section) openWords(t *ir.Type) string {
	switch {
	case !t.Open:
		return ""
	case s.inbound:
		return "Open: other members are kept as they are."
	}
	return "Open: there may be other members."
}

func (s *section) enum(t *ir.Type) {
	kind := "A string: "
	if t.Enum.Base == ir.Int {
		kind = "An integer: "
	}
	var values []string
	for _, v := range t.Enum.Values {
		values = append(values, code(v.Value.JSON))
	}
	words := kind + either(values, "or")
	if t.Enum.Open {
		words += "; others are possible"
	}
	s.para(phrase(append([]string{words}, limits(t)...)) + ".")
}

// doc is a description for a table cell: that of the place, else the type's.
func (s *section) doc(text string, t *ir.Type) string {
	for ; text == "" && t != nil; t = elem(t) {
		text = t.Doc
	}
	if text == "" {
		return "–"
	}
	return s.prose(text)
}

func elem(t *ir.Type) *ir.Type {
	if t.Elem == nil {
		return nil
	}
	return t.Elem.Type
}

// setsWords says which members must come together. Prefix is the path of an
// object whose members are rows of another's table.
func setsWords(t *ir.Type, prefix string) []string {
	var out []string
	for _, sets := range t.Sets {
		var alternatives []string
		for _, set := range sets.Sets {
			var members []string
			for _, wire := range set {
				members = append(members, code(prefix+wire))
			}
			alternatives = append(alternatives, strings.Join(members, " with "))
		}
		how := "At least one of "
		if sets.Kind == ir.OneSet {
			how = "Exactly one of "
		}
		out = append(out, how+either(alternatives, "and")+" must be there.")
	}
	return out
}

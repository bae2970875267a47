package reference

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// types writes the page of shared types, in alphabetical order.
func (b *book) types() *page {
	pg := b.page(typesPage, "Types")
	pg.para("Shapes that several methods, events or other types use. What only one of them uses is explained there.")
	var list []*ir.Type
	for _, t := range b.p.Types {
		if b.homes[t].page == typesPage && b.nested[t] == nil {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(x, y *ir.Type) int { return strings.Compare(b.homes[x].anchor, b.homes[y].anchor) })
	var rows [][]string
	for _, t := range list {
		rows = append(rows, []string{pg.link(b.typeName(t), b.homes[t]), typeWord(t), pg.prose(orDash(firstSentence(t.Doc)))})
	}
	pg.table([]string{"Type", "Is", "What it is for"}, rows)
	for _, t := range list {
		pg.typeEntry(2, t)
	}
	return pg
}

// typeWord is what a type is in one or two words.
func typeWord(t *ir.Type) string {
	switch t.Kind {
	case ir.Struct, ir.Map:
		return "object"
	case ir.Union:
		return "one of several forms"
	case ir.Array:
		return "array"
	case ir.Raw:
		if !t.Object {
			return "any JSON value"
		}
	case ir.Enum:
		return "one of several values"
	}
	return scalarWord(t)
}

func (pg *page) typeEntry(level int, t *ir.Type) {
	pg.heading(level, pg.typeName(t))
	pg.self = pg.typeName(t)
	defer func() { pg.self = "" }()
	s := pg.section(pg.homes[t].anchor, level+1, t)
	pg.para(s.tagWords(t) + pg.prose(t.Doc))
	if t.Deprecated != nil {
		pg.para(pg.deprecated(t.Deprecated))
	}
	if pg.nested[t] == nil {
		pg.para(pg.usersWords(t))
	}
	s.explain(t, t.Inbound)
	pg.typeExamples(t)
	if t.Kind != ir.Union {
		return
	}
	for _, v := range variants(t) {
		if pg.nested[v.Type] == t {
			pg.typeEntry(level+1, v.Type)
		}
	}
}

// manyUsers is how many users are worth listing.
const manyUsers = 12

// usersWords says what uses a type.
func (pg *page) usersWords(t *ir.Type) string {
	users := pg.users[t]
	if len(users) == 0 {
		return ""
	}
	if len(users) > manyUsers {
		return "Used in " + strconv.Itoa(len(users)) + " places."
	}
	var links []string
	for _, o := range users {
		label := o.label
		if o.self == nil {
			label = code(label)
		}
		links = append(links, pg.link(label, o.to))
	}
	return "Used by " + either(links, "and") + "."
}

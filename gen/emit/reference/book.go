package reference

import (
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// book knows where everything is explained, so that pages can link to it.
// Types are explained on the page of types when more than one place uses them
// or when they are declared as shared; the others where they are used.
type book struct {
	p      *ir.Protocol
	owners []*owner              // methods, events, frames, shared types
	homes  map[*ir.Type]place    // shared types
	users  map[*ir.Type][]*owner // who uses a shared type
	nested map[*ir.Type]*ir.Type // variants shown below their union
	names  map[string]place      // wire names that mean one thing only
	split  bool                  // each method and event has a page of its own
}

// owner is what a section explains, with the types that belong to it.
type owner struct {
	label string // as links show it
	to    place
	roots []*ir.Type
	self  *ir.Type // for a shared type: the type itself
}

func newBook(p *ir.Protocol, split bool) *book {
	b := &book{p: p, split: split, homes: map[*ir.Type]place{}, users: map[*ir.Type][]*owner{}, nested: map[*ir.Type]*ir.Type{}, names: map[string]place{}}
	b.nameAll()
	b.settle()
	b.nest()
	return b
}

// groupPage is the page of a method group.
func (b *book) groupPage(g *ir.Group) string {
	if b.split {
		return "groups/" + g.Name + ".md" // a method may have the group's name
	}
	return "methods/" + g.Name + ".md"
}

func (b *book) methodPlace(m *ir.Method) place {
	if b.split {
		return place{"methods/" + m.Wire + ".md", ""}
	}
	return place{b.groupPage(m.Group), m.Wire}
}

func (b *book) eventPlace(e *ir.Event) place {
	if b.split {
		return place{"events/" + e.Wire + ".md", ""}
	}
	return place{eventsPage, e.Wire}
}

// typeName is a type's name as generated code has it.
func (b *book) typeName(t *ir.Type) string { return t.Name.Pascal(b.p.Initialisms) }

// nameAll collects wire names, without those that a method and an event share.
func (b *book) nameAll() {
	add := func(wire string, to place) {
		if _, taken := b.names[wire]; taken {
			delete(b.names, wire)
			return
		}
		b.names[wire] = to
	}
	for _, m := range b.p.Methods {
		add(m.Wire, b.methodPlace(m))
		for _, a := range m.Aliases {
			add(a.Name, b.methodPlace(m))
		}
	}
	for _, e := range b.p.Events {
		add(e.Wire, b.eventPlace(e))
	}
}

// settle decides which types are shared: those declared so, and any other
// that two owners use. A type that becomes shared is an owner itself, so this
// goes on until nothing changes.
func (b *book) settle() {
	for _, f := range b.p.Frames {
		if f.Type != nil {
			b.homes[f.Type] = b.typePlace(framesPage, f.Type)
		}
	}
	for _, t := range b.p.Types {
		if used := t.Inbound || t.Outbound; used && declaredShared(t) {
			b.homes[t] = b.typePlace(typesPage, t)
		}
	}
	for again := true; again; {
		again = false
		b.collectOwners()
		count := map[*ir.Type]int{}
		for _, o := range b.owners {
			b.walkOwn(o, func(t *ir.Type, shared bool) {
				if !shared {
					count[t]++
				}
			})
		}
		for _, t := range b.p.Types {
			if count[t] > 1 && hasSection(t) {
				b.homes[t] = b.typePlace(typesPage, t)
				again = true
			}
		}
	}
	for _, o := range b.owners {
		b.walkOwn(o, func(t *ir.Type, shared bool) {
			if shared {
				b.users[t] = append(b.users[t], o)
			}
		})
	}
}

// typePlace is a type's entry; the anchor is the one that GitHub makes from
// the heading.
func (b *book) typePlace(page string, t *ir.Type) place {
	return place{page, strings.ToLower(b.typeName(t))}
}

// declaredShared reports whether a type has an identity of its own under
// types/. Inline types there count when they have a title and say what they are.
func declaredShared(t *ir.Type) bool {
	if !t.Named() || !strings.HasPrefix(t.File, "types/") {
		return false
	}
	_, pointer, _ := strings.Cut(t.Location, "#")
	declared := pointer == "" || strings.HasPrefix(pointer, "/$defs/") && strings.Count(pointer, "/") == 2
	return declared || t.Title != "" && t.Doc != ""
}

// hasSection reports whether a type is worth an entry when it is shared: the
// values of an untitled enum and scalars are spelled out where they are used.
func hasSection(t *ir.Type) bool {
	switch t.Kind {
	case ir.Struct:
		return true
	case ir.Union:
		return t.Union.Tag != "" || t.Title != ""
	case ir.Enum:
		return t.Title != ""
	}
	return false
}

// collectOwners lists all sections in the order of the pages.
func (b *book) collectOwners() {
	b.owners = nil
	add := func(label string, to place, self *ir.Type, roots ...*ir.Type) {
		b.owners = append(b.owners, &owner{label: label, to: to, self: self, roots: roots})
	}
	for _, m := range b.p.Methods {
		roots := []*ir.Type{m.Params, m.Accepted, m.Result.Type, m.Failure}
		for _, e := range m.Errors {
			if e.Details != nil {
				roots = append(roots, e.Details.Type)
			}
		}
		add(m.Wire, b.methodPlace(m), nil, roots...)
	}
	for _, e := range b.p.Events {
		roots := []*ir.Type{e.Payload}
		for _, f := range e.Forms {
			roots = append(roots, f.Payload)
		}
		add(e.Wire, b.eventPlace(e), nil, roots...)
	}
	for _, t := range b.p.Types {
		if to, shared := b.homes[t]; shared {
			add(b.typeName(t), to, t, t.Next()...)
		}
	}
}

// walkOwn calls f once for each type of an owner: for its own ones, whose
// parts it goes into, and for the shared ones that it uses.
func (b *book) walkOwn(o *owner, f func(t *ir.Type, shared bool)) {
	seen := map[*ir.Type]bool{o.self: true}
	var visit func(*ir.Type)
	visit = func(t *ir.Type) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		_, shared := b.homes[t]
		f(t, shared)
		if !shared {
			for _, next := range t.Next() {
				visit(next)
			}
		}
	}
	for _, t := range o.roots {
		visit(t)
	}
}

// nest finds the variants that only their union uses: they are read with it.
func (b *book) nest() {
	for _, t := range b.p.Types {
		if t.Kind != ir.Union || b.homes[t].page != typesPage {
			continue
		}
		for _, v := range variants(t) {
			users := b.users[v.Type]
			if len(users) == 1 && users[0].self == t && b.homes[v.Type].page == typesPage {
				b.nested[v.Type] = t
			}
		}
	}
}

// variants lists all branches of a union, the open one last.
func variants(t *ir.Type) []*ir.Variant {
	if t.Union.Unknown == nil {
		return t.Union.Variants
	}
	return append(slices.Clone(t.Union.Variants), t.Union.Unknown)
}

package reference

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// peer is a kind of connection that access can tell apart: a role, and for a
// scoped role one scope or none.
type peer struct {
	role  *ir.Role
	scope *ir.Scope
}

// peers lists every role, scoped ones without a scope and with each of their
// own.
func (b *book) peers() []peer {
	var out []peer
	for _, r := range b.p.Roles {
		out = append(out, peer{role: r})
		if !r.Scoped {
			continue
		}
		for _, s := range b.p.Scopes {
			if s.Role == r {
				out = append(out, peer{r, s})
			}
		}
	}
	return out
}

// allowed reports whether a connection may use what has this access. A role
// that is not scoped is checked by role alone.
func allowed(a ir.Access, c peer) bool {
	switch {
	case !slices.Contains(a.Roles, c.role):
		return false
	case !c.role.Scoped || a.Scope == nil:
		return true
	case c.scope == nil:
		return false
	}
	return c.scope == a.Scope || slices.Contains(c.scope.Implies, a.Scope)
}

// accessWords says who may call a method or receive an event.
func (pg *page) accessWords(a ir.Access) string {
	var who []string
	for _, r := range a.Roles {
		switch {
		case a.Scope == nil || !r.Scoped:
			who = append(who, pg.roleLink(r))
		case a.Scope.Role == r:
			who = append(who, pg.roleLink(r)+" with scope "+pg.scopeLink(a.Scope)+pg.impliedBy(a.Scope))
		}
	}
	words := either(who, "or")
	if a.Scope == nil {
		return words + "; no scope needed."
	}
	return words + "."
}

// impliedBy names the scopes that serve as well.
func (pg *page) impliedBy(s *ir.Scope) string {
	var others []string
	for _, o := range pg.p.Scopes {
		if slices.Contains(o.Implies, s) {
			others = append(others, code(o.Name))
		}
	}
	if len(others) == 0 {
		return ""
	}
	return " (or " + either(others, "or") + ")"
}

func (pg *page) roleLink(r *ir.Role) string {
	return pg.link(code(r.Name), place{accessPage, roleAnchor(r)})
}

func (pg *page) scopeLink(s *ir.Scope) string {
	return pg.link(code(s.Name), place{accessPage, scopeAnchor(s)})
}

func roleAnchor(r *ir.Role) string   { return "role." + r.Name }
func scopeAnchor(s *ir.Scope) string { return "scope." + s.Name }

// scopeWord is the access in one word for lists: the scope, else the roles.
func (pg *page) scopeWord(a ir.Access) string {
	if a.Scope != nil {
		return code(a.Scope.Name)
	}
	var roles []string
	for _, r := range a.Roles {
		roles = append(roles, r.Name)
	}
	return "none (" + either(roles, "or") + ")"
}

// access writes the page of roles and scopes, with what each may do.
func (b *book) access() *page {
	pg := b.page(accessPage, "Access")
	pg.para("A connection has one role, and in a scoped role also scopes. Both are fixed by the handshake. A call is allowed when the method lists the role and, for a scoped role, when one of the scopes is the one that the method names or implies it. The same holds for receiving events.")
	pg.heading(2, "Roles")
	var rows [][]string
	for _, r := range b.p.Roles {
		scoped := "no"
		if r.Scoped {
			scoped = "yes"
		}
		rows = append(rows, []string{anchor(roleAnchor(r)) + code(r.Name), scoped, pg.prose(orDash(r.Doc))})
	}
	pg.table([]string{"Role", "Scoped", "Who"}, rows)
	if len(b.p.Scopes) > 0 {
		pg.heading(2, "Scopes")
		rows = nil
		for _, s := range b.p.Scopes {
			rows = append(rows, []string{anchor(scopeAnchor(s)) + code(s.Name), code(s.Role.Name), impliesWords(s), pg.prose(orDash(s.Doc))})
		}
		pg.table([]string{"Scope", "Role", "Implies", "What it allows"}, rows)
	}
	pg.matrices()
	return pg
}

func impliesWords(s *ir.Scope) string {
	if s.All {
		return "every other scope"
	}
	var names []string
	for _, o := range s.Implies {
		names = append(names, code(o.Name))
	}
	if len(names) == 0 {
		return "nothing else"
	}
	return either(names, "and")
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// matrices shows every method and event against every kind of connection.
func (pg *page) matrices() {
	var head []string
	for _, c := range pg.peers() {
		switch {
		case c.scope != nil:
			head = append(head, code(c.scope.Name))
		case c.role.Scoped:
			head = append(head, code(c.role.Name)+" without scopes")
		default:
			head = append(head, code(c.role.Name))
		}
	}
	pg.heading(2, "Who may call what")
	pg.para("Each column is a connection with one role and one scope; ✓ means that the call is allowed.")
	var rows [][]string
	for _, m := range pg.p.Methods {
		rows = append(rows, append([]string{pg.link(code(m.Wire), pg.methodPlace(m))}, pg.marks(m.Access)...))
	}
	if len(pg.p.UnknownMethod.Roles) > 0 {
		rows = append(rows, append([]string{"any unknown name"}, pg.marks(pg.p.UnknownMethod)...))
	}
	pg.table(append([]string{"Method"}, head...), rows)
	pg.para("A call of an unknown method is checked too: where ✓ stands it is answered as unknown, elsewhere as not allowed.")
	pg.heading(2, "Who receives what")
	rows = nil
	for _, e := range pg.p.Events {
		rows = append(rows, append([]string{pg.link(code(e.Wire), pg.eventPlace(e))}, pg.marks(e.Access)...))
	}
	pg.table(append([]string{"Event"}, head...), rows)
}

func (pg *page) marks(a ir.Access) []string {
	var out []string
	for _, c := range pg.peers() {
		if allowed(a, c) {
			out = append(out, "✓")
			continue
		}
		out = append(out, "–")
	}
	return out
}

package breaking

import (
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// A holder is who may do something: a role, for a scoped one with one scope or
// none. Both are names, since the versions have their own.
type holder struct{ role, scope string }

func (h holder) String() string {
	if h.scope == "" {
		return h.role
	}
	return h.role + " with " + h.scope
}

// holders lists who both versions know.
func (c *comparison) holders() []holder {
	var out []holder
	for _, role := range c.old.Protocol.Roles {
		if c.new.Protocol.Role(role.Name) == nil {
			continue
		}
		out = append(out, holder{role: role.Name})
		for _, s := range c.old.Protocol.Scopes {
			if s.Role == role && c.new.Protocol.Scope(s.Name) != nil {
				out = append(out, holder{role.Name, s.Name})
			}
		}
	}
	return out
}

// lost lists who had access and has not; gained the other way round. Both are
// "" when there is nobody.
func (c *comparison) lost(old, new ir.Access) string {
	return c.difference(func(h holder) bool { return c.allows(old, h) && !c.allows(new, h) })
}

func (c *comparison) gained(old, new ir.Access) string {
	return c.difference(func(h holder) bool { return !c.allows(old, h) && c.allows(new, h) })
}

func (c *comparison) difference(is func(holder) bool) string {
	var out []string
	for _, h := range c.holders() {
		// Who needs no scope needs none of them.
		if is(h) && !(h.scope != "" && slices.Contains(out, h.role)) {
			out = append(out, h.String())
		}
	}
	return strings.Join(out, ", ")
}

// allows says what an access means to a holder. Scopes imply what they did in
// the earlier version: a change of that is a finding of its own, not one of
// every method.
func (c *comparison) allows(a ir.Access, h holder) bool {
	i := slices.IndexFunc(a.Roles, func(r *ir.Role) bool { return r.Name == h.role })
	switch {
	case i < 0:
		return false
	case a.Scope == nil || !a.Roles[i].Scoped:
		return true
	case h.scope == "":
		return false
	}
	return h.scope == a.Scope.Name || c.implies(h.scope, a.Scope.Name)
}

func (c *comparison) implies(holds, wanted string) bool {
	p := c.old.Protocol
	if p.Scope(wanted) == nil {
		p = c.new.Protocol
	}
	s := p.Scope(holds)
	return s != nil && slices.Contains(scopeNames(s.Implies), wanted)
}

func scopeNames(list []*ir.Scope) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = s.Name
	}
	return out
}

func spellAccess(a ir.Access) string {
	var roles []string
	for _, r := range a.Roles {
		roles = append(roles, r.Name)
	}
	who := "role " + strings.Join(roles, " or ")
	if a.Scope != nil {
		return who + " with " + a.Scope.Name
	}
	return who
}

package breaking

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func methodNoDelete(r *reporter, n nameChange) {
	if n.alias != nil || n.new != nil || r.announced(n.old.Meta) {
		return
	}
	r.report(at(n.old.Location), at(n.old.Location), "method %s is gone: calls of it fail; keep it, or keep its name as an alias of the method that took its place%s",
		n.name, deprecated(n.old.Meta))
}

func aliasNoDelete(r *reporter, n nameChange) {
	if n.alias == nil || n.new != nil || n.alias.Until != 0 && n.alias.Until <= r.new.Protocol.Version {
		return
	}
	until := ""
	if n.alias.Until != 0 {
		until = " (it was to be kept until version " + itoa(n.alias.Until) + ")"
	}
	r.report(at(n.old.Location, "x-aliases", "x-method"), at(n.old.Location, "x-aliases"), "alias %s of %s is gone: calls by that name fail; keep it%s", n.name, n.old.Wire, until)
}

func aliasUntilNoLower(r *reporter, n nameChange) {
	alias := n.kept()
	if alias == nil || n.alias == nil || alias.Until == 0 {
		return
	}
	if n.alias.Until != 0 && alias.Until < n.alias.Until {
		r.report(at(n.new.Location, "x-aliases"), at(n.old.Location, "x-aliases"), "alias %s is kept until version %d, and was to be kept until version %d", n.name, alias.Until, n.alias.Until)
	}
}

func aliasDialectSame(r *reporter, n nameChange) {
	alias := n.kept()
	if alias == nil || n.alias == nil || alias.Dialect.Name == n.alias.Dialect.Name {
		return
	}
	r.report(at(n.new.Location, "x-aliases"), at(n.old.Location, "x-aliases"), "alias %s is advertised to dialect %s, and was to %s: clients of that look for it in vain", n.name, alias.Dialect.Name, n.alias.Dialect.Name)
}

// kept is the alias of the later version that has the name, nil when the name
// leads nowhere or is the method's own now.
func (n nameChange) kept() *ir.Alias {
	if n.new == nil {
		return nil
	}
	i := slices.IndexFunc(n.new.Aliases, func(a ir.Alias) bool { return a.Name == n.name })
	if i < 0 {
		return nil
	}
	return &n.new.Aliases[i]
}

func methodAccessNoTighten(r *reporter, m methodPair) {
	if lost := r.lost(m.old.Access, m.new.Access); lost != "" && !m.old.Runtime {
		r.report(at(m.new.Location, "x-scope", "x-role"), at(m.old.Location, "x-scope", "x-role"), "%s could call %s and cannot any more: it takes %s now, not %s",
			lost, m.new.Wire, spellAccess(m.new.Access), spellAccess(m.old.Access))
	}
}

func methodAccessNoWiden(r *reporter, m methodPair) {
	if gained := r.gained(m.old.Access, m.new.Access); gained != "" && !m.new.Runtime {
		r.report(at(m.new.Location, "x-scope", "x-role"), at(m.old.Location, "x-scope", "x-role"), "%s could not call %s and can now: it takes %s, not %s any more",
			gained, m.new.Wire, spellAccess(m.new.Access), spellAccess(m.old.Access))
	}
}

func earlyAnswerSame(r *reporter, m methodPair) {
	from, to := at(m.old.Location+"/$defs", "accepted"), at(m.new.Location+"/$defs", "accepted")
	switch {
	case m.old.Accepted == nil && m.new.Accepted != nil:
		r.report(to, from, "%s is answered twice now: clients take the first answer for the result", m.new.Wire)
	case m.old.Accepted != nil && m.new.Accepted == nil:
		r.report(at(m.new.Location, "x-method"), from, "%s has no early answer any more: clients that wait for it take the result for it", m.new.Wire)
	case !sameSet(dialects(m.old.Final), dialects(m.new.Final)):
		r.report(at(m.new.Location, "x-final", "x-method"), at(m.old.Location, "x-final"), "the final answer of %s goes to dialects %s, and went to %s", m.new.Wire, listed(dialects(m.new.Final)), listed(dialects(m.old.Final)))
	}
}

func failureNoDelete(r *reporter, m methodPair) {
	if m.old.Failure != nil && m.new.Failure == nil {
		r.report(at(m.new.Location, "x-method"), at(m.old.Location+"/$defs", "failure"), "errors of %s have no payload any more", m.new.Wire)
	}
	for _, e := range m.old.Errors {
		i := slices.IndexFunc(m.new.Errors, func(o ir.MethodError) bool { return o.Code.Name == e.Code.Name && o.Message == e.Message })
		if i >= 0 && e.Details != nil && m.new.Errors[i].Details == nil {
			r.report(at(m.new.Location, "x-errors"), at(m.old.Location, "x-errors"), "the error %q of %s has no details any more", e.Message, m.new.Wire)
		}
	}
}

// strength orders what repeating a call costs.
var strength = map[ir.IdempotencyKind]int{ir.IdempotencyNone: 0, ir.IdempotencyHash: 1, ir.IdempotencyKey: 2, ir.IdempotencyNatural: 3}

func idempotencyNoWeaken(r *reporter, m methodPair) {
	o, n := m.old.Idempotency, m.new.Idempotency
	to, from := at(m.new.Location, "x-idempotency", "x-effect"), at(m.old.Location, "x-idempotency", "x-effect")
	switch {
	case strength[n.Kind] < strength[o.Kind]:
		r.report(to, from, "a repeated %s was safe (%s) and is less so now (%s): clients repeat it after a lost connection", m.new.Wire, o.Kind, n.Kind)
	case o.Kind == ir.IdempotencyKey && n.Kind == ir.IdempotencyKey && o.Key != n.Key:
		r.report(to, from, "%s tells repeated calls by %q, and did by %q: clients send that one", m.new.Wire, n.Key, o.Key)
	}
}

func effectNoRaise(r *reporter, m methodPair) {
	if m.old.Effect == ir.EffectRead && m.new.Effect == ir.EffectWrite {
		r.report(at(m.new.Location, "x-effect"), at(m.old.Location, "x-effect"), "%s only read, and writes now: clients call it freely", m.new.Wire)
	}
}

func waitSame(r *reporter, m methodPair) {
	to, from := at(m.new.Location, "x-wait", "x-method"), at(m.old.Location, "x-wait", "x-method")
	switch o, n := m.old.Wait, m.new.Wait; {
	case !o.Blocks && n.Blocks:
		r.report(to, from, "%s waits by design now: clients give up after their usual timeout", m.new.Wire)
	case o.Member != "" && n.Member != o.Member && n.Blocks:
		r.report(to, from, "the wait of %s is not bounded by %q any more", m.new.Wire, o.Member)
	}
}

func adaptNoDelete(r *reporter, m methodPair) {
	for _, name := range dialects(m.old.Adapt) {
		if !slices.Contains(dialects(m.new.Adapt), name) {
			r.report(at(m.new.Location, "x-adapt", "x-method"), at(m.old.Location, "x-adapt"), "params of %s are not adapted for dialect %s any more: its clients mean something else by them", m.new.Wire, name)
		}
	}
}

func emitsNoDelete(r *reporter, m methodPair) {
	for _, e := range m.old.Emits {
		if !slices.ContainsFunc(m.new.Emits, func(o *ir.Event) bool { return o.Wire == e.Wire }) && r.new.Protocol.Event(e.Wire) != nil {
			r.report(at(m.new.Location, "x-emits", "x-method"), at(m.old.Location, "x-emits"), "%s does not lead to %s any more: clients may wait for it", m.new.Wire, e.Wire)
		}
	}
}

func offerNoWithdraw(r *reporter, m methodPair) {
	if m.old.NotOffered == "" && m.new.NotOffered != "" {
		r.report(at(m.new.Location, "x-not-offered"), at(m.old.Location, "x-method"), "%s was offered, and is not any more: %s", m.new.Wire, m.new.NotOffered)
	}
}

func groupSame(r *reporter, m methodPair) {
	if m.old.Group.Name != m.new.Group.Name {
		r.report(at(m.new.Location, "x-method"), at(m.old.Location, "x-method"), "%s is in group %s, and was in %s: its handler belongs to another interface", m.new.Wire, m.new.Group.Name, m.old.Group.Name)
	}
}

package breaking

import (
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func eventNoDelete(r *reporter, e eventPair) {
	if e.new != nil || r.announced(e.old.Meta) {
		return
	}
	to := at(e.old.Location)
	if r.new.Protocol.Event(e.old.Wire) != nil { // it has another name in this dialect
		to = at(e.old.Location, "x-dialects", "x-event")
	}
	r.report(to, at(e.old.Location, "x-event"), "event %s is gone%s: clients wait for it in vain%s", e.name, inDialect(r.old.Protocol, e.dialect), deprecated(e.old.Meta))
}

// sameEvent reports whether a rule has to look at a pair: an event whose name
// is the same in several dialects is looked at once.
func (r *reporter) sameEvent(e eventPair) bool {
	return e.new != nil && (e.dialect == r.old.Protocol.Canonical() || e.name != e.old.Wire)
}

func eventAccessNoTighten(r *reporter, e eventPair) {
	if lost := r.lost(e.old.Access, e.anew().Access); r.sameEvent(e) && lost != "" {
		r.report(at(e.new.Location, "x-scope", "x-role"), at(e.old.Location, "x-scope", "x-role"), "%s received %s and does not any more: it takes %s now, not %s",
			lost, e.name, spellAccess(e.new.Access), spellAccess(e.old.Access))
	}
}

func eventAccessNoWiden(r *reporter, e eventPair) {
	if gained := r.gained(e.old.Access, e.anew().Access); r.sameEvent(e) && gained != "" {
		r.report(at(e.new.Location, "x-scope", "x-role"), at(e.old.Location, "x-scope", "x-role"), "%s did not receive %s and does now: it takes %s, not %s any more",
			gained, e.name, spellAccess(e.new.Access), spellAccess(e.old.Access))
	}
}

// anew is the event's counterpart, or the event itself when there is none, for
// comparisons that come before the question.
func (e eventPair) anew() *ir.Event {
	if e.new == nil {
		return e.old
	}
	return e.new
}

func deliverySame(r *reporter, e eventPair) {
	if o, n := spellDelivery(e.old.Delivery), spellDelivery(e.anew().Delivery); r.sameEvent(e) && o != n {
		r.report(at(e.new.Location, "x-delivery", "x-latest-key"), at(e.old.Location, "x-delivery"), "%s is delivered %s, and was %s", e.name, n, o)
	}
}

func spellDelivery(d ir.DeliveryRule) string {
	var b strings.Builder
	for _, c := range d.Cases {
		fmt.Fprintf(&b, "%s where %s is %q, else ", c.Delivery, d.By, c.Value)
	}
	b.WriteString(string(d.Default))
	if len(d.LatestKey) > 0 {
		b.WriteString(" by " + listed(d.LatestKey))
	}
	return b.String()
}

func audienceSame(r *reporter, e eventPair) {
	if o, n := audience(e.old), audience(e.anew()); r.sameEvent(e) && o != n {
		r.report(at(e.new.Location, "x-audience"), at(e.old.Location, "x-audience"), "%s goes to %s, and went to %s", e.name, n, o)
	}
}

func audience(e *ir.Event) string {
	switch {
	case e.Broadcast && e.Peer:
		return "all connections or one"
	case e.Broadcast:
		return "all connections"
	}
	return "one connection"
}

func stateVersionSame(r *reporter, e eventPair) {
	if o, n := e.old.StateVersion, e.anew().StateVersion; r.sameEvent(e) && o != n && o != "" {
		r.report(at(e.new.Location, "x-state-version", "x-event"), at(e.old.Location, "x-state-version"), "%s carried the version of %q, and %s", e.name, o, or(n, "carries none now", "carries that of "+n+" now"))
	}
}

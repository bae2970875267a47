package breaking

import (
	"math/big"
	"slices"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// A bound is one side of a range: how far a number, length or count may go.
// Both keywords of a side make one bound, so that going from one to the other
// is what it is.
type bound struct {
	keyword   ir.CheckKind
	limit     *big.Rat
	exclusive bool
}

// sides are the ranges that limits make. Lengths and counts begin at 0 in any
// case.
var sides = []struct {
	upper                bool
	inclusive, exclusive ir.CheckKind
	zero                 bool
}{
	{false, ir.Minimum, ir.ExclusiveMinimum, false},
	{true, ir.Maximum, ir.ExclusiveMaximum, false},
	{false, ir.MinLength, "", true},
	{true, ir.MaxLength, "", false},
	{false, ir.MinItems, "", true},
	{true, ir.MaxItems, "", false},
}

// boundOf is the tighter of a side's two keywords, nil for none.
func boundOf(t *ir.Type, upper bool, keywords ...ir.CheckKind) *bound {
	var tightest *bound
	for i, k := range keywords {
		c := t.Check(k)
		if k == "" || c == nil {
			continue
		}
		b := &bound{k, rational(c.Limit.JSON), i == 1}
		if tightest == nil || tighter(b, tightest, upper) {
			tightest = b
		}
	}
	return tightest
}

// tighter reports whether a lets less through than b.
func tighter(a, b *bound, upper bool) bool {
	order := a.limit.Cmp(b.limit)
	if upper {
		order = -order
	}
	return order > 0 || order == 0 && a.exclusive && !b.exclusive
}

func rational(literal string) *big.Rat {
	if r, ok := new(big.Rat).SetString(literal); ok {
		return r
	}
	return new(big.Rat) // limits are numbers: package lower saw to it
}

// bounds pairs the limits of both values on each side.
func (v valuePair) bounds(f func(upper bool, o, n *bound)) {
	for _, s := range sides {
		o, n := boundOf(v.old, s.upper, s.inclusive, s.exclusive), boundOf(v.new, s.upper, s.inclusive, s.exclusive)
		if n != nil && o == nil && s.zero {
			o = &bound{keyword: n.keyword, limit: new(big.Rat)}
		}
		f(s.upper, o, n)
	}
}

func paramLimitNoTighten(r *reporter, v valuePair) {
	if closed(v.old) != nil {
		return // each value is tried
	}
	v.bounds(func(upper bool, o, n *bound) {
		if o != nil && n != nil && tighter(n, o, upper) {
			r.report(v.at(string(n.keyword)), v.was(string(o.keyword)), "%s of %s is %s, and was %s: values in between are refused", n.keyword, v.what, show(n), show(o))
		}
	})
	o, n := v.old.Check(ir.MultipleOf), v.new.Check(ir.MultipleOf)
	if o != nil && n != nil && !divides(n.Limit.JSON, o.Limit.JSON) {
		r.report(v.at("multipleOf"), v.was("multipleOf"), "%s must be a multiple of %s, and was one of %s", v.what, n.Limit.JSON, o.Limit.JSON)
	}
}

func show(b *bound) string {
	if b.limit.IsInt() {
		return b.limit.Num().String()
	}
	f, _ := b.limit.Float64()
	return trimFloat(f)
}

// divides reports whether every multiple of whole is one of part.
func divides(part, whole string) bool {
	p := rational(part)
	return p.Sign() != 0 && new(big.Rat).Quo(rational(whole), p).IsInt()
}

func paramCheckNoAdd(r *reporter, v valuePair) {
	r.setsAdded(v)
	if closed(v.old) != nil {
		return
	}
	added := func(c *ir.Check, value string) {
		r.report(v.at(string(c.Kind)), v.was(string(c.Kind), "type"), "%s has to keep to %s %s now: clients that don't are refused", v.what, c.Kind, value)
	}
	v.bounds(func(_ bool, o, n *bound) {
		if o == nil && n != nil {
			added(v.new.Check(n.keyword), show(n))
		}
	})
	for _, kind := range []ir.CheckKind{ir.Pattern, ir.Format, ir.UniqueItems, ir.MultipleOf} {
		o, n := v.old.Check(kind), v.new.Check(kind)
		switch {
		case n == nil || o != nil && (kind == ir.MultipleOf || kind == ir.UniqueItems || n.Text == o.Text):
		case kind == ir.MultipleOf && scalar(v.old) == ir.Int && divides(n.Limit.JSON, "1"):
		case kind == ir.UniqueItems:
			added(n, "true")
		case kind == ir.MultipleOf:
			added(n, n.Limit.JSON)
		default:
			added(n, quote(n.Text))
		}
	}
}

// setsAdded reports sets of members that must come together and did not have
// to.
func (r *reporter) setsAdded(v valuePair) {
	if !v.structs() {
		return
	}
	for _, n := range v.new.Sets {
		if !slices.ContainsFunc(v.old.Sets, func(o ir.RequiredSets) bool { return setsImply(o, n) }) && !always(v.old, n) {
			r.report(v.at(string(n.Kind)), v.was(string(n.Kind)), "%s has to have %s: clients that leave them out are refused", v.what, spellSets(n))
		}
	}
}

func resultLimitNoWiden(r *reporter, v valuePair) {
	if closed(v.new) != nil {
		return
	}
	v.bounds(func(upper bool, o, n *bound) {
		if o != nil && !(o.keyword == ir.MinLength && o.limit.Sign() == 0) && (n == nil || n != nil && tighter(o, n, upper)) {
			now := "is gone"
			if n != nil {
				now = "is " + show(n) + " now"
			}
			r.report(v.at(string(o.keyword), "type"), v.was(string(o.keyword)), "%s of %s was %s, and %s: code may rely on it", o.keyword, v.what, show(o), now)
		}
	})
	for _, kind := range []ir.CheckKind{ir.Pattern, ir.Format, ir.UniqueItems, ir.MultipleOf} {
		o, n := v.old.Check(kind), v.new.Check(kind)
		if o != nil && (n == nil || n.Text != o.Text || kind == ir.MultipleOf && !divides(o.Limit.JSON, n.Limit.JSON)) {
			r.report(v.at(string(kind), "type"), v.was(string(kind)), "%s does not keep to its %s any more: code may rely on it", v.what, kind)
		}
	}
	for _, o := range v.old.Sets {
		if v.structs() && !slices.ContainsFunc(v.new.Sets, func(n ir.RequiredSets) bool { return setsImply(n, o) }) && !always(v.new, o) {
			r.report(v.at("properties"), v.was(string(o.Kind)), "%s always had %s, and need not any more: code may rely on it", v.what, spellSets(o))
		}
	}
}

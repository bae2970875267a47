package breaking

import (
	"fmt"

	"github.com/gatesmith/gatesmith/gen/diag"
)

// A check is the code of a rule: one small function over pairs of one sort.
// The kinds of checks differ in what they look at.
type check interface{ run(r *reporter) }

type (
	protocolCheck func(r *reporter)
	methodCheck   func(r *reporter, m methodPair)
	nameCheck     func(r *reporter, n nameChange)
	eventCheck    func(r *reporter, e eventPair)
	frameCheck    func(r *reporter, f framePair)
	placeCheck    func(r *reporter, p placePair) // where a value stands
	valueCheck    func(r *reporter, v valuePair) // the value that stands there
)

// inbound and outbound checks look at values that travel one way.
type (
	inboundPlace  placeCheck
	outboundPlace placeCheck
	inboundValue  valueCheck
	outboundValue valueCheck
)

func (f protocolCheck) run(r *reporter) { f(r) }

func (f methodCheck) run(r *reporter) {
	for _, m := range r.methods {
		f(r, m)
	}
}

func (f nameCheck) run(r *reporter) {
	for _, n := range r.names {
		f(r, n)
	}
}

func (f eventCheck) run(r *reporter) {
	for _, e := range r.events {
		f(r, e)
	}
}

func (f frameCheck) run(r *reporter) {
	for _, fr := range r.frames {
		f(r, fr)
	}
}

func (f placeCheck) run(r *reporter) {
	for _, p := range r.places {
		f(r, p)
	}
}

func (f valueCheck) run(r *reporter) {
	for _, v := range r.values {
		f(r, v)
	}
}

func (f inboundPlace) run(r *reporter)  { placeCheck(f).only(r, inbound) }
func (f outboundPlace) run(r *reporter) { placeCheck(f).only(r, outbound) }
func (f inboundValue) run(r *reporter)  { valueCheck(f).only(r, inbound) }
func (f outboundValue) run(r *reporter) { valueCheck(f).only(r, outbound) }

func (f placeCheck) only(r *reporter, d direction) {
	for _, p := range r.places {
		if p.dir == d {
			f(r, p)
		}
	}
}

func (f valueCheck) only(r *reporter, d direction) {
	for _, v := range r.values {
		if v.dir == d {
			f(r, v)
		}
	}
}

// reporter is what a rule sees and says.
type reporter struct {
	*comparison
	rule *Rule
	done *Report // what the rules before found
}

// report adds a finding at a place of the later version. The earlier version's
// place is shown beside it.
func (r *reporter) report(at, was spot, format string, args ...any) {
	f := Finding{Category: r.rule.Category, Subject: r.subject(at)}
	f.Rule, f.Message = r.rule.ID, fmt.Sprintf(format, args...)
	f.Pos, f.Pointer = at.find(r.new.Tree)
	if pos, _ := was.find(r.old.Tree); pos.Line != 0 {
		f.Related = []diag.Related{{Pos: pos, Message: "as it was"}}
	}
	r.done.Findings = append(r.done.Findings, f)
}

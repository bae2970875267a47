// Package breaking tells what a change of a protocol does to the clients and
// servers that are already there: it compares two models, knows which way each
// value travels, and names every change that somebody would have to follow.
//
//   - What clients send (params, the connect frame): whatever the earlier
//     version accepted, the later one must accept, too.
//   - What clients receive (results, payloads, errors, the hello frame): the
//     later version stays inside what the earlier one promised. Clients read
//     leniently, so a new member breaks nobody, and neither do new enum values
//     or wider limits on the wire; code that was written against the earlier
//     types is another matter.
//   - A type that travels both ways is held to both.
//
// Names are followed as a client follows them: a call by its name or alias, an
// event by its name in the client's dialect. What was announced may go: an
// alias at the version it was kept until, and a deprecated thing once every
// client that is still served was told. Configuration files are no part of the
// protocol, and are not compared.
//
//	report := breaking.Compare(
//		breaking.Version{Protocol: old, Tree: oldTree},
//		breaking.Version{Protocol: new, Tree: newTree})
//	if report.Unannounced() { … }
package breaking

import (
	"cmp"
	"slices"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Version is one state of a protocol: its model, and the files it was made
// from, which say where things stand.
type Version struct {
	Protocol *ir.Protocol
	Tree     *source.Tree
}

// Category says who has to follow a change.
type Category string

// The categories.
const (
	Wire     Category = "WIRE"     // clients in the field fail, or mean something else
	Security Category = "SECURITY" // somebody may do or see what they could not
	Source   Category = "SOURCE"   // code written against generated types does not compile, or misses cases
)

// Categories lists them by weight.
var Categories = []Category{Wire, Security, Source}

// Finding is one breaking change. Its place is in the later version; the
// earlier one's is related, where there is one.
type Finding struct {
	diag.Diagnostic
	Category Category `json:"category"`
	Subject  string   `json:"subject"` // what it belongs to: a method, event, type, frame, or the protocol
}

// Report is all that a comparison found.
type Report struct {
	Old, New  Summary
	Findings  []Finding  // by category, then by place
	Additions []Addition // what is new and breaks nobody, by subject
}

// Summary is what a report says of the versions themselves.
type Summary struct {
	Name                string
	Version, MinVersion int
}

// Count is the number of findings of a category.
func (r *Report) Count(c Category) int {
	n := 0
	for _, f := range r.Findings {
		if f.Category == c {
			n++
		}
	}
	return n
}

// Bumped reports whether the protocol's version was raised, which announces
// breaking changes.
func (r *Report) Bumped() bool { return r.New.Version > r.Old.Version }

// Unannounced reports whether there are changes that need a new version of the
// protocol and did not get one. Changes of source need none: who generates
// code again compiles it again.
func (r *Report) Unannounced() bool {
	return !r.Bumped() && r.Count(Wire)+r.Count(Security) > 0
}

// Compare finds what changed from one version to the other.
func Compare(old, new Version) *Report {
	c := pair(old, new)
	r := &Report{Old: summary(old.Protocol), New: summary(new.Protocol)}
	for i := range Rules {
		rule := &Rules[i]
		rule.check.run(&reporter{comparison: c, rule: rule, done: r})
	}
	r.sort()
	r.Additions = additions(c)
	return r
}

func summary(p *ir.Protocol) Summary { return Summary{p.Name, p.Version, p.MinVersion} }

// sort orders the findings, the one that sums up last, and drops repeats: a
// type that many methods use changes once.
func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(b2i(a.Rule == bumpRequired), b2i(b.Rule == bumpRequired)), // it sums up
			cmp.Compare(slices.Index(Categories, a.Category), slices.Index(Categories, b.Category)),
			a.Pos.Compare(b.Pos), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	r.Findings = slices.CompactFunc(r.Findings, func(a, b Finding) bool {
		return a.Pos == b.Pos && a.Rule == b.Rule && a.Message == b.Message
	})
}

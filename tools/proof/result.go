package proof

import (
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// Results proves the verdict rule and the agreement of both passes for the
// results of methods, which may be lists or null and then have no type of their
// own. Decode decodes the result of the method of that wire name.
func Results(t *testing.T, s *Subject, decode func(method string, data []byte, mode wire.Mode) error) {
	s.Load(t)
	var n tally
	t.Run("methods", func(t *testing.T) {
		for _, m := range s.Model.Methods {
			if m.Result.Type == nil {
				continue
			}
			t.Run(m.Wire, func(t *testing.T) {
				t.Parallel()
				r := result{s, m, decode, &n}
				for _, base := range r.bases() {
					r.check(t, specimen.Specimen{Text: base, What: "as it is"})
					mk := specimen.NewMaker(hash(m.Wire))
					specimen.Damage(base, m.Result.Type, mk, r.wanted, func(x specimen.Specimen) { r.check(t, x) })
					specimen.Torn(base, mk, Share(1, 20), func(x specimen.Specimen) { r.check(t, x) })
				}
				for _, text := range []string{"null", "[]", "{}", " null ", "1"} {
					r.check(t, specimen.Specimen{Text: []byte(text), What: text})
				}
			})
		}
	})
	n.log(t)
}

type result struct {
	subject *Subject
	method  *ir.Method
	decode  func(method string, data []byte, mode wire.Mode) error
	n       *tally
}

// wanted are changes at the top: deeper ones are those of the types in it.
func (r result) wanted(x specimen.Specimen) bool {
	return Soak || x.Depth == 0 || hash(x.Where+x.What)%insideShare == 0
}

func (r result) bases() [][]byte {
	var list [][]byte
	for _, x := range r.method.Examples {
		if x.Result != nil && string(x.Result) != "null" {
			list = append(list, x.Result)
		}
	}
	for seed := range uint64(Share(2, 20)) {
		list = append(list, specimen.NewMaker(seed).Make(r.method.Result.Type))
	}
	return list
}

func (r result) check(t *testing.T, x specimen.Specimen) {
	t.Helper()
	use := r.method.Result
	for _, mode := range []wire.Mode{wire.Strict, wire.Lenient} {
		err := r.decode(r.method.Wire, x.Text, mode)
		issues := r.subject.ExplainUse(use, x.Text, mode)
		if (err == nil) != (len(issues) == 0) && !(mode == wire.Lenient && isNull(x.Text)) {
			t.Errorf("%s %s (%s): %v, explained as %v\n%s", x.What, x.Path, modeName(mode), err, issues, x.Text)
		}
	}
	refusal := r.decode(r.method.Wire, x.Text, wire.Strict)
	if why := oracle.Strictness(use.Type, x.Text, r.subject.MaxDepth); why != oracle.None {
		if r.n.add(string(why)); refusal == nil {
			t.Errorf("%s %s: accepted in spite of %s\n%s", x.What, x.Path, why, x.Text)
		}
		return
	}
	v, err := r.subject.modern.JudgeAt(r.method.Location+"/$defs/result", x.Text)
	if err != nil {
		t.Fatal(err)
	}
	r.n.add(map[bool]string{true: "accepted", false: "refused by the schema"}[v.Valid])
	if v.Valid != (refusal == nil) {
		t.Errorf("%s %s: 2020-12 says %v %v, we say %v\n%s", x.What, x.Path, v.Valid, v.Faults, refusal, x.Text)
	}
}

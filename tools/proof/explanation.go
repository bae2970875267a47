package proof

import (
	"errors"
	"reflect"
	"testing"

	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// Explanations proves that the two passes agree, in both modes: a text has
// issues exactly when the decoder refuses it. Then a refusal always has a
// reason, and the refusal's own error is that list.
func Explanations(t *testing.T, s *Subject) {
	var n tally
	s.eachType(t, func(t *testing.T, c *Corpus) {
		c.Each(Share(2, 20), Share(10, 100), func(x specimen.Specimen) {
			for _, mode := range []wire.Mode{wire.Strict, wire.Lenient} {
				n.add(c.explained(t, x, mode))
			}
		})
	})
	n.log(t)
	n.atLeast(t, 50*len(s.Types), "strict accepted", "strict refused", "lenient accepted", "lenient refused")
}

func modeName(m wire.Mode) string {
	return map[wire.Mode]string{wire.Strict: "strict", wire.Lenient: "lenient"}[m]
}

func (c *Corpus) explained(t *testing.T, x specimen.Specimen, mode wire.Mode) string {
	t.Helper()
	v, err := c.Decode(x.Text, mode)
	issues := c.subject.Explain(c.Type, x.Text, mode)
	switch {
	case err == nil && len(issues) > 0:
		t.Errorf("%s %s (%s): accepted, but explained: %v\n%s", x.What, x.Path, modeName(mode), issues, x.Text)
	case err == nil:
		if v == nil {
			t.Errorf("%s %s (%s): accepted without a value\n%s", x.What, x.Path, modeName(mode), x.Text)
		}
		return modeName(mode) + " accepted"
	case len(issues) > 0:
	case c.nothingAtAll(x.Text, mode):
		issues = wire.Issues{{Rule: "type", Message: "must be object"}}
	default:
		t.Errorf("%s %s (%s): refused without a reason: %v\n%s", x.What, x.Path, modeName(mode), err, x.Text)
	}
	var own wire.Issues
	if !errors.As(err, &own) || own.Error() != issues.Error() {
		t.Errorf("%s %s (%s): the refusal says %v, the explanation %v\n%s", x.What, x.Path, modeName(mode), err, issues, x.Text)
	}
	return modeName(mode) + " refused"
}

// nothingAtAll is null where a tagged union should be, read leniently. As part
// of something it counts as absent, but as the whole text it leaves nothing to
// return, so it is refused.
func (c *Corpus) nothingAtAll(text []byte, mode wire.Mode) bool {
	return mode == wire.Lenient && c.Go.Kind() == reflect.Interface && isNull(text)
}

// Leniency proves what a client relies on: what strict reading accepts lenient
// reading accepts too, as the same value, and it fails at nothing but text that cannot be read,
// wrong JSON kinds, and unions whose tag doesn't tell what to decode. A schema
// that says just that, made from the model, is the judge.
func Leniency(t *testing.T, s *Subject) {
	var n tally
	s.eachType(t, func(t *testing.T, c *Corpus) {
		c.Each(Share(1, 10), Share(2, 30), func(x specimen.Specimen) { n.add(c.leniency(t, x)) })
	})
	n.log(t)
	n.atLeast(t, 20*len(s.Types), "accepted", "refused")
}

func (c *Corpus) leniency(t *testing.T, x specimen.Specimen) string {
	t.Helper()
	v, refusal := c.Decode(x.Text, wire.Lenient)
	accepted := refusal == nil
	if same, err := c.Decode(x.Text, wire.Strict); err == nil && !(accepted && reflect.DeepEqual(v, same)) {
		t.Errorf("%s %s: strict reading accepts it, lenient reads otherwise (%v)\n%s", x.What, x.Path, refusal, x.Text)
	}
	if r := oracle.Laxness(x.Text, c.subject.MaxDepth); r != oracle.None {
		if accepted {
			t.Errorf("%s %s: accepted in spite of %s\n%s", x.What, x.Path, r, x.Text)
		}
		return string(r)
	}
	if r := oracle.Strictness(c.Model, x.Text, c.subject.MaxDepth); r == oracle.Duplicate {
		return "with a duplicate name" // validators see only one of the two
	}
	if c.nothingAtAll(x.Text, wire.Lenient) {
		if accepted {
			t.Errorf("null is accepted and gives nothing")
		}
		return "null for a union"
	}
	want, err := c.subject.lenient.Judge(c.Model, x.Text)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", x.What, x.Path, err, x.Text)
	}
	if want.Valid != accepted {
		t.Errorf("%s %s: the lenient schema says %v %v, we say %v\n%s", x.What, x.Path, want.Valid, want.Faults, refusal, x.Text)
	}
	return map[bool]string{true: "accepted", false: "refused"}[accepted]
}

package proof

import (
	"testing"

	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// Everything holds one text of any origin to all the proofs that need no more
// than the text: verdicts, explanations, leniency, round trips and clones. It
// is what fuzzing calls.
func (s *Subject) Everything(t *testing.T, typ *Type, data []byte) {
	t.Helper()
	c := s.Corpus(typ)
	x := specimen.Specimen{Text: data, What: "fuzzed"}
	if !oracle.FarOut(data) {
		c.verdict(t, x, &tally{}, s.exceptions(t))
		c.leniency(t, x)
	}
	for _, mode := range []wire.Mode{wire.Strict, wire.Lenient} {
		c.explained(t, x, mode)
	}
	if v, err := c.Decode(data, wire.Lenient); err == nil {
		c.lenientTrip(t, x, v)
	}
	message := append([]byte{}, data...)
	v, err := c.Decode(message, wire.Strict)
	if err != nil {
		return
	}
	if !oracle.Rounded(c.Model, data) {
		c.strictTrip(t, x, v)
	}
	c.cloned(t, x, v, message)
}

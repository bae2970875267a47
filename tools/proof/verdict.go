package proof

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// tally counts what was compared, so that a proof can't pass by trying nothing.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
	order  []string
}

func (n *tally) add(what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = map[string]int{}
	}
	if n.counts[what] == 0 {
		n.order = append(n.order, what)
	}
	n.counts[what]++
}

// atLeast fails where too little was tried: so many of a kind for each type.
func (n *tally) atLeast(t *testing.T, each int, kinds ...string) {
	t.Helper()
	for _, what := range kinds {
		if n.counts[what] < each {
			t.Errorf("only %d texts were %s: expected %d or more", n.counts[what], what, each)
		}
	}
}

func (n *tally) log(t *testing.T) {
	t.Helper()
	total := 0
	var parts []string
	for _, what := range n.order {
		total += n.counts[what]
		parts = append(parts, fmt.Sprintf("%d %s", n.counts[what], what))
	}
	t.Logf("%d texts: %q", total, parts)
}

// Verdicts proves the verdict rule: in strict mode generated code accepts
// exactly what JSON Schema accepts with formats asserted, but for the added
// strictness, which is recognised from the text and the model alone. Two
// validators are asked: one on the schema files, one on the draft-07 export.
func Verdicts(t *testing.T, s *Subject) {
	var n tally
	used := s.exceptions(t)
	s.eachType(t, func(t *testing.T, c *Corpus) {
		c.Each(Share(2, 20), Share(3, 30), func(x specimen.Specimen) { c.verdict(t, x, &n, used) })
	})
	n.log(t)
	n.atLeast(t, 20*len(s.Types), "accepted", "refused by the schema")
	n.atLeast(t, len(s.Types), string(oracle.Syntax), string(oracle.UTF8), string(oracle.Duplicate))
	used.check(t)
}

func (c *Corpus) verdict(t *testing.T, x specimen.Specimen, n *tally, used *exceptions) {
	t.Helper()
	_, refusal := c.Decode(x.Text, wire.Strict)
	accepted := refusal == nil
	if r := oracle.Strictness(c.Model, x.Text, c.subject.MaxDepth); r != oracle.None {
		n.add(string(r))
		if accepted {
			t.Errorf("%s %s: accepted in spite of %s\n%s", x.What, x.Path, r, x.Text)
		}
		return
	}
	if isNull(x.Text) && c.subject.NullAtHome(c.Model) {
		n.add("null that belongs to the place")
		return // the schema speaks of the place, the decoder of the type
	}
	modern, err := c.subject.modern.Judge(c.Model, x.Text)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", x.What, x.Path, err, x.Text)
	}
	n.add(map[bool]string{true: "accepted", false: "refused by the schema"}[accepted])
	if modern.Valid != accepted {
		t.Errorf("%s %s: 2020-12 says %v %v, we say %v\n%s", x.What, x.Path, modern.Valid, modern.Faults, refusal, x.Text)
	}
	export, err := c.subject.export.Judge(c.Model, x.Text)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", x.What, x.Path, err, x.Text)
	}
	if export.Valid == accepted {
		return
	}
	if name := used.explain(c, x); name != "" {
		n.add("on which draft-07 errs: " + name)
		return
	}
	t.Errorf("%s %s: draft-07 says %v %v, we say %v\n%s", x.What, x.Path, export.Valid, export.Faults, refusal, x.Text)
}

func isNull(text []byte) bool { return string(bytes.Trim(text, " \t\r\n")) == "null" }

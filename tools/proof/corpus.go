package proof

import (
	"hash/fnv"
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// Corpus makes the texts that a type is tried with.
type Corpus struct {
	*Type
	subject *Subject
	seed    uint64
	tried   map[string]bool // changes that were tried at a place of the model
}

// Corpus returns the corpus of a type. The same type has the same one always.
func (s *Subject) Corpus(typ *Type) *Corpus {
	return &Corpus{Type: typ, subject: s, seed: hash(typ.Name), tried: map[string]bool{}}
}

// Bases are texts that should be valid: examples, the leanest value, the
// fullest ones, and random ones.
func (c *Corpus) Bases(random int) [][]byte {
	list := slices.Clone(c.subject.Examples[c.Model])
	bare := specimen.NewMaker(c.seed)
	bare.Bare, bare.Plain = true, true
	list = append(list, bare.Make(c.Model))
	for range c.variety() {
		full := specimen.NewMaker(c.seed + uint64(len(list)))
		full.Full, full.Plain = true, true
		list = append(list, full.Make(c.Model))
	}
	for range random {
		list = append(list, specimen.NewMaker(c.seed+uint64(len(list))).Make(c.Model))
	}
	return list
}

// variety is how many full values it takes to see each branch of the unions in
// a type, more or less.
func (c *Corpus) variety() int {
	most := 1
	ir.Walk(c.Model, func(t *ir.Type) {
		if t.Union != nil {
			most = max(most, 2*len(t.Union.Variants))
		}
	})
	return most
}

// Each calls f for every base and for everything that can be done to it. By
// default each change is made once at each member of a type; a soak makes it in
// every base. At members of the types within, which have a turn of their own,
// it is made by a share.
func (c *Corpus) Each(random, torn int, f func(specimen.Specimen)) {
	for k, base := range c.Bases(random) {
		f(specimen.Specimen{Text: base, What: "as it is"})
		if Soak {
			clear(c.tried)
		}
		m := specimen.NewMaker(c.seed ^ uint64(k+1))
		wanted := func(s specimen.Specimen) bool { return c.fresh(s, uint64(k)) }
		specimen.Damage(base, c.Model, m, wanted, f)
		specimen.Nested(base, c.Model, c.subject.MaxDepth, wanted, f)
		if Soak || k < 3 {
			specimen.Torn(base, m, torn, f)
		}
	}
}

// fresh reports whether to make a change: not the same one twice, and not all
// of those deep within. A soak takes another share in each base.
func (c *Corpus) fresh(s specimen.Specimen, base uint64) bool {
	key := s.Where + "\x00" + s.What
	if c.tried[key] {
		return false
	}
	c.tried[key] = true
	share := uint64(1)
	switch {
	case s.Depth > 1:
		share = insideShare
	case len(c.Model.Fields) > manyFields:
		share = 4
	}
	if Soak {
		return (hash(key)+base)%share == 0
	}
	return hash(key)%share == 0
}

// insideShare is one in how many changes is made deeper within a type.
const insideShare = 16

// manyFields is more members than need be changed in every way.
const manyFields = 60

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// Sound proves the other proofs: values made up from the model are what the
// standard accepts. Otherwise nothing but refusals would be tried.
func Sound(t *testing.T, s *Subject) {
	s.eachType(t, func(t *testing.T, c *Corpus) {
		for _, text := range c.Bases(Share(20, 500)) {
			if r := oracle.Strictness(c.Model, text, s.MaxDepth); r != oracle.None {
				t.Errorf("%s\n%s", r, text)
				continue
			}
			if v, err := s.modern.Judge(c.Model, text); err != nil || !v.Valid {
				t.Errorf("%s\n%v %v", text, v.Faults, err)
			}
		}
	})
}

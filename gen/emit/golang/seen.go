package golang

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// seenBits emits the bitset of members that an object had: one word for up to
// 64 members, several beyond.
type seenBits struct{ words int }

func newSeen(t *ir.Type) seenBits { return seenBits{(len(t.Fields) + 63) / 64} }

func (s seenBits) declare(b *jen.Group) {
	switch s.words {
	case 0:
	case 1:
		b.Var().Id("seen").Uint64()
	default:
		b.Var().Id("seen").Index(jen.Lit(s.words)).Uint64()
	}
}

func (s seenBits) word(k int) *jen.Statement {
	if s.words == 1 {
		return id("seen")
	}
	return id("seen").Index(jen.Lit(k / 64))
}

func bit(k int) *jen.Statement { return jen.Op("1").Op("<<").Lit(k % 64) }

// mark sets the bit of member k.
func (s seenBits) mark(c *jen.Group, k int) {
	c.Add(s.word(k).Op("|=").Add(bit(k)))
}

// repeated is the condition that some member came twice: then there were more
// members than bits were set. Open types count the members they keep.
func (s seenBits) repeated(t *ir.Type) *jen.Statement {
	distinct := jen.Lit(0)
	for w := range s.words {
		ones := jen.Qual("math/bits", "OnesCount64").Call(s.word(w * 64))
		if w == 0 {
			distinct = ones
		} else {
			distinct = distinct.Op("+").Add(ones)
		}
	}
	if t.Open {
		distinct = distinct.Op("+").Len(id("v").Dot("Extra"))
	}
	return id("count").Op("!=").Add(distinct)
}

// missing is the condition that a required member was not there, or nil when
// none is required.
func (s seenBits) missing(t *ir.Type) *jen.Statement {
	var names []string
	for _, f := range t.Fields {
		if f.Required {
			names = append(names, f.Wire)
		}
	}
	if names == nil {
		return nil
	}
	return s.some(t, names, "!=", "||")
}

// all is the condition that every named member was there.
func (s seenBits) all(t *ir.Type, names []string) *jen.Statement {
	if cond := s.some(t, names, "==", "&&"); cond != nil {
		return cond
	}
	return jen.True()
}

// some compares the bits of the named members with those seen, word by word;
// nil when there is no name.
func (s seenBits) some(t *ir.Type, names []string, compare, join string) *jen.Statement {
	masks := make([]uint64, s.words)
	for k, f := range t.Fields {
		if slices.Contains(names, f.Wire) {
			masks[k/64] |= 1 << (k % 64)
		}
	}
	var cond *jen.Statement
	for w, mask := range masks {
		if mask == 0 {
			continue
		}
		hex := jen.Op(hexLiteral(mask))
		test := s.word(w * 64).Op("&").Add(hex).Op(compare).Add(hex.Clone())
		if cond == nil {
			cond = test
		} else {
			cond = cond.Op(join).Add(test)
		}
	}
	return cond
}

// unmet is the condition that the required sets are not met.
func (s seenBits) unmet(g *generator, t *ir.Type, sets ir.RequiredSets) *jen.Statement {
	if sets.Kind == ir.AnySet {
		var cond *jen.Statement
		for _, set := range sets.Sets {
			test := s.some(t, set, "!=", "||")
			switch {
			case test == nil:
				test = jen.False() // an empty set is always complete
			case s.words > 1:
				test = jen.Parens(test)
			}
			if cond == nil {
				cond = test
			} else {
				cond = cond.Op("&&").Add(test)
			}
		}
		return cond
	}
	return g.wire("Count").CallFunc(func(c *jen.Group) {
		for _, set := range sets.Sets {
			c.Add(s.all(t, set))
		}
	}).Op("!=").Lit(1)
}

package breaking

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// setsImply reports whether whatever keeps o keeps n.
func setsImply(o, n ir.RequiredSets) bool {
	if n.Kind == ir.AnySet {
		return !slices.ContainsFunc(o.Sets, func(has []string) bool {
			return !slices.ContainsFunc(n.Sets, func(wants []string) bool { return len(less(wants, has)) == 0 })
		})
	}
	same := func(a, b [][]string) bool {
		return !slices.ContainsFunc(a, func(x []string) bool {
			return !slices.ContainsFunc(b, func(y []string) bool { return sameSet(x, y) })
		})
	}
	return o.Kind == ir.OneSet && same(o.Sets, n.Sets) && same(n.Sets, o.Sets)
}

// always reports whether the required members of a type make sure that one of
// the sets is there, for sets of which at least one has to be.
func always(t *ir.Type, n ir.RequiredSets) bool {
	return n.Kind == ir.AnySet && slices.ContainsFunc(n.Sets, func(wants []string) bool {
		return !slices.ContainsFunc(wants, func(name string) bool { f := t.Field(name); return f == nil || !f.Required })
	})
}

func spellSets(s ir.RequiredSets) string {
	var sets []string
	for _, set := range s.Sets {
		sets = append(sets, strings.Join(set, " and "))
	}
	if s.Kind == ir.OneSet {
		return "exactly one of " + strings.Join(sets, ", ")
	}
	return "at least one of " + strings.Join(sets, ", ")
}

// less is what is in a and not in b.
func less(a, b []string) []string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// closed lists the values of a type that has only some, nil for others.
func closed(t *ir.Type) []ir.Value {
	switch {
	case t.Const != nil:
		return []ir.Value{*t.Const}
	case t.Kind != ir.Enum || t.Enum.Open:
		return nil
	}
	out := make([]ir.Value, len(t.Enum.Values))
	for i, v := range t.Enum.Values {
		out[i] = v.Value
	}
	return out
}

// accepts reports whether the later version takes a value.
func (c *comparison) accepts(t *ir.Type, v ir.Value) bool {
	place := c.shapes.Place(ir.Use{Type: t})
	return len(wire.Explain([]byte(v.JSON), wire.Strict, c.new.Protocol.Limits.MaxDepth, c.shapes.Shapes, place)) == 0
}

// sameNumberOrText compares values as JSON does: 1 and 1.0 are one number.
func sameNumberOrText(a, b ir.Value) bool {
	number := func(v ir.Value) bool { return v.Kind == ir.Int || v.Kind == ir.Float }
	if number(a) && number(b) {
		return rational(a.JSON).Cmp(rational(b.JSON)) == 0
	}
	return a.JSON == b.JSON
}

func values(list []ir.Value) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.JSON
	}
	return strings.Join(out, ", ")
}

func trimFloat(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

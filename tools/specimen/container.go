package specimen

import (
	"slices"
	"strconv"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func (m *Maker) space(b []byte) []byte {
	if m.Plain || !m.chance(4) {
		return b
	}
	return append(b, pick(m.r, " ", "\n", "\r\n", "\t", "    ")...)
}

func limits(t *ir.Type, low, high ir.CheckKind, open int) (int, int) {
	from, to := 0, -1
	if c := t.Check(low); c != nil {
		from = int(c.Limit.Int)
	}
	if c := t.Check(high); c != nil {
		to = int(c.Limit.Int)
	}
	if to < 0 {
		to = from + open
	}
	return from, to
}

func (m *Maker) array(b []byte, t *ir.Type, depth int) []byte {
	from, to := limits(t, ir.MinItems, ir.MaxItems, 3)
	n := from + m.r.IntN(min(to-from, 4)+1)
	switch {
	case m.lean(depth) || m.Bare || m.inside[t] > 2:
		n = from
	case m.Full && n == 0 && to > 0:
		n = 1
	}
	unique := t.Check(ir.UniqueItems) != nil
	var items [][]byte
	for tries := 0; len(items) < n && tries < 1000; tries++ {
		item := m.use(nil, *t.Elem, depth+1)
		if !unique || !slices.ContainsFunc(items, func(o []byte) bool { return sameScalar(o, item) }) {
			items = append(items, item)
		}
	}
	b = m.space(append(b, '['))
	for i, item := range items {
		if i > 0 {
			b = m.space(append(b, ','))
		}
		b = m.space(append(b, item...))
	}
	return append(b, ']')
}

// sameScalar reports whether two literals may stand for the same value.
func sameScalar(a, b []byte) bool {
	x, y := parse(a), parse(b)
	f, err1 := strconv.ParseFloat(x.Text, 64)
	g, err2 := strconv.ParseFloat(y.Text, 64)
	return x.Kind == y.Kind && x.Bool == y.Bool && (x.Text == y.Text || err1 == nil && err2 == nil && f == g)
}

func (m *Maker) mapping(b []byte, t *ir.Type, depth int) []byte {
	n := m.r.IntN(4)
	switch {
	case m.lean(depth) || m.Bare || m.inside[t] > 2:
		n = 0
	case m.Full && n == 0:
		n = 1
	}
	b = m.space(append(b, '{'))
	seen := map[string]bool{}
	for range n {
		key := m.runes(m.r.IntN(6))
		if m.chance(10) {
			key = pick(m.r, "", "__proto__", "constructor", "a/b~c", "toString")
		}
		if seen[key] {
			continue
		}
		if len(seen) > 0 {
			b = m.space(append(b, ','))
		}
		seen[key] = true
		b = m.space(append(m.space(m.literal(b, key)), ':'))
		b = m.space(m.use(b, *t.Elem, depth+1))
	}
	return append(b, '}')
}

type memberText struct {
	name  string
	value []byte
}

func (m *Maker) object(b []byte, t *ir.Type, depth int) []byte {
	var list []memberText
	there := m.choose(t, depth)
	for _, f := range t.Fields {
		if there[f.Wire] {
			list = append(list, memberText{f.Wire, m.use(nil, f.Use, depth+1)})
		}
	}
	if t.Open && !m.Bare && !m.Plain {
		for range m.r.IntN(3) {
			name := "x-" + m.runes(m.r.IntN(3))
			if !slices.ContainsFunc(list, func(o memberText) bool { return o.name == name }) {
				list = append(list, memberText{name, m.any(nil, false, depth+1)})
			}
		}
	}
	if !m.Plain && m.chance(50) {
		m.r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	b = m.space(append(b, '{'))
	for i, one := range list {
		if i > 0 {
			b = m.space(append(b, ','))
		}
		b = m.space(append(m.space(m.literal(b, one.name)), ':'))
		b = m.space(append(b, one.value...))
	}
	return append(b, '}')
}

// choose decides which members are there, so that required sets are met.
func (m *Maker) choose(t *ir.Type, depth int) map[string]bool {
	there := map[string]bool{}
	for tries := 0; ; tries++ {
		share := m.r.IntN(101)
		for _, f := range t.Fields {
			wanted := m.Full || m.chance(share)
			if f.Use.Type.Recursive && m.inside[t] > 1 {
				wanted = !m.Full && m.chance(20)
			}
			there[f.Wire] = f.Required || !m.Bare && wanted && !m.lean(depth)
		}
		for _, sets := range t.Sets {
			m.meet(sets, there, t)
		}
		if tries > 100 || !slices.ContainsFunc(t.Sets, func(s ir.RequiredSets) bool { return !met(s, there) }) {
			return there
		}
	}
}

// meet puts one set in and, where only one may be there, a member of each
// other one out.
func (m *Maker) meet(sets ir.RequiredSets, there map[string]bool, t *ir.Type) {
	chosen := pick(m.r, sets.Sets...)
	for _, other := range sets.Sets {
		name := pick(m.r, other...)
		if sets.Kind == ir.OneSet && !t.Field(name).Required {
			there[name] = false
		}
	}
	for _, name := range chosen {
		there[name] = true
	}
}

func met(sets ir.RequiredSets, there map[string]bool) bool {
	complete := 0
	for _, set := range sets.Sets {
		if !slices.ContainsFunc(set, func(name string) bool { return !there[name] }) {
			complete++
		}
	}
	return complete == 1 || complete > 1 && sets.Kind == ir.AnySet
}

// any makes a value that no schema describes.
func (m *Maker) any(b []byte, object bool, depth int) []byte {
	leaf := m.lean(depth) || m.Plain
	kind := m.r.IntN(8)
	switch {
	case object && leaf:
		return append(b, "{}"...)
	case leaf:
		return append(b, pick(m.r, `1`, `"x"`, `true`, `null`, `{}`, `[]`)...)
	case object || kind == 0:
		return m.mapping(b, &ir.Type{Kind: ir.Map, Elem: &ir.Use{Type: &ir.Type{Kind: ir.Raw}}}, depth)
	case kind == 1:
		return m.array(b, &ir.Type{Kind: ir.Array, Elem: &ir.Use{Type: &ir.Type{Kind: ir.Raw}}}, depth)
	case kind == 2:
		return m.literal(b, m.runes(m.r.IntN(6)))
	}
	return append(b, pick(m.r, `0`, `-0`, `1.5`, `1e300`, `9007199254740993`, `true`, `false`, `null`, `""`, `-1E-7`)...)
}

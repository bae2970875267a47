package room_test

import (
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// maker makes JSON texts up from the model: most parts are as they should be,
// and some are not. Which texts are valid it does not know.
type maker struct {
	r      *rand.Rand
	faults int // in a thousand parts
}

// deep is where optional parts and long lists end.
const deep = 4

func (m *maker) one(of int) bool { return m.r.IntN(of) == 0 }

func (m *maker) fault() bool { return m.r.IntN(1000) < m.faults }

// strays are what stands where something else should.
var strays = []string{"null", "true", "0", "-1", "1.5", "1e400", "9007199254740993", `""`, `"é"`, `"\ud800"`, "[]", "[[]]", "{}", `{"a":1,"a":2}`, `{"kind":"text"}`}

func (m *maker) use(use ir.Use, depth int) string {
	switch {
	case m.fault():
		return strays[m.r.IntN(len(strays))]
	case use.Nullable && (m.one(4) || depth > deep):
		return "null"
	}
	return m.value(use.Type, depth)
}

func (m *maker) value(t *ir.Type, depth int) string {
	switch {
	case t.Const != nil && m.fault():
		return []string{"true", "false", "1", "2", `"text"`, `"x"`}[m.r.IntN(6)]
	case t.Const != nil:
		return t.Const.JSON
	}
	switch t.Kind {
	case ir.Bool:
		return strconv.FormatBool(m.one(2))
	case ir.Int, ir.Float:
		return m.number(t)
	case ir.String:
		return quoted(m.text(t))
	case ir.Enum:
		switch {
		case t.Enum.Base == ir.Int && m.fault():
			return strconv.Itoa(m.r.IntN(7) - 3)
		case t.Enum.Base == ir.String && m.fault():
			return quoted(texts[m.r.IntN(len(texts))])
		case t.Enum.Open && m.one(3):
			return quoted(m.text(t))
		}
		return t.Enum.Values[m.r.IntN(len(t.Enum.Values))].Value.JSON
	case ir.Array:
		return m.list(t, depth)
	case ir.Map:
		return m.mapping(t, depth)
	case ir.Struct:
		return m.object(t, depth)
	case ir.Union:
		return m.union(t, depth)
	}
	if t.Object {
		return `{"x":[1.50]}`
	}
	return strays[m.r.IntN(len(strays))]
}

func quoted(s string) string { return string(wire.AppendString(nil, s)) }

// pick takes a candidate that keeps the limits, or for a fault one that does
// not.
func (m *maker) pick(candidates []string, keeps func(string) bool) string {
	want := !m.fault()
	for range 40 {
		if c := candidates[m.r.IntN(len(candidates))]; keeps(c) == want {
			return c
		}
	}
	return candidates[0]
}

func (m *maker) number(t *ir.Type) string {
	candidates := []string{"0", "1", "2", "3", "5.0", "6", "0.5", "9.5", "-0", "1e1", "0.3", "99", "-3", "1000.5"}
	for _, c := range t.Checks {
		for _, by := range []float64{-1, -0.5, 0, 0.5, 1} {
			candidates = append(candidates, strconv.FormatFloat(c.Limit.Float+by, 'f', -1, 64))
		}
	}
	return m.pick(candidates, func(s string) bool {
		f, _ := strconv.ParseFloat(s, 64)
		for _, c := range t.Checks {
			l := c.Limit.Float
			if c.Kind == ir.Minimum && f < l || c.Kind == ir.Maximum && f > l || c.Kind == ir.ExclusiveMinimum && f <= l ||
				c.Kind == ir.ExclusiveMaximum && f >= l || c.Kind == ir.MultipleOf && math.Mod(f, l) != 0 {
				return false
			}
		}
		return t.Kind == ir.Float || f == math.Trunc(f)
	})
}

// texts are strings of every form that the protocol asks for, and of none.
var texts = []string{
	"3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3F2504E0-4F89-11D3-9A0C-0305E82C3301", "3f2504e04f8911d39a0c0305e82c3301",
	"2026-01-27T12:00:00Z", "2026-01-27t12:00:00.123+01:00", "2026-02-30T12:00:00Z", "2026-01-27 12:00:00Z",
	"https://example.test/a?b#c", "urn:a:b", "/relative", "http://[::1]/", "a b",
	"", "aGk=", "aGk", "a-_=", "hall", "room-2", "#tag", "#b", "A", "\"\n", "😀",
}

func (m *maker) text(t *ir.Type) string {
	candidates := texts
	for _, c := range t.Checks {
		if c.Kind == ir.MinLength || c.Kind == ir.MaxLength {
			for n := max(0, c.Limit.Int-1); n <= c.Limit.Int+1; n++ {
				candidates = append(candidates[:len(candidates):len(candidates)], strings.Repeat("é", int(n)), strings.Repeat("a", int(n)))
			}
		}
	}
	candidates = append(candidates[:len(candidates):len(candidates)], t.Except...)
	return m.pick(candidates, func(s string) bool {
		for _, c := range t.Checks {
			n := utf8.RuneCountInString(s)
			if c.Kind == ir.MinLength && n < int(c.Limit.Int) || c.Kind == ir.MaxLength && n > int(c.Limit.Int) ||
				c.Kind == ir.Pattern && !regexp.MustCompile(c.Text).MatchString(s) || c.Kind == ir.Format && !formats[c.Text](s) {
				return false
			}
		}
		return !slices.Contains(t.Except, s)
	})
}

// formats only steer: what is valid is for the validator to say.
var formats = map[string]func(string) bool{
	"uuid": wire.FormatUUID, "date-time": wire.FormatDateTime, "uri": wire.FormatURI, "base64": wire.FormatBase64,
}

func (m *maker) list(t *ir.Type, depth int) string {
	n := m.r.IntN(4)
	if depth > deep {
		n = 0
	}
	if c := t.Check(ir.MinItems); c != nil {
		n = max(n, int(c.Limit.Int))
	}
	if c := t.Check(ir.MaxItems); c != nil && m.fault() {
		n = int(c.Limit.Int) + 1
	}
	if m.fault() {
		n = 0
	}
	items := make([]string, n)
	for i := range items {
		items[i] = m.use(*t.Elem, depth+1)
	}
	return "[" + strings.Join(items, ",") + "]"
}

func (m *maker) mapping(t *ir.Type, depth int) string {
	var members []string
	for _, key := range []string{"a", "", "é\n"} {
		if depth <= deep && m.one(2) {
			members = append(members, quoted(key)+":"+m.use(*t.Elem, depth+1))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (m *maker) object(t *ir.Type, depth int) string {
	var members []string
	share := 2 + m.r.IntN(8)
	for _, f := range t.Fields {
		if there := f.Required || depth <= deep && m.one(share); there != m.fault() {
			members = append(members, quoted(f.Wire)+":"+m.use(f.Use, depth+1))
		}
	}
	switch {
	case t.Open && m.one(2) || m.fault():
		members = append(members, `"x-new":`+strays[m.r.IntN(len(strays))])
	case len(members) > 0 && m.fault():
		members = append(members, members[m.r.IntN(len(members))])
	}
	m.r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + strings.Join(members, ",") + "}"
}

func (m *maker) union(t *ir.Type, depth int) string {
	branches := t.Union.Variants
	if t.Union.Open {
		branches = append(branches[:len(branches):len(branches)], t.Union.Unknown)
	}
	if depth > deep { // one that leads nowhere
		for _, v := range branches {
			if !v.Type.Recursive && (v.Type.Kind != ir.Struct || len(v.Type.Fields) < 3) {
				return m.value(v.Type, depth)
			}
		}
	}
	return m.value(branches[m.r.IntN(len(branches))].Type, depth+1)
}

package specimen

import (
	"math/rand/v2"
	"strings"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// Maker makes up values from the model. They are meant to be valid.
type Maker struct {
	r *rand.Rand

	// Full puts in every optional member, Bare none; otherwise chance decides.
	Full, Bare bool
	// Plain writes everything in its simplest form: no white space, escapes
	// or odd number forms, members in schema order.
	Plain bool

	inside map[*ir.Type]int // recursive types being made
	made   int              // values made so far
}

// NewMaker returns a maker whose choices follow from the seed.
func NewMaker(seed uint64) *Maker {
	return &Maker{r: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), inside: map[*ir.Type]int{}}
}

// depthLimit is how deep made-up values go by choice, and sizeLimit how many
// values they have.
const depthLimit, sizeLimit = 6, 400

// lean reports whether it is time to come to an end.
func (m *Maker) lean(depth int) bool { return depth > depthLimit || m.made > sizeLimit }

// Make makes a value of a type.
func (m *Maker) Make(t *ir.Type) []byte {
	m.made = 0
	return m.use(nil, ir.Use{Type: t}, 0)
}

// MakeUse makes a value for a place, which may be null.
func (m *Maker) MakeUse(use ir.Use) []byte {
	m.made = 0
	return m.use(nil, use, depthLimit-1)
}

func (m *Maker) chance(percent int) bool { return m.r.IntN(100) < percent }

func (m *Maker) use(b []byte, use ir.Use, depth int) []byte {
	// A member that is required and of the type around it can only end in null.
	endless := use.Type.Recursive && (m.lean(depth) || m.inside[use.Type] > 1)
	if use.Nullable && (endless || !m.Full && m.chance(20)) {
		return append(b, "null"...)
	}
	return m.value(b, use.Type, depth)
}

func (m *Maker) value(b []byte, t *ir.Type, depth int) []byte {
	m.made++
	if t.Recursive {
		m.inside[t]++
		defer func() { m.inside[t]-- }()
	}
	if t.Const != nil {
		return append(b, t.Const.JSON...)
	}
	switch t.Kind {
	case ir.Bool:
		return append(b, pick(m.r, "true", "false")...)
	case ir.Int, ir.Float:
		return append(b, m.number(t)...)
	case ir.String:
		return m.literal(b, m.text(t))
	case ir.Enum:
		return m.enum(b, t)
	case ir.Array:
		return m.array(b, t, depth)
	case ir.Map:
		return m.mapping(b, t, depth)
	case ir.Struct:
		return m.object(b, t, depth)
	case ir.Union:
		return m.union(b, t, depth)
	}
	return m.any(b, t.Object, depth)
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func (m *Maker) enum(b []byte, t *ir.Type) []byte {
	if t.Enum.Open && !m.Plain && m.chance(30) {
		return m.literal(b, m.text(t))
	}
	v := pick(m.r, t.Enum.Values...).Value
	if v.Kind == ir.String {
		return m.literal(b, v.Str)
	}
	return append(b, v.JSON...)
}

func (m *Maker) union(b []byte, t *ir.Type, depth int) []byte {
	branches := append([]*ir.Variant{}, t.Union.Variants...)
	if t.Union.Open {
		branches = append(branches, t.Union.Unknown)
	}
	if m.lean(depth) || m.inside[t] > 2 { // the leanest branch, so that recursion ends
		lean := branches[0]
		for _, v := range branches {
			if len(v.Type.Next()) < len(lean.Type.Next()) {
				lean = v
			}
		}
		return m.value(b, lean.Type, depth)
	}
	return m.value(b, pick(m.r, branches...).Type, depth)
}

// text makes a string that keeps the limits of its type.
func (m *Maker) text(t *ir.Type) string {
	for range 100 {
		s := m.tryText(t)
		if !contains(t.Except, s) {
			return s
		}
	}
	return ""
}

func (m *Maker) tryText(t *ir.Type) string {
	low, high := 0, -1
	if c := t.Check(ir.MinLength); c != nil {
		low = int(c.Limit.Int)
	}
	if c := t.Check(ir.MaxLength); c != nil {
		high = int(c.Limit.Int)
	}
	if c := t.Check(ir.Format); c != nil {
		for {
			if s := pick(m.r, formatted[c.Text]...); len(s) >= low {
				return s
			}
		}
	}
	if c := t.Check(ir.Pattern); c != nil {
		for range 200 {
			s := rapid.StringMatching(c.Text).Example(m.r.IntN(1 << 20))
			if n := len([]rune(s)); n >= low && (high < 0 || n <= high) {
				return s
			}
		}
	}
	n := low + m.r.IntN(8)
	if high >= 0 && (n > high || m.chance(20)) {
		n = high
	}
	if m.chance(10) {
		n = low
	}
	return m.runes(n)
}

// runes makes a text of n code points, mostly words, some of them trouble.
func (m *Maker) runes(n int) string {
	var b strings.Builder
	for range n {
		switch {
		case m.Plain || m.chance(80):
			b.WriteByte(byte('a' + m.r.IntN(26)))
		default:
			b.WriteString(pick(m.r, "é", "я", "漢", "😀", "\u2028", "\"", "\\", "/", "\n", "\x00", "\x7f", " ", "<", "\U0010ffff", "\ufffd", "e\u0301"[1:]))
		}
	}
	return b.String()
}

func contains(list []string, s string) bool {
	for _, other := range list {
		if other == s {
			return true
		}
	}
	return false
}

// literal writes a string, with needless escapes now and then.
func (m *Maker) literal(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case !m.Plain && m.chance(3):
			b = append(b, escaped(r)...)
		case !m.Plain && r == '/' && m.chance(50):
			b = append(b, `\/`...)
		default:
			b = append(b, plain(r)...)
		}
	}
	return append(b, '"')
}

package specimen

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// Torn calls emit for variants of a text that were damaged without regard to
// its structure: cut, wrapped, and with bytes changed at random.
func Torn(text []byte, m *Maker, count int, emit func(Specimen)) {
	put := func(what, s string) { emit(Specimen{Text: []byte(s), What: what}) }
	s := string(text)
	for _, around := range []struct{ what, before, after string }{
		{"a byte order mark", "\ufeff", ""}, {"spaces around", " \r\n\t", "\n \t\r"}, {"something after", "", "x"}, {"two values", "", " " + s}, {"a comma after", "", ","},
		{"a brace after", "", "}"}, {"a form feed before", "\f", ""}, {"a no-break space before", "\u00a0", ""}, {"a zero after", "", "\x00"},
		{"a comment", "/**/", ""}, {"a line comment", "", "//"}, {"in an array", "[", "]"}, {"in quotes", `"`, `"`},
	} {
		put(around.what, around.before+s+around.after)
	}
	put("nothing", "")
	put("only space", " ")
	put("spaces everywhere", spaced(s))
	put("spaces nowhere", strings.NewReplacer("\n", "", "\t", "").Replace(s))
	for range count {
		at := m.r.IntN(len(s) + 1)
		put(fmt.Sprintf("cut at %d", at), s[:at])
		put("a byte changed", scribble(m.r, s, 1))
		put("bytes changed", scribble(m.r, s, 1+m.r.IntN(4)))
	}
}

// spaced puts white space around every token of structure.
func spaced(s string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted && c == '\\':
			b.WriteByte(c)
			i++
			c = s[i]
		case c == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte("{}[]:,", c) >= 0:
			b.WriteString("\n\t")
			b.WriteByte(c)
			b.WriteString(" \r\n")
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// scribble changes, drops or repeats bytes.
func scribble(r *rand.Rand, s string, times int) string {
	b := []byte(s)
	for range times {
		if len(b) == 0 {
			break
		}
		at := r.IntN(len(b))
		switch r.IntN(4) {
		case 0:
			b = append(b[:at], b[at+1:]...)
		case 1:
			b = append(b[:at+1], b[at:]...)
		case 2:
			b[at] ^= 1 << r.IntN(8)
		case 3:
			b[at] = pick(r, []byte("\"\\{}[]:,0123456789-+.eEtfnu \n\x00\xff")...)
		}
	}
	return string(b)
}

// Nested calls emit with values nested to a depth and one deeper, at every
// place where the model takes anything, and under a name it doesn't know.
func Nested(text []byte, t *ir.Type, maxDepth int, want Wanted, emit func(Specimen)) {
	for _, s := range Sites(text, t) {
		at := 1 + strings.Count(s.Path, "/")
		if maxDepth-at < 1 {
			continue
		}
		e := editor{text: text, want: want, emit: emit, site: s}
		switch kind := concrete(s); {
		case kind == nil:
		case kind.Kind == ir.Raw:
			for d := maxDepth - at; d <= maxDepth-at+2; d++ {
				e.replace(fmt.Sprintf("arrays %+d", d-maxDepth+at), strings.Repeat("[", d)+strings.Repeat("]", d))
				e.replace(fmt.Sprintf("objects %+d", d-maxDepth+at), strings.Repeat(`{"a":`, d)+"1"+strings.Repeat("}", d))
			}
		case kind.Kind == ir.Struct:
			for d := maxDepth - at; d <= maxDepth-at+1; d++ {
				e.addTo(fmt.Sprintf("unknown arrays %+d", d-maxDepth+at), s.Node, false, `"x-deep":`+strings.Repeat("[", d)+strings.Repeat("]", d))
			}
		}
	}
}

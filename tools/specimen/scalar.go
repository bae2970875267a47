package specimen

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// str changes a string: its characters, its escapes, and its length around
// each limit.
func (e *editor) str(t *ir.Type) {
	s := e.site.Node.Text
	e.replace("string all escaped", allEscaped(s))
	e.replace("string last escaped", lastEscaped(s))
	for _, tail := range []string{"x", " ", "\x00", "😀", "é", "/", "\u2028"} {
		e.replace("string and "+strconv.Quote(tail), quoted(s+tail))
	}
	e.replace("string cut", quoted(cutLast(s)))
	e.replace("string in capitals", quoted(strings.ToUpper(s)))
	e.replace("string of a pair", quotedWith(s, `\ud83d\ude00`))
	for _, bad := range badTails {
		e.replace("string "+bad.what, quotedWith(s, bad.tail))
	}
	for _, c := range t.Checks {
		e.stringLimit(c)
	}
	for _, tag := range t.Except {
		e.replace("excluded "+tag, quoted(tag))
	}
	if t.Enum != nil {
		for _, v := range t.Enum.Values {
			e.replace("enum "+v.Value.JSON, v.Value.JSON)
		}
	}
}

// badTails are ends of strings, most of which no string may have.
var badTails = []struct{ what, tail string }{
	{"with a lone high surrogate", `\ud800`},
	{"with a lone low surrogate", `\uDFFF`},
	{"with surrogates swapped", `\udc00\ud800`},
	{"with a high surrogate, text", `\ud800x`},
	{"with half an escape", `\u12`},
	{"with an unknown escape", `\v`},
	{"with a capital U", `\U0041`},
	{"with a control character", "\x1f"},
	{"with a tab", "\t"},
	{"with a line feed", "\n"},
	{"with a DEL", "\x7f"},
	{"with a byte of UTF-8 alone", "\x80"},
	{"with an overlong NUL", "\xc0\x80"},
	{"with a surrogate in UTF-8", "\xed\xa0\x80"},
	{"with a rune out of range", "\xf4\x90\x80\x80"},
	{"with UTF-8 cut", "\xf0\x9f\x98"},
	{"with a backslash at its end", `\`},
	{"with a quote inside", `"`},
	{"with bad UTF-8 and an escape", "\xff\\n"},
}

func quotedWith(s, tail string) string {
	q := quoted(s)
	return q[:len(q)-1] + tail + `"`
}

func cutLast(s string) string {
	runes := []rune(s)
	return string(runes[:max(0, len(runes)-1)])
}

func (e *editor) stringLimit(c ir.Check) {
	switch c.Kind {
	case ir.MinLength, ir.MaxLength:
		for _, unit := range []string{"a", "é", "漢", "😀"} {
			for n := max(0, c.Limit.Int-1); n <= c.Limit.Int+1; n++ {
				s := strings.Repeat(unit, int(n))
				e.replace(fmt.Sprintf("%s: %d of %s", c.Kind, n, unit), quoted(s))
				e.replace(fmt.Sprintf("%s: %d of %s escaped", c.Kind, n, unit), allEscaped(s))
			}
		}
	case ir.Format:
		for _, s := range formatted[c.Text] {
			e.replace("format: "+s, quoted(s))
			e.replace("format, escaped: "+s, allEscaped(s))
		}
		for _, s := range misformatted[c.Text] {
			e.replace("not the format: "+s, quoted(s))
		}
	case ir.Pattern:
		for range 4 {
			e.replace("pattern", quoted(e.maker.text(&ir.Type{Kind: ir.String, Checks: []ir.Check{c}})))
			e.replace("not the pattern", quoted(e.maker.runes(4)))
		}
	}
}

// numberForms are forms of numbers, in and out of every range.
var numberForms = []string{"0", "-0", "0.0", "-0.0", "0e5", "0E-5", "1", "-1", "1.5", "5.0", "1e3", "1E+3", "1000e-3", "15e-1", "1.50e1", "0.1e1",
	"9007199254740991", "9007199254740992", "-9007199254740991", "-9007199254740992", "9007199254740991.0", "9007199254740992.0", "90071992547409910e-1",
	"9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "9.007199254740991e15", "9.007199254740992e15",
	"1e15", "1e16", "1e22", "1e308", "1.7976931348623157e308", "1.7976931348623159e308", "1e309", "-1e309", "1e-400", "5e-324", "1e-1", "100000000000000000000000000000000e-32",
	"00", "01", "-01", "+1", ".5", "5.", "1e", "1e+", "1e1.5", "0x10", "1_000", "1,5", "--1", "-", "NaN", "Infinity", "1n", "٣", "1 .5", "1.5.5", "1e5e5", "0b1"}

// number changes a number: its form, and its value around each limit.
func (e *editor) number(t *ir.Type) {
	text := e.site.Node.Text
	for _, form := range append([]string{long, "-" + long, zeros, zeros + "0", zeros + ".0"}, numberForms...) {
		e.replace("number "+form, form)
	}
	if !strings.ContainsAny(text, ".eE") {
		for _, form := range []string{text + ".0", text + "e0", text + "0e-1", text + ".5", text + ".000000000000000000000000000001", "-" + strings.TrimPrefix(text, "-"), " " + text + " "} {
			e.replace("number in the form "+form, form)
		}
	}
	for _, c := range t.Checks {
		e.numberLimit(t, c)
	}
	if t.Enum != nil {
		for _, v := range t.Enum.Values {
			e.replace("enum "+v.Value.JSON, v.Value.JSON)
			e.replace("enum "+v.Value.JSON+" as a float", v.Value.JSON+".0")
			e.replace("beside enum "+v.Value.JSON, plusDecimal(v.Value.JSON, "1"))
		}
	}
	if t.Const != nil {
		e.replace("const as a float", plusDecimal(t.Const.JSON, "0")+"e0")
		e.replace("beside the const", plusDecimal(t.Const.JSON, "1"))
		e.replace("hardly beside the const", plusDecimal(t.Const.JSON, "0.00000000000000000000000001"))
	}
}

func (e *editor) numberLimit(t *ir.Type, c ir.Check) {
	limit := c.Limit.JSON
	if c.Kind == ir.MultipleOf {
		for _, k := range []int64{-1, 0, 1, 2, 3, 7, 1000, 123456789} {
			exact := timesDecimal(limit, k)
			e.replace("multiple "+exact, exact)
			e.replace("hardly a multiple "+exact, plusDecimal(exact, "0.00000000000000000001"))
			e.replace("beside a multiple "+exact, plusDecimal(exact, "1"))
		}
		return
	}
	for _, d := range []string{"-1", "0", "1", "-0.5", "0.5", "-0.00000000000000000000000001", "0.00000000000000000000000001"} {
		v := plusDecimal(limit, d)
		e.replace(string(c.Kind)+" "+d, v)
		e.replace(string(c.Kind)+" "+d+" with an exponent", v+"e0")
	}
	if t.Kind == ir.Float {
		for _, toward := range []float64{math.Inf(-1), math.Inf(1)} {
			next := strconv.FormatFloat(math.Nextafter(c.Limit.Float, toward), 'g', -1, 64)
			e.replace(string(c.Kind)+" next float "+next, next)
		}
	}
}

// array changes how many items there are, and which.
func (e *editor) array(t *ir.Type) {
	n := e.site.Node
	item := func() string { return string(e.maker.MakeUse(*t.Elem)) }
	add := func(what, text string) {
		if len(n.Items) > 0 {
			text = "," + text
		}
		e.put(what, n.End-1, n.End-1, text)
	}
	add("item added", item())
	add("item null", "null")
	add("item true", "true")
	add("comma at the end", "")
	if len(n.Items) > 0 {
		last := n.Items[len(n.Items)-1]
		raw := string(last.Raw())
		add("item twice", raw)
		e.put("no comma", last.Off, last.Off, raw+" ")
		if unescaped := strings.Trim(raw, `"`); unescaped != raw {
			add("item twice by an escape", allEscaped(last.Text))
		} else {
			add("item twice as a float", raw+".0")
			add("item twice with an exponent", raw+"e0")
		}
	}
	for _, c := range t.Checks {
		if c.Kind != ir.MinItems && c.Kind != ir.MaxItems {
			continue
		}
		for count := max(0, c.Limit.Int-1); count <= c.Limit.Int+1; count++ {
			var items []string
			for len(items) < int(count) {
				items = append(items, item())
			}
			e.replace(fmt.Sprintf("%s: %d", c.Kind, count), "["+strings.Join(items, ",")+"]")
		}
	}
}

package proof

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/tools/oracle"
	"github.com/gatesmith/gatesmith/tools/specimen"
)

// exception is a fault of gojsonschema: a kind of value that it judges
// otherwise than the standard. It is looked for at the sites of the text, and
// holds only where gojsonschema itself, asked about that value alone, errs.
type exception struct {
	name, reason string
	covers       func(s specimen.Site) bool
	rare         bool // only a soak meets it, and not each
}

// knownFaults are all faults of gojsonschema v1.2.0 that the proofs met.
var knownFaults = []exception{
	{"date-time in lower case", "RFC 3339 §5.6 allows t and z; gojsonschema asks Go's time.Parse, which does not",
		atFormat("date-time", func(s string) bool { return strings.ContainsAny(s, "tz") }), false},
	{"leap second", "RFC 3339 §5.6 allows second 60; time.Parse does not",
		atFormat("date-time", func(s string) bool { return strings.Contains(s, ":60") }), false},
	{"offset of a day", "RFC 3339 §5.6 allows offsets up to 23:59; time.Parse allows 24:00",
		atFormat("date-time", func(s string) bool { return strings.HasSuffix(s, "24:00") }), false},
	{"date alone", "gojsonschema takes a date for a date-time",
		atFormat("date-time", func(s string) bool { return len(s) == len("2006-01-02") }), false},
	{"hour of one digit", "RFC 3339 §5.6 has two; time.Parse takes one",
		atFormat("date-time", func(s string) bool { return strings.Index(s, ":") == len("2006-01-02T0") }), true},
	{"UUID in capitals", "RFC 9562 §4 has capitals read as small letters; gojsonschema takes small ones only",
		atFormat("uuid", func(s string) bool { return s != strings.ToLower(s) }), true},
	{"backslash in a URI", "gojsonschema refuses it, as RFC 3986 does; the standard's validator and ours take what Go's url.Parse takes",
		atFormat("uri", func(s string) bool { return strings.Contains(s, `\`) }), true},
	{"bracket in a host", "RFC 3986 §3.2.2 has brackets around an address of IPv6 only; gojsonschema takes one anywhere",
		atFormat("uri", func(s string) bool { return strings.ContainsAny(s, "[]") }), true},
	{"constant by float64", "gojsonschema compares constants and enums as float64s",
		atNumber(func(t *ir.Type, s string) bool {
			for _, v := range allowed(t) {
				if (v.Kind == ir.Int || v.Kind == ir.Float) && v.Float == number(s) && !sameDecimal(v.JSON, s) {
					return true
				}
			}
			return false
		}), false},
	{"minus zero", "gojsonschema tells -0 from 0 in constants and enums",
		atNumber(func(t *ir.Type, s string) bool {
			return strings.HasPrefix(s, "-") && number(s) == 0 && len(allowed(t)) > 0
		}), false},
}

// atNumber covers numbers for which a predicate holds.
func atNumber(has func(*ir.Type, string) bool) func(specimen.Site) bool {
	return func(s specimen.Site) bool {
		return s.Node.Kind == source.Number && has(s.Use.Type, s.Node.Text)
	}
}

// allowed are the values of a const or enum.
func allowed(t *ir.Type) []ir.Value {
	var list []ir.Value
	if t.Const != nil {
		list = append(list, *t.Const)
	}
	if t.Enum != nil {
		for _, v := range t.Enum.Values {
			list = append(list, v.Value)
		}
	}
	return list
}

func number(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

func sameDecimal(a, b string) bool {
	x, _ := new(big.Rat).SetString(a)
	y, _ := new(big.Rat).SetString(b)
	return x.Cmp(y) == 0
}

// atFormat covers strings of a format on which gojsonschema's checker errs.
func atFormat(format string, has func(string) bool) func(specimen.Site) bool {
	return func(s specimen.Site) bool {
		return s.Node.Kind == source.String && formatted(s.Use.Type, format) && has(s.Node.Text) &&
			gojsonschema.FormatCheckers.IsFormat(format, s.Node.Text) != oracle.Formatted(format, s.Node.Text)
	}
}

// formatted reports whether a type's strings are of a format, if it has any.
func formatted(t *ir.Type, format string) bool {
	if t.Union != nil {
		return slices.ContainsFunc(t.Union.Variants, func(v *ir.Variant) bool { return formatted(v.Type, format) })
	}
	c := t.Check(ir.Format)
	return t.Kind == ir.String && c != nil && c.Text == format
}

// exceptions are those that a subject may use, and which of them it did.
type exceptions struct {
	list []exception
	used tally
}

// exceptions picks what the subject asks for by name.
func (s *Subject) exceptions(t *testing.T) *exceptions {
	t.Helper()
	x := &exceptions{}
	for _, e := range knownFaults {
		if slices.Contains(s.Exceptions, e.name) {
			x.list = append(x.list, e)
		}
	}
	if len(x.list) != len(s.Exceptions) {
		t.Errorf("unknown exceptions in %q", s.Exceptions)
	}
	return x
}

// explain names the exception that a text falls under, or gives "".
func (x *exceptions) explain(c *Corpus, text specimen.Specimen) string {
	for _, s := range specimen.Sites(text.Text, c.Model) {
		for _, e := range x.list {
			if e.covers(s) {
				x.used.add(e.name)
				return e.name
			}
		}
	}
	return ""
}

// places are those of the values in a text that an exception covers.
func (x *exceptions) places(c *Corpus, text specimen.Specimen) []string {
	var list []string
	for _, s := range specimen.Sites(text.Text, c.Model) {
		if slices.ContainsFunc(x.list, func(e exception) bool { return e.covers(s) }) {
			list = append(list, s.Path)
		}
	}
	return list
}

// check fails where an exception was not needed that had to be.
func (x *exceptions) check(t *testing.T) {
	t.Helper()
	for _, e := range x.list {
		if x.used.counts[e.name] == 0 && !e.rare {
			t.Errorf("exception %q (%s) is never needed: take it out of the list", e.name, e.reason)
		}
	}
}

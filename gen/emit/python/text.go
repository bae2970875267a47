package python

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// docEscapes keeps text within a docstring as it is.
var docEscapes = strings.NewReplacer(`\`, `\\`, `"""`, `\"\"\"`)

// quote writes a string literal. What Go and Python write alike is enough:
// quotes, backslashes, and escapes of what cannot be printed.
func quote(s string) string { return strconv.Quote(s) }

// literal writes a value of the schema.
func literal(v ir.Value) string {
	switch v.Kind {
	case ir.Bool:
		return boolean(v.Bool)
	case ir.String:
		return quote(v.Str)
	}
	return v.JSON
}

func boolean(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func number(n int) string { return strconv.Itoa(n) }

// tuple writes a tuple of expressions.
func tuple(items []string) string {
	switch len(items) {
	case 0:
		return "()"
	case 1:
		return "(" + items[0] + ",)"
	}
	return "(" + strings.Join(items, ", ") + ")"
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for k, w := range words {
		out[k] = quote(w)
	}
	return out
}

// withDeprecation adds what replaces a thing that is out of use.
func withDeprecation(text string, d *ir.Deprecation) string {
	switch {
	case d == nil:
		return text
	case d.Use == "":
		return strings.TrimSpace(fmt.Sprintf("%s\n\nDeprecated since version %d.", text, d.Since))
	}
	return strings.TrimSpace(text + "\n\nDeprecated: use " + d.Use + ".")
}

// firstSentence cuts a description after its first sentence.
func firstSentence(text string) string {
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

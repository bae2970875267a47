package wire

import (
	"bytes"
	"strconv"
	"strings"
	"unsafe"
)

// Unique reports whether the items of the array between two positions, which
// are scalars and have been read, are all different in the sense of JSON
// Schema: 1 and 1.0 are the same.
func (r *Reader) Unique(from, to int) bool {
	text := r.Text(from, to)
	return len(text) == 0 || uniqueItems(text, 0)
}

// uniqueItems does the same for the array at i. Items that are not scalars
// count as different: their kind is wrong already.
func uniqueItems(b []byte, i int) bool {
	var seen nameSet
	for i = passSpace(b, i+1); i < len(b) && b[i] != ']'; i = nextItem(b, i) {
		if b[i] == '{' || b[i] == '[' {
			continue
		}
		if !seen.add(scalarKey(b[i:passValue(b, i)])) {
			return false
		}
	}
	return true
}

// scalarKey gives equal scalars the same text, and different ones different
// texts. That of a string begins with a quote.
func scalarKey(literal []byte) string {
	switch c := literal[0]; {
	case c == '"' && bytes.IndexByte(literal, '\\') >= 0:
		return `"` + stringValue(literal)
	case c == '"':
		return aliasOf(literal[:len(literal)-1])
	case c == '-' || isDigit(c):
		return numberKey(literal)
	}
	return aliasOf(literal)
}

// aliasOf spares a copy: the text of a message does not change.
func aliasOf(text []byte) string { return unsafe.String(unsafe.SliceData(text), len(text)) }

// numberKey writes an integer out and anything else with an exponent.
func numberKey(literal []byte) string {
	if string(literal) != "-0" && !bytes.ContainsAny(literal, ".eE") {
		return aliasOf(literal)
	}
	const longest = 400 // no float64 has as many digits before the point
	d := parseDecimal(literal)
	sign := ""
	if d.negative {
		sign = "-"
	}
	switch {
	case d.zero():
		return "0"
	case d.exp < 0 || len(d.digits)+d.exp > longest:
		return sign + string(d.digits) + "e" + strconv.Itoa(d.exp)
	}
	return sign + string(d.digits) + strings.Repeat("0", d.exp)
}

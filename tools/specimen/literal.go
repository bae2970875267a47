package specimen

import (
	"fmt"
	"math/big"
	"strings"
	"unicode/utf16"
)

// plain writes a rune as it stands in a JSON string, escaped where it must be.
func plain(r rune) string {
	switch {
	case r == '"':
		return `\"`
	case r == '\\':
		return `\\`
	case r < 0x20:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return string(r)
}

// escaped writes a rune by its number.
func escaped(r rune) string {
	if high, low := utf16.EncodeRune(r); high != 0xfffd {
		return fmt.Sprintf(`\u%04x\u%04X`, high, low)
	}
	return fmt.Sprintf(`\u%04X`, r)
}

// quoted is a JSON string without needless escapes.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		b.WriteString(plain(r))
	}
	b.WriteByte('"')
	return b.String()
}

// allEscaped is a JSON string with every character escaped.
func allEscaped(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		b.WriteString(escaped(r))
	}
	b.WriteByte('"')
	return b.String()
}

// lastEscaped escapes the last character only.
func lastEscaped(s string) string {
	runes := []rune(s)
	if len(runes) == 0 {
		return `""`
	}
	head := quoted(string(runes[:len(runes)-1]))
	return head[:len(head)-1] + escaped(runes[len(runes)-1]) + `"`
}

// timesDecimal multiplies a decimal literal exactly.
func timesDecimal(literal string, k int64) string {
	v, _ := new(big.Rat).SetString(literal)
	v.Mul(v, new(big.Rat).SetInt64(k))
	return decimalText(v)
}

// plusDecimal adds two decimal literals exactly.
func plusDecimal(a, b string) string {
	x, _ := new(big.Rat).SetString(a)
	y, _ := new(big.Rat).SetString(b)
	return decimalText(x.Add(x, y))
}

func decimalText(v *big.Rat) string {
	if v.IsInt() {
		return v.Num().String()
	}
	digits, _ := v.FloatPrec()
	return v.FloatString(digits)
}

// formatted are texts of each format, for made-up values.
var formatted = map[string][]string{
	"date-time": {"2026-11-22T14:09:00Z", "1990-12-31T23:59:60Z", "1985-04-12T23:20:50.52-08:00", "2024-02-29t00:00:00z"},
	"uuid":      {"b17127d0-9d05-46eb-bc1c-369a1dbc5457", "B17127D0-9D05-46EB-BC1C-369A1DBC5457", "00000000-0000-0000-0000-000000000000"},
	"uri":       {"https://example.org/a?b#c", "urn:isbn:0451450523", "mailto:a@b.c", "http://[::1]:80/", "a:"},
	"base64":    {"", "AA==", "AAA=", "AAAA", "+/+/", "SGVsbG8="},
}

// misformatted are texts that are nearly of a format.
var misformatted = map[string][]string{
	"date-time": {"", "2026-11-22", "2026-11-22T14:09:00", "2026-02-29T00:00:00Z", "2026-11-22 14:09:00Z", "2026-13-01T00:00:00Z",
		"2026-11-22T24:00:00Z", "2026-11-22T14:09:00+24:00", "1990-12-31T22:59:60Z", "2026-11-22T14:09:00.Z", "2026-11-22T14:09Z", "٢٠٢٦-11-22T14:09:00Z"},
	"uuid": {"", "b17127d0-9d05-46eb-bc1c-369a1dbc545", "b17127d0-9d05-46eb-bc1c-369a1dbc54577", "g17127d0-9d05-46eb-bc1c-369a1dbc5457",
		"b17127d09d0546ebbc1c369a1dbc5457", "{b17127d0-9d05-46eb-bc1c-369a1dbc5457}", "b17127d0-9d05-46eb-bc1c_369a1dbc5457"},
	"uri":    {"", "/relative", "example.org", "//host/path", "http://[::1", "http://a b/", ":", "http://ex%zz/"},
	"base64": {"A", "AA", "AAA", "AA=", "A===", "AB==", "AC==", "AE==", "AI==", "AAB=", "AAC=", "AA==\n", "AA AA", "____", "AAAA====", "=AAA", "é==="},
}

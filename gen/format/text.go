package format

import (
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// appendString writes a string with as few escapes as can be: people read
// these files, and most of what they say is prose.
func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case short[r] != 0:
			out = append(out, '\\', short[r])
		case !visible(r):
			if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
				out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
}

// short are the control characters that have an escape of their own.
var short = map[rune]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// visible reports whether a character can stand in a file as it is. Controls
// and line separators cannot; a byte order mark or a change of writing
// direction could, but would hide from the reader what the text says. Joiners
// and variation selectors stay: emoji and many scripts are written with them.
func visible(r rune) bool {
	switch {
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return false
	case r == '\uFEFF', unicode.Is(unicode.Bidi_Control, r):
		return false
	}
	return true
}

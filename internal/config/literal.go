package config

import (
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// This file reads the literals of JSON5: strings, numbers, words and names.

// word reads true, false or null. JSON5 knows two more words, which JSON and
// the schema have no place for.
func (r *reader) word(n *node) error {
	start := r.pos
	if !r.atName() {
		return r.unexpected("a value")
	}
	name, err := r.identifier()
	if err != nil {
		return err
	}
	switch name {
	case "true", "false":
		n.kind, n.text = boolKind, name
		return nil
	case "null":
		n.kind, n.text = nullKind, name
		return nil
	case "Infinity", "NaN":
		return &syntaxError{start, name + " is no number of JSON: expected a finite one"}
	}
	return &syntaxError{start, "a word stands here that is no value: expected true, false, null, or a string in quotes"}
}

// number reads a number and returns it as JSON writes it, without rounding.
func (r *reader) number() (string, error) {
	start := r.pos
	sign := ""
	if c := r.peek(); c == '+' || c == '-' {
		if c == '-' {
			sign = "-"
		}
		r.pos++
	}
	var number string
	var ok bool
	switch {
	case r.peek() == 'I' || r.peek() == 'N':
		return "", &syntaxError{start, "Infinity and NaN are no numbers of JSON: expected a finite one"}
	case r.peek() == '0' && (r.peekAt(1) == 'x' || r.peekAt(1) == 'X'):
		r.pos += 2
		number, ok = r.hexadecimal()
	default:
		number, ok = r.decimal()
	}
	if !ok || r.atName() || isDigit(r.peek()) || r.peek() == '.' {
		return "", &syntaxError{start, "this number is malformed: expected one such as 10, -1.5, 2e3 or 0x1F"}
	}
	return sign + number, nil
}

func (r *reader) hexadecimal() (string, bool) {
	start := r.pos
	for isHex(r.peek()) {
		r.pos++
	}
	// Longer ones could not be exact anywhere, and big numbers cost time.
	if r.pos == start || r.pos-start > 256 {
		return "", false
	}
	n, ok := new(big.Int).SetString(string(r.text[start:r.pos]), 16)
	if !ok {
		return "", false
	}
	return n.String(), true
}

func (r *reader) decimal() (string, bool) {
	whole := r.digits()
	if len(whole) > 1 && whole[0] == '0' {
		return "", false // would be octal elsewhere
	}
	fraction := ""
	if r.peek() == '.' {
		r.pos++
		fraction = r.digits()
	}
	if whole == "" && fraction == "" {
		return "", false
	}
	number := whole
	if number == "" {
		number = "0"
	}
	if fraction != "" {
		number += "." + fraction
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.pos++
		number += "e"
		if c := r.peek(); c == '+' || c == '-' {
			number += string(c)
			r.pos++
		}
		exponent := r.digits()
		if exponent == "" {
			return "", false
		}
		number += exponent
	}
	return number, true
}

func (r *reader) digits() string {
	start := r.pos
	for isDigit(r.peek()) {
		r.pos++
	}
	return string(r.text[start:r.pos])
}

// str reads a string in either kind of quotes.
func (r *reader) str() (string, error) {
	start := r.pos
	quote := r.text[start]
	var b strings.Builder
	for r.pos++; !r.ended(); {
		next, size := r.rune()
		switch {
		case next == rune(quote):
			r.pos++
			return b.String(), nil
		case next == '\\':
			if err := r.escape(&b); err != nil {
				return "", err
			}
		case next == '\n' || next == '\r':
			return "", &syntaxError{start, "this string does not end in its line: expected " + string(quote) + " at its end"}
		default:
			b.Write(r.text[r.pos : r.pos+size])
			r.pos += size
		}
	}
	return "", &syntaxError{start, "this string has no end: expected " + string(quote)}
}

// simpleEscapes are the escapes of one letter.
var simpleEscapes = map[rune]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '0': 0}

func (r *reader) escape(b *strings.Builder) error {
	start := r.pos
	r.pos++
	if r.ended() {
		return nil // the string has no end
	}
	next, size := r.rune()
	r.pos += size
	switch plain, simple := simpleEscapes[next]; {
	case next == '\r':
		if r.peek() == '\n' {
			r.pos++
		}
	case isLineEnd(next): // the string goes on in the next line
	case next == 'u':
		return r.escapedRune(b, start)
	case next == 'x':
		code, ok := r.hex(2)
		if !ok {
			return &syntaxError{start, `malformed escape: expected \x and two hexadecimal digits`}
		}
		b.WriteRune(rune(code))
	case next >= '1' && next <= '9' || next == '0' && isDigit(r.peek()):
		return &syntaxError{start, `malformed escape: a digit can't be escaped, expected \u and four hexadecimal digits`}
	case simple:
		b.WriteByte(plain)
	default:
		b.WriteRune(next)
	}
	return nil
}

// escapedRune reads what follows \u, and the other half of a pair.
func (r *reader) escapedRune(b *strings.Builder, start int) error {
	code, ok := r.hex(4)
	if !ok {
		return &syntaxError{start, `malformed escape: expected \u and four hexadecimal digits`}
	}
	char := rune(code)
	if utf16.IsSurrogate(char) {
		second := rune(-1)
		if r.peek() == '\\' && r.peekAt(1) == 'u' {
			r.pos += 2
			if code, ok := r.hex(4); ok {
				second = rune(code)
			}
		}
		if char = utf16.DecodeRune(char, second); char == utf8.RuneError {
			return &syntaxError{start, `half a surrogate pair: expected two escapes, such as \ud83d\ude00`}
		}
	}
	b.WriteRune(char)
	return nil
}

// hex reads exactly so many hexadecimal digits.
func (r *reader) hex(digits int) (uint64, bool) {
	if r.pos+digits > len(r.text) {
		return 0, false
	}
	for i := range digits {
		if !isHex(r.peekAt(i)) {
			return 0, false
		}
	}
	code, err := strconv.ParseUint(string(r.text[r.pos:r.pos+digits]), 16, 32)
	r.pos += digits
	return code, err == nil
}

// identifier reads a name without quotes, as ECMAScript 5.1 has them.
func (r *reader) identifier() (string, error) {
	start := r.pos
	var b strings.Builder
	for !r.ended() {
		next, size := r.rune()
		if next == '\\' {
			escape := r.pos
			if r.peekAt(1) != 'u' {
				return "", r.unexpected("a key")
			}
			r.pos += 2
			var part strings.Builder
			if err := r.escapedRune(&part, escape); err != nil {
				return "", err
			}
			if next, _ = utf8.DecodeRuneInString(part.String()); !isIdentifierRune(next, b.Len() == 0) {
				return "", &syntaxError{escape, "this escape gives no letter: put the key into quotes"}
			}
			b.WriteRune(next)
			continue
		}
		if !isIdentifierRune(next, b.Len() == 0) {
			break
		}
		b.WriteRune(next)
		r.pos += size
	}
	if r.pos == start {
		return "", r.unexpected("a key or '}'")
	}
	return b.String(), nil
}

func isIdentifierRune(c rune, first bool) bool {
	switch {
	case c == '$' || c == '_' || unicode.IsLetter(c) || unicode.Is(unicode.Nl, c):
		return true
	case first:
		return false
	}
	return unicode.In(c, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc) || c == '\u200C' || c == '\u200D'
}

// atName reports whether a name, or a word, begins here.
func (r *reader) atName() bool {
	if r.ended() {
		return false
	}
	next, _ := r.rune()
	return next == '\\' || isIdentifierRune(next, true)
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// String reads a string. Where it has no escapes it aliases the text.
func (r *Reader) String(i int, v *string) int {
	b := r.buf
	if uint(i) >= uint(len(b)) || b[i] != '"' {
		if r.Absent(i) {
			return i + 4
		}
		return Invalid
	}
	return r.text(i, v)
}

// text reads the string whose opening quote stands at i.
func (r *Reader) text(i int, v *string) int {
	b := r.buf
	start := i + 1
	j := start
	var seen uint64 // bits of all bytes passed, to find whether any is not ASCII
	for j+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[j:])
		if m := stop(w); m != 0 {
			n := bits.TrailingZeros64(m) >> 3
			seen |= w & (1<<(8*n) - 1)
			j += n
			return r.textEnd(start, j, seen, v)
		}
		seen |= w
		j += 8
	}
	for ; j < len(b); j++ {
		if c := b[j]; c == '"' || c == '\\' || c < 0x20 {
			return r.textEnd(start, j, seen, v)
		}
		seen |= uint64(b[j])
	}
	return Invalid
}

// stop marks quotes, backslashes and control characters as special does, but
// passes over bytes that are not ASCII.
func stop(w uint64) uint64 {
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*0x20)&^w) & highs
}

func (r *Reader) textEnd(start, j int, seen uint64, v *string) int {
	b := r.buf
	if seen&highs != 0 && !validUTF8(b[start:j]) {
		return Invalid
	}
	switch b[j] {
	case '"':
		*v = unsafe.String(unsafe.SliceData(b[start:]), j-start)
		return j + 1
	case '\\':
		return r.textEscaped(start, j, v)
	}
	return Invalid
}

// textEscaped goes on at the first backslash, j, of the string that began at
// start, and decodes into the arena.
func (r *Reader) textEscaped(start, j int, v *string) int {
	b := r.buf
	out := r.room()
	from := len(out)
	out = append(out, b[start:j]...)
	for j < len(b) {
		switch c := b[j]; {
		case c == '"':
			r.arena = out
			*v = unsafe.String(unsafe.SliceData(out[from:]), len(out)-from)
			return j + 1
		case c == '\\':
			if out, j = r.escape(out, j); j < 0 {
				return Invalid
			}
		case c < 0x20:
			return Invalid
		default:
			next := j + plainRun(b[j:])
			if !validUTF8(b[j:next]) {
				return Invalid
			}
			out = append(out, b[j:next]...)
			j = next
		}
	}
	return Invalid
}

// room returns the arena. A decoded string is never longer than its source, so
// an arena of the text's length serves a whole message without growing, but
// for values that are read twice.
func (r *Reader) room() []byte {
	if r.arena == nil {
		r.arena = make([]byte, 0, len(r.buf))
	}
	return r.arena
}

// plainRun is the length of the run without quotes, backslashes and control
// characters.
func plainRun(b []byte) int {
	j := 0
	for j+8 <= len(b) {
		if m := stop(binary.LittleEndian.Uint64(b[j:])); m != 0 {
			return j + bits.TrailingZeros64(m)>>3
		}
		j += 8
	}
	for j < len(b) && b[j] != '"' && b[j] != '\\' && b[j] >= 0x20 {
		j++
	}
	return j
}

// escape decodes the escape at j.
func (r *Reader) escape(out []byte, j int) ([]byte, int) {
	b := r.buf
	if j+1 >= len(b) {
		return out, Invalid
	}
	c := b[j+1]
	if c == 'u' {
		return r.escapeU(out, j)
	}
	if d := plainEscape[c]; d != 0 {
		return append(out, d), j + 2
	}
	return out, Invalid
}

var plainEscape = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (r *Reader) escapeU(out []byte, j int) ([]byte, int) {
	first, ok := hex4(r.buf, j+2)
	if !ok {
		return out, Invalid
	}
	if !utf16.IsSurrogate(first) {
		return utf8.AppendRune(out, first), j + 6
	}
	b := r.buf
	if j+7 < len(b) && b[j+6] == '\\' && b[j+7] == 'u' {
		second, ok := hex4(b, j+8)
		if !ok {
			return out, Invalid
		}
		if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
			return utf8.AppendRune(out, pair), j + 12
		}
	}
	if !r.lenient {
		return out, Invalid
	}
	return utf8.AppendRune(out, utf8.RuneError), j + 6
}

func hex4(b []byte, i int) (rune, bool) {
	if i+4 > len(b) {
		return 0, false
	}
	var v rune
	for _, c := range b[i : i+4] {
		d := hexDigit[c]
		if d == 0 {
			return 0, false
		}
		v = v<<4 | rune(d-1)
	}
	return v, true
}

// hexDigit holds each hexadecimal digit's value plus one.
var hexDigit = func() (t [256]byte) {
	for i, c := range []byte("0123456789abcdef") {
		t[c] = byte(i + 1)
	}
	for i, c := range []byte("ABCDEF") {
		t[c] = byte(i + 11)
	}
	return t
}()

// validUTF8 reports whether b is UTF-8.
func validUTF8(b []byte) bool { return utf8.Valid(b) }

// RuneCount counts code points, as minLength and maxLength do.
func RuneCount(s string) int { return utf8.RuneCountInString(s) }

// ShorterThan reports whether s has fewer than n code points.
func ShorterThan(s string, n int) bool {
	return len(s) < n || len(s) < utf8.UTFMax*n && RuneCount(s) < n
}

// LongerThan reports whether s has more than n code points.
func LongerThan(s string, n int) bool { return len(s) > n && RuneCount(s) > n }

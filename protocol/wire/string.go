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
	start := i + 1
	j := start
	for ; j+8 <= len(b); j += 8 {
		m := special(word(b, j))
		if m == 0 {
			continue
		}
		j += bits.TrailingZeros64(m) >> 3
		if b[j] == '"' {
			*v = unsafe.String(&b[start], j-start)
			return j + 1
		}
		return r.text(start, j, v)
	}
	return r.text(start, j, v)
}

// text goes on at j with the string that begins at start, but for its quote.
// What is between is ASCII, and no quote, backslash or control character.
func (r *Reader) text(start, j int, v *string) int {
	b := r.buf
	first := j
	if j += plainRun(b[j:]); j == len(b) {
		return Invalid
	}
	switch b[j] {
	case '"':
		if !validUTF8(b, first, j) {
			return Invalid
		}
		*v = unsafe.String(unsafe.SliceData(b[start:]), j-start)
		return j + 1
	case '\\':
		return r.textEscaped(start, v)
	}
	return Invalid
}

// textEscaped decodes the string that begins at start, but for its quote, into
// the arena.
func (r *Reader) textEscaped(start int, v *string) int {
	b := r.buf
	j, k := start, 0
	out := r.arena[len(r.arena):cap(r.arena)]
	var seen uint64 // bits of all bytes passed, to find whether any is not ASCII
	for uint(j) < uint(len(b)) {
		if k+8 > len(out) {
			out = r.room(out, k, len(b)-j)
		}
		switch c := b[j]; {
		case c == '\\':
			if uint(j+1) < uint(len(b)) {
				if d := plainEscape[b[j+1]]; d != 0 {
					out[k] = d
					k++
					j += 2
					break
				}
			}
			text, next := r.escape(out[:k], j)
			if next < 0 {
				return Invalid
			}
			k, j = len(text), next
		case c == '"':
			if seen&highs != 0 && !validUTF8(b, start, j) { // escapes are ASCII
				return Invalid
			}
			r.arena = r.arena[:len(r.arena)+k]
			*v = unsafe.String(unsafe.SliceData(out), k)
			return j + 1
		case c < 0x20:
			return Invalid
		default:
			out[k] = c
			seen |= uint64(c)
			k++
			j++
		}
		// Text is copied while it is looked at; what comes after its end will be
		// written over.
		for j+8 <= len(b) && k+8 <= len(out) {
			w := word(b, j)
			binary.LittleEndian.PutUint64(out[k:], w)
			seen |= w
			if m := stop(w); m != 0 {
				n := bits.TrailingZeros64(m) >> 3
				j += n
				k += n
				break
			}
			j += 8
			k += 8
		}
	}
	return Invalid
}

// largeArena is what is set aside at once for decoded strings where the
// message is longer.
const largeArena = 32 << 10

// room gives more room in the arena for a string of which k bytes are decoded,
// in out, and the rest of the text is ahead. No string is longer decoded than
// in the text, so that an arena of the length of the rest serves a message, but
// for values that are read twice.
func (r *Reader) room(out []byte, k, rest int) []byte {
	if len(out)-k >= rest {
		return out
	}
	size := k + min(rest, max(largeArena, k))
	r.arena = make([]byte, 0, size)
	larger := r.arena[:size]
	copy(larger, out[:k])
	return larger
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

// RuneCount counts code points, as minLength and maxLength do.
func RuneCount(s string) int { return utf8.RuneCountInString(s) }

// ShorterThan reports whether s has fewer than n code points.
func ShorterThan(s string, n int) bool {
	return len(s) < n || len(s) < utf8.UTFMax*n && RuneCount(s) < n
}

// LongerThan reports whether s has more than n code points.
func LongerThan(s string, n int) bool { return len(s) > n && RuneCount(s) > n }

package wire

import (
	"math/bits"
	"unsafe"
)

// Mode is how strictly a message is taken.
type Mode uint8

const (
	// Strict is for what a server receives: exactly the verdict of JSON Schema
	// with formats asserted, and besides it no repeated names, no lone
	// surrogates, no nesting beyond the limit, no integers outside ±(2^53−1)
	// and no numbers outside float64.
	Strict Mode = iota
	// Lenient is for what a client receives: only a wrong JSON kind is an
	// error. Unknown members are skipped or kept, missing ones stay zero, null
	// counts as absent where it is not allowed, and limits are not checked. A
	// number with a fraction is truncated where an integer is expected.
	Lenient
)

// Invalid is the position that reading functions return when the text does
// not fit. Every reading function accepts it and returns it again, so that a
// generated decoder checks once, at its end.
const Invalid = -1

// Reader walks over one JSON text. Its functions take the position of the next
// byte and return the one after what they read, so that the position can stay
// in a register. Strings and raw values alias the text, which must not change
// afterwards.
//
// A Reader says only whether the text fits; Explain says why not.
type Reader struct {
	buf     []byte
	lenient bool
	depth   int
	arena   []byte // holds strings that had escapes
	credit  int    // bytes set aside for items of lists that may not come
}

// NewReader returns a reader of data that refuses nesting deeper than maxDepth.
func NewReader(data []byte, mode Mode, maxDepth int) Reader {
	return Reader{buf: data, lenient: mode == Lenient, depth: maxDepth}
}

// Start is the position of the first value.
func (r *Reader) Start() int { return r.space(0) }

// Done reports whether i is valid and nothing but white space follows.
func (r *Reader) Done(i int) bool { return i >= 0 && r.space(i) == len(r.buf) }

// Strict reports the mode.
func (r *Reader) Strict() bool { return !r.lenient }

// Breach is where a limit is not kept: Invalid in strict mode, else i.
func (r *Reader) Breach(i int) int {
	if r.lenient {
		return i
	}
	return Invalid
}

// Text returns the undecoded bytes between two positions.
func (r *Reader) Text(from, to int) []byte {
	if from < 0 || to < from || to > len(r.buf) {
		return nil
	}
	return r.buf[from:to:to]
}

// space passes white space.
func (r *Reader) space(i int) int {
	b := r.buf
	for uint(i) < uint(len(b)) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// Object opens an object and reads the name of its first member: it returns
// the name, decoded, the position of the member's value and true, or the
// position after an empty object and false.
func (r *Reader) Object(i int) (string, int, bool) {
	b := r.buf
	if uint(i) >= uint(len(b)) || b[i] != '{' || r.depth <= 0 {
		return "", r.noContainer(i), false
	}
	r.depth--
	if i++; uint(i) < uint(len(b)) && b[i] == '"' {
		return r.name(i)
	}
	if i = r.space(i); uint(i) < uint(len(b)) {
		switch b[i] {
		case '"':
			return r.name(i)
		case '}':
			r.depth++
			return "", i + 1, false
		}
	}
	return "", Invalid, false
}

// noContainer is what stands where an object or array should: in lenient mode
// null counts as absent.
func (r *Reader) noContainer(i int) int {
	if r.Absent(i) {
		return i + 4
	}
	return Invalid
}

// Next goes on after a member of an object: it returns the name of the next
// one, decoded, the position of its value and true, or the position after the
// object and false.
func (r *Reader) Next(i int) (string, int, bool) {
	b := r.buf
	if uint(i) < uint(len(b)) && b[i] == '}' {
		r.depth++
		return "", i + 1, false
	}
	// The common case: no white space, and a short ASCII name without escapes.
	if start := i + 2; i >= 0 && start+8+3 <= len(b) && word16(b, i) == ','|'"'<<8 {
		n := 0
		m := special(word(b, start))
		if m == 0 && start+16+3 <= len(b) {
			n = 8
			m = special(word(b, start+8))
		}
		n += bits.TrailingZeros64(m) >> 3 // 8 more when there is none
		if j := start + n; word16(b, j) == '"'|':'<<8 && b[j+2] > ' ' {
			return unsafe.String(&b[start], n), j + 2, true
		}
	}
	return r.nextSlow(i)
}

func (r *Reader) nextSlow(i int) (string, int, bool) {
	if i < 0 {
		return "", i, false
	}
	b := r.buf
	i = r.space(i)
	if i < len(b) {
		switch b[i] {
		case '}':
			r.depth++
			return "", i + 1, false
		case ',':
			if i = r.space(i + 1); i < len(b) && b[i] == '"' {
				return r.name(i)
			}
		}
	}
	return "", Invalid, false
}

// name reads the name of a member, whose quote is known to stand at i, and
// passes the colon.
func (r *Reader) name(i int) (string, int, bool) {
	b := r.buf
	if start := i + 1; start+8+3 <= len(b) {
		n := 0
		m := special(word(b, start))
		if m == 0 && start+16+3 <= len(b) {
			n = 8
			m = special(word(b, start+8))
		}
		n += bits.TrailingZeros64(m) >> 3
		if j := start + n; word16(b, j) == '"'|':'<<8 {
			return unsafe.String(&b[start], n), r.space(j + 2), true
		}
	}
	var name string
	if i = r.text(i+1, i+1, &name); i < 0 {
		return "", Invalid, false
	}
	if i = r.space(i); i >= len(b) || b[i] != ':' {
		return "", Invalid, false
	}
	return name, r.space(i + 1), true
}

// Array opens an array: it returns the position of the first item and true, or
// the position after an empty array and false.
func (r *Reader) Array(i int) (int, bool) {
	b := r.buf
	if uint(i) >= uint(len(b)) || b[i] != '[' || r.depth <= 0 {
		return r.noContainer(i), false
	}
	i = r.space(i + 1)
	if uint(i) < uint(len(b)) {
		if b[i] == ']' {
			return i + 1, false
		}
		r.depth--
		return i, true
	}
	return Invalid, false
}

// Item goes on after an item of an array: it returns the position of the next
// one and true, or the position after the array and false.
func (r *Reader) Item(i int) (int, bool) {
	if i < 0 {
		return i, false
	}
	b := r.buf
	i = r.space(i)
	if uint(i) < uint(len(b)) {
		switch b[i] {
		case ',':
			return r.space(i + 1), true
		case ']':
			r.depth++
			return i + 1, false
		}
	}
	return Invalid, false
}

// Twice is where a member's name was seen before: Invalid in strict mode; in
// lenient mode the last one wins.
func (r *Reader) Twice(i int) int { return r.Breach(i) }

// Unknown passes a member that the schema doesn't name: Invalid in strict
// mode.
func (r *Reader) Unknown(i int) int {
	if !r.lenient {
		return Invalid
	}
	return r.Skip(i)
}

// Null reports whether the literal null stands at i.
func (r *Reader) Null(i int) bool {
	b := r.buf
	return uint(i) < uint(len(b)) && b[i] == 'n' && r.restOf(i, "null")
}

// Absent reports whether a null stands at i that counts as absent: only in
// lenient mode, for members that are not nullable.
func (r *Reader) Absent(i int) bool { return r.lenient && r.Null(i) }

func (r *Reader) restOf(i int, literal string) bool {
	b := r.buf
	return i+len(literal) <= len(b) && string(b[i:i+len(literal)]) == literal
}

// Peek returns the first byte of the value at i, or 0.
func (r *Reader) Peek(i int) byte {
	if uint(i) < uint(len(r.buf)) {
		return r.buf[i]
	}
	return 0
}

package wire

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// MaxInt is the largest integer that every JSON implementation keeps exact;
// strict reading refuses integers beyond ±MaxInt.
const MaxInt = 1<<53 - 1

// Int reads an integer; 5.0 and 1e3 are integers.
func (r *Reader) Int(i int, v *int64) int {
	if end := r.plainInt(i, v); end >= 0 {
		return end
	}
	return r.intSlow(i, v)
}

// plainInt reads an integer of up to 15 digits. Invalid says no more than that
// there is none.
func (r *Reader) plainInt(i int, v *int64) int {
	b := r.buf
	j := i
	if uint(j) < uint(len(b)) && b[j] == '-' {
		j++
	}
	first := j
	var n int64
	if j >= 0 && j+8 <= len(b) {
		var count int
		n, count = digits8(word(b, j))
		j += count
	}
	for uint(j) < uint(len(b)) && b[j]-'0' <= 9 && j-first < 16 {
		n = n*10 + int64(b[j]-'0')
		j++
	}
	if j == first || j-first == 16 || b[first] == '0' && j > first+1 || uint(j) < uint(len(b)) && numeric[b[j]] {
		return Invalid
	}
	if first > i {
		n = -n
	}
	*v = n
	return j
}

// digits8 gives the number that the first bytes of w spell, as far as they are
// digits, and how many those are.
func digits8(w uint64) (n int64, count int) {
	w -= ones * '0'
	other := (w | (w + ones*(0x7f-9))) & highs // marks what is no digit; above the lowest mark they may be wrong
	if other&0x80 != 0 {
		return 0, 0
	}
	// Digits to the end, zeros before them; then neighbours are put together:
	// to two, and from there to four and to eight digits.
	count = bits.TrailingZeros64(other) >> 3
	w <<= (64 - 8*count) & 63
	w = w*10 + w>>8
	const pair = 0x000000ff000000ff
	w = (w&pair*(100+1000000<<32) + w>>16&pair*(1+10000<<32)) >> 32
	return int64(w), count
}

// numeric marks the bytes that continue a number.
var numeric = [256]bool{'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true,
	'7': true, '8': true, '9': true, '.': true, 'e': true, 'E': true, '+': true, '-': true}

func (r *Reader) intSlow(i int, v *int64) int {
	if r.Absent(i) {
		return i + 4
	}
	end := r.number(i)
	if end < 0 {
		return Invalid
	}
	text := r.buf[i:end]
	if n, ok := integral(text); ok {
		*v = n
		return end
	}
	if !r.lenient {
		return Invalid
	}
	f, _ := strconv.ParseFloat(string(text), 64)
	*v = int64(max(-MaxInt, min(MaxInt, math.Trunc(f))))
	return end
}

// integral gives the value of a number's literal when it is an integer within
// ±MaxInt.
func integral(text []byte) (int64, bool) {
	if n, ok := plainInt(text); ok {
		return n, true
	}
	neg := text[0] == '-'
	if neg {
		text = text[1:]
	}
	digits, exp := decimal(text)
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		exp++
	}
	if len(digits) == 0 {
		return 0, true
	}
	if exp < 0 || len(digits)+exp > 16 {
		return 0, false
	}
	n, _ := strconv.ParseInt(string(digits), 10, 64)
	for range exp {
		n *= 10
	}
	if n > MaxInt {
		return 0, false
	}
	if neg {
		n = -n
	}
	return n, true
}

// plainInt gives the value of a number's literal that has a few digits and
// nothing else.
func plainInt(literal []byte) (n int64, ok bool) {
	text := bytes.TrimPrefix(literal, []byte("-"))
	if len(text) > 15 {
		return 0, false
	}
	for _, c := range text {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(text) < len(literal) {
		n = -n
	}
	return n, true
}

// decimal splits an unsigned literal into its significant digits and the power
// of ten they are multiplied with.
func decimal(text []byte) (digits []byte, exp int) {
	const far = 1 << 30 // beyond what the digits of any message make up for
	fraction := false
	for k, c := range text {
		switch {
		case c == '.':
			fraction = true
		case c == 'e' || c == 'E':
			e, err := strconv.Atoi(string(text[k+1:]))
			if err != nil {
				e = far
				if text[k+1] == '-' {
					e = -far
				}
			}
			exp += max(-far, min(far, e))
			return trimZeros(digits), exp
		default:
			digits = append(digits, c)
			if fraction {
				exp--
			}
		}
	}
	return trimZeros(digits), exp
}

func trimZeros(digits []byte) []byte {
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	return digits
}

// Float reads a number.
func (r *Reader) Float(i int, v *float64) int {
	if r.Absent(i) {
		return i + 4
	}
	end := r.number(i)
	if end < 0 {
		return Invalid
	}
	f, err := strconv.ParseFloat(unsafe.String(&r.buf[i], end-i), 64)
	if err != nil {
		if !r.lenient {
			return Invalid
		}
		f = math.Copysign(math.MaxFloat64, f)
	}
	*v = f
	return end
}

// number passes a number's literal.
func (r *Reader) number(i int) int {
	b := r.buf
	if uint(i) >= uint(len(b)) {
		return Invalid
	}
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	default:
		if i = digits(b, i); i < 0 {
			return Invalid
		}
	}
	if i < len(b) && b[i] == '.' {
		if i = digits(b, i+1); i < 0 {
			return Invalid
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return digits(b, i)
	}
	return i
}

// digits passes one or more digits.
func digits(b []byte, i int) int {
	start := i
	for uint(i) < uint(len(b)) && b[i]-'0' <= 9 {
		i++
	}
	if i == start {
		return Invalid
	}
	return i
}

// Bool reads a boolean.
func (r *Reader) Bool(i int, v *bool) int {
	b := r.buf
	if uint(i) < uint(len(b)) {
		switch {
		case b[i] == 't' && i+4 <= len(b) && string(b[i:i+4]) == "true":
			*v = true
			return i + 4
		case b[i] == 'f' && i+5 <= len(b) && string(b[i:i+5]) == "false":
			*v = false
			return i + 5
		}
	}
	if r.Absent(i) {
		return i + 4
	}
	return Invalid
}

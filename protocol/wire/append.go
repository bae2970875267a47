package wire

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func AppendString(b []byte, s string) []byte {
	src := unsafe.Slice(unsafe.StringData(s), len(s))
	open := len(b)
	b = slices.Grow(b, len(s)+2)[:open+len(s)+2]
	b[open] = '"'
	if !copyPlain(b[open+1:], src) {
		return appendEscaped(b[:open+1], src)
	}
	b[len(b)-1] = '"'
	return b
}

// copyPlain copies text that stands in JSON as it is; it is false when there is
// other text.
func copyPlain(dst, src []byte) bool {
	if len(src) < 8 {
		for i, c := range src {
			if c >= utf8.RuneSelf || escapeOf[c] != 0 {
				return false
			}
			dst[i] = c
		}
		return true
	}
	var seen uint64 // bits of all bytes, to find whether any is not ASCII
	for i := 0; i < len(src); i += 8 {
		i = min(i, len(src)-8) // the last word may overlap the one before
		w := word(src, i)
		if stop(w) != 0 {
			return false
		}
		seen |= w
		binary.LittleEndian.PutUint64(dst[i:], w)
	}
	return seen&highs == 0 || validUTF8(src, 0, len(src))
}

func appendEscaped(b, src []byte) []byte {
	valid := validUTF8(src, 0, len(src))
	for {
		n := plainRun(src)
		if valid {
			b = append(b, src[:n]...)
		} else {
			b = appendRepaired(b, src[:n])
		}
		if n == len(src) {
			return append(b, '"')
		}
		b = appendEscape(b, src[n])
		src = src[n+1:]
	}
}

func appendRepaired(b, src []byte) []byte {
	for len(src) > 0 {
		c, size := utf8.DecodeRune(src)
		b = utf8.AppendRune(b, c)
		src = src[size:]
	}
	return b
}

// escapeOf holds for each byte that must be escaped the letter of its short
// escape, or 'u'.
var escapeOf = func() (t [256]byte) {
	for c := range 0x20 {
		t[c] = 'u'
	}
	t['"'], t['\\'] = '"', '\\'
	t['\b'], t['\f'], t['\n'], t['\r'], t['\t'] = 'b', 'f', 'n', 'r', 't'
	return t
}()

func appendEscape(b []byte, c byte) []byte {
	if e := escapeOf[c]; e != 'u' {
		return append(b, '\\', e)
	}
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// AppendInt appends an integer.
func AppendInt(b []byte, n int64) []byte {
	const half = 100_000_000 // eight digits
	if n < 0 || n >= half*half {
		return strconv.AppendInt(b, n, 10)
	}
	b = slices.Grow(b, 16)
	if n < half {
		return appendDigits(b, spell8(uint64(n)))
	}
	b = appendDigits(b, spell8(uint64(n/half)))
	return binary.LittleEndian.AppendUint64(b, spell8(uint64(n%half)))
}

// appendDigits appends eight digits, but for the zeros before the first other
// one; there is room for all.
func appendDigits(b []byte, w uint64) []byte {
	zeros := bits.TrailingZeros64((w^ones*'0')|1<<63) >> 3
	end := len(b) + 8
	binary.LittleEndian.PutUint64(b[len(b):end], w>>(8*zeros))
	return b[:end-zeros]
}

// AppendFloat appends a number. JSON has no infinities and no NaN: they become
// null.
func AppendFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendInt(b, int64(f), 10)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

// AppendBool appends a boolean.
func AppendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

// AppendRaw appends a value as it stands; an absent or empty one becomes null.
func AppendRaw(b []byte, v Raw) []byte {
	if len(v) == 0 {
		return append(b, "null"...)
	}
	return append(b, v...)
}

// AppendExtra appends the unknown members of an open type to an object that is
// being written, with commas where they are due.
func AppendExtra(b []byte, extra Extra) []byte {
	for _, m := range extra {
		if last := b[len(b)-1]; last != '{' && last != ',' {
			b = append(b, ',')
		}
		b = AppendString(b, m.Name)
		b = append(b, ':')
		b = AppendRaw(b, m.Value)
	}
	return b
}

// CloseObject ends an object whose last member may have a comma after it.
func CloseObject(b []byte) []byte { return closeWith(b, '}') }

// CloseArray ends an array whose last item may have a comma after it.
func CloseArray(b []byte) []byte { return closeWith(b, ']') }

func closeWith(b []byte, end byte) []byte {
	if last := len(b) - 1; b[last] == ',' {
		b[last] = end
		return b
	}
	return append(b, end)
}

package wire

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	src := unsafe.Slice(unsafe.StringData(s), len(s))
	start, ascii := 0, true
	for i := 0; i < len(src); {
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			if m := stop(w); m != 0 {
				n := bits.TrailingZeros64(m) >> 3
				ascii = ascii && w&(1<<(8*n)-1)&highs == 0
				i += n
				break
			}
			ascii = ascii && w&highs == 0
			i += 8
		}
		for i < len(src) && escapeOf[src[i]] == 0 {
			ascii = ascii && src[i] < utf8.RuneSelf
			i++
		}
		if i < len(src) {
			b = appendPlain(b, src[start:i], ascii)
			b = appendEscape(b, src[i])
			i++
			start, ascii = i, true
		}
	}
	b = appendPlain(b, src[start:], ascii)
	return append(b, '"')
}

func appendPlain(b, src []byte, ascii bool) []byte {
	if ascii || utf8.Valid(src) {
		return append(b, src...)
	}
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
func AppendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

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

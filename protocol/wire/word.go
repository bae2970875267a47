package wire

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// This file looks at eight bytes of text at once.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// word returns the eight bytes at i, the first one lowest. The caller has made
// sure that they are there.
func word(b []byte, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i))[:])
}

// word16 does the same for two bytes.
func word16(b []byte, i int) uint16 {
	return binary.LittleEndian.Uint16((*[2]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i))[:])
}

// special marks the high bit of every byte of w that is a quote, a backslash,
// a control character or not ASCII. Marks above the lowest one may be wrong.
func special(w uint64) uint64 { return (below(w) | w) & highs }

// stop marks quotes, backslashes and control characters as special does, but
// passes over bytes that are not ASCII.
func stop(w uint64) uint64 { return below(w) &^ w & highs }

// below borrows from the high bit of every byte that special looks for. One
// subtraction finds both quotes and control characters: with bit 1 turned
// over, '"' is 0x20 and the controls stay below that, while the space and '!'
// go above.
func below(w uint64) uint64 {
	return (w ^ ones*0x02 - ones*0x21) | (w ^ ones*'\\' - ones)
}

// plainRun is the length of the run without quotes, backslashes and control
// characters.
func plainRun(b []byte) int {
	j := 0
	for j+8 <= len(b) {
		if m := stop(word(b, j)); m != 0 {
			return j + bits.TrailingZeros64(m)>>3
		}
		j += 8
	}
	for j < len(b) && b[j] != '"' && b[j] != '\\' && b[j] >= 0x20 {
		j++
	}
	return j
}

// spell8 writes a number below 10^8 in eight digits, the first one lowest. It
// is split into halves, those into pairs, and those into digits, all at once.
func spell8(n uint64) uint64 {
	n = n/10_000 | n%10_000<<32
	high := n * 10_486 >> 20 & (0x7f<<32 | 0x7f) // a hundredth of each half
	n = high | (n-100*high)<<16
	high = n * 103 >> 10 & 0x000f000f000f000f // a tenth of each pair
	n = high | (n-10*high)<<8
	return n | ones*'0'
}

package wire

import "unicode/utf8"

// validUTF8 reports whether the text between two positions is UTF-8, as
// utf8.Valid does. It looks at eight bytes at once, which pays off for scripts
// that have two bytes a letter.
func validUTF8(b []byte, i, end int) bool {
	var lead, wrong, open uint64 // open: the first byte goes on with a letter of the word before
	for i+8 <= end {
		w := word(b, i)
		i += 8
		if w&highs|open == 0 {
			continue
		}
		if lead, wrong = twoByteLetters(w, open); wrong == 0 {
			open = lead >> 56
			continue
		}
		if i = longLetters(b, i-8-int(open>>7), i, end); i < 0 {
			return false
		}
		open = 0
	}
	if i+8 <= len(b) {
		if _, wrong = twoByteLetters(word(b, i)&(1<<(8*uint(end-i))-1), open); wrong == 0 {
			return true
		}
	}
	return utf8.Valid(b[i-int(open>>7) : end])
}

// longLetters goes on letter by letter, at least to until, and further while
// there are letters of three bytes or four.
func longLetters(b []byte, i, until, end int) int {
	for i < end && (i < until || b[i] >= 0xe0) {
		_, size := utf8.DecodeRune(b[i:end])
		if size == 1 && b[i] >= utf8.RuneSelf {
			return Invalid
		}
		i += size
	}
	return i
}

// twoByteLetters looks at a word of text in letters of one and two bytes. It
// marks the bytes that begin one of two, and those that are wrong: a lead
// without its continuation or the reverse, C0 and C1, which lead to nothing,
// and what begins a longer letter.
func twoByteLetters(w, open uint64) (lead, wrong uint64) {
	high := w & highs
	lead = high & (w << 1)
	some := w&(ones*0x1e) + ones*0x7e // marks leads but C0 and C1, and some longer ones
	return lead, high ^ lead ^ (lead<<8 | open) | lead&^some | lead&(w<<2)
}

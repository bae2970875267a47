package wire

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// compareUTF8 puts text between others and compares verdicts with utf8.Valid.
// What is outside of the positions must not matter.
func compareUTF8(t *testing.T, text string) {
	t.Helper()
	for _, before := range []string{"", "x", "\xd0", "abcdefg"} {
		for _, after := range []string{"", "y", "\x96", "\x96bcdefghijk"} {
			b := []byte(before + text + after)
			if got := validUTF8(b, len(before), len(before)+len(text)); got != utf8.ValidString(text) {
				t.Fatalf("%q between %q and %q: %v", text, before, after, got)
			}
		}
	}
}

// TestUTF8Pairs has every pair of bytes at every place of a word, in text of
// one and of two bytes a letter.
func TestUTF8Pairs(t *testing.T) {
	for place := range 9 {
		for _, letter := range []string{"a", "ж"} {
			before, after := strings.Repeat(letter, place), strings.Repeat(letter, 9)
			for first := 0x7e; first < 0x100; first++ {
				for second := 0x7e; second < 0x100; second++ {
					b := []byte(before + string([]byte{byte(first), byte(second)}) + after)
					if validUTF8(b, 0, len(b)) != utf8.Valid(b) {
						t.Fatalf("%q", b)
					}
				}
			}
		}
	}
}

var utf8Parts = []string{
	"a", "abcdefgh", "ж", "Привет, мир", "é", "—", "日本語", "😀", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff",
	"\x80", "\xbf", "\xc0", "\xc1\xbf", "\xc2", "\xdf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x80", "\xed\xa0\x80", "\xed\xbf\xbf",
	"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xff",
}

func TestUTF8Mixed(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	valid := 0
	for range 20000 {
		var b strings.Builder
		for n := r.IntN(8); n >= 0; n-- {
			part := utf8Parts[r.IntN(len(utf8Parts))]
			if r.IntN(4) > 0 { // most often a good one
				part = utf8Parts[r.IntN(16)]
			}
			b.WriteString(part)
		}
		if utf8.ValidString(b.String()) {
			valid++
		}
		compareUTF8(t, b.String())
	}
	if valid < 5000 {
		t.Errorf("only %d texts were UTF-8", valid)
	}
}

func FuzzUTF8(f *testing.F) {
	for _, part := range utf8Parts {
		f.Add("abc" + part + "Привет" + part)
	}
	f.Fuzz(compareUTF8)
}

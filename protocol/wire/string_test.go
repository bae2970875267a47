package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func readString(text string, mode Mode) (string, bool) {
	r := NewReader([]byte(text), mode, 0)
	var v string
	ok := r.Done(r.String(r.Start(), &v))
	return v, ok
}

func TestStringEscapes(t *testing.T) {
	for text, want := range map[string]string{
		`""`: "", `"a"`: "a", `"\""`: `"`, `"\\"`: `\`, `"\/"`: "/", `"\b\f\n\r\t"`: "\b\f\n\r\t",
		`"\u0000"`: "\x00", `"\u00e9"`: "é", `"\u00E9\u20aC"`: "é€", `"\ufffd"`: "\uFFFD", `"\uFFFF"`: "\uFFFF",
		`"\ud83d\ude00"`: "😀", `"x\uD83D\uDE00y"`: "x😀y", `"\ud800\udc00"`: "\U00010000", `"\udbff\udfff"`: "\U0010FFFF",
		`"é\né"`: "é\né", `"\\u0061"`: `\u0061`, `"mess\u0061ge"`: "message",
	} {
		for _, mode := range []Mode{Strict, Lenient} {
			if got, ok := readString(text, mode); got != want || !ok {
				t.Errorf("%s: %q, %v", text, got, ok)
			}
		}
	}
	for _, text := range []string{`"`, `"a`, `a"`, `"\`, `"\"`, `"\a"`, `"\v"`, `"\0"`, `"\'"`, `"\U0061"`, `"\u"`, `"\u006"`, `"\u006`, `"\u00g1"`,
		`"\u 061"`, `"\u+061"`, `"\ud83d\u"`, `"\ud83d\uzzzz"`, `"\ud83d\`, `"a"b`, `""""`, `'a'`, `1`, `[]`, `nul`, ``} {
		for _, mode := range []Mode{Strict, Lenient} {
			if got, ok := readString(text, mode); ok {
				t.Errorf("%s is taken as %q", text, got)
			}
		}
	}
}

func TestStringSurrogates(t *testing.T) {
	for _, text := range []string{`"\ud800"`, `"\udc00"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\ud83d\ud83d"`, `"\ud83d\ud83d\ude00"`,
		`"\ude00\ud83d"`, `"abcdefgh\udfff"`} {
		if _, ok := readString(text, Strict); ok {
			t.Errorf("%s is taken", text)
		}
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if got, ok := readString(text, Lenient); got != want || !ok {
			t.Errorf("%s, lenient: %q, %v, not %q", text, got, ok, want)
		}
	}
}

// TestStringPlaces puts every byte that may stop the scan at every place of
// its words of eight, and behind text that has escapes or is not ASCII.
func TestStringPlaces(t *testing.T) {
	parts := []string{"\xff", "\xc0\x80", "\xc3", "\xc3\x28", "\xe2\x82", "\xe2\x28\xa1", "\xed\xa0\x80", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
		"é", "€", "😀", "\u007f", "\u0080", "\uFEFF", `\n`, `\u0061`, `\ud83d\ude00`, `\"`, `\\`, `\`, `\q`, "\n"}
	for c := range 0x20 {
		parts = append(parts, string(rune(c)))
	}
	for _, part := range parts {
		for before := range 18 {
			for after := range 10 {
				for _, start := range []string{"", "é", `\t`, `é\té`} {
					text := `"` + start + strings.Repeat("x", before) + part + strings.Repeat("y", after) + `"`
					compareString(t, text)
				}
			}
		}
	}
}

// compareString holds the reading of a string against the standard library.
func compareString(t *testing.T, text string) {
	t.Helper()
	var want string
	valid := json.Unmarshal([]byte(text), &want) == nil && utf8.ValidString(text)
	got, ok := readString(text, Lenient)
	if ok != valid || ok && got != want {
		t.Fatalf("%q: %q, %v, not %q, %v", text, got, ok, want, valid)
	}
	strict, okStrict := readString(text, Strict)
	if okStrict && (!ok || strict != got) {
		t.Fatalf("%q: strict mode reads %q, lenient mode %q, %v", text, strict, got, ok)
	}
	if okStrict != skips([]byte(text), Strict) || ok != skips([]byte(text), Lenient) {
		t.Fatalf("%q: Skip and String differ", text)
	}
}

func TestStringControlCharacters(t *testing.T) {
	for c := range 256 {
		for before := range 9 {
			text := `"` + strings.Repeat("x", before) + string([]byte{byte(c)}) + `yyyyyyyy"`
			_, ok := readString(text, Strict)
			if want := c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; ok != want {
				t.Errorf("byte %#x after %d: %v", c, before, ok)
			}
		}
	}
}

func TestStringLong(t *testing.T) {
	for _, part := range []string{"plain ASCII, ", "Größe 大小 😀, ", `line\nof \"text\", `, `\u0061\ud83d\ude00`} {
		text := `"` + strings.Repeat(part, 50_000) + `"`
		compareString(t, text)
		compareString(t, text[:len(text)-1])
		compareString(t, text[:len(text)-1]+"\xff\"")
	}
}

// TestStringAliases: strings without escapes point into the text; the others
// into one arena, where they don't overwrite each other.
func TestStringAliases(t *testing.T) {
	text := []byte(`["plain","\u0061\n","\ud83d\ude00","tail\t","é"]`)
	r := NewReader(text, Strict, 1)
	var got []string
	allocs := testing.AllocsPerRun(1, func() {
		r = NewReader(text, Strict, 1)
		got = make([]string, 0, 5)
		for i, next := r.Array(0); next; i, next = r.Item(i) {
			var s string
			i = r.String(i, &s)
			got = append(got, s)
		}
	})
	if want := []string{"plain", "a\n", "😀", "tail\t", "é"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q", got)
	}
	if allocs > 2 {
		t.Errorf("%v allocations", allocs)
	}
}

// TestStringTwice reads the strings of a text more often than the arena has
// room for.
func TestStringTwice(t *testing.T) {
	r := NewReader([]byte(`"a\nb"`), Strict, 0)
	var all []string
	for range 100 {
		var s string
		r.String(0, &s)
		all = append(all, s)
	}
	for _, s := range all {
		if s != "a\nb" {
			t.Fatalf("got %q", s)
		}
	}
}

// TestArenaLength: one arena serves a message, and a long message with few
// escapes does not set its whole length aside for them.
func TestArenaLength(t *testing.T) {
	short, long := strings.Repeat(`"one\ntwo",`, 2000), strings.Repeat("x", 100_000)
	for text, room := range map[string]int{
		"[" + short + `"\t"]`:                   22_000 + 4,
		`["\t","` + long + `"]`:                 largeArena,
		`["` + long + `","\t"]`:                 4,
		`["` + long + `\t"]`:                    len(long) + 4,
		`["\t` + strings.Repeat(long, 2) + `"]`: 1 << 18,
		`["\t",` + short + short + `"` + `\n"]`: largeArena,
	} {
		r := NewReader([]byte(text), Strict, 1)
		var list []string
		if !r.Done(r.Strings(0, &list)) || cap(r.arena) > room {
			t.Errorf("%.30s…: an arena of %d bytes, want %d", text, cap(r.arena), room)
		}
	}
}

func FuzzString(f *testing.F) {
	for _, text := range skipSeeds {
		if strings.HasPrefix(text, `"`) {
			f.Add(text[1:])
		}
	}
	f.Fuzz(func(t *testing.T, inner string) {
		compareString(t, `"`+inner+`"`)
		compareString(t, `"`+inner)
	})
}

func TestLengths(t *testing.T) {
	for _, s := range []string{"", "a", "é", "😀", "abc", "a😀é", strings.Repeat("😀", 100)} {
		n := utf8.RuneCountInString(s)
		if RuneCount(s) != n {
			t.Errorf("%q: %d", s, RuneCount(s))
		}
		for limit := range n + 3 {
			if ShorterThan(s, limit) != (n < limit) || LongerThan(s, limit) != (n > limit) {
				t.Errorf("%q against %d", s, limit)
			}
		}
	}
}

package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a", "plain text of some length", "\"\\/", "\x00\x1f\x7f\b\f\n\r\t", "é€😀", "\u2028\u2029<>&", "\uFFFD",
		"\xff", "a\xc3", "\xe2\x82", "12345678\xff", "1234567\"", "\xed\xa0\x80", strings.Repeat("é\n", 20), strings.Repeat("x", 63) + "\x01"} {
		f.Add(s)
	}
	f.Fuzz(compareAppendString)
}

// compareAppendString reads what was written, by two readers.
func compareAppendString(t *testing.T, s string) {
	text := AppendString([]byte("before"), s)[len("before"):]
	want := strings.ToValidUTF8(s, "\uFFFD")
	if !utf8.ValidString(s) {
		// ToValidUTF8 makes one of a run of bad bytes; each becomes one here.
		want = string([]rune(s))
	}
	var got string
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Fatalf("%q: wrote %s, which encoding/json reads as %q, %v", s, text, got, err)
	}
	if got, ok := readString(string(text), Strict); !ok || got != want {
		t.Fatalf("%q: wrote %s, read as %q, %v", s, text, got, ok)
	}
}

// TestAppendStringPlaces puts each byte at each place of a word of eight.
func TestAppendStringPlaces(t *testing.T) {
	for c := range 256 {
		for before := range 10 {
			for after := range 10 {
				compareAppendString(t, strings.Repeat("x", before)+string([]byte{byte(c)})+strings.Repeat("y", after))
				compareAppendString(t, strings.Repeat("é", before)+string(rune(c))+strings.Repeat("😀", after))
			}
		}
	}
}

func TestAppendString(t *testing.T) {
	for s, want := range map[string]string{
		"":           `""`,
		"a\"b\\c/d":  `"a\"b\\c/d"`,
		"\b\f\n\r\t": `"\b\f\n\r\t"`,
		"\x00\x1f":   `"\u0000\u001f"`,
		"<é😀>":       `"<é😀>"`,
		"a\xffb":     "\"a\uFFFDb\"",
	} {
		if got := string(AppendString(nil, s)); got != want {
			t.Errorf("%q: %s", s, got)
		}
	}
}

func FuzzAppendFloat(f *testing.F) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1e15, 1e15 - 1, -1e15, 1e21, 1e-7, 5e-324, math.MaxFloat64, math.Pi, 1 << 53} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		text := string(AppendFloat(nil, v))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			if text != "null" {
				t.Fatalf("%v: %s", v, text)
			}
			return
		}
		if got, ok := readFloat(text, Strict); !ok || got != v {
			t.Fatalf("%v: wrote %s, read as %v, %v", v, text, got, ok)
		}
	})
}

func TestAppendScalars(t *testing.T) {
	for got, want := range map[string]string{
		string(AppendInt(nil, -MaxInt)):           "-9007199254740991",
		string(AppendInt(nil, 0)):                 "0",
		string(AppendFloat(nil, 5)):               "5",
		string(AppendFloat(nil, -0.25)):           "-0.25",
		string(AppendFloat(nil, 1e300)):           "1e+300",
		string(AppendFloat(nil, math.Inf(-1))):    "null",
		string(AppendFloat(nil, math.NaN())):      "null",
		string(AppendBool(nil, true)):             "true",
		string(AppendBool(nil, false)):            "false",
		string(AppendRaw(nil, nil)):               "null",
		string(AppendRaw(nil, Raw{})):             "null",
		string(AppendRaw(nil, Raw(`{"a": [1]}`))): `{"a": [1]}`,
	} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestAppendContainers(t *testing.T) {
	extra := Extra{{"b", Raw(`[1]`)}, {"c\n", nil}}
	for got, want := range map[string]string{
		string(CloseObject([]byte(`{`))):                              `{}`,
		string(CloseObject([]byte(`{"a":1,`))):                        `{"a":1}`,
		string(CloseObject([]byte(`{"a":1`))):                         `{"a":1}`,
		string(CloseObject([]byte(`[{`))):                             `[{}`,
		string(CloseArray([]byte(`[`))):                               `[]`,
		string(CloseArray([]byte(`[1,`))):                             `[1]`,
		string(CloseArray([]byte(`[[1],`))):                           `[[1]]`,
		string(CloseObject(AppendExtra([]byte(`{`), nil))):            `{}`,
		string(CloseObject(AppendExtra([]byte(`{`), extra))):          `{"b":[1],"c\n":null}`,
		string(CloseObject(AppendExtra([]byte(`{"a":`+"1,"), extra))): `{"a":1,"b":[1],"c\n":null}`,
		string(CloseObject(AppendExtra([]byte(`{"a":1`), extra))):     `{"a":1,"b":[1],"c\n":null}`,
	} {
		if got != want || strings.HasPrefix(got, "{") && !json.Valid([]byte(got)) {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestAppendInt(t *testing.T) {
	check := func(n int64) {
		if got := string(AppendInt([]byte("x"), n)); got != "x"+strconv.FormatInt(n, 10) {
			t.Fatalf("%d: %s", n, got)
		}
	}
	for n := int64(-1); n < 1e5; n++ {
		check(n)
		check(n * 999) // carries from every digit
		check(n * 1e8)
	}
	for power := int64(1); power < 1e18; power *= 10 {
		for _, n := range []int64{power - 1, power, power + 1, 9*power + 9, 1234567890123456 % power} {
			check(n)
			check(-n)
		}
	}
	check(math.MaxInt64)
	check(math.MinInt64)
}

func TestAppendIntReads(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 10, 999999999999999, 1e15, MaxInt, -MaxInt} {
		if got, ok := readInt(string(AppendInt(nil, n)), Strict); got != n || !ok {
			t.Errorf("%s: %d, %v", strconv.FormatInt(n, 10), got, ok)
		}
	}
}

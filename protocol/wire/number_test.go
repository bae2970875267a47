package wire

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func readInt(text string, mode Mode) (int64, bool) {
	r := NewReader([]byte(text), mode, 0)
	var v int64
	ok := r.Done(r.Int(r.Start(), &v))
	return v, ok
}

func readFloat(text string, mode Mode) (float64, bool) {
	r := NewReader([]byte(text), mode, 0)
	var v float64
	ok := r.Done(r.Float(r.Start(), &v))
	return v, ok
}

var numberSeeds = []string{
	"0", "-0", "1", "-1", "9", "10", "123456789", "0.0", "-0.0", "0.5", "-0.5", "1.0", "1.50", "1e0", "1E5", "1e+5", "1e-5", "-1.25e+2",
	"0e0", "0e5", "0E-5", "0.0e10", "1234567890123456", "12345678901234567", "9007199254740991", "-9007199254740991", "9007199254740992",
	"-9007199254740992", "9007199254740993", "9007199254740991.0", "9007199254740991.5", "90071992547409910e-1", "5.0", "1e3", "1e15", "1e16",
	"9e15", "1e400", "-1e400", "1e-400", "0e999999999999", "0e-999999999999", "0e99999999999999999999", "1e99999999999999999999",
	"1e-99999999999999999999", "100e-2", "150e-2", "1500e-2", "0.001e3", "0.001e2", "1.7976931348623157e308", "1.7976931348623159e308",
	"5e-324", "2e-324", "1" + strings.Repeat("0", 308), "1" + strings.Repeat("0", 309), "0." + strings.Repeat("0", 320) + "1",
	strings.Repeat("9", 400) + "e-390", "0." + strings.Repeat("0", 30) + "7e31", "0000000000000001", "00000000000000000001",
	"", "-", "+", "+1", "--1", "-+1", "01", "-01", "00", "-00", "1.", "-1.", ".5", "-.5", "1..2", "1.2.3", "1e", "1e+", "1e-", "1e++1", "1e1.5",
	"e5", "1ee5", "1_000", "0x10", "0b1", "1f", "1n", "Infinity", "-Infinity", "NaN", "inf", "١", "1 2", "1,2", "1-", "5-5", "1+", "1e5e",
	"null", "true", `"1"`, "[1]",
}

// TestNumberGrammar compares what is a number with two other readers.
func TestNumberGrammar(t *testing.T) {
	for _, text := range numberSeeds {
		compareNumber(t, text)
	}
}

func FuzzNumber(f *testing.F) {
	for _, text := range numberSeeds {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 2000 {
			compareNumber(t, text)
		}
	})
}

func compareNumber(t *testing.T, text string) {
	t.Helper()
	kind := strings.TrimLeft(text, " \t\r\n")
	valid := json.Valid([]byte(text)) && (kind[0] == '-' || isDigit(kind[0]))
	if valid != (jsontext.Value(text).IsValid() && jsontext.Value(kind).Kind() == '0') {
		t.Fatalf("%q: the other readers differ", text)
	}
	null := strings.Trim(text, " \t\r\n") == "null"

	want, err := strconv.ParseFloat(strings.Trim(text, " \t\r\n"), 64)
	got, ok := readFloat(text, Strict)
	if ok != (valid && err == nil) || ok && (got != want || math.Signbit(got) != math.Signbit(want)) {
		t.Fatalf("Float %q: %v, %v, not %v", text, got, ok, want)
	}
	got, ok = readFloat(text, Lenient)
	if ok != (valid || null) || ok && valid && got != max(-math.MaxFloat64, min(math.MaxFloat64, want)) {
		t.Fatalf("lenient Float %q: %v, %v, not %v", text, got, ok, want)
	}

	n, ok := readInt(text, Strict)
	exact, integer := exactInt(strings.Trim(text, " \t\r\n"))
	if ok != (valid && integer) || ok && n != exact {
		t.Fatalf("Int %q: %d, %v, not %d, %v", text, n, ok, exact, integer)
	}
	n, ok = readInt(text, Lenient)
	if ok != (valid || null) || ok && integer && n != exact {
		t.Fatalf("lenient Int %q: %d, %v, not %d", text, n, ok, exact)
	}
	if ok && valid && !integer && n != int64(max(-MaxInt, min(MaxInt, math.Trunc(want)))) {
		t.Fatalf("lenient Int %q: %d, not %v", text, n, want)
	}
}

// exactInt is what Int does, by way of big.Rat, which must not see exponents
// that it would write out.
func exactInt(text string) (int64, bool) {
	if hugeExponent([]byte(text)) {
		mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
		return 0, strings.Trim(mantissa, "-0.") == ""
	}
	v, ok := new(big.Rat).SetString(text)
	if !ok || !v.IsInt() || !v.Num().IsInt64() {
		return 0, false
	}
	n := v.Num().Int64()
	return n, -MaxInt <= n && n <= MaxInt
}

func TestInt(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "-0.0": 0, "5": 5, "5.0": 5, "5.000": 5, "1e3": 1000, "1E+3": 1000, "-1e3": -1000, "1.5e1": 15, "100e-2": 1,
		"0e999999999999": 0, "0.0e-999999999999": 0, "9007199254740991": MaxInt, "-9007199254740991": -MaxInt,
		"9007199254740991.000": MaxInt, "9.007199254740991e15": MaxInt, "90071992547409910e-1": MaxInt, "1234567890123456": 1234567890123456,
		"1000000000000000e0": 1e15, "0." + strings.Repeat("0", 50) + "1e51": 1,
		// The exponent makes up for more digits than one would expect.
		"0." + strings.Repeat("0", 1_100_000) + "1e1100001":                1,
		"1" + strings.Repeat("0", 1_100_000) + "e-1100000":                 1,
		strings.Repeat("7", 1) + "." + strings.Repeat("0", 1000) + "e0005": 700000,
	} {
		if got, ok := readInt(text, Strict); got != want || !ok {
			t.Errorf("%.40s: %d, %v", text, got, ok)
		}
	}
	for text, want := range map[string]int64{ // what lenient mode makes of them
		"0.5": 0, "-0.5": 0, "5.9": 5, "-5.9": -5, "1e-3": 0, "9007199254740992": MaxInt, "-9007199254740992": -MaxInt, "1e16": MaxInt,
		"9007199254740991.5": MaxInt, "1e400": MaxInt, "-1e400": -MaxInt, "1e99999999999999999999": MaxInt, "1e-99999999999999999999": 0,
		"12345678901234567890": MaxInt, "99999999999999999999999999": MaxInt,
	} {
		if got, ok := readInt(text, Strict); ok {
			t.Errorf("%s: strict mode takes it as %d", text, got)
		}
		if got, ok := readInt(text, Lenient); got != want || !ok {
			t.Errorf("%s, lenient: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "-", "01", "-01", "0000000000000001", "1.", "1e", "x", "1x", `"1"`, "true", "[1]", "- 1"} {
		for _, mode := range []Mode{Strict, Lenient} {
			if got, ok := readInt(text, mode); ok {
				t.Errorf("%q is taken as %d", text, got)
			}
		}
	}
}

// TestIntEnds: a number ends where the next token begins.
func TestIntEnds(t *testing.T) {
	for digits := 1; digits < 20; digits++ {
		literal := strings.Repeat("1", digits)
		for _, after := range []string{",", "]", "}", " ", "\n", "x", "\""} {
			r := NewReader([]byte(literal+after), Lenient, 0)
			var n int64
			var f float64
			if r.Int(0, &n) != digits || r.Float(0, &f) != digits || r.Skip(0) != digits {
				t.Errorf("%s%s", literal, after)
			}
		}
	}
}

func TestBool(t *testing.T) {
	for _, text := range []string{"true", "false", " true ", "tru", "fals", "TRUE", "t", "f", "truefalse", "1", `"true"`, "null", ""} {
		var want bool
		valid := json.Unmarshal([]byte(text), &want) == nil && strings.TrimSpace(text) != "null"
		r := NewReader([]byte(text), Strict, 0)
		got := !want
		if ok := r.Done(r.Bool(r.Start(), &got)); ok != valid || ok && got != want {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
}

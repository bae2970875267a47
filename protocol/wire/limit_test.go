package wire

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"
	"testing"
)

func TestCompareNumber(t *testing.T) {
	for _, c := range []struct {
		literal, limit string
		want           int
	}{
		{"1", "2", -1}, {"2", "1", 1}, {"1", "1", 0}, {"1.0", "1", 0}, {"10e-1", "1", 0}, {"0.1e1", "1.00", 0}, {"100", "1e2", 0},
		{"-1", "1", -1}, {"-2", "-1", -1}, {"-1", "-2", 1}, {"-1.0", "-1", 0}, {"0", "-0", 0}, {"-0.0", "0e5", 0},
		// The same float64, but not the same number.
		{"0.1", "0.10000000000000001", -1}, {"0.1", "0.09999999999999999999", 1}, {"1.0000000000000000000001", "1", 1},
		{"0.9999999999999999999999", "1", -1}, {"-1.0000000000000000000001", "-1", -1}, {"-0.9999999999999999999999", "-1", 1},
		{"9007199254740993", "9007199254740992", 1}, {"1e-400", "0", 1}, {"-1e-400", "0", -1}, {"1e-999999999", "0", 1},
		{"-1e-99999999999999999999", "0", -1}, {"0e999999999", "0", 0}, {"1e-999999999", "1e-999999998", -1}, {"1e-400", "1e-401", 1},
		{"123e-5", "0.00123", 0}, {"12.5", "12.50000", 0}, {"12.5", "125", -1}, {"9", "10", -1}, {"0.09", "0.1", -1},
	} {
		v, _ := strconv.ParseFloat(c.literal, 64)
		limit, _ := strconv.ParseFloat(c.limit, 64)
		if got := CompareNumber([]byte(c.literal), v, limit, c.limit); got != c.want {
			t.Errorf("%s against %s: %d", c.literal, c.limit, got)
		}
		if got := CompareNumber([]byte(c.limit), limit, v, c.literal); got != -c.want {
			t.Errorf("%s against %s: %d", c.limit, c.literal, got)
		}
	}
}

func TestMultipleOf(t *testing.T) {
	for _, c := range []struct {
		literal, of string
		want        bool
	}{
		{"10", "5", true}, {"11", "5", false}, {"0", "5", true}, {"-0.0", "0.3", true}, {"-15", "5", true}, {"1e1", "5", true}, {"5", "10", false},
		{"0.3", "0.1", true}, {"0.30000000000000004", "0.1", false}, {"1.1", "0.1", true}, {"19.99", "0.01", true}, {"19.995", "0.01", false},
		{"0.0075", "0.0001", true}, {"0.00751", "0.0001", false}, {"7.5", "2.5", true}, {"1", "0.25", true}, {"1", "0.3", false}, {"3", "1e-5", true},
		{"1e308", "7", false}, {"7e308", "7", true}, {"1e308", "0.123456789", false}, {"1e-999999999", "1", false}, {"1e-999999999", "1e-999999999", true},
		{"1e99999999", "3", false}, {"3e99999999", "3", true}, {"100", "1e2", true}, {"150", "1e2", false}, {"1e2", "100", true},
		{"123456789012345678901234567890", "12345678901234567890123456789", true}, {"123456789012345678901234567891", "12345678901234567890123456789", false},
		{strings.Repeat("3", 100_000), "3", true}, {strings.Repeat("3", 100_000) + "1", "3", false}, {"5", "0", false},
	} {
		if got := MultipleOf([]byte(c.literal), c.of); got != c.want {
			t.Errorf("%.40s of %s: %v", c.literal, c.of, got)
		}
	}
	for _, c := range []struct {
		v    int64
		of   string
		want bool
	}{{10, "2.5", true}, {9, "2.5", false}, {-5, "2.5", true}, {0, "2.5", true}, {MaxInt, "1e0", true}, {3, "0.1", true}} {
		if got := IntMultipleOf(c.v, c.of); got != c.want {
			t.Errorf("%d of %s: %v", c.v, c.of, got)
		}
	}
}

// FuzzDecimals holds the arithmetic on digits against big.Rat.
func FuzzDecimals(f *testing.F) {
	for _, a := range numberSeeds {
		f.Add(a, "0.25")
		f.Add("9007199254740993", a)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if hugeExponent([]byte(a)) || hugeExponent([]byte(b)) || !isNumber(a) || !isNumber(b) {
			return
		}
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if got, want := compareDecimals([]byte(a), []byte(b)), x.Cmp(y); got != want {
			t.Errorf("%s against %s: %d", a, b, got)
		}
		if got, want := isInteger([]byte(a)), x.IsInt(); got != want {
			t.Errorf("%s is an integer: %v", a, got)
		}
		if y.Sign() > 0 {
			if got, want := MultipleOf([]byte(a), b), new(big.Rat).Quo(x, y).IsInt(); got != want {
				t.Errorf("%s is a multiple of %s: %v", a, b, got)
			}
		}
		if got, want := numberKey([]byte(a)) == numberKey([]byte(b)), x.Cmp(y) == 0; got != want {
			t.Errorf("%s equals %s: %v", a, b, got)
		}
		v, errV := strconv.ParseFloat(a, 64)
		limit, errLimit := strconv.ParseFloat(b, 64)
		if errV == nil && errLimit == nil {
			if got := CompareNumber([]byte(a), v, limit, b); cmp.Compare(got, 0) != x.Cmp(y) {
				t.Errorf("%s against %s by floats: %d", a, b, got)
			}
		}
	})
}

func isNumber(s string) bool {
	r := NewReader([]byte(s), Strict, 0)
	return len(s) < 2000 && r.number(0) == len(s)
}

func TestUnique(t *testing.T) {
	many := `"` + strings.Join(strings.Split(strings.Repeat("x", 30), ""), `y","`) + `"`
	for text, want := range map[string]bool{
		`[]`: true, `[1]`: true, `[1,2]`: true, `[1,1]`: false, `[1, 1.0]`: false, `[100,1e2]`: false, `[0,-0]`: false, `[0.0,-0e5]`: false,
		`[0.1,1e-1]`: false, `[0.1,0.10000000000000001]`: true, `[9007199254740992,9007199254740993]`: true, `[-1,1]`: true,
		`["a","\u0061"]`: false, `["a","A"]`: true, `["1",1]`: true, `["\n","n"]`: true, `["a\"","a\\"]`: true, `["",""]`: false,
		`[true,false]`: true, `[true,true]`: false, `[null,null]`: false, `[null,"null"]`: true, `["true",true]`: true, `[1,"1",true]`: true,
		`[ 1 , 2 , 1 ]`: false, `[1e400,1e400]`: false, `["]","[",",","\"]"]`: true, `[` + many + `]`: false,
		`[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]`: true, `[1,2,3,4,5,6,7,8,9,10,11,12,13,14,1]`: false,
	} {
		r := NewReader([]byte(`{"a":`+text+`}`), Strict, 4)
		if got := r.Unique(5, 5+len(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	r := NewReader([]byte(`[1,1]`), Strict, 4)
	if !r.Unique(Invalid, 3) || !r.Unique(0, Invalid) {
		t.Error("an invalid span has duplicates")
	}
	r = NewReader([]byte(`["some","plain","strings",1,2,true]`), Strict, 4)
	if n := testing.AllocsPerRun(10, func() { r.Unique(0, len(r.buf)) }); n > 0 {
		t.Errorf("%v allocations for a few plain values", n)
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"^a+$", "aaa", true}, {"^a+$", "ab", false}, {"b", "abc", true}, {"^b", "abc", false}, {"", "", true}, {"^$", "\n", false},
		{"a$", "a\n", false}, {`^\d{2}$`, "42", true}, {`^\d{2}$`, "٤٢", false}, {"^.$", "😀", true}, {"(", "(", false},
	} {
		p := NewPattern(c.pattern)
		for range 2 {
			if got := p.Match(c.s); got != c.want {
				t.Errorf("%q in %q: %v", c.pattern, c.s, got)
			}
		}
	}
}

// TestPatternTogether compiles one pattern from many goroutines.
func TestPatternTogether(t *testing.T) {
	p := NewPattern("^x+$")
	done := make(chan bool)
	for range 8 {
		go func() { done <- p.Match("xx") && patternOf("^x+$").Match("x") }()
	}
	for range 8 {
		if !<-done {
			t.Error("no match")
		}
	}
}

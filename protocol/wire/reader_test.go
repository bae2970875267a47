package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const anyDepth = 10000 // the limit of the other readers

func skips(text []byte, mode Mode) bool {
	r := NewReader(text, mode, anyDepth)
	return r.Done(r.Skip(r.Start()))
}

var skipSeeds = []string{
	`null`, `true`, `false`, ` 1 `, `"a"`, `[]`, `{}`, ` [ ] `, ` { } `, "\t\r\n[\n1\n,\n2\n]\n",
	`[1,2,[3,{"a":4}],"b",null]`, `{"a":{"b":{"c":[]}},"d":-1.5e+10}`, `{ "a" : 1 , "b" : [ ] }`,
	`{"longer than eight bytes":1,"longer than eight bytes too":2}`, `{"é":1,"\u00e9":2}`, `{"a":1,"\u0061":2}`,
	`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"a":14}`,
	`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"m":14}`,
	``, ` `, `nul`, `nulll`, `truex`, `True`, `tru`, `NaN`, `Infinity`, `-`, `01`, `-01`, `1.`, `.1`, `+1`, `1e`, `1e+`, `0x1`, `1_0`,
	`[1,]`, `[,1]`, `[1 2]`, `[`, `]`, `[}`, `{]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{a:1}`, `{1:1}`, `{"a" 1}`, `{"a":1 "b":2}`,
	`{"a":1,,"b":2}`, `1 1`, `[] []`, `"a`, `"a\`, `"\`, `"\"`, `"\x"`, `"\u12"`, `"\u123g"`, `'a'`, `/**/1`, "\ufeff1", "1\x00", "\x00",
	`"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`, `"\ud83d\u0041"`, `"\ud83d\ud83d\ude00"`, `"\ud83d\u12"`, `"\ud83dA"`,
	"\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "{\"\xff\":1}", "\"\x7f\"", "\"\n\"",
	`1e308`, `1e309`, `-1e309`, `1e-400`, `0e999999999999`, `1e999999999999999999999`, `179769313486231580793e289`,
	`1` + strings.Repeat("0", 308), `1` + strings.Repeat("0", 309), `0.` + strings.Repeat("0", 400) + `1`,
}

// TestSkipDepth counts containers of both kinds, empty ones too.
func TestSkipDepth(t *testing.T) {
	for _, c := range []struct {
		text  string
		depth int
	}{
		{`1`, 0}, {`[]`, 1}, {`{}`, 1}, {`[1]`, 1}, {`[[]]`, 2}, {`{"a":[]}`, 2}, {`[{"a":{}}]`, 3}, {`[[],[],[1],{},{"a":1}]`, 2},
		{`{"a":[1],"b":{"c":2},"d":[[]]}`, 3},
	} {
		for depth := range 5 {
			r := NewReader([]byte(c.text), Strict, depth)
			if got := r.Done(r.Skip(r.Start())); got != (depth >= c.depth) {
				t.Errorf("%s at depth %d: %v", c.text, depth, got)
			}
		}
	}
}

func TestSkip(t *testing.T) {
	for _, text := range skipSeeds {
		compareSkip(t, []byte(text))
	}
	deep := strings.Repeat("[", anyDepth)
	compareSkip(t, []byte(deep+strings.Repeat("]", anyDepth)))
	compareSkip(t, []byte("["+deep+strings.Repeat("]", anyDepth)+"]"))
}

func FuzzSkip(f *testing.F) {
	for _, text := range skipSeeds {
		f.Add([]byte(text))
	}
	f.Fuzz(compareSkip)
}

// compareSkip holds Skip, and Explain where any value will do, against the
// standard library, which is about as lenient as Lenient, and its successor,
// which is about as strict as Strict.
func compareSkip(t *testing.T, text []byte) {
	wantLenient := json.Valid(text) && utf8.Valid(text)
	if got := skips(text, Lenient); got != wantLenient {
		t.Errorf("%.100q, lenient: %v", text, got)
	}
	wantStrict := jsontext.Value(text).IsValid() && numbersFit(text)
	if got := skips(text, Strict); got != wantStrict {
		t.Errorf("%.100q, strict: %v", text, got)
	}
	for _, mode := range []Mode{Strict, Lenient} {
		issues := Explain(text, mode, anyDepth, nil, Place{Shape: NoShape})
		if skips(text, mode) != (len(issues) == 0) {
			t.Errorf("%.100q, mode %d: Explain says\n%s", text, mode, describe(issues))
		}
	}
}

// numbersFit reports whether all numbers of a valid text are float64s.
func numbersFit(text []byte) bool {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return true
		}
		if n, ok := token.(json.Number); ok {
			if f, _ := strconv.ParseFloat(string(n), 64); math.IsInf(f, 0) {
				return false
			}
		}
	}
}

// TestInvalidStaysInvalid: a generated decoder checks the position only once,
// at its end.
func TestInvalidStaysInvalid(t *testing.T) {
	for _, mode := range []Mode{Strict, Lenient} {
		r := NewReader([]byte(`{"a":null}`), mode, 8)
		var (
			b    bool
			n    int64
			f    float64
			s    string
			raw  Raw
			more Extra
			list []string
			ints []int64
		)
		for name, got := range map[string]int{
			"Bool": r.Bool(Invalid, &b), "Int": r.Int(Invalid, &n), "Float": r.Float(Invalid, &f), "String": r.String(Invalid, &s),
			"Raw": r.Raw(Invalid, &raw), "RawObject": r.RawObject(Invalid, &raw), "Extra": r.Extra(Invalid, "x", &more),
			"Skip": r.Skip(Invalid), "Distinct": r.Distinct(Invalid, nil), "Breach": r.Breach(Invalid), "Twice": r.Twice(Invalid),
			"Unknown": r.Unknown(Invalid), "Strings": r.Strings(Invalid, &list), "Ints": r.Ints(Invalid, &ints),
			"ConstString": r.ConstString(Invalid, "x"), "ConstInt": r.ConstInt(Invalid, 1),
			"ConstFloat": r.ConstFloat(Invalid, 1, "1"), "ConstBool": r.ConstBool(Invalid, true),
		} {
			if got != Invalid {
				t.Errorf("%s gives %d", name, got)
			}
		}
		for name, walk := range map[string]func(int) (int, bool){"Array": r.Array, "Item": r.Item} {
			if i, next := walk(Invalid); i != Invalid || next {
				t.Errorf("%s gives %d, %v", name, i, next)
			}
		}
		for name, walk := range map[string]func(int) (string, int, bool){"Object": r.Object, "Next": r.Next} {
			if member, i, next := walk(Invalid); member != "" || i != Invalid || next {
				t.Errorf("%s gives %q, %d, %v", name, member, i, next)
			}
		}
		if tag, ok := r.Tag(Invalid, "a"); tag != "" || ok {
			t.Errorf("Tag gives %q, %v", tag, ok)
		}
		if r.Null(Invalid) || r.Absent(Invalid) || r.Peek(Invalid) != 0 || r.Done(Invalid) || r.Text(Invalid, 3) != nil {
			t.Error("a position before the text holds something")
		}
	}
}

// TestName has names of all lengths, with each kind of colon and escape, as
// the first member and as a later one, and with little and much behind them.
func TestName(t *testing.T) {
	for length := range 40 {
		plain := strings.Repeat("abcdefghij", 4)[:length]
		for text, want := range map[string]string{
			`"` + plain + `":1`:                     plain,
			`"` + plain + `" : 1`:                   plain,
			`"` + plain + "\"\n:\t1":                plain,
			` "` + plain + `é":1`:                   plain + "é",
			`"` + plain + `\u0061\n":1`:             plain + "a\n",
			`"` + plain + `\ud83d\ude00` + `z" : 1`: plain + "😀z",
		} {
			for _, end := range []string{`}`, `,"more":true}`, ` , "and more than a word" : [1, 2, 3]}`} {
				r := NewReader([]byte(`{`+text+end), Strict, 1)
				name, i, more := r.Object(r.Start())
				var n int64
				if i = r.Int(i, &n); !more || name != want || n != 1 || i < 0 {
					t.Errorf("%s: %q, %d at %d", text, name, n, i)
				}
				r = NewReader([]byte(`{"":0,`+text+end), Strict, 1)
				_, i, _ = r.Object(r.Start())
				name, i, more = r.Next(r.Skip(i))
				if i = r.Int(i, &n); !more || name != want || n != 1 || i < 0 {
					t.Errorf("%s: then %q, %d at %d", text, name, n, i)
				}
				if _, _, more = r.Next(i); more != (end != "}") {
					t.Errorf("%s: %v after it", text+end, more)
				}
			}
		}
		for _, text := range []string{`"` + plain, `"` + plain + `"`, `"` + plain + `" 1}`, `"` + plain + `":`, `"` + plain + "\x01\":1}",
			`"` + plain + "\xff\":1}", `"` + plain + `\q":1}`, `"` + plain + `"1}`, plain + `":1}`} {
			for _, end := range []string{"", strings.Repeat(" ", 40)} {
				r := NewReader([]byte(`{`+text+end), Strict, 1)
				if _, i, more := r.Object(r.Start()); more && r.Skip(i) >= 0 {
					t.Errorf("%q is taken", text)
				}
				r = NewReader([]byte(`{"":0,`+text+end), Strict, 1)
				_, i, _ := r.Object(r.Start())
				if _, i, more := r.Next(r.Skip(i)); more && r.Skip(i) >= 0 {
					t.Errorf("%q is taken after another", text)
				}
			}
		}
	}
}

func TestLenientNullIsAbsent(t *testing.T) {
	text := []byte(`null`)
	r := NewReader(text, Lenient, 8)
	b, n, f, s := true, int64(7), 7.5, "seven"
	raw, list, ints := Raw(`{}`), []string{"x"}, []int64{1}
	for name, end := range map[string]int{"Bool": r.Bool(0, &b), "Int": r.Int(0, &n), "Float": r.Float(0, &f), "String": r.String(0, &s),
		"RawObject": r.RawObject(0, &raw), "Strings": r.Strings(0, &list), "Ints": r.Ints(0, &ints)} {
		if end != 4 {
			t.Errorf("%s gives %d", name, end)
		}
	}
	if !b || n != 7 || f != 7.5 || s != "seven" || string(raw) != "{}" || len(list) != 1 || len(ints) != 1 {
		t.Error("null changed a value")
	}
	if i, next := r.Array(0); i != 4 || next {
		t.Errorf("Array gives %d, %v", i, next)
	}
	if _, i, next := r.Object(0); i != 4 || next {
		t.Errorf("Object gives %d, %v", i, next)
	}
	r = NewReader(text, Strict, 8)
	for name, end := range map[string]int{"Bool": r.Bool(0, &b), "Int": r.Int(0, &n), "Float": r.Float(0, &f), "String": r.String(0, &s),
		"RawObject": r.RawObject(0, &raw), "Strings": r.Strings(0, &list), "Ints": r.Ints(0, &ints)} {
		if end != Invalid {
			t.Errorf("strict %s gives %d", name, end)
		}
	}
}

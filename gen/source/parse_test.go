package source

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/diag"
)

// TestSyntaxErrors has every message that Parse can give, with its place.
func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", `1:1: unexpected end of file: expected a JSON value`},
		{"space only", " \t\r\n ", `2:2: unexpected end of file: expected a JSON value`},
		{"byte order mark", "\ufeff{}", `1:1: unexpected '\ufeff': expected a JSON value`},
		{"two values", "{}\n{}", `2:1: unexpected '{' after the JSON value: a schema file holds exactly one`},
		{"comment", "{} // no", `1:4: unexpected '/' after the JSON value: a schema file holds exactly one`},
		{"misspelt literal", `{"a": nul}`, `1:7: unexpected 'n': expected a JSON value`},
		{"literal in capitals", `True`, `1:1: unexpected 'T': expected a JSON value`},
		{"single quotes", `'a'`, `1:1: unexpected '\'': expected a JSON value`},
		{"bad byte", "\xff", `1:1: unexpected byte 0xff: expected a JSON value`},
		{"letters of any script", `ж`, `1:1: unexpected 'ж': expected a JSON value`},

		{"object ends", `{`, `1:2: unexpected end of file: expected a member name in double quotes`},
		{"comma at the end of an object", "{\n  \"a\": 1,\n}", `3:1: unexpected '}': expected a member name in double quotes`},
		{"comma alone", `{,}`, `1:2: unexpected ',': expected a member name in double quotes`},
		{"bare name", `{a: 1}`, `1:2: unexpected 'a': expected a member name in double quotes`},
		{"no colon", `{"a" 1}`, `1:6: unexpected '1': expected ':' after member name "a"`},
		{"name alone", `{"a"`, `1:5: unexpected end of file: expected ':' after member name "a"`},
		{"no value", `{"a":}`, `1:6: unexpected '}': expected a JSON value`},
		{"no comma in an object", `{"a":1 "b":2}`, `1:8: unexpected '"': expected ',' or '}'`},
		{"wrong bracket", `{"a":1]`, `1:7: unexpected ']': expected ',' or '}'`},
		{"name twice", `{"a": 1, "b": {"a": 2}, "a": 3}`, `1:25: member "a" appears twice in one object`},
		{"name twice, once escaped", `{"a": 1, "\u0061": 3}`, `1:10: member "a" appears twice in one object`},

		{"array ends", `[`, `1:2: unexpected end of file: expected a JSON value`},
		{"comma at the end of an array", `[1, ]`, `1:5: unexpected ']': expected a JSON value`},
		{"no comma in an array", `[1 2]`, `1:4: unexpected '2': expected ',' or ']'`},
		{"array ends after a value", `[1`, `1:3: unexpected end of file: expected ',' or ']'`},

		{"minus alone", `-`, `1:2: unexpected end of file in a number: expected a digit`},
		{"minus and letter", `-x`, `1:2: unexpected 'x' in a number: expected a digit`},
		{"plus", `+1`, `1:1: unexpected '+': expected a JSON value`},
		{"point alone", `.5`, `1:1: unexpected '.': expected a JSON value`},
		{"point at the end", `[1.]`, `1:4: unexpected ']' in a number: expected a digit after the point`},
		{"exponent without digit", `[1e]`, `1:4: unexpected ']' in a number: expected a digit in the exponent`},
		{"exponent with sign only", `1E+`, `1:4: unexpected end of file in a number: expected a digit in the exponent`},
		{"leading zero", `[01]`, `1:3: unexpected '1': expected ',' or ']'`},
		{"hexadecimal", `0x1`, `1:2: unexpected 'x' after the JSON value: a schema file holds exactly one`},

		{"open string", "[\"abc", `1:2: string without closing quote`},
		{"open string after a backslash", `"\`, `1:2: string without closing quote`},
		{"line break in a string", "\"a\nb\"", `1:3: control character 0x0a in a string: write it as an escape`},
		{"tab in a string", "\"\t\"", `1:2: control character 0x09 in a string: write it as an escape`},
		{"bad UTF-8", "\"a\xc3(\"", `1:3: byte 0xc3 is not UTF-8`},
		{"surrogate in UTF-8", "\"\xed\xa0\x80\"", `1:2: byte 0xed is not UTF-8`},
		{"unknown escape", `"\x"`, `1:2: unknown escape: 'x' after a backslash`},
		{"escaped letter of any script", `"\é"`, `1:2: unknown escape: 'é' after a backslash`},
		{"escaped line break", "\"\\\n\"", `1:2: unknown escape: '\n' after a backslash`},
		{"short escape", `"\u00e"`, `1:2: \u needs four hexadecimal digits`},
		{"cut escape", `"\u00`, `1:2: \u needs four hexadecimal digits`},
		{"escape with sign", `"\u+123"`, `1:2: \u needs four hexadecimal digits`},
		{"high surrogate alone", `"\ud83d"`, `1:2: surrogate without its other half`},
		{"high surrogate and text", `"\ud83dx"`, `1:2: surrogate without its other half`},
		{"high surrogate and another escape", `"\ud83d\u0041"`, `1:2: surrogate without its other half`},
		{"high surrogate and bad escape", `"\ud83d\u00"`, `1:2: surrogate without its other half`},
		{"low surrogate first", `"\udd16\ud83e"`, `1:2: surrogate without its other half`},

		{"too deep", strings.Repeat("[", maxDepth+1), fmt.Sprintf(`1:%d: nested deeper than %d levels`, maxDepth+1, maxDepth)},
		{"column in bytes", "\"é\" x", `1:6: unexpected 'x' after the JSON value: a schema file holds exactly one`},
		{"line after CRLF", "{\r\n  x", `2:3: unexpected 'x': expected a member name in double quotes`},
	} {
		f, list := Parse("types/X.json", "schema/types/X.json", []byte(c.text))
		if want := "schema/types/X.json:" + c.want + " (JSON_SYNTAX)"; len(list) != 1 || list[0].String() != want {
			t.Errorf("%s: got %v, want %s", c.name, list, want)
		}
		if f == nil || f.Root != nil {
			t.Errorf("%s: a file with a syntax error has a root", c.name)
		}
	}
}

// TestValues: what a text means, as encoding/json has it too.
func TestValues(t *testing.T) {
	for _, text := range []string{
		`null`, `true`, ` false `, `0`, `-0`, `12`, `-1.5`, `1e3`, `1E+3`, `2.50e-07`, `9007199254740993`,
		`""`, `"a"`, `"\"\\\/\b\f\n\r\t"`, `"\u00e9\u0000\uFFFF"`, `"\ud83e\udd16"`, `"é 🤖 \u2028"`, "\"\u007f\"",
		`[]`, `[ ]`, `[1,"2",[3]]`, `{}`, `{ }`, `{"a":{"b":[{}]},"":1,"a/b~c":2}`, "\t{\r\n\"a\"\n:\n1\n}\n",
		strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
	} {
		f, list := Parse("x", "x", []byte(text))
		if len(list) > 0 {
			t.Errorf("%s: %s", text, list[0])
			continue
		}
		if got, want := plain(t, f.Root), standard(t, text); got != want {
			t.Errorf("%s means %s, want %s", text, got, want)
		}
		if raw := string(f.Root.Raw()); raw != strings.Trim(text, " \t\r\n") {
			t.Errorf("%q: the root's text is %q", text, raw)
		}
	}
}

// plain writes what a node means, so that it can be compared.
func plain(t testing.TB, n *Node) string {
	t.Helper()
	out, err := json.Marshal(numbers(n.Value()))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func numbers(v any) any {
	switch v := v.(type) {
	case Literal:
		return json.Number(v)
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = numbers(v[key])
		}
	}
	return v
}

func standard(t testing.TB, text string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// stricter are the things that encoding/json takes and Parse refuses.
var stricter = []string{"appears twice", "is not UTF-8", "surrogate without its other half", "nested deeper"}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, -2.5e+3, true, null, "x\u00e9\ud83e\udd16"], "b": {}}`, `{"a":1,"a":2}`, `"\ud800"`, "\"\xff\"", "[[[[", "01", "1.", `"\u12`,
		"\ufeff1", "{\"a\"\n:}", strings.Repeat("[", 300), "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, list := Parse("x", "x", data)
		valid := json.Valid(data)
		switch {
		case len(list) == 0 && !valid:
			t.Fatalf("%q was parsed, and is no JSON", data)
		case len(list) == 0:
			if got, want := plain(t, file.Root), standard(t, string(data)); got != want {
				t.Fatalf("%q means %s, want %s", data, got, want)
			}
			if len(data) < 1000 { // it takes the square of the length
				places(t, file)
			}
		case len(list) != 1 || list[0].Rule != diag.JSONSyntax || list[0].Pos.Line < 1 || list[0].Pos.Col < 1:
			t.Fatalf("%q: %v", data, list)
		case valid:
			for _, why := range stricter {
				if strings.Contains(list[0].Message, why) {
					return
				}
			}
			t.Fatalf("%q is JSON, and was refused: %s", data, list[0])
		}
	})
}

// places checks that every value knows where it stands: its text is its own,
// and its pointer leads to it.
func places(t testing.TB, f *File) {
	t.Helper()
	lines := strings.Split(string(f.Data), "\n")
	Walk(f.Root, func(n *Node) {
		if n.File != f || f.Root.At(n.Pointer()) != n {
			t.Fatalf("%q: pointer %q does not lead back", f.Data, n.Pointer())
		}
		again, list := Parse("y", "y", n.Raw())
		if len(list) > 0 || again.Root.Kind != n.Kind || again.Root.Text != n.Text {
			t.Fatalf("%q: the text at %q is %q", f.Data, n.Pointer(), n.Raw())
		}
		if p := n.Pos(); !strings.HasPrefix(lines[p.Line-1][p.Col-1:], string(n.Raw()[:1])) {
			t.Fatalf("%q: %q does not stand at %s", f.Data, n.Raw(), p)
		}
	})
}

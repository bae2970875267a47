package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/tailscale/hujson"
	"github.com/titanous/json5"
)

// accepted is what JSON5 allows, with the JSON that it means.
var accepted = []struct{ name, text, json string }{
	{"plain", `{"a":1,"b":[true,false,null],"c":{"d":"e"}}`, `{"a":1,"b":[true,false,null],"c":{"d":"e"}}`},
	{"line comment", "{// one\n\"a\":1}// two", `{"a":1}`},
	{"block comment", "/* x */{/**/\"a\"/* : 2 */:/***/1/* / * */}", `{"a":1}`},
	{"slash within a comment", "/* 2 * 3 / 4 */{}", `{}`},
	{"comment that ends at a carriage return", "{// one\r\"a\":1}", `{"a":1}`},
	{"trailing commas", `{"a":[1,2,],"b":{"c":1,},}`, `{"a":[1,2],"b":{"c":1}}`},
	{"empty containers", `{"a":[ ],"b":{ }}`, `{"a":[],"b":{}}`},
	{"keys without quotes", `{a:1,$b:2,_c:3,d4:4,ключ:5}`, `{"a":1,"$b":2,"_c":3,"d4":4,"ключ":5}`},
	{"words as keys", `{null:1,true:2,Infinity:3}`, `{"null":1,"true":2,"Infinity":3}`},
	{"escapes in a key", `{\u0061b:1}`, `{"ab":1}`},
	{"single quotes", `{'a':'it is "b"'}`, `{"a":"it is \"b\""}`},
	{"escaped quotes", `{'a':'\'',"b":"\""}`, `{"a":"'","b":"\""}`},
	{"lines that go on", "{a:'one \\\ntwo \\\r\nthree \\\rfour \\\u2028five'}", `{"a":"one two three four five"}`},
	{"escapes", `{a:"\b\f\n\r\t\v\0\x41\u0042\q\/\\"}`, `{"a":"\b\f\n\r\t\u000b\u0000ABq/\\"}`},
	{"tab in a string", "{a:\"x\ty\"}", `{"a":"x\ty"}`},
	{"pair of surrogates", `{a:"\ud83d\ude00"}`, `{"a":"😀"}`},
	{"line separators in a string", "{a:'\u2028\u2029'}", "{\"a\":\"\u2028\u2029\"}"},
	{"numbers", `{a:+1,b:-2,c:.5,d:5.,e:-.5e+3,f:0x1F,g:-0XfF,h:1E-2,i:0,j:-0}`, `{"a":1,"b":-2,"c":0.5,"d":5,"e":-0.5e+3,"f":31,"g":-255,"h":1e-2,"i":0,"j":-0}`},
	{"number that no float holds", `{a:9007199254740993,b:0x20000000000001}`, `{"a":9007199254740993,"b":9007199254740993}`},
	{"odd white space", "\uFEFF{\u00a0a\v:\f1\u2003,\u2028b:5\u00a0}\u2029", `{"a":1,"b":5}`},
	{"value that is no object", `'x'`, `"x"`},
}

func TestReadText(t *testing.T) {
	for _, c := range accepted {
		t.Run(c.name, func(t *testing.T) {
			n, repeats, err := readText([]byte(c.text))
			if err != nil || len(repeats) > 0 {
				t.Fatalf("%v, %d repeats", err, len(repeats))
			}
			if got := string(n.appendJSON(nil, nil)); got != c.json {
				t.Errorf("got  %s\nwant %s", got, c.json)
			}
		})
	}
}

// refusedTexts are texts that are no JSON5, with the exact finding.
var refusedTexts = []struct{ text, want string }{
	{"", "1:1: the text is empty: expected an object, at least {}"},
	{" // nothing\n", "2:1: the text is empty: expected an object, at least {}"},
	{"{", "1:2: the text ends too early: expected '}' for the '{' at 1:1"},
	{"{\n  a: [1,\n", "3:1: the text ends too early: expected ']' for the '[' at 2:6"},
	{"{a:1", "1:5: the text ends too early: expected '}' for the '{' at 1:1"},
	{"{a:1}}", "1:6: '}' stands here: expected nothing after the end of the value"},
	{"{a:1\n b:2}", "2:2: expected ',' or '}' after a member: is a comma missing before this?"},
	{"{a:[1 2]}", "1:7: expected ',' or ']' after an item: is a comma missing before this?"},
	{"{a:1,,}", "1:6: ',' stands here: expected a key or '}'"},
	{"{a 1}", "1:4: a digit stands here: expected ':' after the key"},
	{"{a}", "1:3: '}' stands here: expected ':' after the key"},
	{"{a:}", "1:4: '}' stands here: expected a value"},
	{"{1a:1}", "1:2: a digit stands here: expected a key or '}'"},
	{"{a-b:1}", "1:3: '-' stands here: expected ':' after the key"},
	{"{a:yes}", "1:4: a word stands here that is no value: expected true, false, null, or a string in quotes"},
	{"{a:localhost}", "1:4: a word stands here that is no value: expected true, false, null, or a string in quotes"},
	{"{a:Infinity}", "1:4: Infinity is no number of JSON: expected a finite one"},
	{"{a:-NaN}", "1:4: Infinity and NaN are no numbers of JSON: expected a finite one"},
	{"{a:010}", "1:4: this number is malformed: expected one such as 10, -1.5, 2e3 or 0x1F"},
	{"{a:1.2.3}", "1:4: this number is malformed: expected one such as 10, -1.5, 2e3 or 0x1F"},
	{"{a:10.0.0.1}", "1:4: this number is malformed: expected one such as 10, -1.5, 2e3 or 0x1F"},
	{"{a:0x}", "1:4: this number is malformed: expected one such as 10, -1.5, 2e3 or 0x1F"},
	{"{a:1e}", "1:4: this number is malformed: expected one such as 10, -1.5, 2e3 or 0x1F"},
	{"{a:.}", "1:4: this number is malformed: expected one such as 10, -1.5, 2e3 or 0x1F"},
	{"{a:5s}", "1:4: this number is malformed: expected one such as 10, -1.5, 2e3 or 0x1F"},
	{"{\n a: 'x\n}", "2:5: this string does not end in its line: expected ' at its end"},
	{"{a:\"x", "1:4: this string has no end: expected \""},
	{"{a:'x\\", "1:4: this string has no end: expected '"},
	{`{a:"\u12"}`, `1:5: malformed escape: expected \u and four hexadecimal digits`},
	{`{a:"\xg0"}`, `1:5: malformed escape: expected \x and two hexadecimal digits`},
	{`{a:"\1"}`, `1:5: malformed escape: a digit can't be escaped, expected \u and four hexadecimal digits`},
	{`{a:"\01"}`, `1:5: malformed escape: a digit can't be escaped, expected \u and four hexadecimal digits`},
	{`{a:"\ud800"}`, `1:5: half a surrogate pair: expected two escapes, such as \ud83d\ude00`},
	{`{a:"\ud800\u0041"}`, `1:5: half a surrogate pair: expected two escapes, such as \ud83d\ude00`},
	{`{\u0020:1}`, "1:2: this escape gives no letter: put the key into quotes"},
	{"{a:1 /* x }", "1:6: this comment has no end: expected */"},
	{"{a:1 / 2}", "1:6: '/' stands here: expected a comment, // or /* */, where a slash stands"},
	{"{a:“x”}", "1:4: a typographic quote (U+201C) stands here: expected a value"},
	{"{a:1}\n# x", "2:1: '#' stands here: expected nothing after the end of the value"},
	{"port = 1", "1:1: a word stands here that is no value: expected true, false, null, or a string in quotes"},
	{"{a:\"\xff\"}", "1:5: this is not UTF-8: save the file in that encoding"},
	{strings.Repeat("[", 65), "1:65: nested too deep: at most 64 levels are read"},
	{strings.Repeat(" ", maxText+1), "1:1: the text is too long: at most 1048576 bytes are read"},
	{"\r\n{\r{", "3:1: '{' stands here: expected a key or '}'"},
	{"{\x00}", "1:2: the character U+0000 stands here: expected a key or '}'"},
}

func TestRefuseText(t *testing.T) {
	for _, c := range refusedTexts {
		_, _, err := readText([]byte(c.text))
		e, ok := err.(*syntaxError)
		if !ok {
			t.Errorf("%.40q: accepted", c.text)
			continue
		}
		line, col := newLines([]byte(c.text)).place(e.at)
		if got := fmt.Sprintf("%d:%d: %v", line, col, e); got != c.want {
			t.Errorf("%.40q:\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestPositions walks a text that uses every form and finds each key and value
// by its place.
func TestPositions(t *testing.T) {
	text := []byte("\uFEFF{ // комментарий\r\n  a: [1, 'zwei', /* x */ {b: 0x10,}],\n\t\"c\" :\n  null,\r'd\\\n': .5}")
	n, _, err := readText(text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	l := newLines(text)
	spot{node: n}.walk(func(p spot) bool {
		line, col := l.place(p.node.at)
		got = append(got, fmt.Sprintf("%s %d:%d %s", p.key, line, col, text[p.node.at:p.node.end]))
		return true
	})
	want := []string{
		" 1:4 " + string(text[3:]),
		"a 2:6 [1, 'zwei', /* x */ {b: 0x10,}]",
		"a[0] 2:7 1",
		"a[1] 2:10 'zwei'",
		"a[2] 2:26 {b: 0x10,}",
		"a[2].b 2:30 0x10",
		"c 4:3 null",
		"d 6:4 .5",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// FuzzReadText holds the reader to the two libraries and to encoding/json.
func FuzzReadText(f *testing.F) {
	for _, c := range accepted {
		f.Add([]byte(c.text))
	}
	for _, c := range refusedTexts {
		if len(c.text) < 100 {
			f.Add([]byte(c.text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4096 {
			return // the libraries have no bound on nesting
		}
		n, repeats, err := readText(text)
		if err != nil {
			e, ok := err.(*syntaxError)
			if !ok || e.at < 0 || e.at > len(text) {
				t.Fatalf("error without a place: %v", err)
			}
			mustRefuse(t, text, e)
			return
		}
		plain := n.appendJSON(nil, nil)
		if !json.Valid(plain) {
			t.Fatalf("not JSON: %s", plain)
		}
		again, _, err := readText(plain)
		if err != nil {
			t.Fatalf("%s can't be read again: %v", plain, err)
		}
		if got := again.appendJSON(nil, nil); !bytes.Equal(got, plain) {
			t.Fatalf("%s became %s", plain, got)
		}
		if len(repeats) > 0 {
			return // they keep the last one
		}
		if std, err := hujson.Standardize(bytes.Clone(text)); err == nil {
			compare(t, "hujson", plain, func(v any) error { return json.Unmarshal(std, v) })
		}
		if !beyondJSON5(text) {
			compare(t, "json5", plain, func(v any) error { return json5.Unmarshal(text, v) })
		}
	})
}

// mustRefuse checks that hujson doesn't take what the reader refuses, apart
// from what the reader is stricter in on purpose.
func mustRefuse(t *testing.T, text []byte, e *syntaxError) {
	t.Helper()
	for _, stricter := range []string{"UTF-8", "too deep", "too long", "surrogate", "is empty"} {
		if strings.Contains(e.message, stricter) {
			return
		}
	}
	if _, err := hujson.Parse(text); err == nil {
		t.Fatalf("hujson takes %q, the reader says %v", text, e)
	}
}

// beyondJSON5 tells texts in which the json5 library is known to be wrong: its
// block comments end at a slash that follows any asterisk, it takes no white
// space and no letters beyond ASCII, and not all escapes.
func beyondJSON5(text []byte) bool {
	return bytes.Contains(text, []byte("/*")) || bytes.ContainsAny(text, "\\\v\r\x00") ||
		bytes.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

func compare(t *testing.T, who string, plain []byte, decode func(any) error) {
	t.Helper()
	var want, got any
	if decode(&want) != nil {
		return
	}
	if err := json.Unmarshal(plain, &got); err != nil {
		return // a number beyond float64
	}
	if !same(want, got) {
		t.Fatalf("%s reads %#v, the reader %s", who, want, plain)
	}
}

func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if !same(a[k], b[k]) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if !same(a[k], b[k]) {
				return false
			}
		}
		return true
	case float64:
		b, ok := b.(float64)
		// The library reads long hexadecimal numbers by another way.
		return ok && (a == b || math.Abs(a-b) < math.Abs(a)*1e-15)
	}
	return a == b
}

package wire

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// describe prints issues one a line: path, rule, property, message.
func describe(issues Issues) string {
	var b strings.Builder
	for _, i := range issues {
		fmt.Fprintf(&b, "%s | %s | %s | %s\n", i.Path, i.Rule, i.Property, i.Message)
	}
	return b.String()
}

func explain(text string, mode Mode, p Place) Issues {
	return Explain([]byte(text), mode, 16, testShapes, p)
}

// TestExplainRules has a case or more for each rule and each text.
func TestExplainRules(t *testing.T) {
	for _, c := range []struct {
		place Place
		text  string
		want  string // path|rule|property|message; "" when the text fits
	}{
		{use(shapeAny), `{"a":[1,null,"x"]}`, ``},
		{Place{Shape: NoShape}, `3`, ``},
		{use(shapeRaw), `{"a":1}`, ``},
		{use(shapeRaw), `[1]`, `|type||must be object`},
		{use(shapeRaw), `null`, `|type||must be object`},
		{nullable(shapeRaw), `3`, `|type||must be object or null`},
		{use(shapeBool), `true`, ``},
		{use(shapeBool), `0`, `|type||must be boolean`},
		{use(shapeInt), `-5`, ``},
		{use(shapeInt), `5.0`, ``},
		{use(shapeInt), `1e3`, ``},
		{use(shapeInt), `0e99999999999`, ``},
		{use(shapeInt), `5.5`, `|type||must be integer`},
		{use(shapeInt), `1e-3`, `|type||must be integer`},
		{use(shapeInt), `"5"`, `|type||must be integer`},
		{nullable(shapeInt), `false`, `|type||must be integer or null`},
		{use(shapeInt), `9007199254740991`, ``},
		{use(shapeInt), `9007199254740992`, `|range||must be an integer between -9007199254740991 and 9007199254740991`},
		{use(shapeInt), `-9007199254740992`, `|range||must be an integer between -9007199254740991 and 9007199254740991`},
		{use(shapeInt), `1e30`, `|range||must be an integer between -9007199254740991 and 9007199254740991`},
		{use(shapeInt), `9007199254740991.5`, `|type||must be integer`},
		{use(shapeFloat), `1.5`, ``},
		{use(shapeFloat), `"1.5"`, `|type||must be number`},
		{use(shapeFloat), `null`, `|type||must be number`},
		{use(shapeFloat), `1e400`, `|range||must be a number between -1.7976931348623157e308 and 1.7976931348623157e308`},
		{use(shapeInt), `1e400`, `|range||must be a number between -1.7976931348623157e308 and 1.7976931348623157e308`},
		{use(shapeString), `"x"`, ``},
		{use(shapeString), `{}`, `|type||must be string`},
		{nullable(shapeString), `null`, ``},
		{nullable(shapeString), `1`, `|type||must be string or null`},
		{use(shapeName), `"héé"`, ``},
		{use(shapeName), `"\u0061\ud83d\ude00bc"`, ``},
		{use(shapeName), `""`, `|minLength||must NOT have fewer than 1 characters`},
		{use(shapeName), `"abcde"`, `|maxLength||must NOT have more than 4 characters`},
		{use(shapeLevel), `"\u006fff"`, ``},
		{use(shapeLevel), `"high"`, `|enum||must be equal to one of the allowed values: "off", "low"`},
		{use(shapePick), `2.0`, ``},
		{use(shapePick), `3`, `|enum||must be equal to one of the allowed values: 1, 2`},
		{use(shapeCount), `1`, ``},
		{use(shapeCount), `0`, `|minimum||must be >= 1`},
		{use(shapeCount), `6`, `|maximum||must be <= 5`},
		{use(shapeBetween), `1.0000000000000000000001`, ``},
		{use(shapeBetween), `1.0`, `|exclusiveMinimum||must be > 1`},
		{use(shapeBetween), `5e0`, `|exclusiveMaximum||must be < 5`},
		{use(shapeFive), `-15`, ``},
		{use(shapeFive), `7`, `|multipleOf||must be multiple of 5`},
		{use(shapeHalf), `7.75`, ``},
		{use(shapeHalf), `7.7`, `|multipleOf||must be multiple of 0.25`},
		{use(shapeID), `"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"`, ``},
		{use(shapeID), `"f81d4fae"`, `|format||must match format "uuid"`},
		{use(shapeKey), `"abc"`, ``},
		{use(shapeKey), `"aBc"`, `|pattern||must match pattern "^[a-z]+$"`},
		{use(shapeFrame), `"req"`, ``},
		{use(shapeFrame), `"res"`, `|const||must be equal to constant "req"`},
		{use(shapeFrame), `1`, `|type||must be string`},
		{use(shapeSeven), `70e-1`, ``},
		{use(shapeSeven), `8`, `|const||must be equal to constant 7`},
		{use(shapeNotKnown), `"box"`, ``},
		{use(shapeNotKnown), `"dot"`, `|not||must NOT be equal to one of the values: "dot", "line"`},
		{use(shapeList), `["a","b"]`, ``},
		{use(shapeList), `{}`, `|type||must be array`},
		{use(shapeList), `["a"]`, `|minItems||must NOT have fewer than 2 items`},
		{use(shapeList), `["a","b","c","d"]`, `|maxItems||must NOT have more than 3 items`},
		{use(shapeList), `["a","\u0061"]`, `|uniqueItems||must NOT have duplicate items`},
		{use(shapeList), `["a",1]`, `/1|type||must be string`},
		{use(shapeMap), `{"x":1,"y":2}`, ``},
		{use(shapeMap), `[]`, `|type||must be object`},
		{use(shapeMap), `{"x":1,"y":9}`, `/y|maximum||must be <= 5`},
		{use(shapeOpen), `{"id":"a","more":{"b":[]}}`, ``},
		{use(shapeOpen), `{"more":1}`, `|required|id|must have required property 'id'`},
		{use(shapeJob), `{"id":"a"}`, ``},
		{use(shapeJob), `{"id":"a","jobId":"b"}`, ``},
		{use(shapeJob), `{}`, `|anyOf||must have property 'id' or 'jobId'`},
		{use(shapeOne), `{"jobId":"b"}`, ``},
		{use(shapeOne), `{"jobId":"b","id":"a"}`, ``},
		{use(shapeOne), `{"id":"a"}`, `|oneOf||must have exactly one of 'id' and 'host', 'jobId'`},
		{use(shapeOne), `{"jobId":"b","id":"a","host":"h"}`, `|oneOf||must have exactly one of 'id' and 'host', 'jobId'`},
		{use(shapeDrawing), `{"type":"dot","x":1}`, ``},
		{use(shapeDrawing), `{"length":1.5,"type":"line"}`, ``},
		{use(shapeDrawing), `{"type":"dot","x":"1","length":2}`, "|additionalProperties|length|unexpected property 'length'\n/x|type||must be integer"},
		{use(shapeDrawing), `{"x":"1"}`, `|required|type|must have required property 'type'`},
		{use(shapeDrawing), `{"type":5,"x":"1"}`, `/type|type||must be string`},
		{use(shapeDrawing), `{"type":null}`, `/type|type||must be string`},
		{use(shapeDrawing), `{"type":"box","x":"1"}`, `/type|enum||must be equal to one of the allowed values: "dot", "line"`},
		{use(shapeDrawing), `[]`, `|type||must be object`},
		{use(shapeOpenDrawing), `{"type":"box","y":1}`, ``},
		{use(shapeOpenDrawing), `{"type":"box","z":"1"}`, `/z|type||must be integer`},
		{use(shapeOpenDrawing), `{"type":"dot"}`, `|required|x|must have required property 'x'`},
		{use(shapeKinds), `"ab"`, ``},
		{use(shapeKinds), `["a","b"]`, ``},
		{use(shapeKinds), `""`, `|minLength||must NOT have fewer than 1 characters`},
		{use(shapeKinds), `[1,"b"]`, `/0|type||must be string`},
		{use(shapeKinds), `5`, `|type||must be string or array`},
		{nullable(shapeKinds), `5`, `|type||must be string or array or null`},
		{use(shapeIntOrText), `9`, `|maximum||must be <= 5`},
		{use(shapeIntOrText), `1.5`, `|type||must be integer or string or object`},
		{use(shapeTree), `{"next":{"all":[{"next":1}]}}`, `/next/all/0/next|type||must be object`},

		{use(shapeAny), `{"x":1,"x":2}`, `|duplicate|x|must NOT have duplicate property 'x'`},
		{use(shapeAny), `{"a":[{"x":1,"\u0078":2,"x":3}]}`, `/a/0|duplicate|x|must NOT have duplicate property 'x'`},
		{use(shapeAny), `[1,1e999]`, `/1|range||must be a number between -1.7976931348623157e308 and 1.7976931348623157e308`},
		{use(shapeAny), `["a","` + "\xff" + `\ud800"]`, "/1|utf8||must NOT have invalid UTF-8\n/1|utf8||must NOT have a lone surrogate"},
		{use(shapeAny), `{"a":{"` + "\xff" + `":1}}`, "/a|utf8|\uFFFD|must NOT have invalid UTF-8 in a property name"},
		{use(shapeAny), `{"\udc00":1,"\udc01":2}`, "|utf8|\uFFFD|must NOT have a lone surrogate in a property name"},
		{use(shapeAny), strings.Repeat("[", 17) + strings.Repeat("]", 17),
			strings.Repeat("/0", 16) + `|depth||must NOT be nested deeper than 16 levels`},
		{use(shapeAny), strings.Repeat("[", 16) + strings.Repeat("]", 16), ``},
		{use(shapeAny), `{"a":` + strings.Repeat("[", 15) + `{}`,
			"/a" + strings.Repeat("/0", 15) + `|depth||must NOT be nested deeper than 16 levels`},
		// What is wrong with the JSON does not hide what is wrong with the shape.
		{use(shapeMap), `{"x":"a","x":2,"y":9}`,
			"|duplicate|x|must NOT have duplicate property 'x'\n/x|type||must be integer\n/y|maximum||must be <= 5"},
	} {
		var want strings.Builder
		for line := range strings.SplitSeq(c.want, "\n") {
			if line != "" {
				want.WriteString(strings.Replace(line, "|", " | ", 3) + "\n")
			}
		}
		if got := describe(explain(c.text, Strict, c.place)); got != want.String() {
			t.Errorf("%s as %s:\n got %s\nwant %s", c.text, testShapes.kindNames(c.place), got, &want)
		}
	}
}

// TestExplainSyntax pins the texts and positions of broken JSON.
func TestExplainSyntax(t *testing.T) {
	for text, want := range map[string]string{
		``:                      `0: expected a value`,
		"  \n":                  `3: expected a value`,
		"\xef\xbb\xbf1":         `0: expected a value`,
		`nul`:                   `0: expected a value`,
		`True`:                  `0: expected a value`,
		`NaN`:                   `0: expected a value`,
		`'a'`:                   `0: expected a value`,
		`1 2`:                   `2: expected nothing after the value`,
		`{} x`:                  `3: expected nothing after the value`,
		`012`:                   `1: expected nothing after the value`,
		`-`:                     `0: malformed number`,
		`[1.]`:                  `1: malformed number`,
		`[1e]`:                  `1: malformed number`,
		`[.5]`:                  `1: expected a value`,
		`[+1]`:                  `1: expected a value`,
		`{`:                     `1: expected a member name or '}'`,
		`{1:2}`:                 `1: expected a member name or '}'`,
		`{"a":1,}`:              `7: expected a member name`,
		`{"a":1,,"b":2}`:        `7: expected a member name`,
		`{"a":1 "b":2}`:         `7: expected ',' or '}' after a member`,
		`{"a":1]`:               `6: expected ',' or '}' after a member`,
		`{"method" "a"}`:        `10: expected ':' after a member name`,
		`{"a" 1}`:               `5: expected ':' after a member name`,
		`{"a"`:                  `4: expected ':' after a member name`,
		`{"a":}`:                `5: expected a value`,
		`[`:                     `1: expected a value`,
		`[1,]`:                  `3: expected a value`,
		`[1 2]`:                 `3: expected ',' or ']' after an item`,
		`[1`:                    `2: expected ',' or ']' after an item`,
		`"abc`:                  `4: expected '"' at the end of a string`,
		`"abc\`:                 `4: malformed escape in a string`,
		`"a\x"`:                 `2: malformed escape in a string`,
		`"a\u12g4"`:             `2: malformed escape in a string`,
		`"\ud800\u12"`:          `1: malformed escape in a string`,
		"\"a\nb\"":              `2: control character in a string`,
		"{\"a\x00\":1}":         `3: control character in a string`,
		"[1, // one\n2]":        `4: expected a value`,
		`{"a":{"b":[true,fa]}}`: `16: expected a value`,
	} {
		for _, mode := range []Mode{Strict, Lenient} {
			want := Issues{{Rule: RuleSyntax, Message: "invalid JSON at byte " + want}}
			if got := explain(text, mode, use(shapeInt)); !slices.Equal(got, want) {
				t.Errorf("%q mode %d:\n got %swant %s", text, mode, describe(got), describe(want))
			}
		}
	}
}

func TestExplainSyntaxComesAfterWhatStandsBefore(t *testing.T) {
	got := explain(`{"a":1,"a":2 3}`, Strict, use(shapeString)).Error()
	want := "at root: must NOT have duplicate property 'a'; invalid JSON at byte 13: expected ',' or '}' after a member"
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestExplainOrder(t *testing.T) {
	text := `{"raw":1,"zebra":1,"a/b~c":0,"map":{"x":0,"w":"1"},"ant":2,"list":["a","a",3],"level":"none","age":"7"}`
	want := `at : must have required property 'name'
at : must have required property 'nick'
at : unexpected property 'zebra'
at : unexpected property 'ant'
at /age: must be integer
at /level: must be equal to one of the allowed values: "off", "low"
at /list: must NOT have duplicate items
at /list/2: must be string
`
	var got strings.Builder
	for _, i := range explain(text, Strict, use(shapePerson)) {
		fmt.Fprintf(&got, "at %s: %s\n", i.Path, i.Message)
	}
	if got.String() != want {
		t.Errorf("got %s", &got)
	}
}

// TestExplainOrderEnds has what the last test leaves out because it is full.
func TestExplainOrderEnds(t *testing.T) {
	got := explain(`{"more":1,"raw":{},"a/b~c":0,"map":{"x":0,"w":"1"},"name":"n","nick":null}`, Strict, use(shapePerson)).Error()
	want := "at root: unexpected property 'more'; at /map/x: must be >= 1; at /map/w: must be integer; at /a~1b~0c: must be boolean"
	if got != want {
		t.Errorf("got %s", got)
	}
	got = explain(`{"x":1,"jobId":2,"host":3}`, Strict, use(shapeOne)).Error()
	want = "at root: unexpected property 'x'; at /jobId: must be string; at /host: must be string"
	if got != want {
		t.Errorf("got %s", got)
	}
	got = explain(`{"x":1,"host":3}`, Strict, use(shapeOne)).Error()
	want = "at root: unexpected property 'x'; at /host: must be string; must have exactly one of 'id' and 'host', 'jobId'"
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestExplainPointers(t *testing.T) {
	text := `{"":0,"a/b":0,"m~n":0,"~1":0,"/":0,"é\n\"":0}`
	want := []string{"/", "/a~1b", "/m~0n", "/~01", "/~1", "/é\n\""}
	var got []string
	for _, i := range explain(text, Strict, use(shapeMap)) {
		got = append(got, i.Path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestExplainAtMostMaxIssues(t *testing.T) {
	for _, text := range []string{
		`[` + strings.Repeat(`"",`, 50) + `""]`,
		`[` + strings.Repeat(`{"a":1,"a":2},`, 50) + `7]`,
		`[` + strings.Repeat(`{"a":1,"a":2},`, 50) + `syntax`,
		`[{"` + strings.Repeat(`a":1,"`, 5000) + `z":1}` + strings.Repeat(`,{}`, 20) + `]`,
		`[{` + members(5000) + `}]`,
	} {
		shapes := append(slices.Clone(testShapes), Shape{Kind: ShapeArray, Elem: use(shapePerson)})
		got := Explain([]byte(text), Strict, 16, shapes, use(ShapeID(len(shapes)-1)))
		if len(got) != MaxIssues {
			t.Errorf("%.40s: got %d issues", text, len(got))
		}
	}
}

func members(n int) string {
	var list []string
	for i := range n {
		list = append(list, strconv.Quote("m"+strconv.Itoa(i))+":1")
	}
	return strings.Join(list, ",")
}

func TestExplainLenient(t *testing.T) {
	for _, c := range []struct {
		place Place
		text  string
		want  string
	}{
		{use(shapePerson), `{}`, ``},
		{use(shapePerson), `{"name":null,"age":5.5,"unknown":1,"level":"none","list":["a"],"map":{"x":99},"raw":{"a":1,"a":2}}`, ``},
		{use(shapePerson), `{"name":1,"name":"x"}`, `at /name: must be string`},
		{use(shapePerson), `{"name":"x","name":1}`, `at /name: must be string`},
		{use(shapePerson), `{"name":["x"],"map":{"x":"y"},"list":[1,null]}`, `at /name: must be string; at /list/0: must be string; at /map/x: must be integer`},
		{use(shapeRaw), `null`, ``},
		{use(shapeInt), `1e999`, ``},
		{use(shapeInt), `true`, `must be integer`},
		{use(shapeFloat), `1e999`, ``},
		{use(shapeString), `"\ud800"`, ``},
		{use(shapeString), "\"\xff\"", `must NOT have invalid UTF-8`},
		{use(shapeFrame), `"other"`, ``},
		{use(shapeJob), `{}`, ``},
		{use(shapeDrawing), `null`, ``},
		{use(shapeDrawing), `{"type":"dot","more":1}`, ``},
		{use(shapeDrawing), `{"type":"dot","x":"1"}`, `at /x: must be integer`},
		{use(shapeDrawing), `{"x":"1"}`, `must have required property 'type'`},
		{use(shapeDrawing), `{"type":null}`, `at /type: must be string`},
		{use(shapeDrawing), `{"type":"box"}`, `at /type: must be equal to one of the allowed values: "dot", "line"`},
		{use(shapeDrawing), `{"type":"line","type":"dot","x":"1"}`, ``},
		{use(shapeOpenDrawing), `{"type":"box","y":1}`, ``},
		{use(shapeOpenDrawing), `{}`, `must have required property 'type'`},
		{use(shapeKinds), `null`, ``},
		{use(shapeKinds), `1`, `must be string or array`},
		{use(shapeIntOrText), `1.5`, ``},
		{use(shapeAny), strings.Repeat("[", 17) + strings.Repeat("]", 17), `at ` + strings.Repeat("/0", 16) + `: must NOT be nested deeper than 16 levels`},
	} {
		got := ""
		if issues := explain(c.text, Lenient, c.place); len(issues) > 0 {
			got = issues.Error()
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestExplainSpan(t *testing.T) {
	text := `{"type":"req","params":{"x":true} ,"id":"1"}`
	from := strings.Index(text, `{"x"`)
	to := strings.Index(text, ` ,"id"`)
	got := ExplainSpan([]byte(text), from, to, Strict, 3, testShapes, use(shapeMap))
	if want := "at /x: must be integer"; got.Error() != want {
		t.Errorf("got %s", got)
	}
	got = ExplainSpan([]byte(text), from, to-1, Strict, 3, testShapes, use(shapeMap))
	if want := "invalid JSON at byte 32: expected ',' or '}' after a member"; got.Error() != want {
		t.Errorf("got %s", got)
	}
	for _, span := range [][2]int{{-1, 3}, {5, 4}, {0, len(text) + 1}} {
		if got = ExplainSpan([]byte(text), span[0], span[1], Strict, 3, testShapes, use(shapeMap)); len(got) != 1 {
			t.Errorf("%v: got %s", span, got)
		}
	}
}

// TestExplainIsLinear has texts that a careless walk takes forever for.
func TestExplainIsLinear(t *testing.T) {
	for _, text := range []string{
		`[` + strings.Repeat(`1,`, 50_000) + `1]`,
		`{` + members(10_000) + `}`,
		strings.Repeat(`{"next":`, 15) + `{"all":[` + strings.Repeat("{},", 20_000) + `{}]}` + strings.Repeat("}", 15),
		`1` + strings.Repeat("0", 100_000),
		`0.` + strings.Repeat("3", 100_000),
		`"` + strings.Repeat(`\u0061`, 50_000) + `"`,
		strings.Repeat("[", 1_000_000),
	} {
		for id := range testShapes {
			explain(text, Strict, use(ShapeID(id)))
			explain(text, Lenient, use(ShapeID(id)))
		}
	}
}

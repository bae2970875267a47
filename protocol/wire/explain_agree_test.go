package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// fastPass reads a value as generated code does, but from the table of shapes:
// it is what Explain has to agree with.
type fastPass struct {
	Reader
	shapes Shapes
}

func fastAccepts(text []byte, mode Mode, depth int, shapes Shapes, p Place) bool {
	f := fastPass{NewReader(text, mode, depth), shapes}
	return f.Done(f.read(f.Start(), p))
}

func (f *fastPass) read(i int, p Place) int {
	s := f.shapes.at(p.Shape)
	if s.Kind == ShapeAny {
		return f.Skip(i)
	}
	if f.Null(i) {
		if p.Nullable || f.Absent(i) {
			return i + 4
		}
		return Invalid
	}
	switch s.Kind {
	case ShapeObject:
		var v Raw
		return f.RawObject(i, &v)
	case ShapeBool:
		var v bool
		return f.Bool(i, &v)
	case ShapeInt, ShapeFloat, ShapeString:
		return f.scalar(i, s)
	case ShapeArray:
		return f.array(i, s)
	case ShapeMap:
		seen := map[string]bool{}
		name, i, more := f.Object(i)
		for more {
			i = Key(&f.Reader, i, seen, name)
			seen[name] = true
			name, i, more = f.Next(f.read(i, s.Elem))
		}
		return i
	case ShapeStruct:
		return f.object(i, s)
	case ShapeTagged:
		tag, ok := f.Tag(i, s.Tag)
		if !ok {
			return Invalid
		}
		if branch := s.variant(tag); branch != NoShape {
			return f.read(i, use(branch))
		}
		return Invalid
	}
	for _, id := range s.Kinds {
		if strings.IndexByte(firstBytes(f.shapes[id].Kind), f.Peek(i)) >= 0 {
			return f.read(i, use(id))
		}
	}
	return Invalid
}

func firstBytes(k ShapeKind) string {
	switch k {
	case ShapeInt, ShapeFloat:
		return "-0123456789"
	case ShapeString:
		return `"`
	case ShapeArray:
		return "["
	}
	return "{"
}

func (f *fastPass) scalar(i int, s *Shape) int {
	end, want := Invalid, true
	switch s.Kind {
	case ShapeInt:
		var v int64
		end = f.Int(i, &v)
		for _, c := range s.Checks {
			limit, _ := strconv.ParseInt(c.Limit, 10, 64)
			want = want && (c.Rule != "minimum" || v >= limit) && (c.Rule != "maximum" || v <= limit) &&
				(c.Rule != "multipleOf" || v%limit == 0)
		}
		want = want && (s.Enum == nil || slices.Contains(s.Enum, strconv.FormatInt(v, 10)))
	case ShapeFloat:
		var v float64
		end = f.Float(i, &v)
		for _, c := range s.Checks {
			limit, _ := strconv.ParseFloat(c.Limit, 64)
			order := 0
			if end >= 0 {
				order = CompareNumber(f.Text(i, end), v, limit, c.Limit)
			}
			want = want && (c.Rule != "exclusiveMinimum" || order > 0) && (c.Rule != "exclusiveMaximum" || order < 0) &&
				(c.Rule != "multipleOf" || end >= 0 && MultipleOf(f.Text(i, end), c.Limit))
		}
	case ShapeString:
		var v string
		end = f.String(i, &v)
		for _, c := range s.Checks {
			n, _ := strconv.Atoi(c.Limit)
			want = want && (c.Rule != "minLength" || !ShorterThan(v, n)) && (c.Rule != "maxLength" || !LongerThan(v, n)) &&
				(c.Rule != "format" || ValidFormat(c.Limit, v)) && (c.Rule != "pattern" || NewPattern(c.Limit).Match(v))
		}
		quoted, _ := json.Marshal(v)
		want = want && (s.Enum == nil || slices.Contains(s.Enum, string(quoted)) != s.Except)
	}
	if end >= 0 && !want {
		return f.Breach(end)
	}
	return end
}

func (f *fastPass) array(i int, s *Shape) int {
	start, count, next := i, 0, false
	for i, next = f.Array(i); next; i, next = f.Item(i) {
		i = f.read(i, s.Elem)
		count++
	}
	for _, c := range s.Checks {
		n, _ := strconv.Atoi(c.Limit)
		if i >= 0 && (c.Rule == "minItems" && count < n || c.Rule == "maxItems" && count > n ||
			c.Rule == "uniqueItems" && !f.Unique(start, i)) {
			i = f.Breach(i)
		}
	}
	return i
}

func (f *fastPass) object(i int, s *Shape) int {
	seen := map[string]bool{}
	var extra Extra
	name, i, more := f.Object(i)
	for ; more; name, i, more = f.Next(i) {
		n := slices.IndexFunc(s.Members, func(m ShapeMember) bool { return m.Name == name })
		switch {
		case n < 0 && s.Open:
			i = f.Extra(i, name, &extra)
			continue
		case n < 0:
			i = f.Unknown(i)
			continue
		case seen[name]:
			i = f.Twice(i)
		}
		seen[name] = true
		i = f.read(i, s.Members[n].Place)
	}
	if i >= 0 && f.Strict() {
		for _, m := range s.Members {
			if m.Required && !seen[m.Name] {
				return Invalid
			}
		}
		for _, check := range s.Sets {
			complete := 0
			for _, set := range check.Sets {
				if !slices.ContainsFunc(set, func(name string) bool { return !seen[name] }) {
					complete++
				}
			}
			if complete == 0 || check.One && complete != 1 {
				return Invalid
			}
		}
	}
	return f.Distinct(i, extra)
}

// testSchemas is testShapes in JSON Schema.
const testSchemas = `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {
 "any": {}, "raw": {"type":"object"}, "bool": {"type":"boolean"}, "int": {"type":"integer"}, "float": {"type":"number"},
 "string": {"type":"string"}, "name": {"type":"string","minLength":1,"maxLength":4},
 "level": {"type":"string","enum":["off","low"]}, "count": {"type":"integer","minimum":1,"maximum":5},
 "between": {"type":"number","exclusiveMinimum":1,"exclusiveMaximum":5}, "five": {"type":"integer","multipleOf":5},
 "half": {"type":"number","multipleOf":0.25}, "id": {"type":"string","format":"uuid"}, "key": {"type":"string","pattern":"^[a-z]+$"},
 "frame": {"const":"req"}, "seven": {"type":"integer","const":7},
 "list": {"type":"array","items":{"type":"string"},"minItems":2,"maxItems":3,"uniqueItems":true},
 "map": {"type":"object","additionalProperties":{"$ref":"#/$defs/count"}},
 "person": {"type":"object","additionalProperties":false,"required":["name","nick"],"properties":{
   "name":{"$ref":"#/$defs/name"},"age":{"$ref":"#/$defs/int"},"nick":{"type":["string","null"]},
   "level":{"anyOf":[{"$ref":"#/$defs/level"},{"type":"null"}]},"list":{"$ref":"#/$defs/list"},"map":{"$ref":"#/$defs/map"},
   "a/b~c":{"type":"boolean"},"raw":{}}},
 "open": {"type":"object","required":["id"],"properties":{"id":{"type":"string"}}},
 "job": {"type":"object","additionalProperties":false,"properties":{"id":{"type":"string"},"jobId":{"type":"string"}},
   "anyOf":[{"required":["id"]},{"required":["jobId"]}]},
 "one": {"type":"object","additionalProperties":false,"properties":{"id":{"type":"string"},"jobId":{"type":"string"},"host":{"type":"string"}},
   "oneOf":[{"required":["id","host"]},{"required":["jobId"]}]},
 "dot": {"type":"object","additionalProperties":false,"required":["type","x"],"properties":{"type":{"type":"string","const":"dot"},"x":{"type":"integer"}}},
 "line": {"type":"object","additionalProperties":false,"required":["type"],"properties":{"type":{"type":"string","const":"line"},"length":{"type":"number"}}},
 "drawing": {"oneOf":[{"$ref":"#/$defs/dot"},{"$ref":"#/$defs/line"}]},
 "other": {"type":"object","required":["type"],"properties":{"type":{"type":"string","not":{"enum":["dot","line"]}},"z":{"type":"integer"}}},
 "openDrawing": {"oneOf":[{"$ref":"#/$defs/dot"},{"$ref":"#/$defs/line"},{"$ref":"#/$defs/other"}]},
 "kinds": {"oneOf":[{"$ref":"#/$defs/name"},{"$ref":"#/$defs/list"}]},
 "intOrText": {"oneOf":[{"$ref":"#/$defs/count"},{"type":"string"},{"$ref":"#/$defs/person"}]},
 "tree": {"type":"object","additionalProperties":false,"properties":{"next":{"$ref":"#/$defs/tree"},"all":{"$ref":"#/$defs/lists"}}},
 "notKnown": {"type":"string","not":{"enum":["dot","line"]}}, "pick": {"type":"integer","enum":[1,2]},
 "lists": {"type":"array","items":{"$ref":"#/$defs/tree"}},
 "dotTag": {"const":"dot"}, "lineTag": {"const":"line"}
}}`

// schemaNames are the names of testShapes in testSchemas.
var schemaNames = []string{"any", "raw", "bool", "int", "float", "string", "name", "level", "count", "between", "five", "half",
	"id", "key", "frame", "seven", "list", "map", "person", "open", "job", "one", "dot", "line", "drawing", "other", "openDrawing",
	"kinds", "intOrText", "tree", "notKnown", "pick", "lists", "dotTag", "lineTag"}

// oracle compiles testSchemas.
func oracle(t testing.TB) []*jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(testSchemas))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err = c.AddResource("mem:///test.json", doc); err != nil {
		t.Fatal(err)
	}
	var all []*jsonschema.Schema
	for _, name := range schemaNames {
		schema, err := c.Compile("mem:///test.json#/$defs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, schema)
	}
	if len(all) != len(testShapes) {
		t.Fatalf("%d schemas for %d shapes", len(all), len(testShapes))
	}
	return all
}

// ours reports whether issues has rules that are not JSON Schema's.
func ours(issues Issues) bool {
	return slices.ContainsFunc(issues, func(i Issue) bool {
		return slices.Contains([]string{RuleSyntax, RuleUTF8, RuleDepth, RuleDuplicate, RuleRange}, i.Rule)
	})
}

// agree compares Explain with both, for one text and one shape.
func agree(t *testing.T, text []byte, id ShapeID, schema *jsonschema.Schema) {
	t.Helper()
	strict := Explain(text, Strict, 16, testShapes, use(id))
	lenient := Explain(text, Lenient, 16, testShapes, use(id))
	if fast := fastAccepts(text, Strict, 16, testShapes, use(id)); fast != (len(strict) == 0) {
		t.Errorf("%q as %s: fast pass says %v, Explain\n%s", text, schemaNames[id], fast, describe(strict))
	}
	if fast := fastAccepts(text, Lenient, 16, testShapes, use(id)); fast != (len(lenient) == 0) {
		t.Errorf("%q as %s, lenient: fast pass says %v, Explain\n%s", text, schemaNames[id], fast, describe(lenient))
	}
	if len(strict) == 0 && len(lenient) > 0 {
		t.Errorf("%q as %s: only strict mode takes it:\n%s", text, schemaNames[id], describe(lenient))
	}
	if ours(strict) || !json.Valid(text) {
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return
	}
	err = schema.Validate(value)
	if (err == nil) != (len(strict) == 0) {
		t.Errorf("%q as %s: the standard says %v, Explain\n%s", text, schemaNames[id], err, describe(strict))
	}
	// A validator that knows no tags blames all branches of a union.
	union := testShapes[id].Kind == ShapeTagged || testShapes[id].Kind == ShapeByKind
	var failed *jsonschema.ValidationError
	if errors.As(err, &failed) && !union && len(strict) < MaxIssues {
		want, got := map[string]bool{}, map[string]bool{}
		failingPaths(failed, want)
		for _, issue := range strict {
			got[issue.Path] = true
		}
		// Items that are containers are not compared: their kind is wrong.
		for path := range want {
			if path == "/list" || path == "" && id == shapeList {
				delete(want, path)
				delete(got, path)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%q as %s: the standard finds issues at %v, Explain at %v", text, schemaNames[id], want, got)
		}
	}
}

// failingPaths gathers the pointers to the values that a validator refused.
func failingPaths(e *jsonschema.ValidationError, paths map[string]bool) {
	if len(e.Causes) == 0 {
		path := ""
		for _, name := range e.InstanceLocation {
			path += "/" + pointerEscapes.Replace(name)
		}
		paths[path] = true
	}
	for _, cause := range e.Causes {
		failingPaths(cause, paths)
	}
}

var agreeSeeds = []string{
	`null`, `true`, `0`, `-0.0`, `5`, `5.0`, `10e-1`, `1.5`, `1e400`, `9007199254740993`, `0.250`, `1e-400`, `5.0000000000000000000001`,
	`""`, `"off"`, `"req"`, `"\ud83d\ude00"`, `"\ud83d"`, `"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"`, `"dot"`, `"box"`,
	`[]`, `["a","b"]`, `["a","\u0061"]`, `["a","b","c","d"]`, `[1,"b"]`, `[[],[]]`, `[null]`, `[{}]`, `[{"next":{}},{"all":[]}]`,
	`{}`, `{"x":1}`, `{"x":1,"x":2}`, `{"x":1,"y":9}`, `{"id":"a"}`, `{"id":"a","jobId":"b"}`, `{"id":"a","host":"b"}`, `{"id":null}`,
	`{"type":"dot","x":1}`, `{"x":1,"type":"dot"}`, `{"type":"line","length":2}`, `{"type":"box","z":1}`, `{"type":"box","z":"1"}`,
	`{"type":1}`, `{"ty\u0070e":"dot","x":2}`, `{"type":"dot","type":"line"}`, `{"type":null}`,
	`{"name":"bo","nick":null}`, `{"name":"bo","nick":"b","age":7,"level":null,"list":["a","b"],"map":{"k":3},"a/b~c":true,"raw":[{}]}`,
	`{"name":"","nick":1,"age":7.5,"level":"none","list":["a"],"map":{"k":0},"a/b~c":0,"more":1}`,
	`{"next":{"next":{"all":[{}]}}}`, `{"next":null}`, `[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]`, ` [ 1 , 2 ] `, `{"a" : 1}`,
	`{`, `[1,]`, `{"a":}`, `tru`, `"a`, "\"\xc3\x28\"", "{\"\xff\":1}", "\"\x01\"",
}

func TestExplainAgrees(t *testing.T) {
	schemas := oracle(t)
	for _, text := range agreeSeeds {
		for id := range testShapes {
			agree(t, []byte(text), ShapeID(id), schemas[id])
		}
	}
}

func FuzzExplain(f *testing.F) {
	for n, text := range agreeSeeds {
		f.Add([]byte(text), uint8(n))
		f.Add([]byte(text), uint8(shapePerson))
	}
	schemas := oracle(f)
	f.Fuzz(func(t *testing.T, text []byte, n uint8) {
		id := int(n) % len(testShapes)
		if hugeExponent(text) {
			return // the oracle would write the number out
		}
		agree(t, text, ShapeID(id), schemas[id])
	})
}

// hugeExponent reports whether an exponent of many digits may be in the text.
func hugeExponent(text []byte) bool {
	for k, c := range text {
		if c != 'e' && c != 'E' {
			continue
		}
		digits := 0
		for _, d := range text[k+1:] {
			if d == '+' || d == '-' || d == '0' && digits == 0 {
				continue
			}
			if !isDigit(d) {
				break
			}
			digits++
		}
		if digits > 3 {
			return true
		}
	}
	return false
}

package catalog

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Params makes params of the words of a command line: one JSON object, or any
// number of key=value and key:=JSON. A key with dots reaches into objects, and
// one that comes again adds to an array. Values have the type that the schema
// gives them; where it allows texts, a text is what they are.
func (s *Schema) Params(words []string) ([]byte, error) {
	if len(words) == 1 && strings.HasPrefix(strings.TrimSpace(words[0]), "{") {
		if err := oneObject(words[0]); err != nil {
			return nil, err
		}
		return []byte(words[0]), nil
	}
	all := map[string]any{}
	for _, word := range words {
		if err := s.set(all, word); err != nil {
			return nil, err
		}
	}
	return json.Marshal(all)
}

func oneObject(text string) error {
	if err := json.Unmarshal([]byte(text), &map[string]json.RawMessage{}); err != nil {
		return fmt.Errorf("params are not a JSON object: %w", err)
	}
	return nil
}

// assignment is key=value or key:=JSON. What stands before the sign is a name
// with dots, so that a value may have any sign in it.
var assignment = regexp.MustCompile(`(?s)^([A-Za-z_][A-Za-z0-9_.-]*)(:?=)(.*)$`)

func (s *Schema) set(all map[string]any, word string) error {
	parts := assignment.FindStringSubmatch(word)
	if parts == nil {
		return fmt.Errorf("%q is neither key=value nor key:=JSON, nor one JSON object: expected for example limit=5, or enabled:=true", word)
	}
	key, sign, text := parts[1], parts[2], parts[3]
	names := strings.Split(key, ".")
	at, in := s, all
	for k, name := range names {
		below, known := at.Member(name)
		if !known {
			return fmt.Errorf("there is no param %q%s", strings.Join(names[:k+1], "."), at.suggest(name))
		}
		at = below
		if k == len(names)-1 {
			return at.put(in, name, key, sign, text)
		}
		if _, there := in[name]; !there {
			in[name] = map[string]any{}
		}
		object, ok := in[name].(map[string]any)
		if !ok || !at.Takes("object") {
			return fmt.Errorf("%s is no object: %s cannot be set in it", strings.Join(names[:k+1], "."), key)
		}
		in = object
	}
	return nil
}

func (s *Schema) put(in map[string]any, name, key, sign, text string) error {
	old, again := in[name]
	if sign == ":=" {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return fmt.Errorf("%s:= wants JSON: %w", key, err)
		}
		if again {
			return fmt.Errorf("%s is given twice", key)
		}
		in[name] = json.RawMessage(text) // numbers stay as they are written
		return nil
	}
	if list, ok := old.([]any); again && ok {
		value, err := s.Item().value(key, text)
		in[name] = append(list, value)
		return err
	}
	if again {
		return fmt.Errorf("%s is given twice", key)
	}
	if s != nil && !s.Takes("string") && s.Takes("array") {
		value, err := s.Item().value(key, text)
		in[name] = []any{value}
		return err
	}
	value, err := s.value(key, text)
	in[name] = value
	return err
}

// value is a text as a value of the type that the schema gives.
func (s *Schema) value(key, text string) (any, error) {
	switch {
	case s == nil || len(s.Types()) == 0:
		// A value of any kind: JSON where it is JSON.
		if json.Valid([]byte(text)) {
			return json.RawMessage(text), nil
		}
		return text, nil
	case s.Takes("string"):
		return text, nil
	case s.Takes("null") && text == "null":
		return nil, nil
	case s.Takes("boolean") && (text == "true" || text == "false"):
		return text == "true", nil
	case s.Takes("integer") || s.Takes("number"):
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil && s.Takes("number") && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f, nil
		}
	case s.Takes("object"), s.Takes("array"):
		if json.Valid([]byte(text)) {
			return json.RawMessage(text), nil
		}
	}
	return nil, fmt.Errorf("%s is %q: expected %s", key, text, s.Kind())
}

// kinds are the JSON types in words.
var kinds = map[string]string{"boolean": "true or false", "integer": "an integer", "number": "a number", "string": "a text", "null": "null", "object": "an object", "array": "an array"}

// Kind says in words which values are taken.
func (s *Schema) Kind() string {
	types := s.Types()
	if len(types) == 0 {
		return "any JSON"
	}
	words := make([]string, len(types))
	for k, t := range types {
		words[k] = kinds[t]
		if t == "array" && len(s.Item().Types()) > 0 {
			words[k] = "a list: " + s.Item().Kind() + ", repeatable"
		}
	}
	return strings.Join(words, " or ")
}

// suggest names the members that a misspelt one may mean.
func (s *Schema) suggest(name string) string {
	var all []string
	for _, m := range s.Members() {
		all = append(all, m.Name)
	}
	if near := Nearest(name, all); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	if len(all) == 0 {
		return ": there are none here"
	}
	return ": there are " + strings.Join(all, ", ")
}

// Nearest is the name that a misspelt one most likely means, or "".
func Nearest(name string, all []string) string {
	best, least := "", len(name)/3+2
	for _, other := range all {
		if d := distance(strings.ToLower(name), strings.ToLower(other)); d < least {
			best, least = other, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, before[j+1]+1, before[j]+cost)
		}
	}
	return row[len(b)]
}

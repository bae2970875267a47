package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// bound are the values of placeholders, by their names.
type bound map[string]any

// The placeholders that match without being remembered.
const (
	anyValue  = "$any"      // whatever is there
	anyString = "$string"   // a string that is not empty
	absent    = "$optional" // whatever is there, if it is
	others    = "$others"   // as a member: there may be more members
)

// match holds a value to a pattern: equal, but for placeholders. A placeholder of
// another name stands for any value the first time, and for that one from then on.
func (b bound) match(pattern, value any, at string) error {
	switch p := pattern.(type) {
	case string:
		return b.matchText(p, value, at)
	case map[string]any:
		v, ok := value.(map[string]any)
		if !ok {
			return fault(at, pattern, value)
		}
		return b.matchObject(p, v, at)
	case []any:
		v, ok := value.([]any)
		if !ok || len(v) != len(p) {
			return fault(at, pattern, value)
		}
		for i := range p {
			if err := b.match(p[i], v[i], fmt.Sprintf("%s/%d", at, i)); err != nil {
				return err
			}
		}
		return nil
	}
	if !reflect.DeepEqual(pattern, value) {
		return fault(at, pattern, value)
	}
	return nil
}

func (b bound) matchText(pattern string, value any, at string) error {
	text, isText := value.(string)
	switch {
	case pattern == anyValue || pattern == absent:
		return nil
	case pattern == anyString:
		if text == "" {
			return fault(at, pattern, value)
		}
		return nil
	case !strings.HasPrefix(pattern, "$"):
		if !isText || text != pattern {
			return fault(at, pattern, value)
		}
		return nil
	}
	if known, is := b[pattern]; is {
		if !reflect.DeepEqual(known, value) {
			return fault(at, known, value)
		}
		return nil
	}
	b[pattern] = value
	return nil
}

func (b bound) matchObject(pattern, value map[string]any, at string) error {
	for _, key := range slices.Sorted(maps.Keys(pattern)) {
		if key == others {
			continue
		}
		v, there := value[key]
		if !there {
			if pattern[key] == absent {
				continue
			}
			return fmt.Errorf("%s/%s is missing", at, key)
		}
		if err := b.match(pattern[key], v, at+"/"+key); err != nil {
			return err
		}
	}
	if _, open := pattern[others]; open {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(value)) {
		if _, expected := pattern[key]; !expected {
			return fmt.Errorf("%s/%s is not expected: %v", at, key, value[key])
		}
	}
	return nil
}

func fault(at string, want, got any) error {
	return fmt.Errorf("at %q: expected %s, not %s", at, show(want), show(got))
}

func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// fill puts the values of placeholders into a message.
func (b bound) fill(pattern any) any {
	switch p := pattern.(type) {
	case string:
		if v, is := b[p]; is {
			return v
		}
	case map[string]any:
		out := make(map[string]any, len(p))
		for _, key := range slices.Sorted(maps.Keys(p)) {
			out[key] = b.fill(p[key])
		}
		return out
	case []any:
		out := make([]any, len(p))
		for i := range p {
			out[i] = b.fill(p[i])
		}
		return out
	}
	return pattern
}

// Within reports what of a value is not as expected: members that are not
// mentioned do not count. It is how clients' results and events are compared.
func Within(want, got json.RawMessage) error {
	w, err := decode(want)
	if err != nil {
		return err
	}
	g, err := decode(got)
	if err != nil {
		return fmt.Errorf("%s: %w", got, err)
	}
	return within(w, g, "")
}

func within(want, got any, at string) error {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fault(at, want, got)
		}
		for _, key := range slices.Sorted(maps.Keys(w)) {
			if err := within(w[key], g[key], at+"/"+key); err != nil {
				return err
			}
		}
		return nil
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fault(at, want, got)
		}
		for i := range w {
			if err := within(w[i], g[i], fmt.Sprintf("%s/%d", at, i)); err != nil {
				return err
			}
		}
		return nil
	}
	if !reflect.DeepEqual(want, got) {
		return fault(at, want, got)
	}
	return nil
}

// decode reads JSON with numbers as they are written.
func decode(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

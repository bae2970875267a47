package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Member is a member of an object.
type Member struct {
	Name     string
	Required bool
	*Schema
}

// Members lists an object's members in the order of the schema. Of several
// forms, it lists what any of them has; required is what all of them require.
func (s *Schema) Members() []Member {
	if s == nil {
		return nil
	}
	var list []Member
	forms := 0
	requires := map[string]int{}
	for _, n := range s.nodes {
		if len(n.Properties) > 0 {
			forms++
		}
		for _, name := range n.Required {
			requires[name]++
		}
		for _, m := range n.Properties {
			found := newSchema(n.file, m.node)
			if k := slices.IndexFunc(list, func(have Member) bool { return have.Name == m.name }); k >= 0 {
				list[k].nodes = append(list[k].nodes, found.nodes...)
				continue
			}
			list = append(list, Member{Name: m.name, Schema: found})
		}
	}
	for k := range list {
		list[k].Required = requires[list[k].Name] > 0 && requires[list[k].Name] >= forms
	}
	return list
}

// Member is the schema of an object's member: of a named one, or of any where
// the object is a map; known tells whether there may be such a member.
func (s *Schema) Member(name string) (found *Schema, known bool) {
	if s == nil {
		return nil, true
	}
	for _, m := range s.Members() {
		if m.Name == name {
			return m.Schema, true
		}
	}
	each, closed := &Schema{}, false
	for _, n := range s.nodes {
		if n.Additional.node != nil {
			each.add(located{n.file, n.Additional.node}, 0)
		}
		closed = closed || n.Additional.none || n.Unevaluated.none
	}
	if len(each.nodes) > 0 {
		return each, true
	}
	return nil, !closed
}

// Item is the schema of an array's items.
func (s *Schema) Item() *Schema {
	if s == nil {
		return nil
	}
	items := &Schema{}
	for _, n := range s.nodes {
		if n.Items != nil {
			items.add(located{n.file, n.Items}, 0)
		}
	}
	if len(items.nodes) == 0 {
		return nil
	}
	return items
}

// Types lists the JSON types that a value may have; none means all.
func (s *Schema) Types() []string {
	if s == nil {
		return nil
	}
	var types []string
	for _, n := range s.nodes {
		for _, t := range n.Type {
			if !slices.Contains(types, t) {
				types = append(types, t)
			}
		}
	}
	if len(types) > 0 {
		return types
	}
	for _, v := range append(s.values(), s.constant()...) {
		if t := typeOf(v); !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

func typeOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case nil:
		return "null"
	}
	return "object"
}

// Takes reports whether a value may be of a type.
func (s *Schema) Takes(kind string) bool {
	types := s.Types()
	return len(types) == 0 || slices.Contains(types, kind)
}

func (s *Schema) values() []any {
	var all []any
	for _, n := range s.nodes {
		all = append(all, n.Enum...)
	}
	return all
}

func (s *Schema) constant() []any {
	var all []any
	for _, n := range s.nodes {
		if n.Const != nil {
			all = append(all, n.Const)
		}
	}
	return all
}

// Values lists the values that are allowed or known, as text; none where there
// is no such list.
func (s *Schema) Values() []string {
	if s == nil {
		return nil
	}
	var texts []string
	for _, v := range append(s.values(), s.constant()...) {
		if v != nil {
			texts = append(texts, fmt.Sprint(v))
		}
	}
	for _, n := range s.nodes {
		texts = append(texts, n.Known...)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// Description is what the schema says for people: what stands beside a
// reference comes before what the referred schema says.
func (s *Schema) Description() string {
	if s != nil {
		for _, n := range s.nodes {
			if n.Description != "" {
				return n.Description
			}
		}
	}
	return ""
}

// Default is the value of an absent member as JSON, or "".
func (s *Schema) Default() string {
	if s != nil {
		for _, n := range s.nodes {
			if n.Default != nil {
				return string(n.Default)
			}
		}
	}
	return ""
}

// Secret reports whether the value is a token, password or key.
func (s *Schema) Secret() bool {
	return s != nil && slices.ContainsFunc(s.nodes, func(n located) bool { return n.Secret })
}

// Mask stands where a secret was.
const Mask = `"***"`

// Hide puts a mask in the place of everything in a JSON value that the schema
// calls secret.
func (s *Schema) Hide(value []byte) []byte {
	value = bytes.TrimSpace(value)
	switch {
	case s == nil || len(value) == 0:
		return value
	case s.Secret() && string(value) != "null":
		return []byte(Mask)
	case value[0] == '{':
		out := []byte{'{'}
		err := eachMember(value, func(name string, member json.RawMessage) error {
			below, _ := s.Member(name)
			if len(out) > 1 {
				out = append(out, ',')
			}
			quoted, err := json.Marshal(name)
			out = append(append(append(out, quoted...), ':'), below.Hide(member)...)
			return err
		})
		if err != nil {
			return []byte(Mask)
		}
		return append(out, '}')
	case value[0] == '[':
		var items []json.RawMessage
		if json.Unmarshal(value, &items) != nil {
			return []byte(Mask)
		}
		out := []byte{'['}
		for k, item := range items {
			if k > 0 {
				out = append(out, ',')
			}
			out = append(out, s.Item().Hide(item)...)
		}
		return append(out, ']')
	}
	return value
}

// eachMember calls f for an object's members in their order.
func eachMember(data []byte, f func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("not a JSON object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := f(t.(string), value); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

package main

import (
	"encoding/json"
	"slices"
	"strings"
)

// tags are the members whose value decides what the others mean.
var tags = []string{"type", "kind", "stream", "phase", "state", "status", "action", "role", "mode", "decision"}

// shapeOf writes down the kinds of a JSON text's values: the members of
// objects by name, the items of arrays as a set, and tags with their value.
func shapeOf(text []byte) string {
	if text == nil {
		return "-"
	}
	var v any
	if json.Unmarshal(text, &v) != nil {
		return string(text)
	}
	return shape(v)
}

func shape(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var members []string
		for name, value := range v {
			s := shape(value)
			if text, ok := value.(string); ok && slices.Contains(tags, name) {
				s = text
			}
			members = append(members, name+":"+s)
		}
		slices.Sort(members)
		return "{" + strings.Join(members, ",") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, shape(item))
		}
		slices.Sort(items)
		return "[" + strings.Join(slices.Compact(items), "|") + "]"
	case string:
		return "str"
	case float64, json.Number:
		return "num"
	case bool:
		return "bool"
	}
	return "null"
}

// placesOf lists each place in a JSON text with the kind of its value.
func placesOf(text []byte) []string {
	var v any
	if text == nil || json.Unmarshal(text, &v) != nil {
		return []string{"-"}
	}
	return places(v, "", nil)
}

func places(v any, at string, list []string) []string {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if text, ok := value.(string); ok && slices.Contains(tags, name) {
				list = append(list, at+"/"+name+"="+text)
			}
			list = places(value, at+"/"+name, list)
		}
		return append(list, at+" {}")
	case []any:
		for _, item := range v {
			list = places(item, at+"/*", list)
		}
		return append(list, at+" []")
	}
	return append(list, at+" "+shape(v))
}

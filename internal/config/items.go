package config

import (
	"bytes"
	"slices"
)

// A list that is replaced by one as long as it, as programs write back what they
// have read and changed, is changed item by item, so that what people wrote in
// between stays.

// items changes a list of the text into another one of the same length. It reports
// false, and does nothing, where that can't be done item by item.
func (e *editor) items(was, value *node) bool {
	if was.kind != listKind || value.kind != listKind || len(was.items) != len(value.items) {
		return false
	}
	for k, item := range was.items {
		next := value.items[k]
		switch {
		case bytes.Equal(item.appendJSON(nil, nil), next.appendJSON(nil, nil)):
		case item.kind == objectKind && next.kind == objectKind && inOrder(item, next):
			e.object(item, next)
		default:
			indent, _ := e.indent(item.at)
			e.splice(item.at, item.end, e.render(next, indent, bytes.ContainsAny(e.text[was.at:was.end], "\r\n")))
		}
	}
	return true
}

// object changes an object of the text into another one whose members come in
// order.
func (e *editor) object(was, value *node) {
	gone := make(map[int]bool)
	for k, m := range was.members {
		switch next := value.get(m.name); {
		case next == nil:
			gone[k] = true
		case m.value.kind == objectKind && next.kind == objectKind && inOrder(m.value, next):
			e.object(m.value, next)
		default:
			e.replace(m, next)
		}
	}
	var added []member
	for _, m := range value.members {
		if was.get(m.name) == nil {
			added = append(added, m)
		}
	}
	if len(gone) > 0 || len(added) > 0 {
		e.change(was, gone, added)
	}
}

// inOrder reports whether an object has what stays of another one in the same
// order, and what is new behind it.
func inOrder(was, value *node) bool {
	var names []string
	for _, m := range was.members {
		if value.get(m.name) != nil {
			names = append(names, m.name)
		}
	}
	for _, m := range value.members {
		if was.get(m.name) == nil {
			names = append(names, m.name)
		}
	}
	return slices.EqualFunc(names, value.members, func(name string, m member) bool { return name == m.name })
}

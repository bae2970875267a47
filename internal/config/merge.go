package config

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

// This file changes texts and leaves alone what it doesn't change: comments,
// order, spelling and unknown keys. It works on the places that the reader of
// text.go found, which knows JSON5; hujson knows JSON with comments only.

// Merge changes the text of a configuration by a merge patch (RFC 7396): objects
// merge member by member, null takes a member out, all else replaces. A text
// that is empty gets an object. What stands between two members stays, also
// where one of them goes.
func Merge(text, patch []byte) ([]byte, error) {
	change, repeats, err := readText(patch)
	switch {
	case err != nil:
		return nil, err
	case change.kind != objectKind:
		return nil, errNoObject
	case len(repeats) > 0:
		return nil, &syntaxError{repeats[0].member.at, "a key stands twice in its object: keep one"}
	}
	return mergeNode(text, change)
}

// errNoObject is a patch that would replace the whole.
var errNoObject = errors.New("a patch has to be an object")

func mergeNode(text []byte, change *node) ([]byte, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte("{}\n")
	}
	root, repeats, err := readText(text)
	switch {
	case err != nil:
		return nil, err
	case root.kind != objectKind || len(repeats) > 0:
		return nil, errNoObject
	}
	e := newEditor(text, root)
	e.merge(root, change)
	changed := e.apply()
	// The text decides what is in force, so it is held to what was meant.
	is, repeats, err := readText(changed)
	if err != nil || len(repeats) > 0 || !bytes.Equal(is.appendJSON(nil, nil), root.merged(change).appendJSON(nil, nil)) {
		return nil, errors.New("the text could not be changed without harm: change it by hand")
	}
	return changed, nil
}

// merged is the value that a patch makes of the node.
func (n *node) merged(patch *node) *node {
	switch {
	case patch.kind != objectKind:
		return patch
	case isMask(patch) && n != nil:
		return n
	}
	object := &node{kind: objectKind}
	if n != nil && n.kind == objectKind {
		object.members = slices.Clone(n.members)
	}
	for _, m := range patch.members {
		k := slices.IndexFunc(object.members, func(o member) bool { return o.name == m.name })
		switch {
		case m.value.kind == nullKind && k >= 0:
			object.members = slices.Delete(object.members, k, k+1)
		case m.value.kind == nullKind:
		case k < 0 && isMask(m.value):
			object.members = append(object.members, m)
		case k < 0:
			object.members = append(object.members, member{name: m.name, value: (*node)(nil).merged(m.value)})
		default:
			object.members[k].value = object.members[k].value.merged(m.value)
		}
	}
	return object
}

// splice replaces the bytes from until to.
type splice struct {
	from, to int
	text     string
}

// editor collects the changes of a text. They are found in the text as it was.
type editor struct {
	text    []byte
	eol     string // how lines end
	unit    string // one level of indentation
	bare    bool   // keys stand without quotes
	splices []splice
}

func newEditor(text []byte, root *node) *editor {
	e := &editor{text: text, eol: "\n", unit: "  "}
	if bytes.Contains(text, []byte("\r\n")) {
		e.eol = "\r\n"
	}
	if len(root.members) > 0 {
		first := root.members[0].at
		e.bare = text[first] != '"' && text[first] != '\''
		if indent, alone := e.indent(first); alone && indent != "" {
			e.unit = indent
		}
	}
	return e
}

// indent gives the white space at the beginning of a line, and whether there is
// nothing else before the place.
func (e *editor) indent(at int) (space string, alone bool) {
	start := bytes.LastIndexAny(e.text[:at], "\r\n") + 1
	end := start
	for end < at && (e.text[end] == ' ' || e.text[end] == '\t') {
		end++
	}
	return string(e.text[start:end]), end == at
}

// apply makes the changed text.
func (e *editor) apply() []byte {
	slices.SortStableFunc(e.splices, func(a, b splice) int { return a.from - b.from })
	var out []byte
	pos := 0
	for _, s := range e.splices {
		if s.from > pos {
			out = append(out, e.text[pos:s.from]...)
		}
		out = append(out, s.text...)
		pos = max(pos, s.to)
	}
	return append(out, e.text[pos:]...)
}

func (e *editor) splice(from, to int, text string) {
	e.splices = append(e.splices, splice{from, to, text})
}

// merge changes an object of the text.
func (e *editor) merge(target, patch *node) {
	gone := make(map[int]bool)
	var added []member
	for _, m := range patch.members {
		k := slices.IndexFunc(target.members, func(o member) bool { return o.name == m.name })
		switch {
		case m.value.kind == nullKind:
			if k >= 0 {
				gone[k] = true
			}
		case k < 0:
			value := m.value
			if !isMask(value) {
				value = (*node)(nil).merged(value)
			}
			added = append(added, member{name: m.name, value: value})
		case isMask(m.value): // it stays what it is
		case m.value.kind == objectKind && target.members[k].value.kind == objectKind:
			e.merge(target.members[k].value, m.value)
		default:
			e.replace(target.members[k], (*node)(nil).merged(m.value))
		}
	}
	if len(gone) > 0 || len(added) > 0 {
		e.change(target, gone, added)
	}
}

// replace puts another value in the place of a member's.
func (e *editor) replace(m member, value *node) {
	was := m.value
	if bytes.Equal(was.appendJSON(nil, nil), value.appendJSON(nil, nil)) {
		return // as it is, its spelling too
	}
	if e.items(was, value) {
		return
	}
	indent, _ := e.indent(m.at)
	e.splice(was.at, was.end, e.render(value, indent, true))
}

// change takes members out of an object and puts others at its end, and keeps
// the commas right.
func (e *editor) change(o *node, gone map[int]bool, added []member) {
	several := bytes.ContainsAny(e.text[o.at:o.end], "\r\n")
	tail := o.at + len(bytes.TrimRightFunc(e.text[o.at:o.end-1], isSpace)) // behind the last thing in it
	if tail == o.at+1 {                                                    // nothing is in it
		indent, _ := e.indent(o.at)
		e.splice(o.at, o.end, e.render(&node{kind: objectKind, members: added}, indent, several || o.at == 0 || bytes.ContainsAny(e.text, "\r\n")))
		return
	}
	last, kept := len(o.members)-1, -1
	for k := range o.members {
		if gone[k] {
			e.takeOut(o, k)
		} else {
			kept = k
		}
	}
	trailing := last >= 0 && e.comma(o.members[last]) >= 0
	switch comma := -1; {
	case kept < 0:
	default:
		comma = e.comma(o.members[kept])
		if len(added) > 0 && comma < 0 {
			end := o.members[kept].value.end
			e.splice(end, end, ",")
		} else if len(added) == 0 && kept != last && !trailing {
			e.splice(comma, comma+1, "")
		}
	}
	if len(added) == 0 {
		return
	}
	indent := e.memberIndent(o)
	var b strings.Builder
	for k, m := range added {
		if k > 0 {
			b.WriteByte(',')
		}
		if several {
			b.WriteString(e.eol + indent)
		} else {
			b.WriteByte(' ')
		}
		b.WriteString(e.name(m.name) + ": " + e.render(m.value, indent, several))
	}
	if trailing && several {
		b.WriteByte(',')
	}
	e.splice(tail, tail, b.String())
}

// memberIndent is the white space that members of an object begin with.
func (e *editor) memberIndent(o *node) string {
	for _, m := range o.members {
		if indent, alone := e.indent(m.at); alone {
			return indent
		}
	}
	indent, _ := e.indent(o.at)
	return indent + e.unit
}

// takeOut removes a member with its comma, and its line where nothing else is in
// it.
func (e *editor) takeOut(o *node, k int) {
	m := o.members[k]
	from, to := m.at, m.value.end
	if comma := e.comma(m); comma >= 0 {
		// A comment may stand before the comma: it stays.
		if len(bytes.TrimFunc(e.text[to:comma], isSpace)) == 0 {
			to = comma + 1
		} else {
			e.splice(comma, comma+1, "")
		}
	}
	rest := to
	for rest < len(e.text) && (e.text[rest] == ' ' || e.text[rest] == '\t') {
		rest++
	}
	indent, alone := e.indent(from)
	switch {
	case alone && from > len(indent) && rest < len(e.text) && (e.text[rest] == '\r' || e.text[rest] == '\n'):
		from -= len(indent) + 1
		if e.text[from] == '\n' && from > 0 && e.text[from-1] == '\r' {
			from--
		}
	case k < len(o.members)-1:
		to = rest
	case !alone:
		for e.text[from-1] == ' ' || e.text[from-1] == '\t' {
			from--
		}
	}
	e.splice(from, to, "")
}

// comma finds the comma behind a member, or gives -1.
func (e *editor) comma(m member) int {
	r := reader{text: e.text, pos: m.value.end}
	if r.space() == nil && r.peek() == ',' {
		return r.pos
	}
	return -1
}

func (e *editor) name(name string) string {
	if e.bare && name != "" && childKey("", name) == name {
		return name
	}
	return string(wire.AppendString(nil, name))
}

// render writes a value, whose line begins with some white space, in several
// lines or in one.
func (e *editor) render(n *node, indent string, several bool) string {
	if len(n.members) == 0 && len(n.items) == 0 {
		return string(n.appendJSON(nil, nil))
	}
	brackets := "[]"
	parts := make([]string, 0, len(n.members)+len(n.items))
	for _, item := range n.items {
		parts = append(parts, e.render(item, indent+e.unit, several))
	}
	if n.kind == objectKind {
		brackets = "{}"
		for _, m := range n.members {
			parts = append(parts, e.name(m.name)+": "+e.render(m.value, indent+e.unit, several))
		}
	}
	if !several {
		space := ""
		if n.kind == objectKind {
			space = " "
		}
		return brackets[:1] + space + strings.Join(parts, ", ") + space + brackets[1:]
	}
	inner := e.eol + indent + e.unit
	return brackets[:1] + inner + strings.Join(parts, ","+inner) + e.eol + indent + brackets[1:]
}

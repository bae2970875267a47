package config

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

// kind is what a value of a text is.
type kind uint8

const (
	nullKind kind = iota
	boolKind
	numberKind
	stringKind
	listKind
	objectKind
)

// noun names the kind for messages that don't show the value.
func (k kind) noun() string {
	return [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}[k]
}

// node is a value of a text, with where it stands there.
type node struct {
	kind    kind
	at, end int    // bytes of the text
	text    string // a string's characters; the JSON of a number, boolean or null
	members []member
	items   []*node
	from    string // the flag or variable that gave the value, when the text didn't
}

type member struct {
	name  string
	at    int // where the name stands
	value *node
}

// get returns the value of a member, or nil.
func (n *node) get(name string) *node {
	if n == nil {
		return nil
	}
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// find follows names of members, and returns nil where there is none.
func (n *node) find(names ...string) *node {
	for _, name := range names {
		n = n.get(name)
	}
	return n
}

// set returns the object with a value put at a place below it. What is on the
// way is copied, and objects that are missing are made.
func (n *node) set(value *node, names ...string) *node {
	if len(names) == 0 {
		return value
	}
	object := &node{kind: objectKind, from: value.from}
	if n != nil && n.kind == objectKind {
		object.at, object.end, object.from = n.at, n.end, n.from
		object.members = slices.Clone(n.members)
	}
	k := slices.IndexFunc(object.members, func(m member) bool { return m.name == names[0] })
	if k < 0 {
		k = len(object.members)
		object.members = append(object.members, member{name: names[0]})
	}
	object.members[k].value = object.members[k].value.set(value, names[1:]...)
	return object
}

// appendJSON appends the value without the nodes that are to be left out.
func (n *node) appendJSON(b []byte, without map[*node]bool) []byte {
	switch n.kind {
	case stringKind:
		return wire.AppendString(b, n.text)
	case listKind:
		b = append(b, '[')
		first := len(b)
		for _, item := range n.items {
			if without[item] {
				continue
			}
			if len(b) > first {
				b = append(b, ',')
			}
			b = item.appendJSON(b, without)
		}
		return append(b, ']')
	case objectKind:
		b = append(b, '{')
		first := len(b)
		for _, m := range n.members {
			if without[m.value] {
				continue
			}
			if len(b) > first {
				b = append(b, ',')
			}
			b = append(wire.AppendString(b, m.name), ':')
			b = m.value.appendJSON(b, without)
		}
		return append(b, '}')
	}
	return append(b, n.text...)
}

// spot is a node together with its key and its setting, which is nil below
// keys that the schema doesn't name.
type spot struct {
	node    *node
	key     string
	setting *setting
}

// member is the spot of a member, or one without a node.
func (p spot) member(name string) spot {
	return spot{p.node.get(name), childKey(p.key, name), p.setting.member(name)}
}

// item is the spot of an item, whose index is that in the text.
func (p spot) item(index int) spot {
	return spot{p.node.items[index], p.key + "[" + strconv.Itoa(index) + "]", p.setting.item()}
}

// resolve finds what a JSON pointer means in the JSON of the node without the
// nodes that are left out.
func (n *node) resolve(pointer string, without map[*node]bool) (spot, bool) {
	p := spot{node: n, setting: schemaSettings()}
	if pointer == "" {
		return p, true
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = pointerEscapes.Replace(token)
		if p.node.kind == listKind {
			index, ok := p.node.index(token, without)
			if !ok {
				return p, false
			}
			p = p.item(index)
		} else if p = p.member(token); p.node == nil {
			return p, false
		}
	}
	return p, true
}

// index finds an item by its place among those that are not left out.
func (n *node) index(token string, without map[*node]bool) (int, bool) {
	k, err := strconv.Atoi(token)
	if err != nil {
		return 0, false
	}
	for index, item := range n.items {
		if without[item] {
			continue
		}
		if k == 0 {
			return index, true
		}
		k--
	}
	return 0, false
}

var pointerEscapes = strings.NewReplacer("~1", "/", "~0", "~")

// walk visits a spot and what is below it. It goes no deeper where visit
// returns false.
func (p spot) walk(visit func(spot) bool) {
	if !visit(p) {
		return
	}
	for _, m := range p.node.members {
		spot{m.value, childKey(p.key, m.name), p.setting.member(m.name)}.walk(visit)
	}
	for k := range p.node.items {
		p.item(k).walk(visit)
	}
}

// childKey names a member: gateway.port, or logins["ada@example.com"] where the
// name would not stand as a word of a key.
func childKey(key, name string) string {
	plain := name != ""
	for k, c := range name {
		plain = plain && c != '-' && isIdentifierRune(c, k == 0)
	}
	if len(name) > maxShown {
		name, plain = strings.ToValidUTF8(name[:maxShown], "")+"…", false
	}
	switch {
	case !plain:
		return key + "[" + strconv.Quote(name) + "]"
	case key == "":
		return name
	}
	return key + "." + name
}

// lines tells lines and columns of a text.
type lines struct {
	text   []byte
	starts []int
}

func newLines(text []byte) *lines {
	l := &lines{text: text, starts: []int{0}}
	for i, c := range text {
		if c == '\n' || c == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// place returns the line and the column of a byte, both from 1. Columns count
// bytes, as those of the generator's findings do.
func (l *lines) place(at int) (line, col int) {
	line = sort.SearchInts(l.starts, at+1)
	return line, at - l.starts[line-1] + 1
}

package format

import (
	"bytes"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/gen/source"
)

// width is how long a line may be before its value is broken up.
const width = 140

const tab = "  "

type printer struct {
	out   []byte
	lists map[*source.Node][]string
}

// value writes n, which starts where the output ends.
func (p *printer) value(n *source.Node, f *form, depth int) {
	n = p.replaced(n)
	flat, unseen, ok := p.flat(n, f)
	scalar := n.Kind != source.Array && n.Kind != source.Object
	if scalar || ok && p.column()+utf8.RuneCountInString(flat)-unseen < width {
		p.out = append(p.out, flat...)
		return
	}
	if n.Kind == source.Array {
		p.lines('[', ']', depth, len(n.Items), func(i int) { p.value(n.Items[i], f.ofItem(), depth+1) })
		return
	}
	members := p.members(n, f)
	p.lines('{', '}', depth, len(members), func(i int) {
		p.out = append(appendString(p.out, members[i].Key), ": "...)
		p.value(members[i].Value, f.ofMember(members[i].Key), depth+1)
	})
}

// lines writes brackets with each of count parts on lines of their own.
func (p *printer) lines(opening, closing byte, depth, count int, part func(int)) {
	p.out = append(p.out, opening)
	for i := range count {
		if i > 0 {
			p.out = append(p.out, ',')
		}
		p.newline(depth + 1)
		part(i)
	}
	p.newline(depth)
	p.out = append(p.out, closing)
}

func (p *printer) newline(depth int) {
	p.out = append(p.out, '\n')
	for range depth {
		p.out = append(p.out, tab...)
	}
}

// column is where the next character would stand. A comma may follow the
// value, hence values fit below the width, not up to it.
func (p *printer) column() int {
	return utf8.RuneCount(p.out[bytes.LastIndexByte(p.out, '\n')+1:])
}

// flat gives n on one line, and how many characters of it are prose that is
// not counted. Not ok: something in it wants lines of its own.
func (p *printer) flat(n *source.Node, f *form) (text string, unseen int, ok bool) {
	n = p.replaced(n)
	var out []byte
	switch {
	case n.Kind == source.Object && len(n.Members) == 0:
		return "{}", 0, true
	case n.Kind == source.Array && len(n.Items) == 0:
		return "[]", 0, true
	case (n.Kind == source.Object || n.Kind == source.Array) && f.open != nil && f.open(n):
		return "", 0, false
	case n.Kind == source.Object:
		for i, m := range p.members(n, f) {
			part, _, ok := p.flat(m.Value, f.ofMember(m.Key))
			if !ok {
				return "", 0, false
			}
			from := len(out)
			out = append(out, separator(i, "{ ")...)
			out = append(append(appendString(out, m.Key), ": "...), part...)
			if f.isProse(m) {
				unseen += utf8.RuneCount(out[from:])
			}
		}
		return string(append(out, " }"...)), unseen, true
	case n.Kind == source.Array:
		for i, item := range n.Items {
			part, _, ok := p.flat(item, f.ofItem())
			if !ok {
				return "", 0, false
			}
			out = append(append(out, separator(i, "[")...), part...)
		}
		return string(append(out, ']')), 0, true
	case n.Kind == source.String:
		return string(appendString(nil, n.Text)), 0, true
	}
	// Numbers, true, false and null keep the text they have.
	return string(n.Raw()), 0, true
}

// separator stands before part i of a value on one line.
func separator(i int, opening string) string {
	if i == 0 {
		return opening
	}
	return ", "
}

func (p *printer) members(n *source.Node, f *form) []source.Member {
	if f.order == nil {
		return n.Members
	}
	return ordered(n, f.order(n))
}

// replaced is n, or the list that takes its place.
func (p *printer) replaced(n *source.Node) *source.Node {
	list, there := p.lists[n]
	if !there {
		return n
	}
	with := &source.Node{Kind: source.Array, File: n.File}
	for _, s := range list {
		with.Items = append(with.Items, &source.Node{Kind: source.String, Text: s, File: n.File})
	}
	return with
}

func (f *form) ofMember(key string) *form {
	if f.member == nil {
		return &dataForm
	}
	return f.member(key)
}

func (f *form) ofItem() *form {
	if f.item == nil {
		return &dataForm
	}
	return f.item
}

func (f *form) isProse(m source.Member) bool {
	if m.Value.Kind != source.String {
		return false
	}
	for _, key := range f.prose {
		if m.Key == key {
			return true
		}
	}
	return false
}

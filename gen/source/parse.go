package source

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/gen/diag"
)

// maxDepth bounds nesting, so that a hostile file cannot exhaust the stack.
const maxDepth = 200

// Parse reads one file. A syntax error leaves Root nil and is the one
// diagnostic returned.
func Parse(path, shown string, data []byte) (*File, diag.List) {
	f := &File{Path: path, Data: data, lines: []int{0}, shown: shown}
	for i, c := range data {
		if c == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	p := &parser{file: f, data: data}
	root, err := p.document()
	if err != nil {
		var list diag.List
		list.Add(f.Pos(min(p.errOff, len(data))), diag.JSONSyntax, "%s", err)
		return f, list
	}
	f.Root = root
	return f, nil
}

type parser struct {
	file   *File
	data   []byte
	i      int
	depth  int
	errOff int
}

func (p *parser) fail(off int, format string, args ...any) error {
	p.errOff = off
	return fmt.Errorf(format, args...)
}

func (p *parser) space() {
	for p.i < len(p.data) {
		switch p.data[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

func (p *parser) document() (*Node, error) {
	p.space()
	n, err := p.value(nil)
	if err != nil {
		return nil, err
	}
	if p.space(); p.i < len(p.data) {
		return nil, p.fail(p.i, "unexpected %s after the JSON value: a schema file holds exactly one", p.here())
	}
	return n, nil
}

// here describes the next byte for an error text.
func (p *parser) here() string {
	if p.i >= len(p.data) {
		return "end of file"
	}
	r, size := utf8.DecodeRune(p.data[p.i:])
	if r == utf8.RuneError && size == 1 {
		return fmt.Sprintf("byte 0x%02x", p.data[p.i])
	}
	return strconv.QuoteRune(r)
}

func (p *parser) value(parent *Node) (*Node, error) {
	n := &Node{File: p.file, Off: p.i, parent: parent}
	if p.i >= len(p.data) {
		return nil, p.fail(p.i, "unexpected end of file: expected a JSON value")
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(p.i, "nested deeper than %d levels", maxDepth)
	}
	defer func() { p.depth-- }()
	var err error
	switch c := p.data[p.i]; {
	case c == '{':
		err = p.object(n)
	case c == '[':
		err = p.array(n)
	case c == '"':
		n.Kind = String
		n.Text, err = p.str()
	case c == '-' || c >= '0' && c <= '9':
		err = p.number(n)
	default:
		err = p.literal(n)
	}
	n.End = p.i
	return n, err
}

func (p *parser) literal(n *Node) error {
	for _, word := range [...]string{"true", "false", "null"} {
		if end := p.i + len(word); end <= len(p.data) && string(p.data[p.i:end]) == word {
			n.Kind, n.Bool = Bool, word == "true"
			if word == "null" {
				n.Kind = Null
			}
			p.i = end
			return nil
		}
	}
	return p.fail(p.i, "unexpected %s: expected a JSON value", p.here())
}

func (p *parser) object(n *Node) error {
	n.Kind = Object
	seen := map[string]bool{}
	p.i++
	for first := true; ; first = false {
		p.space()
		if first && p.i < len(p.data) && p.data[p.i] == '}' {
			p.i++
			return nil
		}
		if p.i >= len(p.data) || p.data[p.i] != '"' {
			return p.fail(p.i, "unexpected %s: expected a member name in double quotes", p.here())
		}
		off := p.i
		key, err := p.str()
		if err != nil {
			return err
		}
		if seen[key] {
			return p.fail(off, "member %q appears twice in one object", key)
		}
		seen[key] = true
		if p.space(); p.i >= len(p.data) || p.data[p.i] != ':' {
			return p.fail(p.i, "unexpected %s: expected ':' after member name %q", p.here(), key)
		}
		p.i++
		p.space()
		v, err := p.value(n)
		if err != nil {
			return err
		}
		v.key = key
		n.Members = append(n.Members, Member{Key: key, Off: off, Value: v})
		if more, err := p.next('}'); !more {
			return err
		}
	}
}

func (p *parser) array(n *Node) error {
	n.Kind = Array
	p.i++
	for {
		p.space()
		if len(n.Items) == 0 && p.i < len(p.data) && p.data[p.i] == ']' {
			p.i++
			return nil
		}
		v, err := p.value(n)
		if err != nil {
			return err
		}
		v.index = len(n.Items)
		n.Items = append(n.Items, v)
		if more, err := p.next(']'); !more {
			return err
		}
	}
}

// next passes a comma (more) or the closing bracket (no more).
func (p *parser) next(closing byte) (more bool, err error) {
	p.space()
	switch {
	case p.i < len(p.data) && p.data[p.i] == ',':
		p.i++
		return true, nil
	case p.i < len(p.data) && p.data[p.i] == closing:
		p.i++
		return false, nil
	}
	return false, p.fail(p.i, "unexpected %s: expected ',' or '%c'", p.here(), closing)
}

func (p *parser) number(n *Node) error {
	n.Kind = Number
	start := p.i
	digits := func() bool {
		from := p.i
		for p.i < len(p.data) && p.data[p.i] >= '0' && p.data[p.i] <= '9' {
			p.i++
		}
		return p.i > from
	}
	at := func(set string) bool {
		for k := range len(set) {
			if p.i < len(p.data) && p.data[p.i] == set[k] {
				p.i++
				return true
			}
		}
		return false
	}
	at("-")
	if !at("0") && !digits() {
		return p.fail(p.i, "unexpected %s in a number: expected a digit", p.here())
	}
	if at(".") && !digits() {
		return p.fail(p.i, "unexpected %s in a number: expected a digit after the point", p.here())
	}
	if at("eE") {
		at("+-")
		if !digits() {
			return p.fail(p.i, "unexpected %s in a number: expected a digit in the exponent", p.here())
		}
	}
	n.Text = string(p.data[start:p.i])
	return nil
}

func (p *parser) str() (string, error) {
	start := p.i
	p.i++
	var out []byte
	for p.i < len(p.data) {
		switch c := p.data[p.i]; {
		case c == '"':
			p.i++
			return string(out), nil
		case c < 0x20:
			return "", p.fail(p.i, "control character 0x%02x in a string: write it as an escape", c)
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		case c < utf8.RuneSelf:
			out = append(out, c)
			p.i++
		default:
			r, size := utf8.DecodeRune(p.data[p.i:])
			if r == utf8.RuneError && size == 1 {
				return "", p.fail(p.i, "byte 0x%02x is not UTF-8", c)
			}
			out = append(out, p.data[p.i:p.i+size]...)
			p.i += size
		}
	}
	return "", p.fail(start, "string without closing quote")
}

func (p *parser) escape() (rune, error) {
	start := p.i
	if p.i+1 >= len(p.data) {
		return 0, p.fail(start, "string without closing quote")
	}
	c := p.data[p.i+1]
	p.i += 2
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		r, err := p.hex4()
		if err != nil {
			return 0, p.fail(start, "\\u needs four hexadecimal digits")
		}
		if !utf16.IsSurrogate(r) {
			return r, nil
		}
		if p.i+1 < len(p.data) && p.data[p.i] == '\\' && p.data[p.i+1] == 'u' {
			p.i += 2
			if low, err := p.hex4(); err == nil {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					return pair, nil
				}
			}
		}
		return 0, p.fail(start, "surrogate without its other half")
	}
	p.i = start + 1
	return 0, p.fail(start, "unknown escape: %s after a backslash", p.here())
}

func (p *parser) hex4() (rune, error) {
	if p.i+4 > len(p.data) {
		return 0, errors.New("short")
	}
	v, err := strconv.ParseUint(string(p.data[p.i:p.i+4]), 16, 32)
	p.i += 4
	return rune(v), err
}

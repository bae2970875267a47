package config

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/protocol"
)

// This file reads the structure of a configuration text: JSON5, of which JSON
// with comments and trailing commas is a part. It is written by hand because
// neither library at hand serves both forms: hujson reads no JSON5 and quotes
// whole literals, secrets included, in its errors; json5 gives no positions,
// loses repeated keys, replaces bad UTF-8 in silence, and ends the comment
// /* 2 * 3 / 4 */ at its slash. The tests hold this reader to both of them
// wherever they are right.

// maxText bounds a configuration text: what a message may carry by default, so
// that what can be read can be written by config.set too.
const maxText = protocol.MaxPayloadBytes

// A syntaxError ends the reading of a text. Its message never quotes more than
// one punctuation mark of the text, which may be a secret.
type syntaxError struct {
	at      int
	message string
}

func (e *syntaxError) Error() string { return e.message }

// reader walks over a text. Every reading function starts at the next byte of
// what it reads and leaves pos behind it.
type reader struct {
	text    []byte
	pos     int
	depth   int
	repeats []repeat
}

// repeat is a key that stands twice in its object. The later one is left out.
type repeat struct {
	member member
	first  int // where the key stood before
}

// readText reads a whole text.
func readText(text []byte) (*node, []repeat, error) {
	if len(text) > maxText {
		return nil, nil, &syntaxError{0, fmt.Sprintf("the text is too long: at most %d bytes are read", maxText)}
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return nil, nil, &syntaxError{i, "this is not UTF-8: save the file in that encoding"}
		}
		i += size
	}
	r := &reader{text: text}
	if err := r.space(); err != nil {
		return nil, nil, err
	}
	if r.pos == len(text) {
		return nil, nil, r.wrong("the text is empty: expected an object, at least {}")
	}
	n, err := r.value()
	if err != nil {
		return nil, nil, err
	}
	if err := r.space(); err != nil {
		return nil, nil, err
	}
	if r.pos < len(text) {
		return nil, nil, r.unexpected("nothing after the end of the value")
	}
	return n, r.repeats, nil
}

func (r *reader) value() (*node, error) {
	start := r.pos
	n := &node{at: start}
	var err error
	switch c := r.peek(); {
	case c == '{':
		n.kind = objectKind
		err = r.nested(n, r.object)
	case c == '[':
		n.kind = listKind
		err = r.nested(n, r.list)
	case c == '"' || c == '\'':
		n.kind = stringKind
		n.text, err = r.str()
	case c == '+' || c == '-' || c == '.' || isDigit(c):
		n.kind = numberKind
		n.text, err = r.number()
	default:
		err = r.word(n)
	}
	if err != nil {
		return nil, err
	}
	n.end = r.pos
	return n, nil
}

// nested reads a container, unless it stands too deep.
func (r *reader) nested(n *node, read func(*node) error) error {
	if r.depth == protocol.MaxDepth {
		return r.wrong(fmt.Sprintf("nested too deep: at most %d levels are read", protocol.MaxDepth))
	}
	r.depth++
	r.pos++ // the bracket
	err := read(n)
	r.depth--
	return err
}

func (r *reader) object(n *node) error {
	first := make(map[string]int)
	for {
		if err := r.space(); err != nil {
			return err
		}
		switch r.peek() {
		case '}':
			r.pos++
			return nil
		case 0:
			if r.ended() {
				return r.unclosed(n, '}')
			}
		}
		m, err := r.member()
		if err != nil {
			return err
		}
		if at, twice := first[m.name]; twice {
			r.repeats = append(r.repeats, repeat{m, at})
		} else {
			first[m.name] = m.at
			n.members = append(n.members, m)
		}
		if more, err := r.comma(n, '}', "a member"); err != nil || !more {
			return err
		}
	}
}

func (r *reader) member() (member, error) {
	m := member{at: r.pos}
	var err error
	switch c := r.peek(); {
	case c == '"' || c == '\'':
		m.name, err = r.str()
	default:
		m.name, err = r.identifier()
	}
	if err != nil {
		return m, err
	}
	if err = r.space(); err != nil {
		return m, err
	}
	if r.peek() != ':' {
		return m, r.unexpected("':' after the key")
	}
	r.pos++
	if err = r.space(); err != nil {
		return m, err
	}
	m.value, err = r.value()
	return m, err
}

func (r *reader) list(n *node) error {
	for {
		if err := r.space(); err != nil {
			return err
		}
		switch r.peek() {
		case ']':
			r.pos++
			return nil
		case 0:
			if r.ended() {
				return r.unclosed(n, ']')
			}
		}
		item, err := r.value()
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
		if more, err := r.comma(n, ']', "an item"); err != nil || !more {
			return err
		}
	}
}

// comma passes what stands between two parts of a container, or its end.
func (r *reader) comma(n *node, end byte, after string) (more bool, err error) {
	if err := r.space(); err != nil {
		return false, err
	}
	switch c := r.peek(); {
	case c == ',':
		r.pos++
		return true, nil
	case c == end:
		r.pos++
		return false, nil
	case r.ended():
		return false, r.unclosed(n, end)
	case c == '"' || c == '\'' || c == '{' || c == '[' || isDigit(c) || r.atName():
		return false, r.wrong(fmt.Sprintf("expected ',' or '%c' after %s: is a comma missing before this?", end, after))
	}
	return false, r.unexpected(fmt.Sprintf("',' or '%c' after %s", end, after))
}

// space passes white space and comments.
func (r *reader) space() error {
	for !r.ended() {
		switch c := r.text[r.pos]; {
		case c == '/':
			if err := r.comment(); err != nil {
				return err
			}
		case c < utf8.RuneSelf:
			if !isSpace(rune(c)) {
				return nil
			}
			r.pos++
		default:
			next, size := r.rune()
			if !isSpace(next) {
				return nil
			}
			r.pos += size
		}
	}
	return nil
}

func (r *reader) comment() error {
	start := r.pos
	switch r.peekAt(1) {
	case '/':
		for r.pos += 2; !r.ended(); {
			next, size := r.rune()
			if isLineEnd(next) {
				return nil
			}
			r.pos += size
		}
		return nil
	case '*':
		for r.pos += 2; !r.ended(); r.pos++ {
			if r.peek() == '*' && r.peekAt(1) == '/' {
				r.pos += 2
				return nil
			}
		}
		return &syntaxError{start, "this comment has no end: expected */"}
	}
	return r.unexpected("a comment, // or /* */, where a slash stands")
}

// ended reports whether nothing is left.
func (r *reader) ended() bool { return r.pos >= len(r.text) }

// peek is the next byte, or 0 at the end.
func (r *reader) peek() byte { return r.peekAt(0) }

func (r *reader) peekAt(offset int) byte {
	if r.pos+offset >= len(r.text) {
		return 0
	}
	return r.text[r.pos+offset]
}

// rune is the next character; the text is known to be UTF-8.
func (r *reader) rune() (rune, int) { return utf8.DecodeRune(r.text[r.pos:]) }

func (r *reader) wrong(message string) error { return &syntaxError{r.pos, message} }

func (r *reader) unclosed(n *node, end byte) error {
	line, col := newLines(r.text).place(n.at)
	return r.wrong(fmt.Sprintf("the text ends too early: expected '%c' for the '%c' at %d:%d", end, r.text[n.at], line, col))
}

// unexpected says what stands here. A letter or digit is not shown: it may
// belong to a secret whose quotes were forgotten.
func (r *reader) unexpected(expected string) error {
	found := "the end of the text"
	if !r.ended() {
		next, _ := r.rune()
		switch {
		case unicode.Is(unicode.Pi, next) || unicode.Is(unicode.Pf, next):
			found = fmt.Sprintf("a typographic quote (%U)", next)
		case unicode.IsPunct(next) || unicode.IsSymbol(next):
			found = fmt.Sprintf("%q", next)
		case unicode.IsDigit(next):
			found = "a digit"
		case unicode.IsLetter(next):
			found = "a letter"
		default:
			found = fmt.Sprintf("the character %U", next)
		}
	}
	return r.wrong(found + " stands here: expected " + expected)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLineEnd(c rune) bool { return c == '\n' || c == '\r' || c == '\u2028' || c == '\u2029' }

func isSpace(c rune) bool {
	return c == ' ' || '\t' <= c && c <= '\r' || c == '\uFEFF' || c == '\u2028' || c == '\u2029' || unicode.Is(unicode.Zs, c)
}

package wire

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Explain lists what is wrong with a message that the fast pass refused: first
// what is wrong with the JSON itself, in the order of the text, then where it
// departs from the shape of the place, up to MaxIssues together. Names and
// paths out of the message are cut to 128 and 256 bytes, so that what is said of
// a message has at most 64 KiB, however large it is. Text that is
// not JSON or is nested too deep is not compared with the shape.
//
// The list is empty when the text fits. A caller whose fast pass refused it
// all the same must not take that for consent.
func Explain(data []byte, mode Mode, maxDepth int, shapes Shapes, place Place) Issues {
	return ExplainSpan(data, 0, len(data), mode, maxDepth, shapes, place)
}

// ExplainSpan does the same for the value that stands between two positions of
// a bigger message. Pointers begin at that value, the positions in syntax
// errors at the message; maxDepth is what the message leaves for the value.
func ExplainSpan(data []byte, from, to int, mode Mode, maxDepth int, shapes Shapes, place Place) Issues {
	if from < 0 || to > len(data) || from > to {
		from, to = 0, 0 // there is no such span, so there is no value in it
	}
	var (
		path    [64]byte // most messages need no more
		members [16]member
	)
	x := explainer{
		path:    path[:0],
		members: members[:0],
		data:    data[:to:to],
		lenient: mode == Lenient,
		limit:   maxDepth,
		shapes:  shapes,
		strict:  NewReader(data[:to:to], Strict, 0),
		loose:   NewReader(data[:to:to], Lenient, 0),
	}
	if x.checkText(from) {
		x.walk(x.strict.space(from), place)
	}
	return x.issues
}

// explainer is the state of one Explain.
type explainer struct {
	data    []byte
	lenient bool
	limit   int // how deep containers may be nested
	shapes  Shapes
	path    []byte   // JSON pointer to the value at hand
	members []member // of the objects that the value at hand is in
	issues  Issues

	// Readers in either mode lend their scanning of single tokens, so that
	// both passes have one idea of strings and numbers.
	strict, loose Reader
}

// full reports whether there is no room for another issue; then nothing more
// needs looking at.
func (x *explainer) full() bool { return len(x.issues) >= MaxIssues }

// report adds an issue of the value at hand.
func (x *explainer) report(rule, property, argument string) {
	short := clip(property, maxName)
	if property != "" && len(short) < len(property) {
		argument = strings.Replace(argument, property, short, 1)
	}
	issue := Issue{
		Path:     clip(string(x.path), maxPath),
		Rule:     rule,
		Property: short,
		Message:  message(rule, argument),
	}
	// A member that stands twice in its object would give its issues twice.
	if !x.full() && !slices.Contains(x.issues, issue) {
		x.issues = append(x.issues, issue)
	}
}

// Names and paths that a message makes up are cut, or the refusal of a message
// would be many times its size.
const (
	maxName = 128
	maxPath = 256
)

// clip cuts text to so many bytes, and marks that it did. No character is
// split.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	const mark = "…"
	n := most - len(mark)
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + mark
}

// enter makes a member the value at hand, and returns what leave needs.
func (x *explainer) enter(name string) int {
	mark := len(x.path)
	x.path = append(x.path, '/')
	if strings.IndexByte(name, '~') >= 0 || strings.IndexByte(name, '/') >= 0 {
		name = pointerEscapes.Replace(name)
	}
	x.path = append(x.path, name...)
	return mark
}

// enterItem does the same for an item of an array.
func (x *explainer) enterItem(index int) int {
	mark := len(x.path)
	x.path = append(x.path, '/')
	x.path = strconv.AppendInt(x.path, int64(index), 10)
	return mark
}

func (x *explainer) leave(mark int) { x.path = x.path[:mark] }

// pointerEscapes are those of RFC 6901.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

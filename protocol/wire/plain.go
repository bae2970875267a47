package wire

import "bytes"

// This file moves about in text that is known to be JSON: it looks no closer
// than it must to find the ends of values. A Reader would stop at things that
// Explain has to read past, such as bad UTF-8.

// passSpace passes white space.
func passSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// passValue passes a value.
func passValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = passString(b, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\r', '\t':
			i++
			continue // inside a container: outside one it would have ended
		default:
			i = passScalar(b, i)
		}
		if depth <= 0 {
			return i
		}
	}
	return i
}

// passString passes a string.
func passString(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; {
		if b[i] == '\\' {
			i++
		}
		if i++; i < len(b) {
			i += plainRun(b[i:])
		}
	}
	return min(i+1, len(b))
}

// passScalar passes a number, a boolean or null.
func passScalar(b []byte, i int) int {
	for i < len(b) && (numeric[b[i]] || 'a' <= b[i] && b[i] <= 'z') {
		i++
	}
	return i
}

// member is a member of an object in the text.
type member struct {
	name string
	at   int // where its value begins
}

// appendMembers lists the members of the object at i in the order of the text.
func appendMembers(list []member, b []byte, i int) []member {
	for i = passSpace(b, i+1); i < len(b) && b[i] == '"'; {
		end := passString(b, i)
		name := stringValue(b[i:end])
		i = passSpace(b, end)
		i = passSpace(b, i+1) // the colon
		list = append(list, member{name, i})
		i = nextItem(b, i)
	}
	return list
}

// itemsOf lists where the items of the array at i begin.
func itemsOf(b []byte, i int) []int {
	var list []int
	for i = passSpace(b, i+1); i < len(b) && b[i] != ']'; i = nextItem(b, i) {
		list = append(list, i)
	}
	return list
}

// nextItem passes the value at i and the comma after it, if there is one.
func nextItem(b []byte, i int) int {
	i = passSpace(b, passValue(b, i))
	if i < len(b) && b[i] == ',' {
		i = passSpace(b, i+1)
	}
	return i
}

// stringValue decodes a string. What is no character becomes U+FFFD.
func stringValue(literal []byte) string {
	if end := len(literal) - 1; end > 0 && plainRun(literal[1:]) == end-1 && validUTF8(literal, 1, end) {
		return aliasOf(literal[1:end])
	}
	r := NewReader(literal, Lenient, 0)
	var s string
	if r.String(0, &s) < 0 {
		r = NewReader(bytes.ToValidUTF8(literal, []byte("\uFFFD")), Lenient, 0)
		r.String(0, &s)
	}
	return s
}

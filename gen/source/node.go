// Package source reads JSON files and remembers where everything stands: the
// order of object members, and the line and column of every value. It knows
// JSON, not JSON Schema.
package source

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
)

// Kind is a JSON kind.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String names the kind as error messages do.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// File is one parsed file. Path is slash-separated and relative to the schema
// folder.
type File struct {
	Path  string
	Data  []byte
	Root  *Node // nil when the file has a syntax error
	lines []int // offset of each line's first byte
	shown string
}

// Node is one JSON value with its place. Which of the value fields is set
// follows from Kind.
type Node struct {
	Kind    Kind
	Bool    bool
	Text    string   // String: the decoded text; Number: the literal
	Items   []*Node  // Array
	Members []Member // Object, in source order
	File    *File
	Off     int // offset of the first byte
	End     int // offset after the last byte

	parent *Node
	key    string
	index  int
}

// Member is one name and value of an object.
type Member struct {
	Key   string
	Off   int // offset of the key
	Value *Node
}

// Get returns the member's value, or nil when n is no object or has no such
// member.
func (n *Node) Get(key string) *Node {
	if n == nil || n.Kind != Object {
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Key == key {
			return n.Members[i].Value
		}
	}
	return nil
}

// Has reports whether n is an object with that member.
func (n *Node) Has(key string) bool { return n.Get(key) != nil }

// Str returns the text of a string member, or "" when it is absent or no
// string.
func (n *Node) Str(key string) string {
	if v := n.Get(key); v != nil && v.Kind == String {
		return v.Text
	}
	return ""
}

// True reports whether the member is the literal true.
func (n *Node) True(key string) bool {
	v := n.Get(key)
	return v != nil && v.Kind == Bool && v.Bool
}

// Pos is the place of the value's first byte.
func (n *Node) Pos() diag.Pos { return n.File.Pos(n.Off) }

// KeyPos is the place of the member's name.
func (n *Node) KeyPos(key string) diag.Pos {
	for i := range n.Members {
		if n.Members[i].Key == key {
			return n.File.Pos(n.Members[i].Off)
		}
	}
	return n.Pos()
}

// Parent is the value that n stands in, or nil at the root.
func (n *Node) Parent() *Node { return n.parent }

// Key is the name of the member that n is the value of.
func (n *Node) Key() string { return n.key }

// Pointer is the JSON pointer of n in its file, "" for the root.
func (n *Node) Pointer() string {
	if n.parent == nil {
		return ""
	}
	if n.parent.Kind == Array {
		return n.parent.Pointer() + "/" + strconv.Itoa(n.index)
	}
	return n.parent.Pointer() + "/" + EscapePointer(n.key)
}

// Location names n across files: path, and after a # its pointer.
func (n *Node) Location() string { return n.File.Path + "#" + n.Pointer() }

// Raw is the value's source text.
func (n *Node) Raw() []byte { return n.File.Data[n.Off:n.End] }

// Value returns the plain Go form of n: nil, bool, float64-free literals kept
// as Literal, string, []any or map[string]any.
func (n *Node) Value() any {
	switch n.Kind {
	case Bool:
		return n.Bool
	case Number:
		return Literal(n.Text)
	case String:
		return n.Text
	case Array:
		out := make([]any, len(n.Items))
		for i, it := range n.Items {
			out[i] = it.Value()
		}
		return out
	case Object:
		out := make(map[string]any, len(n.Members))
		for _, m := range n.Members {
			out[m.Key] = m.Value.Value()
		}
		return out
	}
	return nil
}

// Literal is a number as it stands in the file.
type Literal string

// Int reports the integer that n is, if it is one that fits.
func (n *Node) Int() (int64, bool) {
	if n == nil || n.Kind != Number {
		return 0, false
	}
	i, err := strconv.ParseInt(n.Text, 10, 64)
	return i, err == nil
}

// A Replacer takes longer to make than to use.
var (
	escapePointer   = strings.NewReplacer("~", "~0", "/", "~1")
	unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")
)

// EscapePointer escapes one reference token of a JSON pointer (RFC 6901).
func EscapePointer(token string) string { return escapePointer.Replace(token) }

// UnescapePointer undoes EscapePointer.
func UnescapePointer(token string) string { return unescapePointer.Replace(token) }

// At walks a JSON pointer from n; nil when it leads nowhere.
func (n *Node) At(pointer string) *Node {
	if pointer == "" {
		return n
	}
	if pointer[0] != '/' {
		return nil
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		switch {
		case n == nil:
			return nil
		case n.Kind == Array:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(n.Items) {
				return nil
			}
			n = n.Items[i]
		default:
			n = n.Get(UnescapePointer(token))
		}
	}
	return n
}

// Pos turns an offset into a place. The shown path is relative to where the
// user stands, not to the schema folder.
func (f *File) Pos(off int) diag.Pos {
	line := sort.SearchInts(f.lines, off+1)
	return diag.Pos{File: f.Shown(), Line: line, Col: off - f.lines[line-1] + 1}
}

// Shown is the path that diagnostics print.
func (f *File) Shown() string {
	if f.shown != "" {
		return f.shown
	}
	return f.Path
}

// Walk calls f for n and everything in it, parents first.
func Walk(n *Node, f func(*Node)) {
	if n == nil {
		return
	}
	f(n)
	for _, it := range n.Items {
		Walk(it, f)
	}
	for _, m := range n.Members {
		Walk(m.Value, f)
	}
}

func (n *Node) String() string { return fmt.Sprintf("%s %s", n.Kind, n.Location()) }

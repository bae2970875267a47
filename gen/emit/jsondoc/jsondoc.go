// Package jsondoc builds JSON documents with their members in a given order and
// one layout, for the emitters that write JSON.
package jsondoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Object is a JSON object under construction. Members stay in the order in
// which they were put.
type Object struct {
	keys   []string
	values []any
}

// Put adds a member. The value is a string, bool, int, []string, []any,
// *Object or []byte, which is JSON already.
func (o *Object) Put(key string, value any) *Object {
	o.keys, o.values = append(o.keys, key), append(o.values, value)
	return o
}

// Set replaces a member, or puts it first: descriptions come before what they
// describe.
func (o *Object) Set(key string, value any) *Object {
	for i := range o.keys {
		if o.keys[i] == key {
			o.values[i] = value
			return o
		}
	}
	o.keys, o.values = append([]string{key}, o.keys...), append([]any{value}, o.values...)
	return o
}

// Pretty is the text of a document: two spaces a level, a newline at its end.
func Pretty(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, appendValue(nil, v), "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func appendValue(out []byte, v any) []byte {
	switch v := v.(type) {
	case *Object:
		out = append(out, '{')
		for i, key := range v.keys {
			out = appendComma(out, i)
			out = append(AppendString(out, key), ':')
			out = appendValue(out, v.values[i])
		}
		return append(out, '}')
	case []any:
		out = append(out, '[')
		for i, item := range v {
			out = appendValue(appendComma(out, i), item)
		}
		return append(out, ']')
	case []string:
		out = append(out, '[')
		for i, item := range v {
			out = AppendString(appendComma(out, i), item)
		}
		return append(out, ']')
	case []byte:
		return append(out, v...)
	case string:
		return AppendString(out, v)
	case bool:
		return strconv.AppendBool(out, v)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	}
	panic(fmt.Sprintf("jsondoc: cannot write %T", v)) // Put documents what can be
}

func appendComma(out []byte, i int) []byte {
	if i > 0 {
		return append(out, ',')
	}
	return out
}

// AppendString writes a string as JSON does, but for the signs that only HTML
// needs escaped.
func AppendString(out []byte, s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the prose is full of <placeholders>
	_ = enc.Encode(s)        // a string always encodes
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// Empty reports whether nothing was put into the object.
func (o *Object) Empty() bool { return len(o.keys) == 0 }

// First returns the member that was put first.
func (o *Object) First() (key string, value any) { return o.keys[0], o.values[0] }

// Fragment writes a JSON pointer as the fragment of a URI: what RFC 3986 does
// not allow there is percent-encoded.
func Fragment(pointer string) string {
	const allowed = "/~-._!$&'()*+,;=:@?"
	var b strings.Builder
	for _, c := range []byte(pointer) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(allowed, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return "#" + b.String()
}

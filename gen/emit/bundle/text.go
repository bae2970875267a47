package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/source"
)

// object is a JSON object under construction. Members stay in the order in
// which they were put.
type object struct {
	keys   []string
	values []any
}

// put adds a member. The value is a string, bool, int, []string, []any,
// *object or []byte, which is JSON already.
func (o *object) put(key string, value any) *object {
	o.keys, o.values = append(o.keys, key), append(o.values, value)
	return o
}

// set replaces a member, or puts it first: descriptions come before what they
// describe.
func (o *object) set(key string, value any) *object {
	for i := range o.keys {
		if o.keys[i] == key {
			o.values[i] = value
			return o
		}
	}
	o.keys, o.values = append([]string{key}, o.keys...), append([]any{value}, o.values...)
	return o
}

// pretty is the text of a document: two spaces a level, a newline at its end.
func pretty(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, appendValue(nil, v), "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func appendValue(out []byte, v any) []byte {
	switch v := v.(type) {
	case *object:
		out = append(out, '{')
		for i, key := range v.keys {
			out = appendComma(out, i)
			out = append(appendString(out, key), ':')
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
			out = appendString(appendComma(out, i), item)
		}
		return append(out, ']')
	case []byte:
		return append(out, v...)
	case string:
		return appendString(out, v)
	case bool:
		return strconv.AppendBool(out, v)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	}
	panic(fmt.Sprintf("bundle: cannot write %T", v)) // put documents what can be
}

func appendComma(out []byte, i int) []byte {
	if i > 0 {
		return append(out, ',')
	}
	return out
}

func appendString(out []byte, s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the prose is full of <placeholders>
	_ = enc.Encode(s)        // a string always encodes
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// rewritten is the JSON text of a source value in which some strings are
// replaced and some members left out. All else keeps its own text, so that no
// number is read and written again.
type rewritten struct {
	strings map[*source.Node]string
	drop    map[*source.Node]bool
}

func (r rewritten) append(out []byte, n *source.Node) []byte {
	switch n.Kind {
	case source.Object:
		out = append(out, '{')
		written := 0
		for _, m := range n.Members {
			if r.drop[m.Value] {
				continue
			}
			out = append(appendString(appendComma(out, written), m.Key), ':')
			out = r.append(out, m.Value)
			written++
		}
		return append(out, '}')
	case source.Array:
		out = append(out, '[')
		for i, item := range n.Items {
			out = r.append(appendComma(out, i), item)
		}
		return append(out, ']')
	}
	if s, there := r.strings[n]; there {
		return appendString(out, s)
	}
	return append(out, n.Raw()...)
}

// fragment writes a JSON pointer as the fragment of a URI: what RFC 3986 does
// not allow there is percent-encoded.
func fragment(pointer string) string {
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

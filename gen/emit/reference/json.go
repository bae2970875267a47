package reference

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// value is a JSON value that keeps the order of its members and the spelling
// of its scalars.
type value struct {
	open    byte // '{', '[' or 0 for a scalar
	scalar  string
	keys    []string // encoded
	members []*value
}

func literal(jsonText string) *value { return &value{scalar: jsonText} }

func text(s string) *value { return literal(encodeString(s)) }

func encodeString(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// add appends a member; absent values (nil) are left out.
func (v *value) add(key string, member *value) {
	if member == nil {
		return
	}
	v.keys = append(v.keys, encodeString(key))
	v.members = append(v.members, member)
}

// parse reads a JSON text; nil gives nil. The model's texts are valid JSON.
func parse(data []byte) *value {
	if data == nil {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return read(dec)
}

func read(dec *json.Decoder) *value {
	tok, err := dec.Token()
	if err != nil {
		return literal("null")
	}
	switch tok := tok.(type) {
	case json.Delim:
		v := &value{open: byte(tok)}
		for dec.More() {
			key := ""
			if tok == '{' {
				k, _ := dec.Token()
				key, _ = k.(string)
			}
			v.add(key, read(dec))
		}
		_, _ = dec.Token() // the closing one
		return v
	case json.Number:
		return literal(tok.String())
	case string:
		return text(tok)
	case bool:
		if tok {
			return literal("true")
		}
		return literal("false")
	}
	return literal("null")
}

// lineWidth is how long a line may get before an object or array is broken
// into lines.
const lineWidth = 100

// pretty writes the value over as few lines as are easy to read.
func (v *value) pretty() string {
	var b strings.Builder
	v.write(&b, "", 0)
	return b.String()
}

// write writes the value after used columns of the current line. Members that
// fit on one line share lines; the others have lines of their own.
func (v *value) write(b *strings.Builder, indent string, used int) {
	line := v.line()
	if v.open == 0 || len(v.members) == 0 || len(indent)+used+utf8.RuneCountInString(line) <= lineWidth {
		b.WriteString(line)
		return
	}
	b.WriteByte(v.open)
	inner := indent + "  "
	room := 0 // left on the current line, if short members may follow on it
	for i, m := range v.members {
		before := ""
		if v.open == '{' {
			before = v.keys[i] + ": "
		}
		width := utf8.RuneCountInString(before + m.line())
		if i > 0 {
			b.WriteByte(',')
		}
		if m.open == 0 && i > 0 && room > width+2 {
			b.WriteByte(' ')
		} else {
			b.WriteString("\n" + inner)
			room = lineWidth - len(inner)
		}
		b.WriteString(before)
		m.write(b, inner, utf8.RuneCountInString(before))
		if room -= width + 2; m.open != 0 {
			room = 0
		}
	}
	b.WriteString("\n" + indent)
	b.WriteByte(v.open + 2) // '}' and ']' are two after their openings in ASCII
}

// line writes the value on one line.
func (v *value) line() string {
	if v.open == 0 {
		return v.scalar
	}
	parts := make([]string, len(v.members))
	for i, m := range v.members {
		parts[i] = m.line()
		if v.open == '{' {
			parts[i] = v.keys[i] + ": " + parts[i]
		}
	}
	inner := strings.Join(parts, ", ")
	if v.open == '[' {
		return "[" + inner + "]"
	}
	if inner == "" {
		return "{}"
	}
	return "{ " + inner + " }"
}

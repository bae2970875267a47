// Package vector makes, reads and writes accept and reject vectors: JSON values
// with the verdict that every implementation of the protocol owes them.
package vector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Set is a file of vectors: those of one type.
type Set struct {
	Type        string   `json:"type"`                  // its name in code
	Schema      string   `json:"schema,omitempty"`      // where it is declared
	Description string   `json:"description,omitempty"` // what the vectors are about, when they are about one thing
	Generated   bool     `json:"generated,omitempty"`   // by tools/vectors; otherwise written by hand
	Tests       []Vector `json:"tests"`
}

// Vector is one value. Either Data holds it, or Text its JSON text where what
// matters would not survive being read and written: escapes, forms of numbers,
// repeated names, or text that is not JSON.
type Vector struct {
	Description string          `json:"description"`
	Mode        string          `json:"mode"` // strict or lenient
	Valid       bool            `json:"valid"`
	Path        *string         `json:"path,omitempty"` // JSON pointer of the only issue, or of the first
	Rule        string          `json:"rule,omitempty"` // its keyword
	Data        json.RawMessage `json:"data,omitempty"`
	Source      *string         `json:"text,omitempty"`
}

// JSON is the text to be decoded.
func (v Vector) JSON() []byte {
	if v.Source != nil {
		return []byte(*v.Source)
	}
	return v.Data
}

// Mark is a line that only generated files have.
const Mark = "\n  \"generated\": true,\n"

// Text writes the set with one vector a line, so that changes can be read.
func (s Set) Text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n  \"type\": %s,\n  \"schema\": %s,%s  \"tests\": [\n", inline(s.Type), inline(s.Schema), Mark)
	for i, v := range s.Tests {
		comma := ","
		if i == len(s.Tests)-1 {
			comma = ""
		}
		fmt.Fprintf(&b, "    %s%s\n", inline(v), comma)
	}
	b.WriteString("  ]\n}\n")
	return b.Bytes()
}

// inline writes a value on one line, with < and > as they are.
func inline(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // structs of strings always encode
	return bytes.TrimSpace(b.Bytes())
}

// Read reads the sets of a folder: one a file, or a list of them.
func Read(folder string) ([]Set, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var sets []Set
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var some []Set
		if bytes.HasPrefix(text, []byte("[")) {
			err = json.Unmarshal(text, &some)
		} else {
			some = make([]Set, 1)
			err = json.Unmarshal(text, &some[0])
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		sets = append(sets, some...)
	}
	return sets, nil
}

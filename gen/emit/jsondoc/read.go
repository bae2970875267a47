package jsondoc

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Member is a member of a JSON object.
type Member struct {
	Name  string
	Value []byte // JSON
}

// Members lists the members of a JSON object in their order.
func Members(text []byte) ([]Member, error) {
	var out []Member
	err := parts(text, '{', func(dec *json.Decoder) error {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		err = dec.Decode(&value)
		out = append(out, Member{fmt.Sprint(name), value})
		return err
	})
	return out, err
}

// Items lists the items of a JSON array.
func Items(text []byte) ([][]byte, error) {
	var out [][]byte
	err := parts(text, '[', func(dec *json.Decoder) error {
		var item json.RawMessage
		err := dec.Decode(&item)
		out = append(out, item)
		return err
	})
	return out, err
}

// parts reads what stands between brackets, a part a call.
func parts(text []byte, open json.Delim, part func(*json.Decoder) error) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if first, err := dec.Token(); err != nil {
		return err
	} else if first != open {
		return fmt.Errorf("expected %s, not %s", open, text)
	}
	for dec.More() {
		if err := part(dec); err != nil {
			return err
		}
	}
	return nil
}

// Find returns the value of a member, or nil.
func Find(members []Member, name string) []byte {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// IsNull reports whether a JSON text is null.
func IsNull(text []byte) bool { return string(bytes.TrimSpace(text)) == "null" }

// Compact is a JSON text without white space.
func Compact(text []byte) (string, error) {
	var b bytes.Buffer
	err := json.Compact(&b, text)
	return b.String(), err
}

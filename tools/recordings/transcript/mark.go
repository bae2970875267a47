package transcript

import (
	"bytes"
	"encoding/json"
	"strings"
)

// unmark takes the recorder's marks out of a frame. Where it left out items or
// members, the mark among them goes; where it put a remark in the place of a
// value, the member goes. What remains is as it was recorded, but for the
// order of members. A text that was cut short stays, with the mark at its end.
// Partial is whether members are missing now that the gateway sent.
func unmark(frame []byte) (text []byte, partial bool, err error) {
	if !bytes.Contains(frame, []byte("<truncated")) && !bytes.Contains(frame, []byte("omitted>")) && !bytes.Contains(frame, []byte(" in this file>")) {
		return frame, false, nil
	}
	numbers := json.NewDecoder(bytes.NewReader(frame))
	numbers.UseNumber()
	var v any
	if err := numbers.Decode(&v); err != nil {
		return nil, false, err
	}
	v = strip(v, &partial)
	text, err = json.Marshal(v)
	return text, partial, err
}

func strip(v any, partial *bool) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if name == "…<truncated>" || isMark(value) {
				*partial = true
				delete(v, name)
				continue
			}
			v[name] = strip(value, partial)
		}
	case []any:
		kept := []any{}
		for _, item := range v {
			if !isMark(item) {
				kept = append(kept, strip(item, partial))
			}
		}
		return kept
	}
	return v
}

// isMark reports whether a value is the recorder's and not the gateway's.
func isMark(v any) bool {
	s, ok := v.(string)
	return ok && (s == "<omitted>" || strings.HasPrefix(s, "…<truncated") ||
		strings.HasPrefix(s, "<") && strings.HasSuffix(s, " in this file>"))
}

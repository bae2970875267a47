package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// longText is how long a text in an answer may be. Texts are no part of a
// shape; what is in them, such as prompts and log lines, is of no use here.
const longText = 120

// shorten cuts an answer as the recorder cut the longest ones, with its marks:
// long texts, and items of lists that are shaped as an earlier one.
func shorten(frame []byte) ([]byte, error) {
	text := json.NewDecoder(bytes.NewReader(frame))
	text.UseNumber()
	var v any
	if err := text.Decode(&v); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(cut(v)); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

func cut(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			v[name] = cut(value)
		}
	case []any:
		seen := map[string]bool{}
		kept := []any{}
		for _, item := range v {
			// Plain values of one kind may be names, and then all of them matter.
			_, plain := item.(string)
			if s := shape(item); plain || !seen[s] {
				seen[s] = true
				kept = append(kept, cut(item))
			}
		}
		if len(kept) < len(v) {
			kept = append(kept, fmt.Sprintf("…<truncated: %d items in total>", len(v)))
		}
		return kept
	case string:
		if r := []rune(v); len(r) > longText {
			return fmt.Sprintf("%s…<truncated %d chars>", string(r[:longText/2]), len(r)-longText/2)
		}
	}
	return v
}

package llm

import (
	"bytes"
	"encoding/json"
)

// NewToolCall makes a call of what a model wrote as its arguments.
func NewToolCall(id, name, arguments string) ToolCall {
	c := ToolCall{ID: id, Name: name, Arguments: json.RawMessage("{}")}
	text := bytes.TrimSpace([]byte(arguments))
	switch {
	case len(text) == 0:
		// A tool without arguments: some models write nothing then.
	case !json.Valid(text):
		c.Fault = "the arguments are not valid JSON: " + Clip(arguments)
	case text[0] != '{':
		c.Fault = "the arguments are not a JSON object: " + Clip(arguments)
	default:
		c.Arguments = text
	}
	return c
}

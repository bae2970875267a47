package llm

import (
	"encoding/json"
	"strings"
)

// Role is whose a message is.
type Role string

// The roles.
const (
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleTool      Role = "tool" // results of tool calls, and nothing else
)

// Message is one contribution to a conversation.
type Message struct {
	Role  Role
	Parts []Part
	Model string // "provider/id" of the model that an assistant's message is of; "" when not known
}

// Part is a piece of a message: Text, Thinking, Image, ToolCall or ToolResult.
type Part interface{ part() }

// Text is what somebody said.
type Text struct{ Text string }

// Thinking is a model's reasoning. It goes back to the model it came from
// exactly as it came: some services check it. To others it does not go.
type Thinking struct {
	Text      string
	Signature string // the service's proof that the text is its own; "" where it gives none
	Redacted  bool   // the service keeps the text to itself, and Signature holds it sealed
}

// Image is a picture to look at.
type Image struct {
	MIME string // such as "image/png"
	Data []byte
}

// ToolCall asks for a tool to be used.
type ToolCall struct {
	ID        string // names this call
	Name      string
	Arguments json.RawMessage // a JSON object
	Fault     string          // what is wrong with the arguments that the model wrote; Arguments is {} then
}

// ToolResult is what came of a ToolCall.
type ToolResult struct {
	CallID  string
	Name    string
	Text    string
	Images  []Image
	IsError bool
}

func (Text) part()       {}
func (Thinking) part()   {}
func (Image) part()      {}
func (ToolCall) part()   {}
func (ToolResult) part() {}

// UserText is a message of the user that is text alone.
func UserText(text string) Message { return Message{Role: RoleUser, Parts: []Part{Text{Text: text}}} }

// Text is all text of a message, without reasoning, calls and results.
func (m *Message) Text() string { return textOf(m.Parts) }

// Text is all text of the answer, without its reasoning.
func (a *Answer) Text() string { return textOf(a.Parts) }

// Thinking is all reasoning of the answer.
func (a *Answer) Thinking() string {
	var b strings.Builder
	for _, p := range a.Parts {
		if t, ok := p.(Thinking); ok {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

// ToolCalls lists the calls of the answer in their order.
func (a *Answer) ToolCalls() []ToolCall {
	var calls []ToolCall
	for _, p := range a.Parts {
		if c, ok := p.(ToolCall); ok {
			calls = append(calls, c)
		}
	}
	return calls
}

// Message is the answer as a contribution to the conversation.
func (a *Answer) Message() Message {
	return Message{Role: RoleAssistant, Parts: a.Parts, Model: a.Provider + "/" + a.Model}
}

func textOf(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		if t, ok := p.(Text); ok {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

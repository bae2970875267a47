package llm

import (
	"context"
	"encoding/json"
)

// Provider streams answers of the models of one service. Its methods may be
// called by many goroutines at the same time.
type Provider interface {
	// Name is the provider's name in the catalogue and in configuration, such
	// as "anthropic", "openai" or "echo".
	Name() string

	// Stream asks for one answer and calls emit, on the caller's goroutine, for
	// each piece as it comes. It returns the whole answer, which is never nil:
	// beside an error it is what had come until then.
	//
	// When ctx ends, the exchange with the service ends too, the answer's Stop
	// is StopAborted and the error is context.Cause(ctx). Every other error is
	// an *Error.
	Stream(ctx context.Context, r *Request, emit func(Delta)) (*Answer, error)
}

// Request is what a model is asked.
type Request struct {
	Model     string // id within the provider
	System    string // system prompt; "" for none
	Messages  []Message
	Tools     []Tool
	Thinking  Level  // "" leaves it to the provider
	MaxTokens int    // most tokens of the answer; 0 leaves it to the provider
	SessionID string // tells requests of one conversation from others, for the provider's caches; may be ""
}

// Tool is something that a model may ask to be done.
type Tool struct {
	Name        string
	Description string
	Schema      json.RawMessage // JSON Schema of the arguments, an object; empty for none
}

// DeltaKind tells what a Delta is a piece of.
type DeltaKind uint8

// The kinds of deltas.
const (
	DeltaText     DeltaKind = iota + 1 // Text is to be appended to the answer
	DeltaThinking                      // Text is to be appended to the reasoning
	DeltaToolCall                      // a tool call begins; Text is the tool's name
)

// Delta is a piece of an answer that is being written.
type Delta struct {
	Kind DeltaKind
	Text string
}

// StopReason is why a model stopped.
type StopReason string

// The reasons. Their values are those of a message's stopReason on the wire.
const (
	StopEnd     StopReason = "stop"    // the answer is complete
	StopToolUse StopReason = "toolUse" // the model waits for the results of its tool calls
	StopLength  StopReason = "length"  // the limit of tokens was reached
	StopRefusal StopReason = "refusal" // the model or its service declined to answer
	StopAborted StopReason = "aborted" // the caller's context ended
	StopError   StopReason = "error"   // the service failed while answering
)

// Answer is what a model said.
type Answer struct {
	Parts      []Part // in the order in which they came
	Stop       StopReason
	Usage      Usage
	UsageKnown bool   // the provider said what was used; else Usage is zero
	Model      string // id of the model that was asked
	Provider   string // name of the provider
}

// Usage is how many tokens an answer took.
type Usage struct {
	Input      int64 // without those read from or written to the provider's cache
	Output     int64 // reasoning too
	CacheRead  int64
	CacheWrite int64
}

// Total is all tokens together.
func (u Usage) Total() int64 { return u.Input + u.Output + u.CacheRead + u.CacheWrite }

// Add returns the sum.
func (u Usage) Add(other Usage) Usage {
	return Usage{
		Input: u.Input + other.Input, Output: u.Output + other.Output,
		CacheRead: u.CacheRead + other.CacheRead, CacheWrite: u.CacheWrite + other.CacheWrite,
	}
}

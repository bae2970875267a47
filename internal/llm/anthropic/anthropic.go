// Package anthropic asks models through Anthropic's Messages API, which other
// services speak too.
package anthropic

import (
	"context"
	"encoding/json"
	"strings"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/exchange"
)

// BaseURL is where Anthropic itself is.
const BaseURL = "https://api.anthropic.com"

// Options say which service to ask.
type Options struct {
	exchange.Options
	Models func(id string) (m llm.Model, ok bool) // what is known of a model
}

// Provider asks one service.
type Provider struct {
	options  Options
	service  *exchange.Service
	messages sdk.MessageService
}

var _ llm.Provider = (*Provider)(nil)

// New returns a provider. Close it in the end.
func New(o Options) *Provider {
	if o.BaseURL == "" {
		o.BaseURL = BaseURL
	}
	p := &Provider{options: o, service: exchange.New(o.Options)}
	// The service is made by itself, not by NewClient, which would look for
	// keys and addresses of its own in the environment and in files. The API's
	// paths begin with v1, which many write behind the address too.
	options := []option.RequestOption{
		option.WithBaseURL(strings.TrimSuffix(strings.TrimRight(o.BaseURL, "/"), "/v1") + "/"),
		option.WithHTTPClient(p.service.Client()),
		option.WithMaxRetries(0),
	}
	if o.Key != "" {
		options = append(options, option.WithAPIKey(o.Key))
	}
	p.messages = sdk.NewMessageService(options...)
	return p
}

// Name is the provider's name.
func (p *Provider) Name() string { return p.options.Provider }

// Close lets go of what waits for the next request.
func (p *Provider) Close() { p.service.Close() }

// Stream asks for one answer.
func (p *Provider) Stream(ctx context.Context, r *llm.Request, emit func(llm.Delta)) (*llm.Answer, error) {
	names := llm.NewToolNames(r.Tools)
	params := p.params(r, names)
	return p.service.Answer(ctx, r.Model, func(ctx context.Context, answer *llm.Answer) (bool, error) {
		a := assembly{answer: answer, emit: emit, names: names}
		err := a.read(p.messages.NewStreaming(ctx, params))
		a.finish()
		return a.begun, err
	})
}

// eventStream is what the SDK streams events with.
type eventStream interface {
	Next() bool
	Current() sdk.MessageStreamEventUnion
	Err() error
	Close() error
}

// assembly puts an answer together from the events of a stream.
type assembly struct {
	answer *llm.Answer
	emit   func(llm.Delta)
	names  *llm.ToolNames
	begun  bool     // something was passed on
	blocks []*block // by index, as they are being written
	stop   sdk.StopReason
	done   bool
}

// block is a part in the making.
type block struct {
	kind      string
	text      strings.Builder
	signature string
	id, name  string
}

// maxBlocks bounds the index of a block, which the service chooses.
const maxBlocks = 1024

func (a *assembly) read(stream eventStream) error {
	defer stream.Close()
	for stream.Next() {
		event := stream.Current()
		if err := a.event(&event); err != nil {
			return err
		}
	}
	switch err := stream.Err(); {
	case err != nil:
		return told(err)
	case !a.done:
		return exchange.ErrCut
	}
	return nil
}

// told finds the error that the service sent inside its stream.
func told(err error) error {
	if e, ok := err.(*sdk.Error); ok {
		return &exchange.Told{Body: []byte(e.RawJSON())}
	}
	return err
}

func (a *assembly) event(e *sdk.MessageStreamEventUnion) error {
	switch e.Type {
	case "message_start":
		u := &e.Message.Usage
		a.use(llm.Usage{Input: u.InputTokens, Output: u.OutputTokens, CacheRead: u.CacheReadInputTokens, CacheWrite: u.CacheCreationInputTokens})
	case "content_block_start":
		return a.open(e)
	case "content_block_delta":
		return a.add(e)
	case "message_delta":
		if e.Delta.StopReason != "" {
			a.stop = e.Delta.StopReason
		}
		u := &e.Usage
		a.use(llm.Usage{Input: u.InputTokens, Output: u.OutputTokens, CacheRead: u.CacheReadInputTokens, CacheWrite: u.CacheCreationInputTokens})
	case "message_stop":
		a.done = true
	}
	return nil
}

// use takes the latest counts. They are of the whole answer until then; the
// later events leave out those that did not change.
func (a *assembly) use(u llm.Usage) {
	if u == (llm.Usage{}) {
		return
	}
	known := &a.answer.Usage
	a.answer.UsageKnown = true
	for _, count := range []struct {
		of  *int64
		now int64
	}{{&known.Input, u.Input}, {&known.Output, u.Output}, {&known.CacheRead, u.CacheRead}, {&known.CacheWrite, u.CacheWrite}} {
		if count.now > 0 {
			*count.of = count.now
		}
	}
}

func (a *assembly) open(e *sdk.MessageStreamEventUnion) error {
	if e.Index != int64(len(a.blocks)) || e.Index >= maxBlocks {
		return &exchange.Garbled{What: "its blocks come out of order"}
	}
	c := &e.ContentBlock
	b := &block{kind: c.Type, id: c.ID, signature: c.Signature}
	a.blocks = append(a.blocks, b)
	switch c.Type {
	case "text":
		a.grow(b, llm.DeltaText, c.Text)
	case "thinking":
		a.grow(b, llm.DeltaThinking, c.Thinking)
	case "redacted_thinking":
		b.signature = c.Data
	case "tool_use":
		b.name = a.names.Own(c.Name)
		if input, err := json.Marshal(c.Input); err == nil && len(input) > len("null") {
			b.text.Write(input) // whole at once: some services do so
		}
		a.pass(llm.Delta{Kind: llm.DeltaToolCall, Text: b.name})
	}
	return nil
}

func (a *assembly) add(e *sdk.MessageStreamEventUnion) error {
	if e.Index < 0 || e.Index >= int64(len(a.blocks)) {
		return &exchange.Garbled{What: "it adds to a block that was not begun"}
	}
	b, d := a.blocks[e.Index], &e.Delta
	switch d.Type {
	case "text_delta":
		a.grow(b, llm.DeltaText, d.Text)
	case "thinking_delta":
		a.grow(b, llm.DeltaThinking, d.Thinking)
	case "signature_delta":
		b.signature += d.Signature
	case "input_json_delta":
		if d.PartialJSON != "" && b.text.String() == "{}" {
			b.text.Reset() // what the block began with only held its place
		}
		b.text.WriteString(d.PartialJSON)
	}
	return nil
}

func (a *assembly) grow(b *block, kind llm.DeltaKind, text string) {
	if text == "" {
		return
	}
	b.text.WriteString(text)
	a.pass(llm.Delta{Kind: kind, Text: text})
}

func (a *assembly) pass(d llm.Delta) {
	a.begun = true
	a.emit(d)
}

// finish makes parts of the blocks, also of an answer that was cut off: of that
// a call is left out, because its arguments may lack something.
func (a *assembly) finish() {
	for _, b := range a.blocks {
		switch text := b.text.String(); b.kind {
		case "text":
			if text != "" {
				a.answer.Parts = append(a.answer.Parts, llm.Text{Text: text})
			}
		case "thinking":
			if text != "" || b.signature != "" {
				a.answer.Parts = append(a.answer.Parts, llm.Thinking{Text: text, Signature: b.signature})
			}
		case "redacted_thinking":
			a.answer.Parts = append(a.answer.Parts, llm.Thinking{Signature: b.signature, Redacted: true})
		case "tool_use":
			if a.done && a.stop != sdk.StopReasonMaxTokens {
				a.answer.Parts = append(a.answer.Parts, llm.NewToolCall(b.id, b.name, text))
			}
		}
	}
	if a.done {
		a.answer.Stop = stops[a.stop]
		if a.answer.Stop == "" {
			a.answer.Stop = llm.StopEnd
		}
	}
}

// stops are the reasons that are not simply the end.
var stops = map[sdk.StopReason]llm.StopReason{
	sdk.StopReasonMaxTokens:                  llm.StopLength,
	sdk.StopReasonModelContextWindowExceeded: llm.StopLength,
	sdk.StopReasonToolUse:                    llm.StopToolUse,
	sdk.StopReasonRefusal:                    llm.StopRefusal,
}

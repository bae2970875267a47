package openai

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/exchange"
)

// chunkStream is what the SDK streams chunks with.
type chunkStream interface {
	Next() bool
	Current() sdk.ChatCompletionChunk
	Err() error
	Close() error
}

// assembly puts an answer together from the chunks of a stream.
type assembly struct {
	answer   *llm.Answer
	emit     func(llm.Delta)
	names    *llm.ToolNames
	begun    bool // something was passed on
	thinking strings.Builder
	field    string // in which the reasoning came
	text     strings.Builder
	calls    []*call
	last     map[int64]int // the call that an index stands for by now
	finished string        // the reason to stop, once it is known
}

// call is a tool call in the making.
type call struct {
	id, name  string
	arguments strings.Builder
	announced bool
}

// maxCalls bounds the calls of one answer.
const maxCalls = 256

func (a *assembly) read(stream chunkStream) error {
	defer stream.Close()
	for stream.Next() {
		chunk := stream.Current()
		if err := a.chunk(&chunk); err != nil {
			return err
		}
	}
	var failed *ssestream.StreamError
	switch err := stream.Err(); {
	case errors.As(err, &failed):
		return &exchange.Told{Body: failed.Event.Data}
	case err != nil:
		return err
	case a.finished == "":
		return exchange.ErrCut
	}
	return nil
}

func (a *assembly) chunk(c *sdk.ChatCompletionChunk) error {
	if c.JSON.Usage.Valid() {
		a.use(&c.Usage)
	}
	if len(c.Choices) == 0 {
		return nil
	}
	choice := &c.Choices[0]
	if choice.FinishReason != "" {
		a.finished = choice.FinishReason
	}
	d := &choice.Delta
	a.reason(d)
	if d.Content != "" {
		a.text.WriteString(d.Content)
		a.pass(llm.Delta{Kind: llm.DeltaText, Text: d.Content})
	}
	if d.Refusal != "" {
		a.text.WriteString(d.Refusal)
		a.pass(llm.Delta{Kind: llm.DeltaText, Text: d.Refusal})
	}
	for k := range d.ToolCalls {
		if err := a.call(&d.ToolCalls[k]); err != nil {
			return err
		}
	}
	return nil
}

// reasoningFields are where services put the model's reasoning, which the API
// itself does not have. Some give the same text in two of them.
var reasoningFields = []string{"reasoning_content", "reasoning", "reasoning_text"}

func (a *assembly) reason(d *sdk.ChatCompletionChunkChoiceDelta) {
	for _, field := range reasoningFields {
		raw, ok := d.JSON.ExtraFields[field]
		if !ok {
			continue
		}
		var text string
		if json.Unmarshal([]byte(raw.Raw()), &text) != nil || text == "" {
			continue
		}
		a.field = field
		a.thinking.WriteString(text)
		a.pass(llm.Delta{Kind: llm.DeltaThinking, Text: text})
		return
	}
}

// call adds a piece of a tool call. A piece belongs to the call with its index,
// but some services give every call the index 0: then a new id tells.
func (a *assembly) call(piece *sdk.ChatCompletionChunkChoiceDeltaToolCall) error {
	if a.last == nil {
		a.last = make(map[int64]int)
	}
	at, ok := a.last[piece.Index]
	if ok && piece.ID != "" && a.calls[at].id != "" && piece.ID != a.calls[at].id {
		ok = false
	}
	if !ok {
		if len(a.calls) >= maxCalls {
			return &exchange.Garbled{What: "it calls more than " + strconv.Itoa(maxCalls) + " tools"}
		}
		at = len(a.calls)
		a.last[piece.Index] = at
		a.calls = append(a.calls, &call{})
	}
	c := a.calls[at]
	if piece.ID != "" {
		c.id = piece.ID
	}
	// Names come whole. Some services repeat them with each piece.
	if piece.Function.Name != "" {
		c.name = a.names.Own(piece.Function.Name)
	}
	c.arguments.WriteString(piece.Function.Arguments)
	if c.name != "" && !c.announced {
		c.announced = true
		a.pass(llm.Delta{Kind: llm.DeltaToolCall, Text: c.name})
	}
	return nil
}

func (a *assembly) pass(d llm.Delta) {
	a.begun = true
	a.emit(d)
}

// use takes the counts. The API counts what came out of the cache, or went into
// it, as input too.
func (a *assembly) use(u *sdk.CompletionUsage) {
	read, write := u.PromptTokensDetails.CachedTokens, u.PromptTokensDetails.CacheWriteTokens
	a.answer.UsageKnown = true
	a.answer.Usage = llm.Usage{
		Input: max(u.PromptTokens-read-write, 0), Output: u.CompletionTokens,
		CacheRead: read, CacheWrite: write,
	}
}

// finish makes parts of what came, also of an answer that was cut off: of that
// calls are left out, because their arguments may lack something.
func (a *assembly) finish() {
	if a.thinking.Len() > 0 {
		a.answer.Parts = append(a.answer.Parts, llm.Thinking{Text: a.thinking.String(), Signature: a.field})
	}
	if a.text.Len() > 0 {
		a.answer.Parts = append(a.answer.Parts, llm.Text{Text: a.text.String()})
	}
	if a.finished == "" {
		return
	}
	a.answer.Stop = llm.StopEnd
	switch a.finished {
	case "length":
		a.answer.Stop = llm.StopLength
		return
	case "content_filter":
		a.answer.Stop = llm.StopRefusal
		return
	}
	for _, c := range a.calls {
		if c.name == "" {
			continue
		}
		if c.id == "" {
			c.id = "call_" + rand.Text()[:12] // some services give none, and they must differ all over a history
		}
		a.answer.Parts = append(a.answer.Parts, llm.NewToolCall(c.id, c.name, c.arguments.String()))
		a.answer.Stop = llm.StopToolUse
	}
}

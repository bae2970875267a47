package agent

import (
	"context"
	"errors"
	"strings"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// What a model is told when a conversation has to be summarised.
const (
	summarySystem  = "You summarise conversations, so that they can go on where their beginning no longer fits. You answer with the summary alone."
	summaryRequest = "Summarise our conversation so far for the one who has to continue it: what I want, what was decided, what was found out, " +
		"what is under way and what is still to do. Keep names, numbers, paths and exact wordings that will be needed again. " +
		"The last exchanges matter most. Answer in the language of the conversation."
)

// bytesPerToken is a careful guess where no provider has counted.
const bytesPerToken = 3

// makeRoom has the older part of a conversation summarised when it fills too
// much of the model's window, or, when forced, because a provider said that it
// does. The cut is marked in the transcript; nothing is erased.
func (x *execution) makeRoom(ctx context.Context, force bool) error {
	window := x.candidates[0].model.ContextWindow
	older := len(x.h.messages) - 1 // all but the run's own message
	if x.resumed || older < 2 || !force && (window <= 0 || x.fill()*100 < window*x.h.profile.CompactAt) {
		if force {
			return errors.New("the message does not fit the model's window: shorten it, or choose a model with a larger one")
		}
		return nil
	}
	x.compacted = true
	if !x.accepted() {
		return context.Canceled
	}
	x.tellCompaction(&protocol.AgentCompactionStart{})
	summary, err := x.summarise(ctx, x.h.messages[:older], window)
	if err == nil {
		err = x.cut(ctx, summary)
	}
	x.tellCompaction(&protocol.AgentCompactionEnd{WillRetry: force && err == nil})
	if err != nil {
		return err
	}
	if force {
		x.stream.restart()
	}
	x.h.messages = append([]protocol.Message{summaryMessage(summary)}, x.h.messages[older:]...)
	x.before = modelMessages(x.h.messages)
	return nil
}

// fill is how much of the model's window the conversation takes, in tokens: as
// the provider counted after the last run, or as its bytes let guess.
func (x *execution) fill() int64 {
	own := int64(size(x.h.messages[len(x.h.messages)-1:]) / bytesPerToken)
	if x.h.entry.TotalTokens.Set {
		return x.h.entry.TotalTokens.V + own
	}
	return int64(size(x.h.messages) / bytesPerToken)
}

// size is how much text there is; an image counts as a few thousand bytes.
func size(messages []protocol.Message) int {
	n := 0
	for k := range messages {
		for _, p := range modelParts(&messages[k]) {
			switch p := p.(type) {
			case llm.Text:
				n += len(p.Text)
			case llm.Thinking:
				n += len(p.Text)
			case llm.ToolCall:
				n += len(p.Arguments) + len(p.Name)
			case llm.Image:
				n += 1500 * bytesPerToken
			}
		}
	}
	return n
}

// summarise asks the model itself. What does not fit into its window is left
// out from the beginning.
func (x *execution) summarise(ctx context.Context, messages []protocol.Message, window int64) (string, error) {
	if window > 0 {
		most := int(window) * bytesPerToken * 6 / 10
		for len(messages) > 1 && size(messages) > most {
			messages = messages[1:]
		}
	}
	asked := append(modelMessages(dropImages(messages)), llm.UserText(summaryRequest))
	c := x.candidates[0]
	answer, err := c.provider.Stream(ctx, &llm.Request{Model: c.model.ID, System: summarySystem, Messages: asked, Thinking: llm.LevelOff, SessionID: x.Session + "#summary"}, func(llm.Delta) {})
	x.usage, x.metered = add(x.usage, answer.Usage), x.metered || answer.UsageKnown
	x.calls = append(x.calls, spent{c.model, answer.Usage, answer.UsageKnown})
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return "", err
	}
	text := strings.TrimSpace(answer.Text())
	if text == "" {
		return "", errors.New("the conversation is too long for the model, and it gave no summary of it")
	}
	return text, nil
}

// dropImages leaves a word in place of each picture.
func dropImages(messages []protocol.Message) []protocol.Message {
	out := make([]protocol.Message, len(messages))
	for k := range messages {
		out[k] = messages[k]
		if out[k].Content.Kind != protocol.MessageContentIsArray {
			continue
		}
		blocks := make([]protocol.ContentBlock, 0, len(out[k].Content.Array))
		for _, b := range out[k].Content.Array {
			if _, image := b.(*protocol.ImageBlock); image {
				b = &protocol.TextBlock{Text: "[image]"}
			}
			blocks = append(blocks, b)
		}
		out[k].Content.Array = blocks
	}
	return out
}

// cut marks in the transcript that the summary stands for all before the run's
// own message.
func (x *execution) cut(ctx context.Context, summary string) error {
	s := x.svc
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveBudget)
	defer cancel()
	calls := x.calls
	err := s.o.Store.Write(ctx, func(tx *store.Tx) error {
		if err := x.write(ctx, tx, calls, nil); err != nil {
			return err
		}
		if err := s.o.Sessions.Cut(ctx, tx, x.sessionID, x.messageID, summary); err != nil {
			return err
		}
		return s.o.Sessions.Update(ctx, tx, x.Session, x.sessionID, func(e *protocol.SessionEntry) {
			e.CompactionCount = wire.Some(e.CompactionCount.V + 1)
			e.TotalTokens = wire.Opt[int64]{}
		})
	})
	if err == nil {
		x.calls = nil
	}
	return err
}

func (x *execution) tellCompaction(data protocol.AgentCompactionData) {
	x.stream.event(func(h eventHead) protocol.AgentEventField {
		return &protocol.AgentEventCompaction{RunID: h.run, Seq: h.seq, Ts: h.ts, SessionKey: h.session, Data: data}
	})
}

// summaryMessage is what the model sees in place of what was summarised.
func summaryMessage(summary string) protocol.Message {
	return protocol.Message{Role: protocol.MessageRoleUser, Content: textContent("What was said before, in short:\n\n" + summary)}
}

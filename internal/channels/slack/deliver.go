package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/slack-go/slack"
)

// How a message that may have arrived is looked for.
const (
	settleTime = 30 * time.Second // from the attempt on; Slack itself gives a request up before
	clockSkew  = 2 * time.Minute  // between our clock and Slack's
	lookPages  = 10
	lookSize   = 200
)

// partEvent names what stands in a message unseen: which part of the outbox it is.
const partEvent = "gatesmith_part"

// Deliver sends a part.
func (a *account) Deliver(ctx context.Context, p *channels.Part) (*channels.Receipt, error) {
	chat, err := a.direct(ctx, p.To.Chat)
	if err != nil {
		return nil, err
	}
	var r *channels.Receipt
	switch {
	case p.Media != "":
		r, err = a.file(ctx, chat, p)
	case p.Poll != nil:
		r, err = a.poll(ctx, chat, p)
	default:
		r, err = a.post(ctx, chat, p, slack.MsgOptionText(p.Text, false))
	}
	if err == nil && p.To.Thread != "" && p.To.Chat == chat {
		a.spoke(ctx, chat, p.To.Thread)
	}
	return r, err
}

// post posts a message. Slack does not look up the addresses in it: what the agent
// writes could otherwise call anybody's server before anybody has clicked.
func (a *account) post(ctx context.Context, chat string, p *channels.Part, content ...slack.MsgOption) (*channels.Receipt, error) {
	options := append(content, slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: partEvent, EventPayload: map[string]any{"part": p.ID}}))
	if p.To.Thread != "" {
		options = append(options, slack.MsgOptionTS(p.To.Thread))
	}
	type posted struct{ chat, ts string }
	m, err := call(ctx, a, func(ctx context.Context) (posted, error) {
		in, ts, err := a.api.PostMessageContext(ctx, chat, options...)
		if err == nil && ts == "" {
			err = errors.New("the answer of Slack has no message")
		}
		return posted{in, ts}, err
	})
	if err != nil {
		return nil, err
	}
	if m.chat == "" {
		m.chat = chat
	}
	return a.receipt(m.chat, m.ts, p), nil
}

func (a *account) receipt(chat, ts string, p *channels.Part) *channels.Receipt {
	r := &channels.Receipt{MessageID: ts, ChannelID: chat}
	if p.Poll != nil {
		r.PollID = ts
	}
	if me := a.me(); me != nil && me.teams != "" {
		r.Said, _ = json.Marshal(map[string]string{"team": me.team})
	}
	return r
}

// Reconcile looks whether a part has arrived. That it has not is believed only
// when Slack must have been through with it.
func (a *account) Reconcile(ctx context.Context, p *channels.Part, attemptedAt time.Time) (*channels.Receipt, error) {
	if p.Media != "" {
		return nil, errors.New("which upload a file came from is not known to Slack")
	}
	chat, err := a.direct(ctx, p.To.Chat)
	if err != nil {
		return nil, errors.New("the chat cannot be opened to look for the message") // which says nothing of the message
	}
	for last := false; ; last = true {
		left := a.settle - a.env.Now().Sub(attemptedAt)
		last = last || left <= 0
		ts, err := a.find(ctx, chat, p, attemptedAt.Add(-clockSkew))
		switch {
		case err != nil:
			return nil, fmt.Errorf("looking for the message in the chat: %s", err) // no verdict
		case ts != "":
			return a.receipt(chat, ts, p), nil
		case last:
			return nil, &channels.Failure{Verdict: channels.NotSent, Err: errors.New("the message has not arrived")}
		case !pause(ctx, left):
			return nil, ctx.Err()
		}
	}
}

// find gives the timestamp of the message that a part has become.
func (a *account) find(ctx context.Context, chat string, p *channels.Part, since time.Time) (string, error) {
	oldest := fmt.Sprintf("%d.%06d", since.Unix(), since.Nanosecond()/1000)
	cursor := ""
	for range lookPages {
		page, err := a.page(ctx, chat, p.To.Thread, oldest, cursor, lookSize)
		var f *channels.Failure
		if errors.As(err, &f) && f.RetryAfter > 0 {
			if !pause(ctx, f.RetryAfter) {
				return "", ctx.Err()
			}
			continue
		}
		if err != nil {
			return "", err
		}
		for _, m := range page.messages {
			if m.Metadata.EventType == partEvent && m.Metadata.EventPayload["part"] == p.ID {
				return m.Timestamp, nil
			}
		}
		if cursor = page.next; cursor == "" {
			return "", nil
		}
	}
	return "", errors.New("there are too many to look through")
}

type page struct {
	messages []slack.Message
	next     string
}

// page gives some messages of a chat or a thread.
func (a *account) page(ctx context.Context, chat, thread, oldest, cursor string, most int) (page, error) {
	return call(ctx, a, func(ctx context.Context) (page, error) {
		if thread != "" {
			list, _, next, err := a.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: chat, Timestamp: thread,
				Oldest: oldest, Cursor: cursor, Limit: most, IncludeAllMetadata: true})
			return page{list, next}, err
		}
		r, err := a.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: chat,
			Oldest: oldest, Cursor: cursor, Limit: most, IncludeAllMetadata: true})
		if err != nil {
			return page{}, err
		}
		return page{r.Messages, r.ResponseMetaData.NextCursor}, nil
	})
}

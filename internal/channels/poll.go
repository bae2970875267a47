package channels

import (
	"context"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// Poll puts a question through a channel.
func (s *Service) Poll(ctx context.Context, p *protocol.PollParams) (*protocol.PollResult, error) {
	info, known := s.kind(string(p.Channel.V))
	if !known || info.Polls == 0 {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "unsupported poll channel: %s", p.Channel.V)
	}
	poll, err := pollOf(info, p)
	if err != nil {
		return nil, err
	}
	params, key := p.AppendJSON(nil), string(p.IdempotencyKey)
	row, err := s.submit(ctx, "poll", key, params, info, p.AccountID.V, p.To, func(m *member, to Target) *outgoing {
		return &outgoing{message: Message{To: to, Poll: poll}}
	})
	if err != nil {
		return nil, err
	}
	r := row.receipt
	return &protocol.PollResult{RunID: key, MessageID: r.MessageID, Channel: protocol.ChannelID(info.ID), ToJID: said(r.ToJID), ChannelID: said(r.ChannelID),
		ConversationID: said(r.ConversationID), PollID: said(r.PollID)}, nil
}

// pollOf reads a poll, and finds what the channel would not take.
func pollOf(info *Info, p *protocol.PollParams) (*Poll, error) {
	poll := &Poll{Question: strings.TrimSpace(p.Question), Choices: max(1, int(p.MaxSelections.V)), Open: time.Duration(p.DurationHours.V) * time.Hour}
	for _, o := range p.Options {
		if o = strings.TrimSpace(o); o != "" {
			poll.Options = append(poll.Options, strings.Clone(o))
		}
	}
	var e *protocol.Error
	switch {
	case poll.Question == "":
		e = protocol.Errorf(protocol.CodeUnavailable, "Error: Poll question is required")
	case len(poll.Options) < 2:
		e = protocol.Errorf(protocol.CodeUnavailable, "Error: Poll requires at least 2 options")
	case len(poll.Options) > info.Polls:
		e = protocol.Errorf(protocol.CodeUnavailable, "Error: Poll supports at most %d options", info.Polls)
	case poll.Choices > len(poll.Options):
		e = protocol.Errorf(protocol.CodeUnavailable, "Error: maxSelections cannot exceed option count")
	default:
		poll.Question = strings.Clone(poll.Question)
		return poll, nil
	}
	e.Final = true
	return nil, e
}

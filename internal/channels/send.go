package channels

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// answerTime is how long a caller is kept waiting for a message's end. The message
// stays in the outbox, and a repeat of the key goes on waiting.
const answerTime = 45 * time.Second

// maxMedia bounds the files of one message.
const maxMedia = 20

// Send sends a message through a channel.
func (s *Service) Send(ctx context.Context, p *protocol.SendParams) (*protocol.SendResult, error) {
	info, known := s.kind(string(p.Channel.V))
	if !known {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "unsupported channel: %s", p.Channel.V)
	}
	if strings.TrimSpace(p.Message) == "" && len(p.MediaURLs) == 0 && p.MediaURL.V == "" {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "invalid send params: the message says nothing")
	}
	params, key := p.AppendJSON(nil), string(p.IdempotencyKey)
	row, err := s.submit(ctx, "send", key, params, info, p.AccountID.V, p.To, func(m *member, to Target) *outgoing {
		o := &outgoing{message: Message{To: to, Text: strings.Clone(p.Message), GIF: p.GifPlayback.V}}
		for _, u := range append([]string{p.MediaURL.V}, p.MediaURLs...) {
			if u = strings.TrimSpace(u); u != "" && !slices.Contains(o.message.Media, u) && len(o.message.Media) < maxMedia {
				o.message.Media = append(o.message.Media, strings.Clone(u))
			}
		}
		session := strings.ToLower(strings.TrimSpace(p.SessionKey.V))
		if session == "" {
			session = s.sessionOf(m, m.settings.Agent, to.chat())
		}
		o.mirror = &mirror{Session: s.o.Sessions.Keys().Canonical(session), Text: o.message.Text, To: to}
		return o
	})
	if err != nil {
		return nil, err
	}
	r := row.receipt
	return &protocol.SendResult{RunID: key, MessageID: r.MessageID, Channel: protocol.ChannelID(info.ID), ChatID: said(r.ChatID), ChannelID: said(r.ChannelID),
		ToJID: said(r.ToJID), ConversationID: said(r.ConversationID)}, nil
}

func said(v string) wire.Opt[string] { return wire.Opt[string]{V: v, Set: v != ""} }

// submit puts a message of a caller into the outbox, and waits for its end.
func (s *Service) submit(ctx context.Context, kind, key string, params []byte, info *Info, account, to string, make func(*member, Target) *outgoing) (*outRow, error) {
	id := kind + ":" + storedKey(key)
	ended, forget := s.wait(id)
	defer forget()
	before, err := s.outcome(ctx, id)
	if err != nil {
		return nil, err
	}
	if before == nil {
		m, err := s.linked(ctx, info, account)
		if err != nil {
			return nil, err
		}
		target, err := m.target(to)
		if err != nil {
			return nil, err
		}
		o := make(m, target)
		o.id, o.params = id, params
		// A caller who goes away does not take back what he asked for.
		err = s.o.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) (err error) {
			before, err = m.put(ctx, tx, o)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if !equalHash(before, params) {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "idempotencyKey %q was used before with other params: use a new key for a new request", clip(key, 80))
	}
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	for row := before; ; {
		if row == nil {
			return nil, errors.New("the message is gone from the outbox")
		}
		if row.state.ended() {
			return row, row.failure(info)
		}
		select {
		case <-ended:
		case <-timer.C:
			e := protocol.Errorf(protocol.CodeUnavailable, "%s has not taken the message yet; it stays in the outbox and is sent as soon as possible: repeat the call with the same key to wait for that", info.Label)
			e.RetryAfter = time.Second
			return nil, e
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if row, err = s.outcome(ctx, id); err != nil {
			return nil, err
		}
	}
}

// outcome gives a message of the outbox, or nil.
func (s *Service) outcome(ctx context.Context, id string) (row *outRow, err error) {
	err = s.o.Store.Read(ctx, func(q store.Querier) error {
		row, err = findOut(ctx, q, id)
		return err
	})
	return row, err
}

// failure is what a caller is told of a message that was not sent.
func (r *outRow) failure(info *Info) error {
	var e *protocol.Error
	switch r.state {
	case outSent:
		return nil
	case outUnknown:
		e = protocol.Errorf(protocol.CodeUnavailable, "Error: it is not known whether %s took the message, and it is not sent again: %s", info.Label, r.fault)
	default:
		e = protocol.Errorf(protocol.CodeUnavailable, "Error: %s", r.fault)
	}
	e.Final = true
	e.Details = &delivery{status: string(r.state), arrived: r.next, parts: len(r.parts)}
	return e
}

// delivery says how far a message came.
type delivery struct {
	status         string
	arrived, parts int
}

// AppendJSON writes it.
func (d *delivery) AppendJSON(b []byte) []byte {
	b = wire.AppendString(append(b, `{"delivery":`...), d.status)
	b = wire.AppendInt(append(b, `,"delivered":`...), int64(d.arrived))
	return append(wire.AppendInt(append(b, `,"parts":`...), int64(d.parts)), '}')
}

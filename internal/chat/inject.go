package chat

import (
	"context"
	"errors"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// What chat.inject answers when there is nothing to write to.
var (
	errNoSession    = protocol.Errorf(protocol.CodeInvalidRequest, "session not found")
	errNoTranscript = protocol.Errorf(protocol.CodeInvalidRequest, "transcript file not found")
)

// ChatInject adds a note to a transcript in the assistant's name, and shows it
// to chat windows.
func (s *Service) ChatInject(ctx context.Context, p *protocol.ChatInjectParams) (*protocol.ChatInjectResult, error) {
	text := p.Message
	if p.Label.V != "" {
		text = "[" + p.Label.V + "]\n\n" + text
	}
	m := Note(text, s.now().UnixMilli())
	var id string
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		sess, err := s.sessions.Get(ctx, tx, p.SessionKey)
		if err != nil {
			return err
		}
		if sess == nil {
			return errNoSession
		}
		begun, err := s.sessions.Begun(ctx, tx, sess.Entry.SessionID)
		if err != nil {
			return err
		}
		if !begun {
			return errNoTranscript
		}
		if id, err = s.sessions.Append(ctx, tx, sess.Entry.SessionID, &m); err != nil {
			return err
		}
		return s.sessions.Update(ctx, tx, sess.Key, sess.Entry.SessionID, func(*protocol.SessionEntry) {})
	})
	var refusal *protocol.Error
	switch {
	case errors.As(err, &refusal):
		return nil, refusal
	case err != nil:
		s.log.Error("a note could not be written to a transcript", "session", p.SessionKey, "error", err)
		return nil, protocol.Errorf(protocol.CodeUnavailable, "failed to write transcript: %v", err)
	}
	s.events.Publish(ctx, protocol.NewEventChat(&protocol.ChatEventField{RunID: "inject-" + id, SessionKey: p.SessionKey,
		State: protocol.ChatStateFinal, Message: wire.Some(m)}))
	return &protocol.ChatInjectResult{MessageID: id}, nil
}

// Note is a message that the gateway writes in the assistant's name.
func Note(text string, at int64) protocol.Message {
	none := wire.Some(int64(0))
	return protocol.Message{Role: protocol.MessageRoleAssistant, Timestamp: wire.Some(at), StopReason: wire.Some("injected"),
		Usage: wire.Some(protocol.TokenUsage{Input: none, Output: none, TotalTokens: none}),
		Content: protocol.MessageContent{Kind: protocol.MessageContentIsArray, Array: []protocol.ContentBlock{
			&protocol.TextBlock{Text: text}}}}
}

package chat

import (
	"context"
	"errors"
	"slices"

	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// maxHistory is how many bytes of JSON a history has. One message has at most
// half of them, so that there is always more than one to see.
const maxHistory = 6 << 20

// historyLimit is how many messages a history has unless told otherwise.
const historyLimit = 200

// ChatHistory gives the newest messages of a session.
func (s *Service) ChatHistory(ctx context.Context, p *protocol.ChatHistoryParams) (*protocol.ChatHistoryResult, error) {
	res := &protocol.ChatHistoryResult{SessionKey: p.SessionKey, Messages: []protocol.Message{}}
	limit := int(p.Limit.Or(historyLimit))
	err := s.store.Read(ctx, func(q store.Querier) error {
		sess, err := s.sessions.Get(ctx, q, p.SessionKey)
		if err != nil {
			return err
		}
		res.ThinkingLevel = wire.Some(s.levelOf(p.SessionKey, sess))
		if sess == nil {
			return nil
		}
		res.SessionID = wire.Some(sess.Entry.SessionID)
		var next string
		res.Messages, next, err = s.newest(ctx, q, sess.Entry.SessionID, p.Before.V, limit)
		res.Next = wire.Opt[string]{V: next, Set: next != ""}
		return err
	})
	if errors.Is(err, sessions.ErrUnknownMessage) {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "unknown message: %s", p.Before.V)
	}
	if err != nil {
		return nil, err
	}
	return res, nil
}

// levelOf gives the thinking level that is in force for a key.
func (s *Service) levelOf(key string, sess *sessions.Session) protocol.ThinkingLevel {
	if sess == nil {
		keys := s.sessions.Keys()
		return s.thinking(keys.Agent(keys.Canonical(key)))
	}
	if sess.Entry.ThinkingLevel.Set {
		return sess.Entry.ThinkingLevel.V
	}
	return s.thinking(sess.AgentID)
}

// newest reads a transcript from its end, until there are enough messages or
// bytes, and tells from where to go on.
func (s *Service) newest(ctx context.Context, q store.Querier, sessionID, before string, limit int) (list []protocol.Message, next string, err error) {
	list = []protocol.Message{}
	room, last := s.maxHistory, ""
	for line, err := range s.sessions.Backward(ctx, q, sessionID, before, limit+1) {
		if err != nil {
			return nil, "", err
		}
		m := &line.Message
		stripEnvelope(m)
		fit(m, s.maxHistory/2)
		// Older messages give way as a whole, so that nothing is missing in
		// between.
		if room -= sizeOf(m) + len(","); room < 0 || len(list) == limit {
			next = last
			break
		}
		list, last = append(list, *m), line.ID
	}
	for i := range list {
		if err := s.sessions.LoadImages(ctx, q, &list[i]); err != nil {
			return nil, "", err
		}
	}
	slices.Reverse(list)
	return list, next, nil
}

// stripEnvelope takes away what a channel put before a user's text.
func stripEnvelope(m *protocol.Message) {
	if m.Role != protocol.MessageRoleUser {
		return
	}
	if m.Content.Kind == protocol.MessageContentIsString {
		m.Content.String = sessions.StripEnvelope(m.Content.String)
		return
	}
	for _, block := range m.Content.Array {
		if t, ok := block.(*protocol.TextBlock); ok {
			t.Text = sessions.StripEnvelope(t.Text)
		}
	}
}

// sizeOf gives the bytes that a message takes once its images are loaded.
func sizeOf(m *protocol.Message) int {
	size := len(m.AppendJSON(nil))
	for _, block := range m.Content.Array {
		if b, ok := block.(*protocol.ImageBlock); ok {
			size += base64Size(sessions.ImageSize(b))
		}
	}
	return size
}

func base64Size(n int) int { return (n + 2) / 3 * 4 }

package channels

import (
	"cmp"
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// chat is a target as a chat that messages come from.
func (t Target) chat() *Chat {
	return &Chat{ID: t.Chat, Type: cmp.Or(t.Type, Direct), Thread: t.Thread}
}

// sessionOf is the session that belongs to a chat: one for each person, group and
// topic. Accounts other than the default one have sessions of their own.
func (s *Service) sessionOf(m *member, agentID string, c *Chat) string {
	key := "agent:" + s.o.Sessions.Keys().AgentID(agentID) + ":" + m.info.ID
	if m.settings.ID != defaultAccount {
		key += ":" + m.settings.ID
	}
	kind := string(c.Type)
	if c.Type == Direct {
		kind = "dm"
	}
	key += ":" + kind + ":" + c.ID
	switch {
	case c.Thread == "":
	case m.info.Topics:
		key += ":topic:" + c.Thread
	default:
		key += ":thread:" + c.Thread
	}
	return s.o.Sessions.Keys().Canonical(key)
}

// describe keeps in a session's record which chat it belongs to. from is who wrote,
// nil where the agent did.
func (m *member) describe(e *protocol.SessionEntry, c *Chat, from *Sender) {
	e.ChatType = wire.Some(protocol.ChatType(c.Type))
	e.Channel = wire.Some(m.info.ID)
	label := c.Title
	if c.Type == Direct {
		if from != nil && label == "" {
			label = cmp.Or(from.Name, from.Username)
		}
	} else {
		e.GroupID = wire.Some(c.ID)
		if c.Title != "" {
			e.Subject = wire.Some(c.Title)
		}
	}
	if label != "" {
		e.DisplayName = wire.Some(m.info.Label + ": " + clip(label, 100))
	}
	if from != nil {
		e.Origin = wire.Some(protocol.SessionOrigin{Label: said(clip(label, 100)), Provider: wire.Some(m.info.ID), Surface: wire.Some(m.info.ID),
			ChatType: e.ChatType, From: wire.Some(from.ID), To: wire.Some(c.ID), AccountID: wire.Some(m.settings.ID), ThreadID: threadID(c.Thread)})
	}
	m.lead(e, c)
}

// lead has replies of a session go to a chat.
func (m *member) lead(e *protocol.SessionEntry, c *Chat) {
	e.LastChannel, e.LastTo, e.LastAccountID, e.LastThreadID = wire.Some(m.info.ID), wire.Some(c.ID), wire.Some(m.settings.ID), threadID(c.Thread)
	e.DeliveryContext = wire.Some(protocol.DeliveryContext{Channel: e.LastChannel, To: e.LastTo, AccountID: e.LastAccountID, ThreadID: e.LastThreadID})
}

func threadID(thread string) wire.Opt[protocol.ThreadID] {
	if thread == "" {
		return wire.Opt[protocol.ThreadID]{}
	}
	return wire.Some(protocol.ThreadID{Kind: protocol.ThreadIDIsString, String: thread})
}

func threadOf(c *protocol.DeliveryContext) string {
	switch t := c.ThreadID.V; t.Kind {
	case protocol.ThreadIDIsString:
		return t.String
	case protocol.ThreadIDIsNumber:
		return string(wire.AppendInt(nil, t.Number))
	}
	return ""
}

// reflect keeps a text that was sent in a session, as said by the assistant.
func (m *member) reflect(ctx context.Context, tx *store.Tx, x *mirror) error {
	if x.Text == "" {
		return nil
	}
	sess, err := m.svc.o.Sessions.Open(ctx, tx, x.Session, func(e *protocol.SessionEntry) {
		if e.DeliveryContext.V.To.V == "" {
			m.describe(e, x.To.chat(), nil)
		}
	})
	if err != nil {
		return err
	}
	none := wire.Some(int64(0))
	_, err = m.svc.o.Sessions.Append(ctx, tx, sess.Entry.SessionID, &protocol.Message{Role: protocol.MessageRoleAssistant, Timestamp: wire.Some(protocol.Timestamp(m.svc.nowMs())),
		StopReason: wire.Some("injected"), Usage: wire.Some(protocol.TokenUsage{Input: none, Output: none, TotalTokens: none}),
		Content: protocol.MessageContent{Kind: protocol.MessageContentIsArray, Array: []protocol.ContentBlock{&protocol.TextBlock{Text: x.Text}}}})
	return err
}

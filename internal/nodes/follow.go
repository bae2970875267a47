package nodes

import (
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// maxFollowed is how many sessions a connection may follow.
const maxFollowed = 100

func (s *Service) subscribe(p *server.Peer, session string) {
	session = strings.TrimSpace(session)
	if session == "" {
		return
	}
	key := s.o.Canonical(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conns[p.ConnID]
	switch {
	case c == nil || c.follows[key]:
		return
	case len(c.follows) >= maxFollowed:
		s.log.Warn("a node follows too many sessions: one more is ignored", "node", c.id, "limit", maxFollowed)
		return
	}
	c.follows[key] = true
	if s.follows[key] == nil {
		s.follows[key] = map[*conn]bool{}
	}
	s.follows[key][c] = true
	s.following.Add(1)
}

func (s *Service) unsubscribe(p *server.Peer, session string) {
	key := s.o.Canonical(strings.TrimSpace(session))
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.conns[p.ConnID]; c != nil && c.follows[key] {
		s.unfollow(c, key)
	}
}

// unfollow ends a subscription. s.mu is held.
func (s *Service) unfollow(c *conn, key string) {
	delete(c.follows, key)
	delete(s.follows[key], c)
	if len(s.follows[key]) == 0 {
		delete(s.follows, key)
	}
	s.following.Add(-1)
}

// Copy sends an event that nodes have no part in to those that follow its
// session, once to each. The payload is the server's already.
func (s *Service) Copy(e protocol.Event) {
	if s.following.Load() == 0 {
		return
	}
	for _, conn := range s.followers(e) {
		s.o.Events.PublishTo(conn, e)
	}
}

// followers are the connections that want an event.
func (s *Service) followers(e protocol.Event) (conns []string) {
	session, all := "", false
	switch e.ID {
	case protocol.EventChat, protocol.EventAgent:
		if session = sessionOf(e.Payload); session == "" {
			return nil
		}
		session = s.o.Canonical(session)
	case protocol.EventHealth:
		all = true
	default:
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !all {
		for c := range s.follows[session] {
			conns = append(conns, c.peer.ConnID)
		}
		return conns
	}
	for id, c := range s.conns {
		if len(c.follows) > 0 {
			conns = append(conns, id)
		}
	}
	return conns
}

// sessionOf is the session that an event is about; "" when it says none.
func sessionOf(payload wire.Appender) string {
	switch p := payload.(type) {
	case *protocol.ChatEventField:
		return string(p.SessionKey)
	case *protocol.AgentEventAssistant:
		return string(p.SessionKey.V)
	case *protocol.AgentEventThinking:
		return string(p.SessionKey.V)
	case *protocol.AgentEventLifecycle:
		return string(p.SessionKey.V)
	case *protocol.AgentEventTool:
		return string(p.SessionKey.V)
	case *protocol.AgentEventCompaction:
		return string(p.SessionKey.V)
	case *protocol.AgentEventError:
		return string(p.SessionKey.V)
	}
	return ""
}

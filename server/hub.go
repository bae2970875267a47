package server

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/gatesmith/gatesmith/protocol"
)

// hub knows the connections that passed the handshake and hands events to
// them. An event is encoded once for each dialect; all connections share the
// bytes.
type hub struct {
	adapter protocol.Adapter
	rules   EventRules

	mu      sync.RWMutex
	conns   map[string]*conn
	list    []*conn // the same, to go through quickly
	arrived uint64
	version protocol.StateVersion
}

func (h *hub) init(a protocol.Adapter, r EventRules) {
	h.adapter, h.rules = a, r
	h.conns = map[string]*conn{}
	h.version = protocol.StateVersion{Presence: 1, Health: 1}
}

func (h *hub) add(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.arrived++
	c.arrival, c.place = h.arrived, len(h.list)
	h.conns[c.id] = c
	h.list = append(h.list, c)
}

func (h *hub) remove(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conns[c.id] != c {
		return
	}
	delete(h.conns, c.id)
	last := len(h.list) - 1
	h.list[c.place] = h.list[last]
	h.list[c.place].place = c.place
	h.list[last] = nil
	h.list = h.list[:last]
}

// has reports whether a connection passed the handshake and is still there.
func (h *hub) has(c *conn) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.conns[c.id] == c
}

// each calls f for every connection there is now, in order of arrival.
func (h *hub) each(f func(*conn)) {
	h.mu.RLock()
	conns := slices.Clone(h.list)
	h.mu.RUnlock()
	slices.SortFunc(conns, func(a, b *conn) int { return cmp.Compare(a.arrival, b.arrival) })
	for _, c := range conns {
		f(c)
	}
}

// Publish sends an event to every connection that may have it. The payload
// belongs to the server from now on: nobody may change it any more.
func (s *Server) Publish(_ context.Context, e protocol.Event) {
	r := s.hub.renderer(e, true)
	receivers := 0
	s.hub.mu.RLock()
	for _, c := range s.hub.list {
		if !protocol.AllowEvent(e.ID, c.peer.Grant) {
			continue
		}
		if m := r.message(c.peer.Dialect); m != nil {
			receivers++
			c.offer(m)
		}
	}
	s.hub.mu.RUnlock()
	if o := s.opts.Observer; o != nil {
		o.EventPublished(e.ID, receivers)
	}
}

// PublishTo sends an event to one connection, without number; it reports
// whether the connection is there.
func (s *Server) PublishTo(connID string, e protocol.Event) bool {
	s.hub.mu.RLock()
	c := s.hub.conns[connID]
	s.hub.mu.RUnlock()
	if c == nil {
		return false
	}
	receivers := 0
	if m := s.hub.renderer(e, false).message(c.peer.Dialect); m != nil {
		receivers++
		c.offer(m)
	}
	if o := s.opts.Observer; o != nil {
		o.EventPublished(e.ID, receivers)
	}
	return true
}

// Peers lists who is connected, in order of arrival.
func (s *Server) Peers() []*Peer {
	var out []*Peer
	s.hub.each(func(c *conn) { out = append(out, c.peer) })
	return out
}

// Disconnect closes the connections that match, within a second, and returns
// how many they are.
func (s *Server) Disconnect(match func(*Peer) bool, reason string) int {
	n := 0
	s.hub.each(func(c *conn) {
		if match(c.peer) {
			n++
			c.close(closePolicy, reason)
			c.link.hasten()
		}
	})
	return n
}

// StateVersion is the current version of presence and health.
func (s *Server) StateVersion() protocol.StateVersion {
	s.hub.mu.RLock()
	defer s.hub.mu.RUnlock()
	return s.hub.version
}

// BumpPresence counts a change of presence.
func (s *Server) BumpPresence() {
	s.hub.mu.Lock()
	s.hub.version.Presence++
	s.hub.mu.Unlock()
}

// BumpHealth counts a completed look at health.
func (s *Server) BumpHealth() {
	s.hub.mu.Lock()
	s.hub.version.Health++
	s.hub.mu.Unlock()
}

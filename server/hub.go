package server

import (
	"context"
	"slices"
	"sync"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// hub knows the connections that passed the handshake and hands events to
// them. An event is encoded once for each dialect; all connections share the
// bytes.
type hub struct {
	adapter protocol.Adapter

	mu      sync.RWMutex
	conns   map[string]*conn
	order   []*conn // in order of arrival
	version protocol.StateVersion
}

func (h *hub) init(a protocol.Adapter) {
	h.adapter = a
	h.conns = map[string]*conn{}
	h.version = protocol.StateVersion{Presence: 1, Health: 1}
}

func (h *hub) add(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns[c.id] = c
	h.order = append(h.order, c)
}

func (h *hub) remove(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c.id)
	h.order = slices.DeleteFunc(h.order, func(x *conn) bool { return x == c })
}

// each calls f for every connection there is now.
func (h *hub) each(f func(*conn)) {
	h.mu.RLock()
	conns := slices.Clone(h.order)
	h.mu.RUnlock()
	for _, c := range conns {
		f(c)
	}
}

// rendering is an event as one dialect has it, made when first needed.
type rendering struct {
	made bool
	body []byte // nil when the dialect gets no such event
}

// renderer makes an event's renderings.
type renderer struct {
	event    protocol.Event
	adapter  protocol.Adapter
	version  *protocol.StateVersion
	dialects [8]rendering
}

func (h *hub) renderer(e protocol.Event) *renderer {
	r := &renderer{event: e, adapter: h.adapter}
	if info := e.ID.Info(); info != nil && info.StateVersion != "" {
		h.mu.RLock()
		v := h.version
		h.mu.RUnlock()
		r.version = &v
	}
	return r
}

func (r *renderer) in(d protocol.Dialect) []byte {
	x := &r.dialects[d]
	if !x.made {
		x.made = true
		var payload wire.Appender = r.event.Payload
		if r.adapter != nil {
			payload = r.event.PayloadIn(d, r.adapter)
		}
		if payload != nil {
			x.body = encodeEvent(r.event.ID.NameIn(d), payload, r.version)
		}
	}
	return x.body
}

// Publish sends an event to every connection that may have it.
func (s *Server) Publish(_ context.Context, e protocol.Event) {
	r := s.hub.renderer(e)
	delivery := e.Delivery()
	key := ""
	if delivery == protocol.DeliverLatest {
		key = e.ID.String() + "\x00" + e.LatestKey()
	}
	receivers := 0
	if o := s.opts.Observer; o != nil {
		defer func() { o.EventPublished(e.ID, receivers) }()
	}
	s.hub.mu.RLock()
	defer s.hub.mu.RUnlock()
	for _, c := range s.hub.order {
		if !protocol.AllowEvent(e.ID, c.peer.Grant) {
			continue
		}
		if body := r.in(c.peer.Dialect); body != nil {
			receivers++
			c.offer(e.ID, item{body: body, event: true, numbered: true, latest: key}, delivery)
		}
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
	if body := s.hub.renderer(e).in(c.peer.Dialect); body != nil {
		c.offer(e.ID, item{body: body, event: true}, e.Delivery())
		if o := s.opts.Observer; o != nil {
			o.EventPublished(e.ID, 1)
		}
	}
	return true
}

// Peers lists who is connected, in order of arrival.
func (s *Server) Peers() []*Peer {
	var out []*Peer
	s.hub.each(func(c *conn) { out = append(out, c.peer) })
	return out
}

// Disconnect closes the connections that match, and returns how many.
func (s *Server) Disconnect(match func(*Peer) bool, reason string) int {
	n := 0
	s.hub.each(func(c *conn) {
		if match(c.peer) {
			n++
			c.close(closePolicy, reason)
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

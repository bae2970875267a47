package nodes

import (
	"maps"
	"slices"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// conn is a connection of a node.
type conn struct {
	id      string // of the node
	peer    *server.Peer
	since   int64            // ms
	calls   map[string]*call // that wait for it
	follows map[string]bool  // sessions
}

// proved reports whether the node showed that it is the device of that id.
func (c *conn) proved() bool { return c.peer.Device != "" }

// Opened notes a connection. The newest one of a node counts; but one that has
// proved to be the device of the id gives way only to another that has.
func (s *Service) Opened(p *server.Peer) {
	if p.Role != protocol.RoleNode {
		return
	}
	c := &conn{id: p.Node(), peer: p, since: s.now().UnixMilli(), calls: map[string]*call{}, follows: map[string]bool{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[p.ConnID] = c
	if before := s.nodes[c.id]; before == nil || c.proved() || !before.proved() {
		s.nodes[c.id] = c
	}
}

// Closed forgets a connection, and ends the calls that wait for it. Where there
// is a newer one of the same node, that goes on.
func (s *Service) Closed(p *server.Peer) {
	s.mu.Lock()
	c := s.conns[p.ConnID]
	if c == nil {
		s.mu.Unlock()
		return
	}
	delete(s.conns, p.ConnID)
	if s.nodes[c.id] == c {
		delete(s.nodes, c.id)
		s.succeed(c)
	}
	for session := range c.follows {
		s.unfollow(c, session)
	}
	waiting := slices.Collect(maps.Values(c.calls))
	s.mu.Unlock()
	for _, k := range waiting {
		s.settle(k, outcome{err: disconnected(k.command)})
	}
}

// succeed gives the place of a connection that closed to the newest other one
// of its node: a node may reach the gateway by two ways. s.mu is held.
func (s *Service) succeed(closed *conn) {
	var next *conn
	for _, c := range s.conns {
		if c.id == closed.id && (next == nil || c.proved() && !next.proved() || c.proved() == next.proved() && c.since > next.since) {
			next = c
		}
	}
	if next != nil {
		s.nodes[next.id] = next
	}
}

// node gives the connection of a node; nil when it is away.
func (s *Service) node(id string) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nodes[id]
}

// connected lists the nodes that are there.
func (s *Service) connected() map[string]*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.nodes)
}

// Platforms lists what the connected nodes run on.
func (s *Service) Platforms() []string {
	var out []string
	for _, c := range s.connected() {
		out = append(out, platformOf(&c.peer.Client))
	}
	slices.Sort(out)
	return out
}

package system

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

const (
	presenceFor = 5 * time.Minute // how long an entry lives without being renewed
	maxPresence = 200             // with the gateway's own; oldest entries go first
)

// presence is who is around: connected clients, and whoever sent a beacon.
type presence struct {
	self func() protocol.PresenceEntry

	mu      sync.Mutex
	entries map[string]protocol.PresenceEntry
}

func newPresence(self func() protocol.PresenceEntry) *presence {
	return &presence{self: self, entries: map[string]protocol.PresenceEntry{}}
}

// list gives the entries that still count, newest first, the gateway's own
// among them.
func (p *presence) list(now time.Time) []protocol.PresenceEntry {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prune(now)
	out := []protocol.PresenceEntry{p.self()}
	for _, e := range p.entries {
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b protocol.PresenceEntry) int { return cmp.Compare(b.Ts, a.Ts) })
	return out
}

func (p *presence) prune(now time.Time) {
	for key, e := range p.entries {
		if now.UnixMilli()-e.Ts > presenceFor.Milliseconds() {
			delete(p.entries, key)
		}
	}
	for len(p.entries) >= maxPresence {
		oldest := ""
		for key, e := range p.entries {
			if oldest == "" || e.Ts < p.entries[oldest].Ts {
				oldest = key
			}
		}
		delete(p.entries, oldest)
	}
}

// put writes an entry over what is there: roles and scopes add up. It gives what
// was there.
func (p *presence) put(key string, e protocol.PresenceEntry) (before protocol.PresenceEntry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key = strings.ToLower(key)
	old := p.entries[key]
	e.Roles, e.Scopes = union(old.Roles, e.Roles), union(old.Scopes, e.Scopes)
	p.entries[key] = e
	p.prune(time.UnixMilli(e.Ts))
	return old
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// key is what a connection is known by.
func key(p *server.Peer) string {
	return cmp.Or(p.Device, p.Client.InstanceID.V, p.ConnID)
}

// shown reports whether a client has a presence entry: command lines come and
// go too fast.
func shown(p *server.Peer) bool {
	return !strings.EqualFold(strings.TrimSpace(string(p.Client.Mode)), string(protocol.ConnectClientModeCli))
}

// Opened notes a new connection.
func (s *Service) Opened(p *server.Peer) {
	if shown(p) {
		s.presence.put(key(p), s.entry(p, protocol.PresenceEntryReasonConnect))
	}
	s.events.BumpPresence()
	s.health.beat()
}

// Closed notes the end of a connection. Its entry stays until it expires.
func (s *Service) Closed(p *server.Peer) {
	if !shown(p) {
		return
	}
	s.presence.put(key(p), s.entry(p, protocol.PresenceEntryReasonDisconnect))
	s.events.BumpPresence()
	s.left.beat()
}

func (s *Service) entry(p *server.Peer, reason protocol.PresenceEntryReason) protocol.PresenceEntry {
	mode := string(p.Client.Mode)
	e := protocol.PresenceEntry{Host: wire.Some(p.Name()), Version: wire.Some(p.Client.Version), Platform: wire.Some(p.Client.Platform),
		DeviceFamily: p.Client.DeviceFamily, ModelIdentifier: p.Client.ModelIdentifier, Mode: wire.Some(mode), Reason: wire.Some(reason),
		Roles: []string{p.Role.String()}, Scopes: p.Scopes, InstanceID: p.Client.InstanceID, Text: wire.Some("Node: " + p.Name() + " · mode " + mode), Ts: s.now().UnixMilli()}
	if p.IP != "" {
		e.IP = wire.Some(p.IP)
	}
	if p.Device != "" {
		e.DeviceID = wire.Some(p.Device)
	}
	return e
}

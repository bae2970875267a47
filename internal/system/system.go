// Package system serves the group of that name: health, status, presence, notes
// to the running gateway, and the heartbeat switch.
package system

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Events is the part of the server that this package tells things to.
type Events interface {
	Publish(ctx context.Context, e protocol.Event)
	BumpPresence()
	BumpHealth()
	Uptime() time.Duration
}

// Facts are what does not change while the gateway runs.
type Facts struct {
	Version    string
	ConfigPath string
	StateDir   string
	Store      string // what stands for the place of sessions in answers
	// Heartbeat is how the default agent's heartbeat is configured; nil: there is none.
	Heartbeat func() *protocol.HeartbeatConfig
	// Fallbacks are the parts of the configuration that are wrong; nil: none ever.
	Fallbacks func() []protocol.StatusConfigFallback
}

// Service keeps presence and the last heartbeat, and sums up the rest.
type Service struct {
	protocol.UnimplementedSystem
	facts     Facts
	assistant Assistant
	events    Events
	glance    glance
	presence  *presence
	health    pulse // looks at health
	left      pulse // someone left
	now       func() time.Time

	leaving sync.Mutex
	store   Store // of notes; nil: memory alone
	log     *slog.Logger

	mu         sync.Mutex
	heartbeats bool
	last       *protocol.HeartbeatEvent
	notes      []Note
}

var _ protocol.SystemHandler = (*Service)(nil)

// New returns a service. Run is to be called beside it.
func New(f Facts, a Assistant, e Events) *Service {
	s := &Service{facts: f, assistant: a, events: e, health: newPulse(), left: newPulse(), now: time.Now, heartbeats: true}
	s.presence = newPresence(s.self)
	return s
}

// Snapshot is what a new connection begins with.
func (s *Service) Snapshot(ctx context.Context) protocol.HelloSnapshot {
	return protocol.HelloSnapshot{
		Presence:        s.presence.list(s.now()),
		Health:          *s.summary(ctx),
		ConfigPath:      wire.Opt[string]{V: s.facts.ConfigPath, Set: s.facts.ConfigPath != ""},
		StateDir:        wire.Opt[string]{V: s.facts.StateDir, Set: s.facts.StateDir != ""},
		SessionDefaults: wire.Some(s.assistant.Sessions()),
	}
}

// self is the gateway's own presence entry.
func (s *Service) self() protocol.PresenceEntry {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "gateway"
	}
	return protocol.PresenceEntry{Host: wire.Some(host), Version: wire.Some(s.facts.Version), Mode: wire.Some("gateway"),
		Reason: wire.Some(protocol.PresenceEntryReasonSelf), Text: wire.Some("Gateway: " + host + " · app " + s.facts.Version + " · mode gateway"), Ts: s.now().UnixMilli()}
}

// Package system serves the group of that name: health, status, presence, notes
// to the running gateway, and the heartbeat switch.
package system

import (
	"context"
	"os"
	"path/filepath"
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
	MainAgent  string // id of the default agent
	MainKey    string // of main sessions
}

// Service keeps presence and the last heartbeat, and sums up the rest.
type Service struct {
	protocol.UnimplementedSystem
	facts    Facts
	events   Events
	presence *presence
	health   pulse // looks at health
	left     pulse // someone left
	now      func() time.Time

	mu         sync.Mutex
	heartbeats bool
	last       *protocol.HeartbeatEvent
	notes      []string
}

var _ protocol.SystemHandler = (*Service)(nil)

// New returns a service. Run is to be called beside it.
func New(f Facts, e Events) *Service {
	s := &Service{facts: f, events: e, health: newPulse(), left: newPulse(), now: time.Now}
	s.presence = newPresence(s.self)
	return s
}

// mainSession is the key of the default agent's main session.
func (s *Service) mainSession() string { return "agent:" + s.facts.MainAgent + ":" + s.facts.MainKey }

// sessionsPath is what stands for the session store in answers.
func (s *Service) sessionsPath() string { return filepath.Join(s.facts.StateDir, "gateway.db") }

// Snapshot is what a new connection begins with.
func (s *Service) Snapshot(ctx context.Context) protocol.HelloSnapshot {
	return protocol.HelloSnapshot{
		Presence:   s.presence.list(s.now()),
		Health:     *s.summary(),
		ConfigPath: wire.Opt[string]{V: s.facts.ConfigPath, Set: s.facts.ConfigPath != ""},
		StateDir:   wire.Opt[string]{V: s.facts.StateDir, Set: s.facts.StateDir != ""},
		SessionDefaults: wire.Some(protocol.HelloSessionDefaults{DefaultAgentID: s.facts.MainAgent, MainKey: s.facts.MainKey,
			MainSessionKey: s.mainSession(), Scope: wire.Some(protocol.HelloSessionDefaultsScopePerSender)}),
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

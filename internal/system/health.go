package system

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
)

// Health sums up how the gateway is, and has everyone told.
func (s *Service) Health(context.Context, *protocol.HealthParams) (*protocol.HealthSummary, error) {
	s.health.beat()
	return s.summary(), nil
}

// summary is made anew each time: nothing in it is expensive.
func (s *Service) summary() *protocol.HealthSummary {
	start := s.now()
	brief := protocol.SessionsBrief{Path: s.sessionsPath(), Recent: []protocol.SessionBrief{}}
	h := &protocol.HealthSummary{
		Status: protocol.HealthSummaryStatusOk, UptimeMs: s.events.Uptime().Milliseconds(), Ts: start.UnixMilli(),
		Channels: map[string]protocol.ChannelHealth{}, ChannelOrder: []string{}, ChannelLabels: map[string]string{},
		DefaultAgentID: s.facts.MainAgent, Sessions: brief,
		Agents: []protocol.AgentHealth{{AgentID: s.facts.MainAgent, IsDefault: true, Sessions: brief,
			Heartbeat: protocol.HeartbeatSummary{Every: "disabled", Target: protocol.HeartbeatSummaryTargetLast}}},
	}
	h.DurationMs = s.now().Sub(start).Milliseconds()
	return h
}

// Status is the overview for people.
func (s *Service) Status(context.Context, *protocol.StatusParams) (*protocol.StatusResult, error) {
	s.mu.Lock()
	notes := append([]string{}, s.notes...)
	s.mu.Unlock()
	return &protocol.StatusResult{
		Heartbeat: protocol.StatusHeartbeat{DefaultAgentID: s.facts.MainAgent,
			Agents: []protocol.StatusAgentHeartbeat{{AgentID: s.facts.MainAgent, Every: "disabled"}}},
		ChannelSummary: []string{}, QueuedSystemEvents: notes,
		Sessions: protocol.StatusSessions{Paths: []string{s.sessionsPath()}, Recent: []protocol.StatusSession{},
			ByAgent: []protocol.StatusAgentSessions{{AgentID: s.facts.MainAgent, Path: s.sessionsPath(), Recent: []protocol.StatusSession{}}}},
	}, nil
}

// LastHeartbeat is how the agent's last heartbeat went; nil before the first.
func (s *Service) LastHeartbeat(context.Context, *protocol.LastHeartbeatParams) (*protocol.HeartbeatEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, nil
}

// SetHeartbeats switches heartbeats for as long as the gateway runs.
func (s *Service) SetHeartbeats(_ context.Context, p *protocol.SetHeartbeatsParams) (*protocol.SetHeartbeatsResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heartbeats = p.Enabled
	return &protocol.SetHeartbeatsResult{Enabled: p.Enabled}, nil
}

// SystemPresence lists who is around.
func (s *Service) SystemPresence(context.Context, *protocol.SystemPresenceParams) ([]protocol.PresenceEntry, error) {
	return s.presence.list(s.now()), nil
}

// announce tells everyone who is around.
func (s *Service) announce() {
	s.events.Publish(context.Background(), protocol.NewEventPresence(&protocol.Presence{Presence: s.presence.list(s.now())}))
}

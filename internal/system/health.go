package system

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Health sums up how the gateway is, and has everyone told.
func (s *Service) Health(ctx context.Context, _ *protocol.HealthParams) (*protocol.HealthSummary, error) {
	s.health.beat()
	return s.summary(ctx), nil
}

// noHeartbeat is how the heartbeat of an agent that has none is told of.
var noHeartbeat = protocol.HeartbeatSummary{Every: "disabled", Target: protocol.HeartbeatSummaryTargetLast}

// summary is made anew each time, but for what has to be read.
func (s *Service) summary(ctx context.Context) *protocol.HealthSummary {
	start := s.now()
	agents := s.assistant.Agents()
	briefs := s.briefs(ctx, agents)
	h := &protocol.HealthSummary{
		Status: protocol.HealthSummaryStatusOk, UptimeMs: s.events.Uptime().Milliseconds(), Ts: start.UnixMilli(),
		Channels: map[string]protocol.ChannelHealth{}, ChannelOrder: []string{}, ChannelLabels: map[string]string{},
		DefaultAgentID: agents[0].ID, Sessions: briefs[agents[0].ID], Agents: []protocol.AgentHealth{},
	}
	for k, a := range agents {
		h.Agents = append(h.Agents, protocol.AgentHealth{AgentID: a.ID, Name: wire.Opt[string]{V: a.Name, Set: a.Name != ""}, IsDefault: k == 0, Sessions: briefs[a.ID], Heartbeat: noHeartbeat})
	}
	for _, c := range s.assistant.Channels() {
		h.ChannelOrder = append(h.ChannelOrder, c.ID)
		h.ChannelLabels[c.ID] = c.Label
		h.Channels[c.ID] = protocol.ChannelHealth{AccountID: c.Account, Configured: wire.Some(c.Configured), Linked: wire.Some(c.Linked)}
	}
	h.DurationMs = s.now().Sub(start).Milliseconds()
	return h
}

// Status is the overview for people.
func (s *Service) Status(ctx context.Context, _ *protocol.StatusParams) (*protocol.StatusResult, error) {
	s.mu.Lock()
	notes := append([]string{}, s.notes...)
	s.mu.Unlock()
	sessions, err := s.statusSessions(ctx)
	if err != nil {
		return nil, err
	}
	beats := protocol.StatusHeartbeat{Agents: []protocol.StatusAgentHeartbeat{}}
	for k, a := range s.assistant.Agents() {
		if k == 0 {
			beats.DefaultAgentID = a.ID
		}
		beats.Agents = append(beats.Agents, protocol.StatusAgentHeartbeat{AgentID: a.ID, Every: noHeartbeat.Every})
	}
	return &protocol.StatusResult{Heartbeat: beats, ChannelSummary: s.channelLines(), QueuedSystemEvents: notes, Sessions: sessions}, nil
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

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
		h.Agents = append(h.Agents, protocol.AgentHealth{AgentID: a.ID, Name: wire.Opt[string]{V: a.Name, Set: a.Name != ""}, IsDefault: k == 0, Sessions: briefs[a.ID], Heartbeat: s.heartbeat(k == 0)})
	}
	for _, c := range s.assistant.Channels() {
		h.ChannelOrder = append(h.ChannelOrder, c.ID)
		h.ChannelLabels[c.ID] = c.Label
		h.Channels[c.ID] = c.health()
	}
	h.DurationMs = s.now().Sub(start).Milliseconds()
	return h
}

// Status is the overview for people.
func (s *Service) Status(ctx context.Context, _ *protocol.StatusParams) (*protocol.StatusResult, error) {
	s.mu.Lock()
	notes := []string{}
	for _, n := range s.notes {
		notes = append(notes, n.Text)
	}
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
		b := s.heartbeat(k == 0)
		beats.Agents = append(beats.Agents, protocol.StatusAgentHeartbeat{AgentID: a.ID, Enabled: b.Enabled, Every: b.Every, EveryMs: b.EveryMs})
	}
	res := &protocol.StatusResult{Heartbeat: beats, ChannelSummary: s.channelLines(), QueuedSystemEvents: notes, Sessions: sessions}
	if s.facts.Fallbacks != nil {
		res.ConfigFallbacks = s.facts.Fallbacks()
	}
	return res, nil
}

// SystemPresence lists who is around.
func (s *Service) SystemPresence(context.Context, *protocol.SystemPresenceParams) ([]protocol.PresenceEntry, error) {
	return s.presence.list(s.now()), nil
}

// announce tells everyone who is around.
func (s *Service) announce() {
	s.events.Publish(context.Background(), protocol.NewEventPresence(&protocol.Presence{Presence: s.presence.list(s.now())}))
}

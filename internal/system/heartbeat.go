package system

import (
	"context"
	"strconv"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

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

// HeartbeatsOn reports whether heartbeats are switched on.
func (s *Service) HeartbeatsOn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heartbeats
}

// HeartbeatEnded takes down how a heartbeat went, and tells everyone.
func (s *Service) HeartbeatEnded(e *protocol.HeartbeatEvent) {
	s.mu.Lock()
	s.last = e
	s.mu.Unlock()
	s.events.Publish(context.Background(), protocol.NewEventHeartbeat(e))
}

// heartbeat sums up the heartbeat of the default agent, which is the only one
// that has an interval, or of another one.
func (s *Service) heartbeat(ofDefault bool) protocol.HeartbeatSummary {
	sum := protocol.HeartbeatSummary{Every: "disabled", Target: protocol.HeartbeatSummaryTargetLast}
	if s.facts.Heartbeat == nil || !ofDefault {
		return sum
	}
	c := s.facts.Heartbeat()
	if every := c.EveryMinutes.V; every > 0 {
		sum.Prompt, sum.Model, sum.AckMaxChars = c.Prompt.V, c.Model, c.AckMaxChars.V
		sum.Enabled, sum.Every = s.HeartbeatsOn(), strconv.FormatInt(every, 10)+"m"
		sum.EveryMs = wire.Value(every * time.Minute.Milliseconds())
	}
	return sum
}

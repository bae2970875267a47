package agent

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// AgentWait waits until a run ends. One that is not known may still come.
func (s *Service) AgentWait(ctx context.Context, p *protocol.AgentWaitParams) (*protocol.AgentWaitResult, error) {
	id := strings.TrimSpace(p.RunID)
	over := &protocol.AgentWaitResult{RunID: id, Status: protocol.AgentWaitResultStatusTimeout}
	timer := time.NewTimer(time.Duration(p.TimeoutMs.V) * time.Millisecond)
	defer timer.Stop()
	done := s.watch(id)
	defer s.unwatch(id, done)
	for {
		o, err := s.outcome(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case o != nil:
			return waitResult(id, o), nil
		case p.TimeoutMs.V == 0:
			return over, nil
		}
		select {
		case <-done:
			done = nil // its end is in the database now
		case <-timer.C:
			return over, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// watch asks to be woken when a run ends.
func (s *Service) watch(id string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan struct{})
	id = strings.Clone(id)
	s.waiters[id] = append(s.waiters[id], c)
	return c
}

func (s *Service) unwatch(id string, c chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := slices.DeleteFunc(s.waiters[id], func(x chan struct{}) bool { return x == c })
	if s.waiters[id] = left; len(left) == 0 {
		delete(s.waiters, id)
	}
}

// outcome is how a run ended, or nil while it has not.
func (s *Service) outcome(ctx context.Context, id string) (*Outcome, error) {
	if live := s.live(id); live != nil {
		select {
		case <-live.Done():
			return live.Outcome(), nil
		default:
			return nil, nil
		}
	}
	var o *Outcome
	err := s.o.Store.Read(ctx, func(q store.Querier) error {
		x, err := find(ctx, q, id)
		if err == nil && x != nil && x.state.Ended() {
			o = &x.outcome
		}
		return err
	})
	return o, err
}

func waitResult(id string, o *Outcome) *protocol.AgentWaitResult {
	r := &protocol.AgentWaitResult{RunID: id, Status: protocol.AgentWaitResultStatusOk, EndedAt: wire.Some(protocol.Timestamp(o.EndedAt))}
	if o.StartedAt > 0 {
		r.StartedAt = wire.Some(protocol.Timestamp(o.StartedAt))
	}
	if o.Error != nil {
		r.Status, r.Error, r.ErrorShape = protocol.AgentWaitResultStatusError, wire.Some(o.Error.Message), wire.Some(*o.Error)
	}
	return r
}

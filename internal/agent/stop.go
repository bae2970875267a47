package agent

import (
	"cmp"
	"context"
	"slices"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Live gives a run that has not ended, or nil.
func (s *Service) Live(id string) *Run { return s.live(id) }

// Known reports whether a run of this id was accepted, however it went on.
func (s *Service) Known(ctx context.Context, id string) (bool, error) {
	var x *row
	err := s.o.Store.Read(ctx, func(q store.Querier) (err error) {
		x, err = find(ctx, q, id)
		return err
	})
	return x != nil, err
}

// Stop aborts the runs that match, those that wait too, and gives them in the
// order in which they were accepted.
func (s *Service) Stop(match func(*Run) bool, why protocol.ChatStopReason) []*Run {
	s.mu.Lock()
	var out []*Run
	for _, r := range s.runs {
		if match(r) {
			out = append(out, r)
		}
	}
	s.mu.Unlock()
	slices.SortFunc(out, func(a, b *Run) int { return cmp.Or(cmp.Compare(a.AcceptedAt, b.AcceptedAt), cmp.Compare(a.ID, b.ID)) })
	for _, r := range out {
		r.abort(why)
	}
	return out
}

// StopSession aborts what goes on and waits in a session and in those that it
// started, and returns when all has ended.
func (s *Service) StopSession(ctx context.Context, key, _ string) error {
	runs := s.Stop(func(r *Run) bool { return r.Session == key || r.Parent == key }, protocol.ChatStopReasonStop)
	for _, r := range runs {
		select {
		case <-r.Done():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Active reports whether a run goes on or waits in a session.
func (s *Service) Active(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sched.of(key)) > 0
}

// Command does what a message asks of the gateway itself, such as /new, and
// answers in the assistant's name, without a model. Repeats of its id are
// answered like those of a run.
func (s *Service) Command(ctx context.Context, req Request, do func(context.Context) (reply string, err error)) (*Ticket, error) {
	unclaim, err := s.claim(ctx, req.ID)
	if err != nil {
		return nil, err
	}
	defer unclaim()
	r := s.newRun(req)
	r.Lane = mainLane
	before, _, err := s.look(ctx, r, false)
	if err != nil || before != nil {
		return before, err
	}
	reply, err := do(ctx)
	if err != nil {
		return nil, err
	}
	o := &Outcome{State: OK, StartedAt: r.AcceptedAt, EndedAt: s.nowMs(), Result: &protocol.AgentRunResult{Payloads: []protocol.AgentRunPayload{}}}
	if reply != "" {
		o.Result.Payloads = append(o.Result.Payloads, protocol.AgentRunPayload{Text: reply})
	}
	err = s.o.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := insert(ctx, tx, &r.Request, r.AcceptedAt); err != nil {
			return err
		}
		return ended(ctx, tx, r.ID, o)
	})
	if err != nil {
		return nil, err
	}
	close(r.committed)
	r.stream.command(reply)
	r.outcome = *o
	close(r.done)
	return &Ticket{Run: r, New: true, AcceptedAt: r.AcceptedAt}, nil
}

// command tells chat windows the answer of a command, when it is released.
func (s *stream) command(reply string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.later(func() {
		s.seq++
		e := &protocol.ChatEventField{State: protocol.ChatStateFinal}
		if reply != "" {
			m := s.reply(reply)
			m.StopReason = wire.Some("injected")
			m.Usage = wire.Some(protocol.TokenUsage{Input: wire.Some(int64(0)), Output: wire.Some(int64(0)), TotalTokens: wire.Some(int64(0))})
			e.Message = wire.Some(m)
		}
		s.chat(e)
		s.over = true
	})
}

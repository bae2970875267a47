package cron

import (
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// running is why a job is not run a second time.
const running protocol.CronRunResultReason = "running"

// CronRun runs a job now, and answers when the run has ended. It goes on when
// the caller goes away.
func (s *Service) CronRun(ctx context.Context, p *protocol.CronRunParams) (*protocol.CronRunResult, error) {
	ended, why, err := s.Begin(ctx, idOf(p.ID, p.JobID), p.Mode.V == protocol.CronRunParamsModeForce)
	if err != nil {
		return nil, err
	}
	if ended == nil {
		return &protocol.CronRunResult{Reason: wire.Some(why)}, nil
	}
	select {
	case ok := <-ended:
		if !ok {
			return nil, interruption()
		}
		return &protocol.CronRunResult{Ran: true}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Begin begins a run of a job, and gives a channel that tells once whether it came to
// its end; nil, and why, when there is nothing to run.
func (s *Service) Begin(ctx context.Context, id string, force bool) (ended <-chan bool, why protocol.CronRunResultReason, err error) {
	r, why, err := s.takeNow(ctx, id, force)
	if err != nil || r == nil {
		return nil, why, err
	}
	end := make(chan bool, 1)
	if !s.spawn(func() {
		end <- s.execute(r)
		s.wake()
	}) {
		return nil, "", interruption()
	}
	return end, "", nil
}

func interruption() error {
	return protocol.Errorf(protocol.CodeUnavailable, "the run has not ended: it goes on when the gateway is back")
}

// takeNow claims a run that somebody asks for. Without force it is that of the
// job's time, if that has come.
func (s *Service) takeNow(ctx context.Context, id string, force bool) (r *run, why protocol.CronRunResultReason, err error) {
	var left *protocol.CronEvent
	defer func() {
		if err == nil && left != nil {
			s.tell(left)
		}
	}()
	err = s.o.Store.Write(ctx, func(tx *store.Tx) error {
		left = nil
		r, why = nil, protocol.CronRunResultReasonNotDue
		j, err := find(ctx, tx, id)
		now := s.now()
		switch {
		case err != nil:
			return err
		case j == nil:
			return unknown(id)
		case s.ctx.Err() != nil:
			return protocol.Errorf(protocol.CodeUnavailable, "the gateway is stopping")
		case j.State.RunningAtMs.Set:
			why = running
			return nil
		case !force:
			if j.Enabled && j.State.NextRunAtMs.Set && j.State.NextRunAtMs.V <= now.UnixMilli() {
				r, left, err = s.takeOne(ctx, tx, j, now)
			}
			return err
		}
		x := &run{job: j.CronJob, slot: now.UnixMilli(), forced: true, startedAt: now.UnixMilli()}
		for fresh := false; !fresh; {
			if fresh, err = claim(ctx, tx, x); err != nil {
				return err
			}
			if !fresh {
				x.slot++ // two within a millisecond
			}
		}
		r, j.UpdatedAtMs, j.State.RunningAtMs = x, x.startedAt, wire.Some(x.startedAt)
		return save(ctx, tx, j)
	})
	return r, why, err
}

// Wake leaves a note for the default agent.
func (s *Service) Wake(ctx context.Context, p *protocol.WakeParams) (*protocol.WakeResult, error) {
	text := strings.TrimSpace(strings.Clone(p.Text))
	if text == "" {
		return &protocol.WakeResult{}, nil
	}
	if err := s.o.Notes.Note(ctx, "", "", text, p.Mode == protocol.CronWakeModeNow); err != nil {
		return nil, err
	}
	return &protocol.WakeResult{Ok: true}, nil
}

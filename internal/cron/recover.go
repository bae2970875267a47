package cron

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// tooOld is after what time a run that was interrupted is not taken up.
const tooOld = 2 * 60 * 60 * 1000 // ms

// recover finds the runs that the last process did not end. Those that are to go
// on are returned; the others end here, where people see it.
func (s *Service) recover(ctx context.Context) (again []*run, err error) {
	var lost []*run
	err = s.o.Store.Write(ctx, func(tx *store.Tx) error {
		again, lost = nil, nil
		if err := sweep(ctx, tx, s.nowMs()); err != nil {
			return err
		}
		left, err := interrupted(ctx, tx)
		if err != nil {
			return err
		}
		goesOn := map[string]bool{}
		for _, r := range left {
			j, err := find(ctx, tx, r.job.ID)
			if err != nil {
				return err
			}
			if j == nil || s.nowMs()-r.startedAt > tooOld {
				lost = append(lost, r)
				continue
			}
			r.job, r.again = j.CronJob, true
			goesOn[j.ID] = true
			again = append(again, r)
		}
		if err := s.unmark(ctx, tx, goesOn); err != nil {
			return err
		}
		return s.tame(ctx, tx, s.now()) // the clock may be another one than that of the last process
	})
	if err != nil {
		return nil, err
	}
	for _, r := range lost {
		s.log.Warn("a run was interrupted and is given up", "job", r.job.ID, "started", r.startedAt)
		o := outcome{status: protocol.CronRunStatusError, err: "the gateway stopped during this run", endedAt: s.nowMs()}
		e, _, err := s.finish(r, o)
		if err != nil {
			return nil, err
		}
		s.tell(finished(e))
	}
	return again, nil
}

// unmark has jobs that do not run be shown so.
func (s *Service) unmark(ctx context.Context, tx *store.Tx, running map[string]bool) error {
	marked, err := jobs(ctx, tx, `WHERE running_at_ms IS NOT NULL`)
	if err != nil {
		return err
	}
	for _, j := range marked {
		if running[j.ID] {
			continue
		}
		j.State.RunningAtMs = wire.Opt[int64]{}
		if err := save(ctx, tx, j); err != nil {
			return err
		}
	}
	return nil
}

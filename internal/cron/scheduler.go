package cron

import (
	"context"
	"database/sql"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const (
	// looksApart is how long the scheduler sleeps at most: timers stand still
	// while the machine sleeps and know nothing of a clock that is set.
	looksApart = time.Minute
	// grace is how late a run may begin without being late.
	grace = 2 * time.Minute
	// tryAgain is when a database that failed is asked again.
	tryAgain = 5 * time.Second
	// slack is by how much clocks differ that were not set.
	slack = time.Second
)

// clock notices that the time was set back.
type clock struct {
	wall time.Time // as the service knows it
	mono time.Time
}

func (c *clock) setBack(now time.Time) bool {
	passed := time.Since(c.mono)
	back := !c.wall.IsZero() && now.Round(0).Sub(c.wall) < passed-slack
	c.wall, c.mono = now.Round(0), time.Now()
	return back
}

// schedule runs what is due until the service is closed.
func (s *Service) schedule() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var c clock
	c.setBack(s.now())
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.look:
		case <-timer.C:
		}
		wait, err := s.round(s.ctx, c.setBack(s.now()))
		if err != nil && s.ctx.Err() == nil {
			s.log.Error("cannot look which jobs are due", "error", err, "again", tryAgain)
			wait = tryAgain
		}
		timer.Reset(min(wait, looksApart))
	}
}

// round begins what is due and gives the time until something is.
func (s *Service) round(ctx context.Context, setBack bool) (time.Duration, error) {
	if !s.enabled() {
		return looksApart, nil
	}
	s.mu.Lock()
	free := int(max(s.o.Config().MaxConcurrent.V, 1)) - s.running
	s.mu.Unlock()
	begun, told, next, err := s.take(ctx, free, setBack)
	if err != nil {
		return 0, err
	}
	for _, e := range told {
		s.tell(e)
	}
	for _, r := range begun {
		s.begin(r)
	}
	if !next.Valid || len(begun) >= free {
		return looksApart, nil // the end of a run wakes us
	}
	return max(time.UnixMilli(next.Int64).Sub(s.now()), 0), nil
}

// take claims jobs that are due, at most so many, and tells when the next one is.
func (s *Service) take(ctx context.Context, most int, setBack bool) (begun []*run, told []*protocol.CronEvent, next sql.NullInt64, err error) {
	err = s.o.Store.Write(ctx, func(tx *store.Tx) error {
		begun, told = nil, nil
		now := s.now()
		if setBack {
			if err := s.tame(ctx, tx, now); err != nil {
				return err
			}
		}
		if most > 0 {
			due, err := jobs(ctx, tx, `WHERE enabled = 1 AND running_at_ms IS NULL AND next_run_at_ms <= ? ORDER BY next_run_at_ms, id LIMIT ?`, now.UnixMilli(), most)
			if err != nil {
				return err
			}
			for _, j := range due {
				r, e, err := s.takeOne(ctx, tx, j, now)
				if err != nil {
					return err
				}
				if r != nil {
					begun = append(begun, r)
				}
				if e != nil {
					told = append(told, e)
				}
			}
		}
		return tx.QueryRowContext(ctx, `SELECT MIN(next_run_at_ms) FROM cron_jobs WHERE enabled = 1 AND running_at_ms IS NULL`).Scan(&next)
	})
	return begun, told, next, err
}

// takeOne claims the time at which a job was due, or leaves it out.
func (s *Service) takeOne(ctx context.Context, tx *store.Tx, j *record, now time.Time) (*run, *protocol.CronEvent, error) {
	sched, err := s.scheduleOf(&j.CronJob)
	if err != nil {
		// It was right when it was added: a zone has gone.
		s.log.Error("a job cannot be run any more and is disabled", "job", j.ID, "name", j.Name, "error", err)
		j.Enabled, j.State.LastError = false, wire.Some(err.Error())
		j.State.NextRunAtMs = wire.Opt[int64]{}
		return nil, nil, save(ctx, tx, j)
	}
	r := &run{job: j.CronJob, slot: j.State.NextRunAtMs.V, startedAt: now.UnixMilli()}
	if !sched.Once() && !sched.Floating() {
		r.missed = passed(sched, time.UnixMilli(r.slot), now)
	}
	fresh, err := claim(ctx, tx, r)
	if err != nil {
		return nil, nil, err
	}
	following, comes := sched.Next(now)
	if !fresh {
		// The clock was set back, and this time has had its run.
		following, comes = sched.Next(time.UnixMilli(r.slot))
	}
	j.State.NextRunAtMs = wire.Opt[int64]{V: following.UnixMilli(), Set: comes}
	if !fresh {
		j.Enabled = j.Enabled && comes
		return nil, nil, save(ctx, tx, j)
	}
	j.UpdatedAtMs = r.startedAt
	if r.late() && j.Missed.V == protocol.CronMissedSkip {
		e, err := s.leaveOut(ctx, tx, j, r)
		return nil, e, err
	}
	j.State.RunningAtMs = wire.Some(r.startedAt)
	r.job = j.CronJob
	return r, nil, save(ctx, tx, j)
}

// leaveOut writes down that a job did not run when it was due.
func (s *Service) leaveOut(ctx context.Context, tx *store.Tx, j *record, r *run) (*protocol.CronEvent, error) {
	j.Enabled = j.Enabled && j.State.NextRunAtMs.Set
	o := outcome{status: protocol.CronRunStatusSkipped, err: "its time was missed", endedAt: r.startedAt}
	e := r.entry(o, j.State.NextRunAtMs)
	j.ran(r, o)
	if err := conclude(ctx, tx, r, e); err != nil {
		return nil, err
	}
	return finished(e), save(ctx, tx, j)
}

// passed counts the times of a schedule after one, up to now.
func passed(sched interface {
	Next(time.Time) (time.Time, bool)
}, slot, now time.Time) (n int64) {
	for n < maxPassed {
		next, comes := sched.Next(slot)
		if !comes || next.After(now) {
			break
		}
		slot, n = next, n+1
	}
	return n
}

// maxPassed bounds the counting of missed times: beyond that it does not matter
// how many they were.
const maxPassed = 1000

// tame corrects jobs that wait for a time that a wrong clock made: none waits
// longer than its schedule says.
func (s *Service) tame(ctx context.Context, tx *store.Tx, now time.Time) error {
	waiting, err := jobs(ctx, tx, `WHERE enabled = 1 AND next_run_at_ms > ?`, now.UnixMilli())
	if err != nil {
		return err
	}
	for _, j := range waiting {
		sched, err := s.scheduleOf(&j.CronJob)
		if err != nil {
			continue
		}
		next, comes := sched.Next(now)
		if sched.Once() {
			next, comes = time.UnixMilli(max(sched.At().UnixMilli(), now.Add(longestWait).UnixMilli())), true
		}
		if comes && next.UnixMilli() < j.State.NextRunAtMs.V {
			j.State.NextRunAtMs.V = next.UnixMilli()
			if err := save(ctx, tx, j); err != nil {
				return err
			}
		}
	}
	return nil
}

package cron

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/cron/schedule"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// model is what must happen to one job, computed beside the service: which of
// its times run, which are left out, and which a late run stands for.
type model struct {
	sched *schedule.Schedule
	skip  bool
	next  time.Time
	log   []string
	had   map[int64]bool
}

// look is what one look of the scheduler does to the job.
func (m *model) look(now time.Time) {
	for !m.next.After(now) {
		slot := m.next
		if m.had[slot.UnixMilli()] {
			m.next, _ = m.sched.Next(slot)
			continue
		}
		m.had[slot.UnixMilli()] = true
		status, missed := "ok", 0
		for next, _ := m.sched.Next(slot); !next.After(now) && missed < maxPassed; next, _ = m.sched.Next(next) {
			missed++
		}
		if m.skip && now.Sub(slot) > grace {
			status = "skipped"
		}
		m.log = append(m.log, fmt.Sprint(slot.UnixMilli(), " ", status, " missed ", missed))
		m.next, _ = m.sched.Next(now)
	}
}

func (m *model) setBack(now time.Time) {
	if next, _ := m.sched.Next(now); next.Before(m.next) {
		m.next = next
	}
}

var propertyZones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "America/St_Johns"}

// Whatever the schedules, however late the scheduler looks, whenever the process
// ends and the clock is set: every time of every job has what its policy says.
func TestEveryTimeIsTreatedAsItsPolicySays(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		clock := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "begin"), 0).UTC()
		w := newWorld(outer, store.Options{Dir: outer.TempDir()}, func() time.Time { return clock })
		defer w.close()
		w.config.MaxConcurrent = wire.Some(int64(100))
		models := map[string]*model{}
		for range rapid.IntRange(1, 4).Draw(t, "jobs") {
			var s protocol.CronSchedule
			if rapid.Bool().Draw(t, "interval") {
				s = &protocol.CronScheduleEvery{EveryMs: rapid.Int64Range(60_000, 7200_000).Draw(t, "every"), AnchorMs: wire.Some(clock.UnixMilli() + rapid.Int64Range(-1e9, 1e7).Draw(t, "anchor"))}
			} else {
				expr := rapid.SampledFrom([]string{"*/7 * * * *", "30 2 * * *", "0 */3 * * *", "15 1,2,3 * * *", "0 0 * * MON", "59 23 L * *", "*/20 2-4 * * *"}).Draw(t, "expr")
				s = &protocol.CronScheduleCron{Expr: expr, Tz: wire.Some(rapid.SampledFrom(propertyZones).Draw(t, "zone"))}
			}
			skip := rapid.Bool().Draw(t, "skip")
			j := w.add("job", s, note("x"), func(p *protocol.CronAddParams) {
				if skip {
					p.Missed = wire.Some(protocol.CronMissedSkip)
				}
			})
			sched, err := schedule.New(s, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			m := &model{sched: sched, skip: skip, had: map[int64]bool{}}
			m.next, _ = sched.First(clock)
			models[j.ID] = m
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			back := false
			switch rapid.SampledFrom([]string{"pass", "pass", "pass", "sleep", "set back", "crash"}).Draw(t, "step") {
			case "pass":
				clock = clock.Add(time.Duration(rapid.Int64Range(1, 90).Draw(t, "seconds")) * time.Second)
			case "sleep":
				clock = clock.Add(time.Duration(rapid.Int64Range(1, 60*60*48).Draw(t, "seconds")) * time.Second)
			case "set back":
				clock, back = clock.Add(-time.Duration(rapid.Int64Range(1, 60*60*24).Draw(t, "seconds"))*time.Second), true
			case "crash":
				// Between the claim and the end of runs: they are claimed, and the
				// process ends before it does anything else.
				if _, _, _, err := w.take(w.Context(), 100, false); err != nil {
					t.Fatal(err)
				}
				for _, m := range models {
					m.look(clock)
				}
				w.Service.Close()
				w.Service = New(w.o)
				left, err := w.recover(w.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range left {
					w.begin(r)
				}
			}
			w.wg.Wait()
			for _, m := range models {
				if back {
					m.setBack(clock)
				}
				m.look(clock)
			}
			// Looks follow one another until nothing is due: a time that had its
			// run before the clock was set back takes a look of its own.
			for wait := time.Duration(0); wait == 0; {
				var err error
				if wait, err = w.round(w.Context(), back); err != nil {
					t.Fatal(err)
				}
				back = false
				w.wg.Wait()
			}
		}
		for id, m := range models {
			var got []string
			rows, err := w.runsOf(id)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rows...)
			if slices.Sort(m.log); !slices.Equal(got, m.log) {
				t.Fatalf("the job %+v\nhas the runs %q\nwant %q", w.job(id), got, m.log)
			}
		}
	})
}

// runsOf words the rows of a job's runs.
func (w *world) runsOf(id string) (out []string, err error) {
	err = w.store.Read(w.Context(), func(q store.Querier) error {
		out = nil
		rows, err := q.QueryContext(w.Context(), `SELECT slot_at_ms, state, missed FROM cron_runs WHERE job_id = ?`, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var slot, missed int64
			var state string
			if err := rows.Scan(&slot, &state, &missed); err != nil {
				return err
			}
			out = append(out, fmt.Sprint(slot, " ", state, " missed ", missed))
		}
		slices.Sort(out)
		return rows.Err()
	})
	return out, err
}

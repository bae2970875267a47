package cron

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// live runs a service in a bubble, whose clock can be set apart from its time.
func live(t *testing.T, f func(t *testing.T, w *world, set func(time.Duration))) {
	synctest.Test(t, func(t *testing.T) {
		var off atomic.Int64
		w := newWorld(t, store.Options{Dir: t.TempDir()}, func() time.Time { return time.Now().Add(time.Duration(off.Load())) })
		defer w.close()
		if err := w.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		f(t, w, func(d time.Duration) { off.Add(int64(d)) })
	})
}

func (w *world) expect(when string, want ...string) {
	w.Helper()
	synctest.Wait()
	if got := w.heard(); !slices.Equal(got, want) {
		w.Errorf("%s: heard %q, want %q", when, got, want)
	}
}

func TestAJobRunsWhenItIsDue(t *testing.T) {
	live(t, func(t *testing.T, w *world, _ func(time.Duration)) {
		j := w.add("tea", &protocol.CronScheduleAt{AtMs: w.nowMs() + 90_000}, note("The tea is ready."), func(p *protocol.CronAddParams) {
			p.DeleteAfterRun, p.WakeMode = wire.Some(true), wire.Some(protocol.CronWakeModeNow)
		})
		w.expect("added", "added")
		time.Sleep(90*time.Second - time.Millisecond)
		w.expect("a moment before")
		time.Sleep(time.Millisecond)
		w.expect("when due", "started", "finished ok", "removed")
		if got := w.noted(); !slices.Equal(got, []string{"The tea is ready. (now)"}) {
			t.Errorf("notes %q", got)
		}
		if log := w.log(j.ID); len(log) != 1 || log[0].Status.V != "ok" {
			t.Errorf("the log of a deleted job: %+v", log)
		}
		hourly := w.add("hourly", &protocol.CronScheduleCron{Expr: "0 * * * *"}, turn("look around"))
		w.heard()
		time.Sleep(3 * time.Hour)
		w.expect("after three hours", "started", "finished ok", "started", "finished ok", "started", "finished ok")
		if asked := w.asked(); len(asked) != 3 || asked[0].Message != "[cron:"+hourly.ID+" hourly] look around" || !asked[0].Isolated ||
			asked[0].RunID != fmt.Sprintf("cron:%s:%d", hourly.ID, w.log(hourly.ID)[0].RunAtMs.V) {
			t.Errorf("turns %+v", asked)
		}
		if got := w.noted(); len(got) != 3 || got[0] != "Cron: did [cron:"+hourly.ID+" hourly] look around" {
			t.Errorf("notes %q", got)
		}
	})
}

// A job that runs once is tried again, later and later, until it succeeds.
func TestAFailureIsTriedAgain(t *testing.T) {
	live(t, func(t *testing.T, w *world, _ func(time.Duration)) {
		fails := 3
		w.turn = func(context.Context, Turn) (string, error) {
			if fails--; fails >= 0 {
				return "", fmt.Errorf("no model")
			}
			return "done", nil
		}
		j := w.add("once", &protocol.CronScheduleAt{AtMs: w.nowMs() - 5000}, turn("try"))
		time.Sleep(time.Second)
		w.expect("at once", "added", "started", "finished error: no model")
		time.Sleep(time.Minute)
		w.expect("a minute later", "started", "finished error: no model")
		time.Sleep(time.Minute)
		w.expect("another minute later")
		time.Sleep(time.Minute)
		w.expect("two minutes later", "started", "finished error: no model")
		time.Sleep(4 * time.Minute)
		w.expect("four minutes later", "started", "finished ok")
		if j = w.job(j.ID); j.Enabled || j.State.NextRunAtMs.Set || j.State.LastStatus.V != "ok" || j.State.LastError.Set {
			t.Errorf("afterwards %+v", j)
		}
		time.Sleep(3 * time.Hour)
		w.expect("hours later")
	})
}

func TestRunsAtATimeAreBounded(t *testing.T) {
	live(t, func(t *testing.T, w *world, _ func(time.Duration)) {
		at, most := 0, 0
		w.turn = func(context.Context, Turn) (string, error) {
			w.mu.Lock()
			at++
			most = max(most, at)
			w.mu.Unlock()
			time.Sleep(10 * time.Second)
			w.mu.Lock()
			at--
			w.mu.Unlock()
			return "", nil
		}
		for k := range 7 {
			w.add(fmt.Sprint("job ", k), &protocol.CronScheduleAt{AtMs: w.nowMs() + 1000}, turn("work"))
		}
		time.Sleep(35 * time.Second)
		synctest.Wait()
		if n := len(w.asked()); n != 7 || most != 2 {
			t.Errorf("%d ran, %d at a time", n, most)
		}
		time.Sleep(10 * time.Second)
	})
}

// A run that is interrupted goes on in the next process under its name.
func TestARunIsTakenUp(t *testing.T) {
	live(t, func(t *testing.T, w *world, set func(time.Duration)) {
		w.turn = func(ctx context.Context, _ Turn) (string, error) { <-ctx.Done(); return "", ctx.Err() }
		j := w.add("long", &protocol.CronScheduleEvery{EveryMs: 3600_000}, turn("work"))
		time.Sleep(time.Hour)
		w.expect("begun", "added", "started")
		if r, err := w.CronRun(t.Context(), &protocol.CronRunParams{ID: wire.Some(j.ID), Mode: wire.Some(protocol.CronRunParamsModeForce)}); err != nil || r.Ran || r.Reason.V != running {
			t.Errorf("a second run: %v %+v", err, r)
		}
		w.Service.Close()
		w.mu.Lock()
		w.turn = func(context.Context, Turn) (string, error) { return "done", nil }
		w.mu.Unlock()
		set(time.Hour)
		w.restart()
		w.expect("taken up", "finished ok")
		if asked := w.asked(); len(asked) != 2 || asked[0].RunID != asked[1].RunID {
			t.Errorf("turns %+v", asked)
		}
		w.mu.Lock()
		w.turn = func(ctx context.Context, _ Turn) (string, error) { <-ctx.Done(); return "", ctx.Err() }
		w.mu.Unlock()
		time.Sleep(time.Hour)
		w.expect("begun again", "started")
		set(3 * time.Hour)
		w.restart()
		w.expect("too old", "finished error: the gateway stopped during this run")
		if j := w.job(j.ID); j.State.RunningAtMs.Set || !j.State.NextRunAtMs.Set {
			t.Errorf("afterwards %+v", j.State)
		}
	})
}

// Asleep, the machine misses times; what then happens is the job's choice.
func TestMissedTimes(t *testing.T) {
	live(t, func(t *testing.T, w *world, set func(time.Duration)) {
		time.Sleep(time.Second) // past the full hour
		once := w.add("once", &protocol.CronScheduleCron{Expr: "*/10 * * * *"}, note("look"))
		skip := w.add("skip", &protocol.CronScheduleCron{Expr: "*/10 * * * *"}, note("look away"), func(p *protocol.CronAddParams) { p.Missed = wire.Some(protocol.CronMissedSkip) })
		time.Sleep(time.Minute)
		w.heard()
		set(55 * time.Minute) // and the timers knew nothing of it
		time.Sleep(time.Minute)
		synctest.Wait()
		log := w.log(once.ID)
		if len(log) != 1 || log[0].Status.V != "ok" || log[0].MissedSlots.V != 4 || log[0].RunAtMs.V-log[0].SlotAtMs.V < 45*60_000 {
			t.Errorf("once: %+v", log)
		}
		log = w.log(skip.ID)
		if len(log) != 1 || log[0].Status.V != "skipped" || log[0].Error.V != "its time was missed" {
			t.Errorf("skip: %+v", log)
		}
		if got := w.noted(); !slices.Equal(got, []string{"look"}) {
			t.Errorf("notes %q", got)
		}
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if got := w.noted(); len(got) != 2 {
			t.Errorf("the next time: notes %q", got)
		}
	})
}

// A clock that was wrong does not keep jobs waiting when it is put right, and
// no time has two runs.
func TestTheClockIsSetBack(t *testing.T) {
	live(t, func(t *testing.T, w *world, set func(time.Duration)) {
		j := w.add("hourly", &protocol.CronScheduleCron{Expr: "0 * * * *"}, note("look"))
		set(10 * 365 * 24 * time.Hour)
		time.Sleep(time.Minute)
		synctest.Wait()
		set(-10 * 365 * 24 * time.Hour)
		time.Sleep(2*time.Hour - time.Minute)
		synctest.Wait()
		if n := len(w.log(j.ID)); n != 3 {
			t.Errorf("%d runs, want one in the wrong year and two in the right one", n)
		}
		set(-90 * time.Minute)
		time.Sleep(4 * time.Hour)
		synctest.Wait()
		seen := map[int64]bool{}
		for _, e := range w.log(j.ID) {
			slot := e.RunAtMs.V - e.RunAtMs.V%3600_000
			if seen[slot] {
				t.Errorf("two runs for %v", time.UnixMilli(slot).UTC())
			}
			seen[slot] = true
		}
		if len(seen) != 5 { // the one in the wrong year, 01:00 and 02:00, and after them 03:00 and 04:00
			t.Errorf("%d runs: %v", len(seen), seen)
		}
	})
}

func TestSwitchedOff(t *testing.T) {
	live(t, func(t *testing.T, w *world, _ func(time.Duration)) {
		w.mu.Lock()
		w.config.Enabled = wire.Some(false)
		w.mu.Unlock()
		j := w.add("off", &protocol.CronScheduleAt{AtMs: w.nowMs()}, note("look"))
		time.Sleep(time.Hour)
		w.expect("switched off", "added")
		st, err := w.CronStatus(t.Context(), &protocol.CronStatusParams{})
		if err != nil || st.Enabled || st.Jobs != 1 || st.NextWakeAtMs.Valid {
			t.Errorf("%v %+v", err, st)
		}
		if r, err := w.CronRun(t.Context(), &protocol.CronRunParams{ID: wire.Some(j.ID)}); err != nil || !r.Ran {
			t.Errorf("a run by hand: %v %+v", err, r)
		}
		w.expect("by hand", "started", "finished ok")
	})
}

func TestWake(t *testing.T) {
	live(t, func(t *testing.T, w *world, _ func(time.Duration)) {
		for text, ok := range map[string]bool{"The build is red.": true, " \t": false} {
			r, err := w.Wake(t.Context(), &protocol.WakeParams{Mode: protocol.CronWakeModeNow, Text: text})
			if err != nil || r.Ok != ok {
				t.Errorf("%q: %v %+v", text, err, r)
			}
		}
		if got := w.noted(); !slices.Equal(got, []string{"The build is red. (now)"}) {
			t.Errorf("notes %q", got)
		}
	})
}

func TestJobsAreChanged(t *testing.T) {
	live(t, func(t *testing.T, w *world, _ func(time.Duration)) {
		j := w.add("a", &protocol.CronScheduleEvery{EveryMs: 60_000}, turn("work"))
		patch := func(p protocol.CronJobPatch) (*protocol.CronJob, string) {
			got, err := w.CronUpdate(t.Context(), &protocol.CronUpdateParams{ID: wire.Some(j.ID), Patch: p})
			if err != nil {
				return nil, refusal(err)
			}
			return got, ""
		}
		if got, _ := patch(protocol.CronJobPatch{Payload: &protocol.CronPayloadPatchAgentTurn{To: wire.Some("+1")}}); got.Payload.(*protocol.CronPayloadAgentTurn).Message != "work" ||
			got.Payload.(*protocol.CronPayloadAgentTurn).To.V != "+1" {
			t.Errorf("merged: %+v", got.Payload)
		}
		for _, c := range []struct {
			p    protocol.CronJobPatch
			want string
		}{
			{protocol.CronJobPatch{Payload: &protocol.CronPayloadPatchSystemEvent{}}, `INVALID_REQUEST: Error: cron.update payload.kind="systemEvent" requires text`},
			{protocol.CronJobPatch{Payload: &protocol.CronPayloadPatchSystemEvent{Text: wire.Some("x")}}, `INVALID_REQUEST: Error: isolated cron jobs require payload.kind="agentTurn"`},
			{protocol.CronJobPatch{Name: wire.Some(" ")}, `INVALID_REQUEST: name is blank: give the job a name`},
			{protocol.CronJobPatch{Schedule: &protocol.CronScheduleCron{Expr: "* * * *"}}, `INVALID_REQUEST: TypeError: CronPattern: invalid configuration format ('* * * *'), exactly five or six space separated parts are required.`},
		} {
			if _, got := patch(c.p); got != c.want {
				t.Errorf("%+v: %s\nwant %s", c.p, got, c.want)
			}
		}
		if got, _ := patch(protocol.CronJobPatch{Enabled: wire.Some(false)}); got.Enabled || got.State.NextRunAtMs.Set {
			t.Errorf("disabled: %+v", got)
		}
		w.heard()
		time.Sleep(time.Hour)
		w.expect("disabled")
		if log := w.log(j.ID); len(log) != 0 {
			t.Errorf("disabled, it ran: %+v", log)
		}
		if list, _ := w.CronList(t.Context(), &protocol.CronListParams{}); len(list.Jobs) != 0 {
			t.Errorf("listed: %+v", list.Jobs)
		}
	})
}

func TestReportsToTheMainSession(t *testing.T) {
	live(t, func(t *testing.T, w *world, _ func(time.Duration)) {
		long := strings.Repeat("long ", 400)
		w.turn = func(_ context.Context, t Turn) (string, error) {
			if strings.HasSuffix(t.Message, "fail") {
				return "", fmt.Errorf("no model")
			}
			return long, nil
		}
		for message, iso := range map[string]protocol.CronIsolation{
			"a":    {PostToMainPrefix: wire.Some("Report"), PostToMainMode: wire.Some(protocol.CronIsolationPostToMainModeFull), PostToMainMaxChars: wire.Some(int64(10))},
			"b":    {},
			"fail": {},
		} {
			j := w.add(message, &protocol.CronScheduleEvery{EveryMs: 60_000}, turn(message), func(p *protocol.CronAddParams) { p.Isolation = wire.Some(iso) })
			if _, err := w.CronRun(t.Context(), &protocol.CronRunParams{JobID: wire.Some(j.ID), Mode: wire.Some(protocol.CronRunParamsModeForce)}); err != nil {
				t.Fatal(err)
			}
			got, want := w.noted(), map[string]string{"a": "Report: long long…", "b": "Cron: " + long[:499] + "…", "fail": "Cron (error): no model"}[message]
			if len(got) != 1 || got[0] != want {
				t.Errorf("%s: %q, want %q", message, got, want)
			}
		}
	})
}

package cron

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// run is one run of a job.
type run struct {
	job       protocol.CronJob // as it was when the run was claimed
	slot      int64            // when it was due, or was asked for
	forced    bool
	startedAt int64
	missed    int64 // further times that had passed
	again     bool  // begun by an earlier process
}

// id names the run, for the agent's records too.
func (r *run) id() string {
	id := fmt.Sprintf("cron:%s:%d", r.job.ID, r.slot)
	if r.forced {
		id += ":forced"
	}
	return id
}

func (r *run) late() bool { return !r.forced && r.startedAt-r.slot > grace.Milliseconds() }

// outcome is how a run ended.
type outcome struct {
	status  protocol.CronRunStatus
	err     string
	reply   string // in full
	endedAt int64
}

// How much of a reply is kept where.
const (
	summaryMax = 2000 // characters, in the log and events
	shortMax   = 500  // in what the main session is told
	saveBudget = 30 * time.Second
)

// begin runs a job beside the scheduler.
func (s *Service) begin(r *run) {
	s.mu.Lock()
	s.running++
	s.mu.Unlock()
	s.wg.Go(func() {
		s.execute(r)
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
		s.wake()
	})
}

// execute does a run that is claimed, and writes down how it ended. When the
// service is closed meanwhile, the next process finds it.
func (s *Service) execute(r *run) (ended bool) {
	if !r.again {
		s.tell(&protocol.CronEvent{JobID: r.job.ID, Action: protocol.CronEventActionStarted, RunAtMs: wire.Some(r.startedAt)})
	}
	if r.late() {
		s.log.Warn("a job runs late", "job", r.job.ID, "name", r.job.Name, "due", time.UnixMilli(r.slot), "missed", r.missed)
	}
	o := outcome{status: protocol.CronRunStatusOk}
	var err error
	if o.reply, err = s.perform(r); err != nil {
		if s.ctx.Err() != nil && errors.Is(err, s.ctx.Err()) {
			return false
		}
		o.status, o.err = protocol.CronRunStatusError, err.Error()
	}
	o.endedAt = s.nowMs()
	e, removed, err := s.finish(r, o)
	if err != nil {
		s.log.Error("the end of a job's run cannot be written down: the next start runs it again", "job", r.job.ID, "error", err)
		return false
	}
	s.tell(finished(e))
	if removed {
		s.tell(&protocol.CronEvent{JobID: r.job.ID, Action: protocol.CronEventActionRemoved})
	}
	s.report(r, o)
	return true
}

// perform does what the job is for.
func (s *Service) perform(r *run) (reply string, err error) {
	j := &r.job
	switch p := j.Payload.(type) {
	case *protocol.CronPayloadSystemEvent:
		return p.Text, s.o.Notes.Note(s.ctx, r.id(), j.AgentID.V, p.Text, j.WakeMode == protocol.CronWakeModeNow)
	case *protocol.CronPayloadAgentTurn:
		t := Turn{RunID: r.id(), JobID: j.ID, AgentID: j.AgentID.V, Isolated: j.SessionTarget == protocol.CronSessionTargetIsolated,
			Message: p.Message, Model: p.Model.V, Thinking: p.Thinking.V, Timeout: time.Duration(min(p.TimeoutSeconds.V, 1<<31)) * time.Second,
			Deliver: p.Deliver.V || !p.Deliver.Set && p.To.V != "", Channel: string(p.Channel.V), To: p.To.V, BestEffort: p.BestEffortDeliver.V}
		if t.Isolated {
			t.Message = "[cron:" + j.ID + " " + j.Name + "] " + t.Message
		}
		return s.o.Agent.Turn(s.ctx, t)
	}
	return "", fmt.Errorf("this gateway does not know what the job is to do: it was made by a newer one")
}

// finish writes down how a run ended and when the job runs next.
func (s *Service) finish(r *run, o outcome) (e *protocol.CronRunLogEntry, removed bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), saveBudget)
	defer cancel()
	err = s.o.Store.Write(ctx, func(tx *store.Tx) error {
		removed = false
		j, err := find(ctx, tx, r.job.ID)
		if err != nil {
			return err
		}
		if j == nil { // it was deleted meanwhile
			e = r.entry(o, wire.Opt[int64]{})
			return conclude(ctx, tx, r, e)
		}
		j.ran(r, o)
		s.follow(j, r, o)
		e = r.entry(o, j.State.NextRunAtMs)
		if err := conclude(ctx, tx, r, e); err != nil {
			return err
		}
		if _, once := j.Schedule.(*protocol.CronScheduleAt); once && o.status == protocol.CronRunStatusOk && j.DeleteAfterRun.V {
			removed, err = remove(ctx, tx, j.ID)
			return err
		}
		return save(ctx, tx, j)
	})
	return e, removed, err
}

// ran notes a run in its job.
func (j *record) ran(r *run, o outcome) {
	st := &j.State
	st.RunningAtMs = wire.Opt[int64]{}
	st.LastRunAtMs, st.LastStatus = wire.Some(r.startedAt), wire.Some(o.status)
	st.LastDurationMs = wire.Some(max(o.endedAt-r.startedAt, 0))
	st.LastError = wire.Opt[string]{V: o.err, Set: o.err != ""}
	if j.failures++; o.status != protocol.CronRunStatusError {
		j.failures = 0
	}
}

// longestWait is how long a job that runs once waits at most after a failure.
const longestWait = time.Hour

// follow decides when a job runs after a run. A job that runs once is tried
// again until it succeeds, at longer and longer intervals.
func (s *Service) follow(j *record, r *run, o outcome) {
	next := &j.State.NextRunAtMs
	end := time.UnixMilli(o.endedAt)
	if *next = (wire.Opt[int64]{}); !j.Enabled {
		return
	}
	sched, err := s.scheduleOf(&j.CronJob)
	if err != nil {
		return
	}
	if !sched.Once() {
		at, comes := sched.Next(end)
		*next = wire.Opt[int64]{V: at.UnixMilli(), Set: comes}
		return
	}
	at := sched.At().UnixMilli()
	failed := o.status == protocol.CronRunStatusError
	switch {
	case at > o.endedAt && (failed || !r.forced):
		*next = wire.Some(at) // it failed before its time, or was put off meanwhile
	case failed:
		wait := min(time.Minute<<min(j.failures-1, 10), longestWait)
		*next = wire.Some(end.Add(wait).UnixMilli())
	default:
		j.Enabled = false
	}
}

// entry is the run's line in the log.
func (r *run) entry(o outcome, next wire.Opt[int64]) *protocol.CronRunLogEntry {
	e := &protocol.CronRunLogEntry{Ts: o.endedAt, JobID: r.job.ID, Status: wire.Some(o.status), Error: wire.Opt[string]{V: o.err, Set: o.err != ""},
		RunAtMs: wire.Some(r.startedAt), DurationMs: wire.Some(max(o.endedAt-r.startedAt, 0)), NextRunAtMs: next}
	if text := clip(o.reply, summaryMax); text != "" {
		e.Summary = wire.Some(text)
	}
	if r.late() {
		e.SlotAtMs = wire.Some(r.slot)
	}
	if r.missed > 0 {
		e.MissedSlots = wire.Some(r.missed)
	}
	return e
}

// finished is the event of a run's end.
func finished(e *protocol.CronRunLogEntry) *protocol.CronEvent {
	return &protocol.CronEvent{JobID: e.JobID, Action: protocol.CronEventActionFinished, RunAtMs: e.RunAtMs, DurationMs: e.DurationMs, Status: e.Status,
		Error: e.Error, Summary: e.Summary, NextRunAtMs: e.NextRunAtMs}
}

// report tells the main session what became of a run in a session of its own.
func (s *Service) report(r *run, o outcome) {
	j := &r.job
	if j.SessionTarget != protocol.CronSessionTargetIsolated {
		return
	}
	prefix, most := "Cron", int64(shortMax)
	if iso := &j.Isolation.V; j.Isolation.Set {
		if iso.PostToMainPrefix.V != "" {
			prefix = iso.PostToMainPrefix.V
		}
		if iso.PostToMainMode.V == protocol.CronIsolationPostToMainModeFull {
			most = 8000
			if iso.PostToMainMaxChars.Set {
				most = iso.PostToMainMaxChars.V
			}
		}
	}
	body := o.reply
	if o.status != protocol.CronRunStatusOk {
		prefix, body = prefix+" ("+string(o.status)+")", o.err
	}
	if body = clip(strings.TrimSpace(body), int(min(most, 1<<20))); body == "" {
		body = j.Name + " had nothing to say"
	}
	if err := s.o.Notes.Note(s.ctx, r.id()+"/report", j.AgentID.V, prefix+": "+body, j.WakeMode == protocol.CronWakeModeNow); err != nil {
		s.log.Warn("what a job did is not told in the main session", "job", j.ID, "error", err)
	}
}

// clip shortens a text.
func clip(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:max(most-1, 0)]) + "…"
}

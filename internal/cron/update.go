package cron

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// CronUpdate changes a job.
func (s *Service) CronUpdate(ctx context.Context, p *protocol.CronUpdateParams) (*protocol.CronJob, error) {
	id, patch := idOf(p.ID, p.JobID), p.Patch.Clone()
	var j *record
	err := s.o.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if j, err = find(ctx, tx, id); err != nil {
			return err
		}
		if j == nil {
			return unknown(id)
		}
		if err := j.patch(patch); err != nil {
			return err
		}
		sched, err := s.check(&j.CronJob)
		if err != nil {
			return err
		}
		now := s.now()
		j.UpdatedAtMs, j.failures = now.UnixMilli(), 0
		plan(&j.CronJob, sched, now)
		return save(ctx, tx, j)
	})
	if err != nil {
		return nil, err
	}
	s.tell(&protocol.CronEvent{JobID: id, Action: protocol.CronEventActionUpdated, NextRunAtMs: j.State.NextRunAtMs})
	s.wake()
	return &j.CronJob, nil
}

// change takes a member over where it is there.
func change[T any](to *T, v wire.Opt[T]) {
	if v.Set {
		*to = v.V
	}
}

// keep is change for members that may be absent.
func keep[T any](to *wire.Opt[T], v wire.Opt[T]) {
	if v.Set {
		*to = v
	}
}

func (j *record) patch(p *protocol.CronJobPatch) error {
	change(&j.Name, p.Name)
	keep(&j.Description, p.Description)
	if p.AgentID.Set {
		j.AgentID = wire.Opt[string]{V: p.AgentID.V, Set: p.AgentID.V != ""}
	}
	change(&j.Enabled, p.Enabled)
	keep(&j.DeleteAfterRun, p.DeleteAfterRun)
	if p.Schedule != nil {
		j.Schedule = p.Schedule
	}
	change(&j.SessionTarget, p.SessionTarget)
	change(&j.WakeMode, p.WakeMode)
	keep(&j.Isolation, p.Isolation)
	keep(&j.Missed, p.Missed)
	if st := &p.State.V; p.State.Set {
		keep(&j.State.RunningAtMs, st.RunningAtMs)
		keep(&j.State.LastRunAtMs, st.LastRunAtMs)
		keep(&j.State.LastStatus, st.LastStatus)
		keep(&j.State.LastError, st.LastError)
		keep(&j.State.LastDurationMs, st.LastDurationMs)
	}
	switch p := p.Payload.(type) {
	case *protocol.CronPayloadPatchSystemEvent:
		return j.patchNote(p)
	case *protocol.CronPayloadPatchAgentTurn:
		return j.patchTurn(p)
	}
	return nil
}

func (j *record) patchNote(p *protocol.CronPayloadPatchSystemEvent) error {
	was, same := j.Payload.(*protocol.CronPayloadSystemEvent)
	if !same {
		if p.Text.V == "" {
			return invalid(`Error: cron.update payload.kind="systemEvent" requires text`)
		}
		was = &protocol.CronPayloadSystemEvent{}
		j.Payload = was
	}
	change(&was.Text, p.Text)
	return nil
}

func (j *record) patchTurn(p *protocol.CronPayloadPatchAgentTurn) error {
	was, same := j.Payload.(*protocol.CronPayloadAgentTurn)
	if !same {
		if p.Message.V == "" {
			return invalid(`Error: cron.update payload.kind="agentTurn" requires message`)
		}
		was = &protocol.CronPayloadAgentTurn{}
		j.Payload = was
	}
	change(&was.Message, p.Message)
	keep(&was.Model, p.Model)
	keep(&was.Thinking, p.Thinking)
	keep(&was.TimeoutSeconds, p.TimeoutSeconds)
	keep(&was.Deliver, p.Deliver)
	if p.Channel.Set {
		was.Channel = wire.Some(protocol.CronPayloadAgentTurnChannel(p.Channel.V))
	}
	keep(&was.To, p.To)
	keep(&was.BestEffortDeliver, p.BestEffortDeliver)
	return nil
}

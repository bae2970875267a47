package cron

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// CronAdd adds a job.
func (s *Service) CronAdd(ctx context.Context, p *protocol.CronAddParams) (*protocol.CronJob, error) {
	p = p.Clone() // params are the caller's
	now := s.now()
	j := &record{CronJob: protocol.CronJob{
		ID: newID(), AgentID: wire.Opt[string]{V: p.AgentID.V, Set: p.AgentID.V != ""}, Name: p.Name, Description: p.Description,
		Enabled: p.Enabled.V || !p.Enabled.Set, DeleteAfterRun: p.DeleteAfterRun, CreatedAtMs: now.UnixMilli(), UpdatedAtMs: now.UnixMilli(),
		Schedule: p.Schedule, SessionTarget: p.SessionTarget.V, WakeMode: p.WakeMode.V, Payload: p.Payload, Isolation: p.Isolation,
	}}
	if p.Missed.V == protocol.CronMissedSkip {
		j.Missed = wire.Some(p.Missed.V)
	}
	if j.WakeMode == "" {
		j.WakeMode = protocol.CronWakeModeNextHeartbeat
	}
	if j.SessionTarget == "" {
		j.SessionTarget = protocol.CronSessionTargetIsolated
		if _, note := j.Payload.(*protocol.CronPayloadSystemEvent); note {
			j.SessionTarget = protocol.CronSessionTargetMain
		}
	}
	sched, err := s.check(&j.CronJob)
	if err != nil {
		return nil, err
	}
	plan(&j.CronJob, sched, now)
	err = s.o.Store.Write(ctx, func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM cron_jobs`).Scan(&n); err != nil {
			return err
		}
		if n >= maxJobs {
			return invalid("there are %d jobs already, and no more are taken: remove some", n)
		}
		return save(ctx, tx, j)
	})
	if err != nil {
		return nil, err
	}
	s.tell(&protocol.CronEvent{JobID: j.ID, Action: protocol.CronEventActionAdded, NextRunAtMs: j.State.NextRunAtMs})
	s.wake()
	return &j.CronJob, nil
}

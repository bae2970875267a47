package cron

import (
	"context"
	"database/sql"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// CronList lists the jobs, those that run next first.
func (s *Service) CronList(ctx context.Context, p *protocol.CronListParams) (*protocol.CronListResult, error) {
	r := &protocol.CronListResult{Jobs: []protocol.CronJob{}}
	err := s.o.Store.Read(ctx, func(q store.Querier) error {
		list, err := jobs(ctx, q, `WHERE enabled = 1 OR ? = 1 ORDER BY COALESCE(next_run_at_ms, 0), created_at_ms, id`, number(p.IncludeDisabled.V))
		for _, j := range list {
			r.Jobs = append(r.Jobs, j.CronJob)
		}
		return err
	})
	return r, err
}

// CronStatus tells how the scheduler is.
func (s *Service) CronStatus(ctx context.Context, _ *protocol.CronStatusParams) (*protocol.CronStatusResult, error) {
	r := &protocol.CronStatusResult{Enabled: s.enabled(), StorePath: s.o.Path}
	err := s.o.Store.Read(ctx, func(q store.Querier) error {
		var next sql.NullInt64
		err := q.QueryRowContext(ctx, `SELECT COUNT(*), MIN(CASE WHEN enabled = 1 THEN next_run_at_ms END) FROM cron_jobs`).Scan(&r.Jobs, &next)
		if next.Valid && r.Enabled {
			r.NextWakeAtMs = wire.Null[int64]{V: next.Int64, Valid: true}
		}
		return err
	})
	return r, err
}

// CronRuns gives the run log of a job.
func (s *Service) CronRuns(ctx context.Context, p *protocol.CronRunsParams) (*protocol.CronRunsResult, error) {
	limit := int64(200)
	if p.Limit.Set {
		limit = p.Limit.V
	}
	r := &protocol.CronRunsResult{}
	err := s.o.Store.Read(ctx, func(q store.Querier) (err error) {
		r.Entries, err = entries(ctx, q, idOf(p.ID, p.JobID), limit)
		return err
	})
	return r, err
}

// CronRemove deletes a job. A run of it that goes on is not stopped.
func (s *Service) CronRemove(ctx context.Context, p *protocol.CronRemoveParams) (*protocol.CronRemoveResult, error) {
	r, id := &protocol.CronRemoveResult{}, idOf(p.ID, p.JobID)
	err := s.o.Store.Write(ctx, func(tx *store.Tx) (err error) {
		r.Removed, err = remove(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if r.Removed {
		s.tell(&protocol.CronEvent{JobID: id, Action: protocol.CronEventActionRemoved})
	}
	return r, nil
}

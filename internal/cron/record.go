package cron

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// record is a job as it is kept.
type record struct {
	protocol.CronJob
	failures int64 // in a row
}

func scan(row interface{ Scan(...any) error }) (*record, error) {
	var r record
	var text string
	if err := row.Scan(&text, &r.failures); err != nil {
		return nil, err
	}
	// Leniently: a newer gateway may have written members that are new.
	return &r, r.DecodeAlias([]byte(text), wire.Lenient)
}

// find gives a job, or nil when there is none.
func find(ctx context.Context, q store.Querier, id string) (*record, error) {
	r, err := scan(q.QueryRowContext(ctx, `SELECT job, failures FROM cron_jobs WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return r, err
}

// jobs lists the jobs that a condition is true of.
func jobs(ctx context.Context, q store.Querier, condition string, args ...any) ([]*record, error) {
	rows, err := q.QueryContext(ctx, `SELECT job, failures FROM cron_jobs `+condition, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*record
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func nullable(v wire.Opt[int64]) sql.NullInt64 { return sql.NullInt64{Int64: v.V, Valid: v.Set} }

func number(v bool) int {
	if v {
		return 1
	}
	return 0
}

// save writes a job down.
func save(ctx context.Context, tx *store.Tx, r *record) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO cron_jobs (id, created_at_ms, enabled, next_run_at_ms, running_at_ms, failures, job) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET enabled = excluded.enabled, next_run_at_ms = excluded.next_run_at_ms, running_at_ms = excluded.running_at_ms,
		failures = excluded.failures, job = excluded.job`,
		r.ID, r.CreatedAtMs, number(r.Enabled), nullable(r.State.NextRunAtMs), nullable(r.State.RunningAtMs), r.failures, string(r.AppendJSON(nil)))
	return err
}

func remove(ctx context.Context, tx *store.Tx, id string) (removed bool, err error) {
	done, err := tx.ExecContext(ctx, `DELETE FROM cron_jobs WHERE id = ?`, id)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// claim makes a run's row; false when there is one already.
func claim(ctx context.Context, tx *store.Tx, r *run) (bool, error) {
	done, err := tx.ExecContext(ctx, `INSERT INTO cron_runs (job_id, slot_at_ms, forced, state, started_at_ms, missed) VALUES (?, ?, ?, 'running', ?, ?)
		ON CONFLICT (job_id, slot_at_ms, forced) DO NOTHING`, r.job.ID, r.slot, number(r.forced), r.startedAt, r.missed)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// conclude writes down how a run ended.
func conclude(ctx context.Context, tx *store.Tx, r *run, e *protocol.CronRunLogEntry) error {
	_, err := tx.ExecContext(ctx, `UPDATE cron_runs SET state = ?, ended_at_ms = ?, entry = ? WHERE job_id = ? AND slot_at_ms = ? AND forced = ?`,
		string(e.Status.V), e.Ts, string(e.AppendJSON(nil)), r.job.ID, r.slot, number(r.forced))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM cron_runs WHERE job_id = ? AND ended_at_ms < (SELECT ended_at_ms FROM cron_runs WHERE job_id = ? AND ended_at_ms IS NOT NULL
		ORDER BY ended_at_ms DESC LIMIT 1 OFFSET ?)`, r.job.ID, r.job.ID, keptRuns-1)
	return err
}

// How much of the run log is kept.
const (
	keptRuns = 2000                     // of a job
	keptFor  = 30 * 24 * 60 * 60 * 1000 // ms, of a job that was deleted
)

// entries gives the newest runs of a job that ended, oldest first.
func entries(ctx context.Context, q store.Querier, id string, limit int64) ([]protocol.CronRunLogEntry, error) {
	rows, err := q.QueryContext(ctx, `SELECT entry FROM cron_runs WHERE job_id = ? AND ended_at_ms IS NOT NULL ORDER BY ended_at_ms DESC, slot_at_ms DESC LIMIT ?`, id, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []protocol.CronRunLogEntry{}
	for rows.Next() {
		var text string
		var e protocol.CronRunLogEntry
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if err := e.DecodeAlias([]byte(text), wire.Lenient); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	slices.Reverse(out)
	return out, rows.Err()
}

// interrupted lists the runs that have not ended.
func interrupted(ctx context.Context, q store.Querier) ([]*run, error) {
	rows, err := q.QueryContext(ctx, `SELECT job_id, slot_at_ms, forced, started_at_ms, missed FROM cron_runs WHERE state = 'running' ORDER BY started_at_ms`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*run
	for rows.Next() {
		var r run
		var forced int
		if err := rows.Scan(&r.job.ID, &r.slot, &forced, &r.startedAt, &r.missed); err != nil {
			return nil, err
		}
		r.forced = forced != 0
		out = append(out, &r)
	}
	return out, rows.Err()
}

// sweep forgets the runs of jobs that were deleted long ago.
func sweep(ctx context.Context, tx *store.Tx, now int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM cron_runs WHERE ended_at_ms < ? AND NOT EXISTS (SELECT 1 FROM cron_jobs WHERE cron_jobs.id = cron_runs.job_id)`, now-keptFor)
	return err
}

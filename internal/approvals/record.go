package approvals

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const (
	// goodFor is how long after the decision a command may begin.
	goodFor = 5 * time.Minute
	// keptFor is how long it is kept what was asked and decided.
	keptFor = 30 * 24 * time.Hour
)

// insert writes a question down. One that had the same id before is over, and
// nothing runs by it any more.
func insert(ctx context.Context, tx *store.Tx, q *question) error {
	shown := q.details
	shown.Env = nil
	env := ""
	if len(q.details.Env) > 0 {
		text, err := json.Marshal(q.details.Env)
		if err != nil {
			return err
		}
		env = string(text)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO exec_approvals (id, digest, request, env, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, request = excluded.request, env = excluded.env, created_at_ms = excluded.created_at_ms,
		expires_at_ms = excluded.expires_at_ms, decision = NULL, decided_by = '', decided_at_ms = NULL, delivered = 0, spent_at_ms = NULL`,
		q.id, q.digest, string(shown.AppendJSON(nil)), env, q.createdAt, q.expires)
	return err
}

// tidy drops the variables of questions whose time is up, and what is old.
func tidy(ctx context.Context, tx *store.Tx, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE exec_approvals SET env = '' WHERE env <> '' AND expires_at_ms <= ?`, now.UnixMilli()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM exec_approvals WHERE created_at_ms < ?`, now.Add(-keptFor).UnixMilli())
	return err
}

// undecided lists the questions that wait. Those of runs are left out: a tool that
// a run used when the process ended is not called again, so that nobody would hear
// of the decision.
func undecided(ctx context.Context, q store.Querier, now time.Time) ([]*question, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, digest, request, env, created_at_ms, expires_at_ms FROM exec_approvals
		WHERE decision IS NULL AND expires_at_ms > ? ORDER BY created_at_ms LIMIT ?`, now.UnixMilli(), maxWaiting)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*question
	for rows.Next() {
		var request, env string
		q := &question{announced: true, done: make(chan struct{})}
		if err := rows.Scan(&q.id, &q.digest, &request, &env, &q.createdAt, &q.expires); err != nil {
			return nil, err
		}
		// Leniently: a newer gateway may have written members that are new.
		if err := q.details.DecodeAlias([]byte(request), wire.Lenient); err != nil {
			return nil, err
		}
		if q.details.RunID.Set {
			continue
		}
		if env != "" {
			if err := json.Unmarshal([]byte(env), &q.details.Env); err != nil {
				return nil, err
			}
		}
		out = append(out, q)
	}
	return out, rows.Err()
}

// decide writes a decision down. Whether who asked is there to hear it decides
// whether it can still be asked for.
func decide(ctx context.Context, tx *store.Tx, q *question, a *Answer, now int64) error {
	delivered := 0
	if q.asked {
		delivered = 1
	}
	done, err := tx.ExecContext(ctx, `UPDATE exec_approvals SET decision = ?, decided_by = ?, decided_at_ms = ?, delivered = ?, env = ''
		WHERE id = ? AND created_at_ms = ? AND decision IS NULL`, string(a.Decision), a.By, now, delivered, q.id, q.createdAt)
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n != 1 {
		return errUnknown
	}
	return err
}

// withdraw ends the time of a question that nobody has decided.
func withdraw(ctx context.Context, tx *store.Tx, q *question, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE exec_approvals SET expires_at_ms = ?, env = '' WHERE id = ? AND created_at_ms = ? AND decision IS NULL`,
		now.UnixMilli(), q.id, q.createdAt)
	return err
}

// collect gives the decision on a question that was asked before in the same
// words, by somebody who was gone when it came. It is given once.
func collect(ctx context.Context, tx *store.Tx, q *question, now time.Time) (*Answer, error) {
	a := &Answer{ID: q.id}
	err := tx.QueryRowContext(ctx, `UPDATE exec_approvals SET delivered = 1
		WHERE id = ? AND digest = ? AND delivered = 0 AND decision IS NOT NULL AND spent_at_ms IS NULL AND decided_at_ms > ?
		RETURNING decision, decided_by, created_at_ms, expires_at_ms`, q.id, q.digest, now.Add(-goodFor).UnixMilli()).
		Scan((*string)(&a.Decision), &a.By, &a.CreatedAtMs, &a.ExpiresAtMs)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return a, err
}

// approval is a question as it is kept.
type approval struct {
	digest             string
	decision           sql.NullString
	createdAt, expires int64
	decidedAt, spentAt sql.NullInt64
}

// find gives what is kept of a question; nil: nothing.
func find(ctx context.Context, q store.Querier, id string) (*approval, error) {
	var a approval
	err := q.QueryRowContext(ctx, `SELECT digest, decision, created_at_ms, expires_at_ms, decided_at_ms, spent_at_ms FROM exec_approvals WHERE id = ?`, id).
		Scan(&a.digest, &a.decision, &a.createdAt, &a.expires, &a.decidedAt, &a.spentAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &a, err
}

// spend marks an approval as used.
func spend(ctx context.Context, tx *store.Tx, id string, now int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE exec_approvals SET spent_at_ms = ? WHERE id = ?`, now, id)
	return err
}

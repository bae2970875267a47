package agent

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// State is how far a run is.
type State string

// The states. The last four are ends.
const (
	Queued   State = "queued"  // accepted; its message is in its row only
	Running  State = "running" // its message is in the transcript
	OK       State = "ok"
	Failed   State = "error"
	Aborted  State = "aborted"
	TimedOut State = "timeout"
)

// Ended reports whether a state is an end.
func (s State) Ended() bool { return s != Queued && s != Running }

// Outcome is how a run ended.
type Outcome struct {
	State     State
	StartedAt int64 // 0 when it never did
	EndedAt   int64
	Error     *protocol.ErrorShape // of Failed and TimedOut
	Result    *protocol.AgentRunResult
	Stop      protocol.ChatStopReason // of Aborted: who stopped it
	// Undelivered is why the reply of a run that ended OK could not be delivered.
	Undelivered error
}

// keepFor is how long the end of a run is known to repeats of its key.
const keepFor = 24 * time.Hour

const runColumns = `id, kind, params_hash, session_key, session_id, lane, state, attempts, request, accepted_at_ms, started_at_ms, ended_at_ms, error, result, stop`

// row is a run in the database.
type row struct {
	Request
	paramsHash []byte
	sessionID  string // of the transcript that has the message; "" while queued
	state      State
	attempts   int
	acceptedAt int64
	outcome    Outcome
}

func scanRow(r interface{ Scan(...any) error }) (*row, error) {
	var x row
	var started, ended sql.NullInt64
	var request, failure, result, stop string
	err := r.Scan(&x.ID, &x.Kind, &x.paramsHash, &x.Session, &x.sessionID, &x.Lane, &x.state, &x.attempts, &request, &x.acceptedAt, &started, &ended, &failure, &result, &stop)
	if err != nil {
		return nil, err
	}
	x.outcome = Outcome{State: x.state, StartedAt: started.Int64, EndedAt: ended.Int64, Stop: protocol.ChatStopReason(stop)}
	if request != "" {
		if err := json.Unmarshal([]byte(request), &x.Request); err != nil {
			return nil, err
		}
	}
	if failure != "" {
		shape := new(protocol.ErrorShape)
		err = errors.Join(err, shape.DecodeAlias([]byte(failure), wire.Lenient))
		if x.state == OK {
			x.outcome.Undelivered = protocol.Errorf(string(shape.Code), "%s", shape.Message)
		} else {
			x.outcome.Error = shape
		}
	}
	if result != "" {
		x.outcome.Result = new(protocol.AgentRunResult)
		err = errors.Join(err, x.outcome.Result.DecodeAlias([]byte(result), wire.Lenient))
	}
	return &x, err
}

// find gives a run by its id, or nil.
func find(ctx context.Context, q store.Querier, id string) (*row, error) {
	x, err := scanRow(q.QueryRowContext(ctx, `SELECT `+runColumns+` FROM runs WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return x, err
}

// unfinished lists the runs that have not ended, in the order of acceptance.
func unfinished(ctx context.Context, q store.Querier) ([]*row, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+runColumns+` FROM runs WHERE ended_at_ms IS NULL ORDER BY accepted_at_ms, seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*row
	for rows.Next() {
		x, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// insert adds a run that is accepted. Its place in the order is its own, also
// among those of one millisecond.
func insert(ctx context.Context, tx *store.Tx, r *Request, acceptedAt int64) error {
	request, err := r.encode()
	if err != nil {
		return err
	}
	hash := r.hash()
	_, err = tx.ExecContext(ctx, `INSERT INTO runs (seq, id, kind, params_hash, session_key, lane, state, request, accepted_at_ms)
		VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM runs), ?, ?, ?, ?, ?, 'queued', ?, ?)`,
		r.ID, r.Kind, hash[:], r.Session, r.Lane, request, acceptedAt)
	return err
}

// began notes that a run's message stands in a transcript.
func began(ctx context.Context, tx *store.Tx, id, sessionID string, startedAt int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE runs SET state = 'running', session_id = ?, started_at_ms = COALESCE(started_at_ms, ?), attempts = attempts + 1 WHERE id = ?`, sessionID, startedAt, id)
	return err
}

// ended notes how a run ended. The request is no longer needed.
func ended(ctx context.Context, tx *store.Tx, id string, o *Outcome) error {
	var failure, result string
	switch {
	case o.Error != nil:
		failure = string(o.Error.AppendJSON(nil))
	case o.State == OK && o.Undelivered != nil:
		failure = string(shapeOf(o.Undelivered).AppendJSON(nil))
	}
	if o.Result != nil {
		result = string(o.Result.AppendJSON(nil))
	}
	_, err := tx.ExecContext(ctx, `UPDATE runs SET state = ?, ended_at_ms = ?, error = ?, result = ?, stop = ?, request = '' WHERE id = ?`,
		string(o.State), o.EndedAt, failure, result, string(o.Stop), id)
	return err
}

// prune forgets runs that ended long ago.
func prune(ctx context.Context, tx *store.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM runs WHERE ended_at_ms <= ?`, now.Add(-keepFor).UnixMilli())
	return err
}

package channels

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/internal/store"
)

// outState is how far a message is on its way out.
type outState string

const (
	outQueued  outState = "queued"
	outSending outState = "sending" // the attempt of its next part is on the disk
	outSent    outState = "sent"
	outFailed  outState = "failed"
	outUnknown outState = "unknown" // it may have arrived, or not
)

func (s outState) ended() bool { return s != outQueued && s != outSending }

// How long the end of a message is known to repeats, and how long one is tried.
const (
	keepOutbox = 24 * time.Hour
	tryFor     = 24 * time.Hour
)

// outRow is a message in the outbox.
type outRow struct {
	seq                    int64
	id                     string
	hash                   []byte
	channel, account, chat string
	state                  outState
	parts                  []Part
	next, attempts         int
	attemptedAt, notBefore int64
	mirror                 *mirror
	acceptedAt             int64
	receipt                *Receipt
	fault                  string
}

// mirror says where a text is kept once it was sent.
type mirror struct {
	Session string `json:"session"`
	Text    string `json:"text"`
	To      Target `json:"to"`
}

func (r *outRow) part() *Part { return &r.parts[r.next] }

const outColumns = `seq, id, params_hash, channel, account, chat, state, parts, next_part, attempts, attempted_at_ms, not_before_ms, mirror, accepted_at_ms, receipt, error`

func scanOut(s interface{ Scan(...any) error }) (*outRow, error) {
	var r outRow
	var parts, kept, receipt string
	var attempted sql.NullInt64
	err := s.Scan(&r.seq, &r.id, &r.hash, &r.channel, &r.account, &r.chat, &r.state, &parts, &r.next, &r.attempts, &attempted, &r.notBefore, &kept, &r.acceptedAt, &receipt, &r.fault)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.attemptedAt = attempted.Int64
	if err := json.Unmarshal([]byte(parts), &r.parts); err != nil {
		return nil, err
	}
	if kept != "" {
		r.mirror = new(mirror)
		err = json.Unmarshal([]byte(kept), r.mirror)
	}
	if receipt != "" {
		r.receipt = new(Receipt)
		err = errors.Join(err, json.Unmarshal([]byte(receipt), r.receipt))
	}
	return &r, err
}

func findOut(ctx context.Context, q store.Querier, id string) (*outRow, error) {
	return scanOut(q.QueryRowContext(ctx, `SELECT `+outColumns+` FROM channel_outbox WHERE id = ?`, id))
}

func outBySeq(ctx context.Context, q store.Querier, seq int64) (*outRow, error) {
	return scanOut(q.QueryRowContext(ctx, `SELECT `+outColumns+` FROM channel_outbox WHERE seq = ?`, seq))
}

// insertOut adds a message that is accepted. It is false when one of this id is
// there already.
func insertOut(ctx context.Context, tx *store.Tx, r *outRow) (added bool, err error) {
	parts, err := json.Marshal(r.parts)
	if err != nil {
		return false, err
	}
	var kept []byte
	if r.mirror != nil {
		if kept, err = json.Marshal(r.mirror); err != nil {
			return false, err
		}
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO channel_outbox (seq, id, params_hash, channel, account, chat, state, parts, mirror, accepted_at_ms)
		VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM channel_outbox), ?, ?, ?, ?, ?, 'queued', ?, ?, ?)
		ON CONFLICT (id) DO NOTHING RETURNING seq`,
		r.id, r.hash, r.channel, r.account, r.chat, string(parts), string(kept), r.acceptedAt).Scan(&r.seq)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	r.state = outQueued
	return err == nil, err
}

// saveOut writes how far a message is.
func saveOut(ctx context.Context, tx *store.Tx, r *outRow, now int64) error {
	var ended sql.NullInt64
	if r.state.ended() {
		ended = sql.NullInt64{Int64: now, Valid: true}
	}
	receipt := ""
	if r.receipt != nil {
		text, err := json.Marshal(r.receipt)
		if err != nil {
			return err
		}
		receipt = string(text)
	}
	res, err := tx.ExecContext(ctx, `UPDATE channel_outbox SET state = ?, next_part = ?, attempts = ?, attempted_at_ms = ?, not_before_ms = ?, ended_at_ms = ?, receipt = ?, error = ?
		WHERE seq = ? AND id = ?`,
		string(r.state), r.next, r.attempts, sql.NullInt64{Int64: r.attemptedAt, Valid: r.attemptedAt != 0}, r.notBefore, ended, receipt, r.fault, r.seq, r.id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, fmt.Errorf("the row of message %q is gone", r.id))
	}
	return nil
}

// place is a row's number and the line that it stands in.
type place struct {
	seq  int64
	line string
}

// unfinished lists the rows of an account that have not ended, in order.
func unfinished(ctx context.Context, q store.Querier, table, channel, account string) ([]place, error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, chat FROM `+table+` WHERE channel = ? AND account = ? AND ended_at_ms IS NULL ORDER BY seq`, channel, account)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []place
	for rows.Next() {
		var p place
		if err := rows.Scan(&p.seq, &p.line); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// prune forgets what ended long ago, but never the newest row: its number is what
// the next one is counted from.
func prune(ctx context.Context, tx *store.Tx, now time.Time) error {
	for table, keep := range map[string]time.Duration{"channel_outbox": keepOutbox, "channel_inbox": keepInbox} {
		_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE ended_at_ms <= ? AND seq < (SELECT MAX(seq) FROM `+table+`)`, now.Add(-keep).UnixMilli())
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM channel_senders WHERE approved_at_ms IS NULL AND requested_at_ms <= ?`, now.Add(-codeFor).UnixMilli())
	return err
}

// hashOf is what tells whether a repeat asks for the same.
func hashOf(params []byte) []byte {
	sum := sha256.Sum256(params)
	return sum[:]
}

// storedKey is a caller's key as the database has it: one that is long, or that
// PostgreSQL cannot hold, is stood for by its hash.
func storedKey(key string) string {
	if len(key) <= 256 && utf8.ValidString(key) && !strings.ContainsRune(key, 0) && !strings.HasPrefix(key, "sha256:") {
		return key
	}
	return "sha256:" + hex.EncodeToString(hashOf([]byte(key)))
}

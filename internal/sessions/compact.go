package sessions

import (
	"context"
	"database/sql"
	"errors"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// keepLines is how many lines sessions.compact keeps unless told otherwise.
const keepLines = 400

// SessionsCompact lets a transcript begin later. A line is a row; those before
// the new beginning stay in the database, but neither people nor models see
// them any more.
func (s *Service) SessionsCompact(ctx context.Context, p *protocol.SessionsCompactParams) (*protocol.SessionsCompactResult, error) {
	res := &protocol.SessionsCompactResult{Key: s.keys().Canonical(p.Key)}
	if res.Key == "" {
		return nil, refuse("key required")
	}
	keep := p.MaxLines.Or(keepLines)
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		sess, err := s.Get(ctx, tx, res.Key)
		if err != nil {
			return err
		}
		if sess == nil {
			res.Reason = wire.Some("no sessionId")
			return nil
		}
		first, last, err := extent(ctx, tx, sess.Entry.SessionID)
		lines := last - first + 1
		switch {
		case err != nil:
			return err
		case last == 0:
			res.Reason = wire.Some("no transcript")
			return nil
		case lines <= keep:
			res.Kept = wire.Some(lines)
			return nil
		}
		res.Compacted, res.Kept = true, wire.Some(keep)
		res.Archived = wire.Some(s.archiveName(sess.Entry.SessionID, asCut, s.now()))
		if _, err := tx.ExecContext(ctx, `UPDATE transcripts SET first_seq = ? WHERE session_id = ?`, last-keep+1, sess.Entry.SessionID); err != nil {
			return err
		}
		return s.Update(ctx, tx, res.Key, sess.Entry.SessionID, func(e *protocol.SessionEntry) {
			e.InputTokens, e.OutputTokens, e.TotalTokens = wire.Opt[int64]{}, wire.Opt[int64]{}, wire.Opt[int64]{}
		})
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// extent gives the first and the last row of a transcript; last is 0 when
// nothing was said.
func extent(ctx context.Context, q store.Querier, sessionID string) (first, last int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT first_seq, last_seq FROM transcripts WHERE session_id = ?`, plain(sessionID)).Scan(&first, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return 1, 0, nil
	}
	return first, last, err
}

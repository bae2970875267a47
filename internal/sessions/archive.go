package sessions

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
)

// Why a transcript was put aside.
const (
	asReset   = "reset"
	asDeleted = "deleted"
	asCut     = "bak"
)

// putAside marks a transcript as one that no session has any more, and gives
// the name it has now, or "" when nothing was ever said in it. Such a one goes.
func (s *Service) putAside(ctx context.Context, tx *store.Tx, sessionID, why string) (name string, err error) {
	at := s.now()
	var last int64
	err = tx.QueryRowContext(ctx, `UPDATE transcripts SET archived_at_ms = ?, archived_as = ? WHERE session_id = ? RETURNING last_seq`,
		at.UnixMilli(), why, sessionID).Scan(&last)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", err
	case last == 0:
		_, err := tx.ExecContext(ctx, `DELETE FROM transcripts WHERE session_id = ?`, sessionID)
		return "", err
	}
	return s.archiveName(sessionID, why, at), nil
}

// archiveName says to people where a transcript is: in which database, by
// which id, put aside why and when.
func (s *Service) archiveName(sessionID, why string, at time.Time) string {
	return s.path + "#" + sessionID + "." + why + "." + strings.ReplaceAll(at.UTC().Format("2006-01-02T15:04:05.000Z"), ":", "-")
}

// Purge erases the transcripts that were put aside before a time, and the
// images that no other transcript has. It gives how many transcripts went.
func (s *Service) Purge(ctx context.Context, tx *store.Tx, before time.Time) (int64, error) {
	// Their rows, and what these say of images, go with them.
	res, err := tx.ExecContext(ctx, `DELETE FROM transcripts WHERE archived_at_ms < ?`, before.UnixMilli())
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM transcript_blobs b WHERE b.hash = blobs.hash)`)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

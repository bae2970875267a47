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

// Housekeeping goes on in small steps, because writers wait for each.
const (
	tidyEvery = time.Hour
	tidyRows  = 1000 // erased in one step
)

// KeepHouse erases, until ctx ends, what was put aside longer ago than the
// configuration says.
func (s *Service) KeepHouse(ctx context.Context) {
	for {
		if err := s.tidy(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("old transcripts could not be erased: it is tried again", "in", tidyEvery, "error", err)
		}
		select {
		case <-time.After(tidyEvery):
		case <-ctx.Done():
			return
		}
	}
}

func (s *Service) tidy(ctx context.Context) error {
	days := s.config().ArchiveDays
	if !days.Set {
		return nil
	}
	return s.Purge(ctx, s.now().AddDate(0, 0, -int(days.V)))
}

// Purge erases the transcripts that were put aside before a time, and the
// images that no other transcript has.
func (s *Service) Purge(ctx context.Context, before time.Time) error {
	erased := 0
	for more := true; more; {
		err := s.store.Write(ctx, func(tx *store.Tx) (err error) {
			more, err = purgeSome(ctx, tx, before.UnixMilli())
			return err
		})
		if err != nil {
			return err
		}
		erased++
	}
	if erased == 1 {
		return nil // there was nothing
	}
	return s.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM transcript_blobs b WHERE b.hash = blobs.hash)`)
		return err
	})
}

// purgeSome erases some rows of one transcript, or the transcript when no row
// is left, and reports whether there was one. What rows say of images goes with
// them.
func purgeSome(ctx context.Context, tx *store.Tx, before int64) (found bool, err error) {
	var id string
	err = tx.QueryRowContext(ctx, `SELECT session_id FROM transcripts WHERE archived_at_ms < ? LIMIT 1`, before).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	res, err := tx.ExecContext(ctx, `DELETE FROM transcript_rows WHERE session_id = ? AND seq IN
		(SELECT seq FROM transcript_rows WHERE session_id = ? ORDER BY seq LIMIT ?)`, id, id, tidyRows)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return true, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM transcripts WHERE session_id = ?`, id)
	return true, err
}

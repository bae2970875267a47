package sessions

import (
	"context"
	"errors"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// stopWithin is how long a deletion waits for a run to end.
const stopWithin = 15 * time.Second

// SessionsDelete stops what goes on in a session and deletes it.
func (s *Service) SessionsDelete(ctx context.Context, p *protocol.SessionsDeleteParams) (*protocol.SessionsDeleteResult, error) {
	keys := s.keys()
	key := keys.Canonical(p.Key)
	switch {
	case key == "":
		return nil, refuse("key required")
	case key == keys.Main(keys.Agent(key)):
		return nil, refuse("Cannot delete the main session (%s).", key)
	}
	if err := s.stop(ctx, key); err != nil {
		return nil, err
	}
	res := &protocol.SessionsDeleteResult{Key: key, Archived: []string{}}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		sess, err := s.Get(ctx, tx, key)
		if err != nil || sess == nil {
			return err
		}
		res.Deleted = true
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE key = ?`, key); err != nil || !p.DeleteTranscript.Or(true) {
			return err
		}
		name, err := s.putAside(ctx, tx, sess.Entry.SessionID, asDeleted)
		if name != "" {
			res.Archived = append(res.Archived, name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// stop ends what goes on in a session, if there is one.
func (s *Service) stop(ctx context.Context, key string) error {
	var sess *Session
	err := s.store.Read(ctx, func(q store.Querier) (err error) {
		sess, err = s.Get(ctx, q, key)
		return err
	})
	if err != nil || sess == nil {
		return err
	}
	return s.stopRuns(ctx, key, sess.Entry.SessionID)
}

func (s *Service) stopRuns(ctx context.Context, key, sessionID string) error {
	limited, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	err := s.runs.StopSession(limited, key, sessionID)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return protocol.Errorf(protocol.CodeUnavailable, "Session %s is still active; try again in a moment.", key)
	}
	return err
}

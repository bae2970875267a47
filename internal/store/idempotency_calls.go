package store

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// Bounds of what is kept for repeated calls.
const (
	defaultIdempotencyTTL = 24 * time.Hour
	defaultIdempotencyMax = 10_000
	// housekeepingInterval is how often what is too old is removed. It no
	// longer counts before that.
	housekeepingInterval = 10 * time.Minute
)

// callID names a call as the database does.
type callID struct{ kind, key string }

// call is one that runs in this process, or is being looked up.
type call struct {
	id    callID
	hash  [32]byte
	known chan struct{} // closed when the database has said what it is
	ended chan struct{} // closed when the work has ended

	// Written before known is closed.
	outcome Outcome // 0: the database gave no answer
	beganMs int64
	// Written before known or ended is closed.
	answer Answer
	err    error
}

// idempotency are the calls that run. What the database says is running and is
// not here was interrupted.
type idempotency struct {
	ttl time.Duration
	max int

	mu    sync.Mutex
	calls map[callID]*call

	// added counts rows since the last pruning; of the function that writes.
	added int
}

func (i *idempotency) configure(o Options) {
	i.ttl = cmp.Or(o.IdempotencyTTL, defaultIdempotencyTTL)
	i.max = cmp.Or(o.IdempotencyMax, defaultIdempotencyMax)
	i.calls = make(map[callID]*call)
}

// enter gives the call of that name, and whether the caller is the first and
// is to look it up.
func (i *idempotency) enter(id callID, hash [32]byte) (c *call, mine bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if c := i.calls[id]; c != nil {
		return c, false
	}
	c = &call{id: id, hash: hash, known: make(chan struct{}), ended: make(chan struct{})}
	i.calls[id] = c
	return c, true
}

// learned tells the others what the database said. Only work that now begins
// stays here.
func (i *idempotency) learned(c *call, outcome Outcome) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c.outcome = outcome
	if outcome != New && outcome != Interrupted {
		delete(i.calls, c.id)
	}
	close(c.known)
}

// leave ends the work.
func (i *idempotency) leave(c *call, answer Answer, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c.answer, c.err = answer, err
	delete(i.calls, c.id)
	close(c.ended)
}

// keepHouse removes what is too old while nothing is added.
func (s *Store) keepHouse() {
	ticker := time.NewTicker(housekeepingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.life.Done():
			return
		case <-ticker.C:
		}
		err := s.Write(s.life, func(tx *Tx) error {
			_, err := s.prune(s.life, tx)
			return err
		})
		if err != nil && s.life.Err() == nil {
			s.log.Warn("old idempotency keys could not be removed", "error", err)
		}
	}
}

// pruneWhenDue prunes once in a while, so that the bound on rows is exceeded by
// a tenth at most.
func (s *Store) pruneWhenDue(ctx context.Context, tx *Tx) error {
	s.idem.added++
	if s.idem.added < s.idem.max/10 {
		return nil
	}
	_, err := s.prune(ctx, tx)
	return err
}

// prune removes the answers that are too old, and the oldest of those that are
// too many, but never a call that runs. (One whose answer could not be saved
// looks as if it ran, and stays until the next start.)
func (s *Store) prune(ctx context.Context, tx *Tx) (removed int64, err error) {
	const idle = `NOT (state = 'running' AND generation = ?)`
	res, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE COALESCE(finished_at_ms, created_at_ms) <= ? AND `+idle,
		s.nowMs()-s.idem.ttl.Milliseconds(), s.generation)
	if err != nil {
		return 0, err
	}
	if removed, err = res.RowsAffected(); err != nil {
		return removed, err
	}
	var rows int64
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM idempotency`).Scan(&rows); err != nil {
		return removed, err
	}
	s.idem.added = 0
	if rows <= int64(s.idem.max) {
		return removed, nil
	}
	res, err = tx.ExecContext(ctx, `DELETE FROM idempotency WHERE (kind, key) IN (SELECT kind, key FROM idempotency
		WHERE `+idle+` ORDER BY COALESCE(finished_at_ms, created_at_ms) LIMIT ?)`, s.generation, rows-int64(s.idem.max))
	if err != nil {
		return removed, err
	}
	n, err := res.RowsAffected()
	return removed + n, err
}

package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Outcome is what Begin found.
type Outcome int

// The outcomes. New and Interrupted hand the work to the caller, who must end
// the claim with Finish or Abandon.
const (
	// New: nobody has asked this before.
	New Outcome = iota + 1
	// Interrupted: somebody began the work, and it is not known how far it
	// got: the process ended, or the answer could not be saved.
	Interrupted
	// Running: another caller in this process is at it; Wait for it.
	Running
	// Done: it was answered; Wait gives the answer at once.
	Done
)

// Answer is how a call ended: with a response, or with a failure if that is
// not empty.
type Answer struct{ Response, Failure []byte }

// ConflictError is of a key that was used with other params before.
type ConflictError struct{ Kind, Key string }

// Error says what to do.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("idempotency key %.80q was used for another %s with other params: use a new key for each new intent", e.Key, e.Kind)
}

// ErrAbandoned is what Wait gives when the work ended without an answer. The
// call may be begun again.
var ErrAbandoned = errors.New("store: the call with this idempotency key ended without an answer: repeat it")

// Claim is one caller's hold on an idempotency key.
type Claim struct {
	Outcome Outcome
	// BeganMs is when the key was first used.
	BeganMs int64

	store  *Store
	call   *call
	answer Answer // when Done

	mu      sync.Mutex
	settled bool
	unsaved bool // the work was done, its answer not stored
}

// Begin asks for the right to do the work of a call that carries an idempotency
// key. Keys of different kinds have nothing to do with each other; params are
// compared byte by byte, through a hash. An answer is kept for as long as
// Options say, across restarts, and then forgotten: the same key is new again.
//
//	claim, err := st.Begin(ctx, "send", key, params)
//	if err != nil { … } // perhaps a *store.ConflictError
//	defer claim.Abandon()
//	switch claim.Outcome {
//	case store.Running, store.Done:
//		answer, err := claim.Wait(ctx)
//		…
//	}
//	… the work …
//	err = claim.Finish(ctx, response, nil)
func (s *Store) Begin(ctx context.Context, kind, key string, params []byte) (*Claim, error) {
	if kind == "" || key == "" {
		return nil, errors.New("store: an idempotency key and its kind must not be empty")
	}
	id := callID{kind, storedKey(key)}
	hash := sha256.Sum256(params)
	for {
		c, mine := s.idem.enter(id, hash)
		if mine {
			return s.claim(ctx, c, key)
		}
		// Somebody is asking the database about the same key.
		select {
		case <-c.known:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		switch {
		case c.outcome == 0: // and failed to get an answer
			continue
		case c.hash != hash:
			return nil, &ConflictError{Kind: kind, Key: key}
		case c.outcome == Done:
			return &Claim{Outcome: Done, BeganMs: c.beganMs, store: s, call: c, answer: c.answer}, nil
		}
		return &Claim{Outcome: Running, BeganMs: c.beganMs, store: s, call: c}, nil
	}
}

// storedKey is the key as the database has it. Long ones, and such as
// PostgreSQL can't hold in a text or an index, are stood for by their hash.
func storedKey(key string) string {
	const hashed = "sha256:"
	if len(key) <= 256 && utf8.ValidString(key) && !strings.ContainsRune(key, 0) && !strings.HasPrefix(key, hashed) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hashed + hex.EncodeToString(sum[:])
}

// claim looks into the database, and takes the key if it is free.
func (s *Store) claim(ctx context.Context, c *call, key string) (*Claim, error) {
	var found Outcome
	err := s.Write(ctx, func(tx *Tx) (err error) {
		found, err = s.lookUp(ctx, tx, c, key)
		if err != nil || found == Done {
			return err
		}
		if found == New {
			c.beganMs = s.nowMs()
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO idempotency (kind, key, params_hash, state, generation, created_at_ms)
			VALUES (?, ?, ?, 'running', ?, ?)
			ON CONFLICT (kind, key) DO UPDATE SET params_hash = excluded.params_hash, state = excluded.state,
				generation = excluded.generation, created_at_ms = excluded.created_at_ms,
				finished_at_ms = NULL, response = NULL, error = NULL`,
			c.id.kind, c.id.key, c.hash[:], s.generation, c.beganMs)
		if err != nil {
			return err
		}
		return s.pruneWhenDue(ctx, tx)
	})
	if err != nil {
		found = 0
	}
	s.idem.learned(c, found)
	if err != nil {
		return nil, err
	}
	return &Claim{Outcome: found, BeganMs: c.beganMs, store: s, call: c, answer: c.answer}, nil
}

func (s *Store) lookUp(ctx context.Context, tx *Tx, c *call, key string) (Outcome, error) {
	var hash []byte
	var state string
	var finished sql.NullInt64
	var answer Answer
	err := tx.QueryRowContext(ctx, `SELECT params_hash, state, created_at_ms, finished_at_ms, response, error
		FROM idempotency WHERE kind = ? AND key = ?`, c.id.kind, c.id.key).
		Scan(&hash, &state, &c.beganMs, &finished, &answer.Response, &answer.Failure)
	if errors.Is(err, sql.ErrNoRows) {
		return New, nil
	}
	if err != nil {
		return 0, err
	}
	settled := c.beganMs
	if finished.Valid {
		settled = finished.Int64
	}
	switch {
	case settled <= s.nowMs()-s.idem.ttl.Milliseconds():
		return New, nil
	case !bytes.Equal(hash, c.hash[:]):
		return 0, &ConflictError{Kind: c.id.kind, Key: key}
	case state == "done":
		c.answer = answer
		return Done, nil
	}
	// It runs, says the row; but then it would have been in memory.
	return Interrupted, nil
}

// Wait gives the answer of a call that is Running or Done.
func (c *Claim) Wait(ctx context.Context) (Answer, error) {
	if c.Outcome == Done {
		return c.answer, nil
	}
	if c.Outcome != Running {
		return Answer{}, errors.New("store: Wait was called by the one who is to do the work")
	}
	select {
	case <-c.call.ended:
		return c.call.answer, c.call.err
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

// Finish saves how the work ended, and gives it to those who wait. A failure of
// no bytes is none. When it can't be saved, Finish may be tried again; after
// Abandon the key then counts as interrupted.
func (c *Claim) Finish(ctx context.Context, response, failure []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.settled || c.Outcome == Running || c.Outcome == Done {
		return errors.New("store: Finish was called for a claim that is not held")
	}
	if len(failure) == 0 {
		failure = nil
	}
	s, id := c.store, c.call.id
	err := s.Write(ctx, func(tx *Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE idempotency SET state = 'done', finished_at_ms = ?, response = ?, error = ?
			WHERE kind = ? AND key = ? AND state = 'running' AND generation = ?`,
			s.nowMs(), response, failure, id.kind, id.key, s.generation)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("store: the row of idempotency key %.80q is gone", id.key))
		}
		return nil
	})
	if err != nil {
		c.unsaved = true
		return err
	}
	c.settled = true
	s.idem.leave(c.call, Answer{Response: response, Failure: failure}, nil)
	return nil
}

// Abandon gives a claim back that was not finished, so that the call can be
// repeated as if it had never come. After Finish it does nothing, so it can be
// deferred.
func (c *Claim) Abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.settled || c.Outcome == Running || c.Outcome == Done {
		return
	}
	c.settled = true
	s, id := c.store, c.call.id
	if !c.unsaved { // else the work was done: the row stays, and says that it began
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err := s.Write(ctx, func(tx *Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE kind = ? AND key = ? AND state = 'running' AND generation = ?`,
				id.kind, id.key, s.generation)
			return err
		})
		if err != nil {
			s.log.Warn("an idempotency key could not be freed: its call will count as interrupted", "kind", id.kind, "error", err)
		}
	}
	s.idem.leave(c.call, Answer{}, ErrAbandoned)
}

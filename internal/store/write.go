package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// errUnfinished is the outcome of a function that panicked or ended its
// goroutine. Nobody receives it: the caller is unwinding.
var errUnfinished = errors.New("store: the function did not return")

// Write runs f in a write transaction and returns when what it wrote is on the
// disk, or with the error that kept it from getting there. Then nothing of f
// stands.
//
// Functions of concurrent callers run one after the other in one transaction,
// which is committed once: they see what those before them wrote, and each
// fails for itself alone. A function runs on its caller's goroutine, so a panic
// goes where it always goes, after its writes were undone. A statement that
// failed fails its function, also when that goes on and returns nil: use
// ON CONFLICT where a conflict is expected.
//
// While a function runs all other writers wait, so it does nothing but talk to
// the database, and never calls Write itself, which would wait for ever.
//
// When ctx ends before it is f's turn, Write returns at once and f never runs.
// After that it returns only once the outcome is certain.
func (s *Store) Write(ctx context.Context, f func(tx *Tx) error) error {
	w := &write{turn: make(chan turn, 1), ran: make(chan error, 1), saved: make(chan error, 1)}
	select {
	case <-s.closing: // asked first, for a queue with room would win half the time
		return ErrClosed
	default:
	}
	select {
	case s.queue <- w:
	case <-ctx.Done():
		return s.notBegun(ctx)
	case <-s.closing:
		return ErrClosed
	}

	var t turn
	select {
	case t = <-w.turn:
	case <-ctx.Done():
		if w.settle(writeGone) {
			return s.notBegun(ctx)
		}
		t = <-w.turn
	case <-s.stopped:
		// Sent while the queue was being emptied for the last time.
		if w.settle(writeGone) {
			return ErrClosed
		}
		t = <-w.turn
	}
	if t.err != nil {
		return s.explain(t.err)
	}
	w.run(t.tx, f)
	return s.explain(<-w.saved)
}

func (s *Store) notBegun(ctx context.Context) error {
	return fmt.Errorf("store: gave up waiting for a turn to write: %w", ctx.Err())
}

// write is one caller's function on its way through the queue.
type write struct {
	state atomic.Int32
	turn  chan turn  // the writer's word that it may run, or never will
	ran   chan error // what the function returned
	saved chan error // what became of it
}

// turn lets a function run.
type turn struct {
	tx  *Tx
	err error
}

// A write is settled once: by the writer that takes it, or by a caller that
// stops waiting.
const (
	writeTaken int32 = iota + 1
	writeGone
)

func (w *write) settle(state int32) bool { return w.state.CompareAndSwap(0, state) }

// run tells the writer the outcome however the function ends.
func (w *write) run(tx *Tx, f func(tx *Tx) error) {
	err := errUnfinished
	defer func() {
		if failed := tx.end(); err == nil {
			err = failed
		}
		w.ran <- err
	}()
	err = f(tx)
}

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Limits of a commit that is shared: the first function waits for the last.
const (
	defaultBatchCount = 256
	defaultBatchTime  = 10 * time.Millisecond
	queueLength       = 1024
	// slowWrite is when a function that still runs is reported: it waits
	// for something that is not the database, or for itself.
	slowWrite = 5 * time.Second
)

// writeLoop is the one goroutine that begins and ends write transactions.
func (s *Store) writeLoop() {
	defer close(s.stopped)
	for {
		select {
		case w := <-s.queue:
			s.writeBatch(w)
		case <-s.closing:
			for w := s.queued(); w != nil; w = s.queued() {
				s.writeBatch(w)
			}
			return
		}
	}
}

// queued gives the next write, or nil when none waits.
func (s *Store) queued() *write {
	select {
	case w := <-s.queue:
		return w
	default:
		return nil
	}
}

// writeBatch commits first together with what has queued up meanwhile, most
// of it while the commit before was on its way to the disk. It never waits
// for company.
func (s *Store) writeBatch(first *write) {
	b := batch{store: s}
	began := time.Now()
	for w := first; w != nil && b.broken == nil; {
		b.run(w)
		if len(b.good) >= s.batchCount || time.Since(began) >= s.batchTime {
			break
		}
		w = s.queued()
	}
	b.commit()
	if b.tx == nil && b.broken != nil {
		s.turnAway(b.broken)
	}
}

// turnAway fails what waits when no transaction can be begun: each would find
// out the same, perhaps after a timeout of its own.
func (s *Store) turnAway(err error) {
	for range queueLength {
		w := s.queued()
		if w == nil {
			return
		}
		if w.settle(writeTaken) {
			w.turn <- turn{err: err}
		}
	}
}

// batch is one write transaction.
type batch struct {
	store     *Store
	tx        *sql.Tx
	savepoint savepoint
	good      []*write // those whose writes stand in it
	broken    error    // why it can't be committed
}

// savepoint tells where the transaction's savepoint is.
type savepoint int

const (
	noSavepoint     savepoint = iota
	savepointBehind           // before the last function's writes
	savepointHere             // nothing was written since
)

// run gives w its turn. The first function needs no savepoint: there is
// nothing before it that a rollback of everything would harm.
func (b *batch) run(w *write) {
	if !w.settle(writeTaken) {
		return
	}
	if err := b.prepare(); err != nil {
		b.broken = err
		w.turn <- turn{err: err}
		return
	}
	w.turn <- turn{tx: &Tx{store: b.store, tx: b.tx}}
	err := b.store.outcome(w)
	switch {
	case err == nil:
		b.good = append(b.good, w)
		if b.savepoint == savepointHere {
			b.savepoint = savepointBehind
		}
		return
	case b.savepoint == noSavepoint:
		_ = b.tx.Rollback()
		b.tx = nil
	default:
		b.broken = b.exec("ROLLBACK TO SAVEPOINT f")
	}
	w.saved <- err
}

// prepare sees to it that what follows can be undone for itself. It costs
// PostgreSQL one message, or none.
func (b *batch) prepare() (err error) {
	switch {
	case b.tx == nil:
		b.tx, err = b.store.begin(context.Background(), b.store.writeDB, nil)
	case b.savepoint == noSavepoint:
		err = b.exec("SAVEPOINT f")
		b.savepoint = savepointHere
	case b.savepoint == savepointBehind:
		err = b.exec("RELEASE SAVEPOINT f; SAVEPOINT f")
		b.savepoint = savepointHere
	}
	return err
}

func (b *batch) exec(statements string) error {
	var args []any
	if b.store.engine == PostgreSQL {
		args = append(args, pgx.QueryExecModeSimpleProtocol) // takes several at once
	}
	_, err := b.tx.ExecContext(context.Background(), statements, args...)
	return err
}

// commit ends the transaction and tells everyone.
func (b *batch) commit() {
	err := b.broken
	switch {
	case b.tx == nil:
	case err != nil:
		_ = b.tx.Rollback()
	default:
		err = b.tx.Commit()
		b.store.commits.Add(1)
	}
	if err != nil {
		err = fmt.Errorf("store: not saved: %w", err)
	}
	for _, w := range b.good {
		w.saved <- err
	}
}

// outcome waits for a function to end, and says so when that takes long.
func (s *Store) outcome(w *write) error {
	s.watch.Reset(slowWrite)
	defer s.watch.Stop()
	select {
	case err := <-w.ran:
		return err
	case <-s.watch.C:
		s.log.Warn("a write holds up all others: its function must not wait for anything but the database, and not call Write",
			"seconds", slowWrite.Seconds())
	}
	return <-w.ran
}

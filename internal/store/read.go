package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// Read runs f in a read-only transaction: all its queries see the database as
// of the first one, whatever is written meanwhile. Reads don't wait for writes,
// nor writes for reads. What f returns, Read returns.
func (s *Store) Read(ctx context.Context, f func(q Querier) error) error {
	if !s.enterRead() {
		return ErrClosed
	}
	defer s.reads.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.life, func() { cancel(ErrClosed) })()

	options := sql.TxOptions{ReadOnly: true}
	if s.engine == PostgreSQL {
		// SQLite's readers see one state of the database anyway.
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.begin(ctx, s.readDB, &options)
	if err != nil {
		return s.explain(err)
	}
	defer func() { _ = tx.Rollback() }()
	return s.explain(f(reader{store: s, tx: tx}))
}

// begin tries again when the connection turns out to be dead, as all are after
// a restart of PostgreSQL: the beginning of a transaction may be repeated.
func (s *Store) begin(ctx context.Context, db *sql.DB, options *sql.TxOptions) (tx *sql.Tx, err error) {
	for range db.Stats().MaxOpenConnections + 1 {
		tx, err = db.BeginTx(ctx, options)
		var connect *pgconn.ConnectError
		var locked *LockedError
		if err == nil || s.engine != PostgreSQL || ctx.Err() != nil || errors.As(err, &connect) || errors.As(err, &locked) {
			break
		}
	}
	return tx, err
}

// enterRead counts a reader in, unless the store is being closed.
func (s *Store) enterRead() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return false
	}
	s.reads.Add(1)
	return true
}

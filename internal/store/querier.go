package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
)

// Querier reads. Both a Read and a Write give one, so that a function that
// only looks something up serves both.
type Querier interface {
	// QueryContext runs a query; the rows must be closed.
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	// QueryRowContext runs a query of which at most one row is wanted; Scan
	// gives sql.ErrNoRows when there is none.
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	// Engine tells which database it is.
	Engine() Engine
}

var errTxOver = errors.New("store: the transaction was used after its function returned; use it inside only")

// Tx is one function's part of a write transaction. It is for the goroutine
// that the function runs on, and only until the function returns.
type Tx struct {
	store *Store
	tx    *sql.Tx
	over  atomic.Bool
	// open are the results that the function may have left open. On
	// PostgreSQL one of them would block the functions that follow.
	open []*sql.Rows
	// failed is the first statement's error. PostgreSQL lets nothing follow
	// it, so neither engine does: the function fails with it.
	failed error
}

var _ Querier = (*Tx)(nil)

// Engine tells which database it is.
func (t *Tx) Engine() Engine { return t.store.engine }

// ExecContext runs a statement. LastInsertId works on SQLite only: use
// RETURNING.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, query, err := t.enter(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := t.tx.ExecContext(ctx, query, args...)
	return res, t.note(err)
}

// QueryContext runs a query. Its rows end with the function.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, query, err := t.enter(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := t.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, t.note(err)
	}
	t.open = append(t.open, rows)
	return rows, nil
}

// QueryRowContext runs a query of which at most one row is wanted. It must be
// scanned.
func (t *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	ctx, query, err := t.enter(ctx, query)
	if err != nil {
		// A row carries an error only from a query that was tried; a
		// context that has ended keeps it from reaching the database.
		return t.tx.QueryRowContext(endedContext{ctx, err}, query)
	}
	row := t.tx.QueryRowContext(ctx, query, args...)
	_ = t.note(row.Err())
	return row
}

// enter says whether a statement may begin, and under which context: a caller
// that goes away in the middle must not take the transaction along, which
// belongs to others too. (Both drivers would roll it back.)
func (t *Tx) enter(ctx context.Context, query string) (context.Context, string, error) {
	if t.over.Load() {
		return ctx, query, errTxOver
	}
	if err := ctx.Err(); err != nil {
		return ctx, query, err
	}
	return context.Background(), t.store.rebind(query), nil
}

func (t *Tx) note(err error) error {
	if err != nil && t.failed == nil {
		t.failed = err
	}
	return err
}

// end takes the transaction from the function, and gives the error of a
// statement that failed in it.
func (t *Tx) end() error {
	t.over.Store(true)
	for _, rows := range t.open {
		_ = t.note(rows.Close())
		_ = t.note(rows.Err())
	}
	t.open = nil
	return t.failed
}

// endedContext is a context that ended for a reason of ours.
type endedContext struct {
	context.Context
	err error
}

var ended = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (c endedContext) Done() <-chan struct{} { return ended }
func (c endedContext) Err() error            { return c.err }

// reader is what a Read gives.
type reader struct {
	store *Store
	tx    *sql.Tx
}

func (r reader) Engine() Engine { return r.store.engine }

func (r reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return r.tx.QueryContext(ctx, r.store.rebind(query), args...)
}

func (r reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return r.tx.QueryRowContext(ctx, r.store.rebind(query), args...)
}

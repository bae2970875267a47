package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// hold occupies the writer until the returned function is called, so that
// others queue up behind it. The held write succeeds or fails as asked.
func hold(t *testing.T, s *Store, outcome error) (letGo func() error) {
	t.Helper()
	in, out, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Write(t.Context(), func(tx *Tx) error {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO meta (key, value) VALUES ('held', 'yes')`)
			close(in)
			<-out
			return errors.Join(err, outcome)
		})
	}()
	<-in
	return func() error {
		close(out)
		return <-done
	}
}

// queueUp starts writes behind a held one, in this order.
func queueUp(t *testing.T, s *Store, functions ...func(*Tx) error) (errs []error, wait func()) {
	t.Helper()
	errs = make([]error, len(functions))
	var all sync.WaitGroup
	for i, f := range functions {
		all.Go(func() { errs[i] = s.Write(t.Context(), f) })
		waitForQueue(s, i+1)
	}
	return errs, all.Wait
}

func waitForQueue(s *Store, length int) {
	for len(s.queue) != length {
		runtime.Gosched()
	}
}

func TestConcurrentWritesAllHappen(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		put(t, s, "n", "0")
		const writers, each = 16, 20
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for range each {
					err := s.Write(t.Context(), func(tx *Tx) error {
						var n int
						if err := tx.QueryRowContext(t.Context(), `SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?`, "n").Scan(&n); err != nil {
							return err
						}
						_, err := tx.ExecContext(t.Context(), `UPDATE meta SET value = ? WHERE key = ?`, fmt.Sprint(n+1), "n")
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got := get(t, s, "n"); got != fmt.Sprint(writers*each) {
			t.Errorf("counted to %s", got)
		}
		if n := s.commits.Load(); n >= writers*each {
			t.Errorf("%d commits: none was shared", n)
		}
	})
}

func TestWhatQueuesUpSharesACommit(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		s.batchTime = time.Hour
		before := s.commits.Load()
		letGo := hold(t, s, nil)
		var functions []func(*Tx) error
		for i := range 20 {
			functions = append(functions, putting(t, fmt.Sprint("k", i), "v"))
		}
		errs, wait := queueUp(t, s, functions...)
		if err := errors.Join(letGo()); err != nil {
			t.Fatal(err)
		}
		wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if n := s.commits.Load() - before; n != 1 {
			t.Errorf("21 writes took %d commits", n)
		}
	})
}

func TestABatchIsBounded(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), batchCount: 8})
	s.batchTime = time.Hour
	before := s.commits.Load()
	letGo := hold(t, s, nil)
	var functions []func(*Tx) error
	for i := range 23 {
		functions = append(functions, putting(t, fmt.Sprint("k", i), "v"))
	}
	errs, wait := queueUp(t, s, functions...)
	if err := letGo(); err != nil {
		t.Fatal(err)
	}
	wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if n := s.commits.Load() - before; n != 3 {
		t.Errorf("24 writes, 8 at a time, took %d commits", n)
	}
}

// One fails in each way there is, among others that must not notice.
func TestEachWriteFailsForItself(t *testing.T) {
	mine := errors.New("mine")
	ctx := context.Background()
	failing := map[string]func(*Tx) error{
		"an error": func(*Tx) error { return mine },
		"a statement's error": func(tx *Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('a', '')`)
			return err
		},
		"a statement's error, hidden": func(tx *Tx) error {
			_, _ = tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('a', '')`)
			return nil
		},
		"a row's error, hidden": func(tx *Tx) error {
			var s string
			_ = tx.QueryRowContext(ctx, `INSERT INTO meta (key, value) VALUES ('a', '') RETURNING key`).Scan(&s)
			return nil
		},
		"a result's error, hidden": func(tx *Tx) error {
			// Overflows, or divides by zero, in the third row.
			rows, err := tx.QueryContext(ctx, tx.Engine().Pick(
				`SELECT abs(-9223372036854775807 - CASE x WHEN 3 THEN 1 ELSE 0 END) FROM (SELECT 1 AS x UNION ALL SELECT 2 UNION ALL SELECT 3)`,
				`SELECT 1 / (3 - x) FROM generate_series(1, 3) AS x`))
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			_ = rows.Close()
			return nil
		},
		"bad SQL": func(tx *Tx) error {
			_, err := tx.QueryContext(ctx, `SELEC 1`)
			return err
		},
		"a context that ended": func(tx *Tx) error {
			gone, cancel := context.WithCancel(ctx)
			cancel()
			_, err := tx.ExecContext(gone, `INSERT INTO meta (key, value) VALUES ('c', '')`)
			return err
		},
	}
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		for name, f := range failing {
			t.Run(name, func(t *testing.T) {
				for _, heldFails := range []error{nil, mine} {
					letGo := hold(t, s, heldFails)
					failing := func(tx *Tx) error {
						if err := putting(t, "b", "undone")(tx); err != nil {
							t.Error(err)
						}
						return f(tx)
					}
					errs, wait := queueUp(t, s, putting(t, "a", "1"), failing, failing, putting(t, "c", "2"), failing)
					if err := letGo(); !errors.Is(err, heldFails) {
						t.Fatal(err)
					}
					wait()
					if errs[0] != nil || errs[1] == nil || errs[2] == nil || errs[3] != nil || errs[4] == nil {
						t.Errorf("errors: %v", errs)
					}
					if a, b, c := get(t, s, "a"), get(t, s, "b"), get(t, s, "c"); a != "1" || b != "" || c != "2" {
						t.Errorf("a %q b %q c %q", a, b, c)
					}
					if held := get(t, s, "held"); (held == "yes") != (heldFails == nil) {
						t.Errorf("held is %q", held)
					}
					err := s.Write(ctx, func(tx *Tx) error {
						_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key IN ('a', 'c', 'held')`)
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	})
}

func TestAPanicReachesItsCallerAlone(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		letGo := hold(t, s, nil)
		var caught any
		errs, wait := queueUp(t, s,
			putting(t, "a", "1"),
			putting(t, "c", "2"))
		var leaving sync.WaitGroup
		leaving.Go(func() { // as t.FailNow does
			_ = s.Write(t.Context(), func(tx *Tx) error {
				_ = putting(t, "b", "undone")(tx)
				runtime.Goexit()
				return nil
			})
		})
		leaving.Go(func() {
			defer func() { caught = recover() }()
			_ = s.Write(t.Context(), func(tx *Tx) error {
				_ = putting(t, "b", "undone")(tx)
				panic("mine")
			})
		})
		waitForQueue(s, 4)
		if err := letGo(); err != nil {
			t.Fatal(err)
		}
		wait()
		leaving.Wait()
		if err := errors.Join(errs...); err != nil || caught != "mine" {
			t.Errorf("caught %v; %v", caught, err)
		}
		if b := get(t, s, "b"); b != "" {
			t.Errorf("b is %q", b)
		}
		put(t, s, "d", "still writing")
	})
}

func TestWhoWaitsMayLeave(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		letGo := hold(t, s, nil)
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			left <- s.Write(ctx, func(*Tx) error {
				t.Error("it ran all the same")
				return nil
			})
		}()
		waitForQueue(s, 1)
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if err := letGo(); err != nil {
			t.Error(err)
		}
		put(t, s, "k", "v")
	})
}

func TestAFullQueueHonoursContexts(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	letGo := hold(t, s, nil)
	var all sync.WaitGroup
	for range queueLength {
		all.Go(func() {
			if err := s.Write(t.Context(), func(*Tx) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	waitForQueue(s, queueLength)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.Write(ctx, func(*Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := letGo(); err != nil {
		t.Error(err)
	}
	all.Wait()
}

// A caller that goes away while its function runs harms nobody, and learns
// what became of its write.
func TestACallerThatGoesAwayMidwayHarmsNobody(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		letGo := hold(t, s, nil)
		ctx, cancel := context.WithCancel(t.Context())
		errs, wait := queueUp(t, s, putting(t, "a", "1"))
		midway := make(chan error)
		go func() {
			midway <- s.Write(ctx, func(tx *Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('b', 'done before')`)
				cancel()
				return err
			})
		}()
		if err := letGo(); err != nil {
			t.Fatal(err)
		}
		wait()
		if err := errors.Join(errs[0], <-midway); err != nil {
			t.Error(err)
		}
		if a, b := get(t, s, "a"), get(t, s, "b"); a != "1" || b != "done before" {
			t.Errorf("a %q b %q", a, b)
		}
	})
}

func TestRowsLeftOpenAreClosed(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		letGo := hold(t, s, nil)
		var rows *sql.Rows
		errs, wait := queueUp(t, s, func(tx *Tx) (err error) {
			rows, err = tx.QueryContext(t.Context(), `SELECT key FROM meta`)
			rows.Next()
			return err
		}, putting(t, "k", "v"))
		if err := letGo(); err != nil {
			t.Fatal(err)
		}
		wait()
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		if rows.Next() {
			t.Error("the rows outlive the function")
		}
	})
}

func TestATxEndsWithItsFunction(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		var kept *Tx
		if err := s.Write(t.Context(), func(tx *Tx) error { kept = tx; return nil }); err != nil {
			t.Fatal(err)
		}
		// Also while another has the transaction.
		letGo := hold(t, s, nil)
		_, err1 := kept.ExecContext(t.Context(), `DELETE FROM meta`)
		_, err2 := kept.QueryContext(t.Context(), `SELECT 1`)
		err3 := kept.QueryRowContext(t.Context(), `SELECT 1`).Scan(new(int))
		for _, err := range []error{err1, err2, err3} {
			if !errors.Is(err, errTxOver) {
				t.Errorf("got %v", err)
			}
		}
		if err := letGo(); err != nil {
			t.Error(err)
		}
	})
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		letGo := hold(t, s, nil)
		errs, wait := queueUp(t, s, putting(t, "a", "1"), putting(t, "b", "2"))
		closed := make(chan error)
		go func() { closed <- s.Close() }()
		<-s.closing
		if err := errors.Join(letGo(), <-closed); err != nil {
			t.Fatal(err)
		}
		wait()
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		s = mustOpen(t, o)
		if a, b := get(t, s, "a"), get(t, s, "b"); a != "1" || b != "2" {
			t.Errorf("a %q b %q", a, b)
		}
	})
}

// Writers and Close race; each write either happened or says ErrClosed.
func TestWritesRaceWithClose(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	for range 10 {
		s := mustOpen(t, o)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for {
					err := s.Ping(t.Context())
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		runtime.Gosched()
		mustClose(t, s)
		all.Wait()
	}
}

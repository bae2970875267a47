package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func mustBegin(t *testing.T, s *Store, key, params string, want Outcome) *Claim {
	t.Helper()
	claim, err := s.Begin(t.Context(), "send", key, []byte(params))
	if err != nil {
		t.Fatal(err)
	}
	if claim.Outcome != want {
		t.Fatalf("%s: outcome %d, want %d", key, claim.Outcome, want)
	}
	return claim
}

func wantAnswer(t *testing.T, c *Claim, response, failure string) {
	t.Helper()
	got, err := c.Wait(t.Context())
	if err != nil || string(got.Response) != response || string(got.Failure) != failure {
		t.Errorf("response %q, failure %q, %v; want %q, %q", got.Response, got.Failure, err, response, failure)
	}
}

func wantConflict(t *testing.T, s *Store, key, params string) {
	t.Helper()
	_, err := s.Begin(t.Context(), "send", key, []byte(params))
	var conflict *ConflictError
	if !errors.As(err, &conflict) || conflict.Key != key || !strings.Contains(err.Error(), "use a new key for each new intent") {
		t.Errorf("got %v, want a conflict", err)
	}
}

func TestARepeatedCallGetsTheFirstAnswer(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		first := mustBegin(t, s, "ok", "p", New)
		second := mustBegin(t, s, "ok", "p", Running)
		wantConflict(t, s, "ok", "other")
		if first.BeganMs == 0 || first.BeganMs != second.BeganMs {
			t.Errorf("began %d and %d", first.BeganMs, second.BeganMs)
		}
		if err := first.Finish(t.Context(), []byte(`{"a":1}`), nil); err != nil {
			t.Fatal(err)
		}
		first.Abandon() // as a defer does
		wantAnswer(t, second, `{"a":1}`, "")
		wantAnswer(t, mustBegin(t, s, "ok", "p", Done), `{"a":1}`, "")

		failing := mustBegin(t, s, "bad", "", New)
		if err := failing.Finish(t.Context(), nil, []byte(`{"code":"UNAVAILABLE"}`)); err != nil {
			t.Fatal(err)
		}
		mustClose(t, s)

		s = mustOpen(t, o)
		again := mustBegin(t, s, "ok", "p", Done)
		wantAnswer(t, again, `{"a":1}`, "")
		if again.BeganMs != first.BeganMs {
			t.Errorf("began %d, now %d", first.BeganMs, again.BeganMs)
		}
		wantAnswer(t, mustBegin(t, s, "bad", "", Done), "", `{"code":"UNAVAILABLE"}`)
		wantConflict(t, s, "ok", "other")
		wantConflict(t, s, "bad", "other")
		if other, err := s.Begin(t.Context(), "poll", "ok", []byte("other")); err != nil || other.Outcome != New {
			t.Errorf("another kind: %+v, %v", other, err)
		}
	})
}

func TestAnAbandonedCallIsNewAgain(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		first := mustBegin(t, s, "k", "p", New)
		second := mustBegin(t, s, "k", "p", Running)
		first.Abandon()
		first.Abandon()
		if _, err := second.Wait(t.Context()); !errors.Is(err, ErrAbandoned) {
			t.Errorf("got %v", err)
		}
		if err := first.Finish(t.Context(), nil, nil); err == nil {
			t.Error("an abandoned claim was finished")
		}
		if err := second.Finish(t.Context(), nil, nil); err == nil {
			t.Error("another's claim was finished")
		}
		second.Abandon() // not his
		third := mustBegin(t, s, "k", "with other params", New)
		if _, err := third.Wait(t.Context()); err == nil {
			t.Error("who is to do the work waits for himself")
		}
	})
}

func TestWaitHonoursItsContext(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	first := mustBegin(t, s, "k", "p", New)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mustBegin(t, s, "k", "p", Running).Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Begin(ctx, "send", "another", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	first.Abandon()
	mustBegin(t, s, "another", "", New).Abandon() // the one who gave up holds nothing
}

// An answer that could not be saved is not known to have been given: neither
// forgotten nor repeated.
func TestAnUnsavedAnswerCountsAsInterrupted(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		first := mustBegin(t, s, "k", "p", New)
		waiting := mustBegin(t, s, "k", "p", Running)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		letGo := hold(t, s, nil) // else the ended context might win or lose
		if err := first.Finish(gone, []byte("done"), nil); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if err := letGo(); err != nil {
			t.Fatal(err)
		}
		first.Abandon()
		if _, err := waiting.Wait(t.Context()); !errors.Is(err, ErrAbandoned) {
			t.Errorf("got %v", err)
		}
		second := mustBegin(t, s, "k", "p", Interrupted)
		if second.BeganMs != first.BeganMs {
			t.Errorf("began %d, now %d", first.BeganMs, second.BeganMs)
		}
		wantConflict(t, s, "k", "other")
		if err := second.Finish(t.Context(), []byte("done"), nil); err != nil {
			t.Fatal(err)
		}
		wantAnswer(t, mustBegin(t, s, "k", "p", Done), "done", "")
	})
}

func TestUnusualKeys(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		keys := []string{" ", "ü🙂", "a\x00b", "a\x00c", "\xff\xfe", strings.Repeat("k", 256), strings.Repeat("k", 100_000),
			strings.Repeat("k", 100_001), "sha256:", storedKey("a\x00b"), "'; DROP TABLE idempotency; --", "?", "$1"}
		for _, key := range keys {
			if err := mustBegin(t, s, key, "p", New).Finish(t.Context(), []byte(key), nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range keys {
			wantAnswer(t, mustBegin(t, s, key, "p", Done), key, "")
		}
		for _, bad := range [][2]string{{"", "k"}, {"send", ""}} {
			if _, err := s.Begin(t.Context(), bad[0], bad[1], nil); err == nil {
				t.Errorf("%q was taken", bad)
			}
		}
	})
}

func TestLargeAnswers(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		large := strings.Repeat("0123456789\x00\xff", 100_000)
		if err := mustBegin(t, s, "k", large, New).Finish(t.Context(), []byte(large), nil); err != nil {
			t.Fatal(err)
		}
		wantAnswer(t, mustBegin(t, s, "k", large, Done), large, "")
		if err := mustBegin(t, s, "empty", "", New).Finish(t.Context(), nil, []byte{}); err != nil {
			t.Fatal(err)
		}
		wantAnswer(t, mustBegin(t, s, "empty", "", Done), "", "")
	})
}

// Of many that come with the same key at once, one does the work.
func TestOneOfManyDoesTheWork(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		var worked atomic.Int64
		var all sync.WaitGroup
		const keys = 5
		for i := range 100 {
			all.Go(func() {
				key := fmt.Sprint(i % keys)
				claim, err := s.Begin(t.Context(), "send", key, nil)
				if err != nil {
					t.Error(err)
					return
				}
				defer claim.Abandon()
				if claim.Outcome == New {
					worked.Add(1)
					if err := claim.Finish(t.Context(), []byte(key), nil); err != nil {
						t.Error(err)
					}
					return
				}
				wantAnswer(t, claim, key, "")
			})
		}
		all.Wait()
		if worked.Load() != keys {
			t.Errorf("the work was done %d times for %d keys", worked.Load(), keys)
		}
	})
}

// A first asker who is given up on does not take the others along.
func TestALookUpThatFailsIsTriedByTheNext(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	letGo := hold(t, s, nil)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan Outcome, 1)
	go func() {
		_, err := s.Begin(ctx, "send", "k", nil)
		first <- err
	}()
	waitForQueue(s, 1)
	go func() {
		claim, err := s.Begin(t.Context(), "send", "k", nil)
		if err != nil {
			t.Error(err)
			second <- 0
			return
		}
		second <- claim.Outcome
		claim.Abandon()
	}()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := letGo(); err != nil {
		t.Error(err)
	}
	if got := <-second; got != New {
		t.Errorf("outcome %d", got)
	}
}

func TestAnswersAreForgotten(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		now := time.UnixMilli(1_000_000_000_000)
		o.now = func() time.Time { return now }
		s := mustOpen(t, o)
		running := mustBegin(t, s, "running", "p", New)
		if err := mustBegin(t, s, "done", "p", New).Finish(t.Context(), []byte("a"), nil); err != nil {
			t.Fatal(err)
		}
		now = now.Add(24*time.Hour - time.Millisecond)
		wantAnswer(t, mustBegin(t, s, "done", "p", Done), "a", "")
		now = now.Add(time.Millisecond)
		mustBegin(t, s, "done", "with other params", New).Abandon()
		mustBegin(t, s, "running", "p", Running)
		running.Abandon()
	})
}

func TestTheOldestAnswersGoFirst(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		now := time.UnixMilli(1_000_000_000_000)
		o.now = func() time.Time { now = now.Add(time.Millisecond); return now }
		o.IdempotencyMax = 20
		s := mustOpen(t, o)
		running := mustBegin(t, s, "running", "", New) // the oldest of all
		for i := range 60 {
			if err := mustBegin(t, s, fmt.Sprint(i), "", New).Finish(t.Context(), []byte("a"), nil); err != nil {
				t.Fatal(err)
			}
		}
		var rows, oldest int
		err := s.Read(t.Context(), func(q Querier) error {
			return q.QueryRowContext(t.Context(), `SELECT COUNT(*), MIN(CAST(key AS INTEGER)) FROM idempotency WHERE state = 'done'`).Scan(&rows, &oldest)
		})
		if err != nil || rows < 19 || rows > 22 || oldest != 60-rows {
			t.Errorf("%d rows, the oldest %d, %v", rows, oldest, err)
		}
		if err := running.Finish(t.Context(), []byte("late"), nil); err != nil {
			t.Error(err)
		}
		wantAnswer(t, mustBegin(t, s, "running", "", Done), "late", "")
	})
}

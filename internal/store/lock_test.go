package store

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
)

func wantLocked(t *testing.T, err error, words ...string) {
	t.Helper()
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("got %v, want a LockedError", err)
	}
	for _, word := range append(words, "stop that gateway") {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in: %v", word, err)
		}
	}
}

func TestAFolderHasOneProcess(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	p := startHelper(t, "open", o.Dir)
	p.waitFor("open")
	_, err := Open(t.Context(), o)
	wantLocked(t, err, "the state folder "+o.Dir, fmt.Sprintf("process %d, since 20", p.pid()), "state folder of its own")

	p.kill() // leaves the lock file as it is
	s := mustOpen(t, o)
	_, err = Open(t.Context(), o)
	wantLocked(t, err, fmt.Sprintf("process %d, since 20", os.Getpid()))
	mustClose(t, s)
	mustOpen(t, o)
}

func TestAFolderIsLockedForPostgresToo(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, Options{Dir: dir, URL: postgrestest.URL(t)})
	_, err := Open(t.Context(), Options{Dir: dir, URL: postgrestest.URL(t)})
	wantLocked(t, err, "the state folder")
}

func TestAPostgresDatabaseHasOneProcess(t *testing.T) {
	o := Options{URL: postgrestest.URL(t)}
	s := mustOpen(t, o)
	var backend int
	if err := s.writeDB.QueryRow("SELECT pg_backend_pid()").Scan(&backend); err != nil {
		t.Fatal(err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which would close what was forgotten
	_, err := Open(t.Context(), o)
	wantLocked(t, err, "the PostgreSQL database test",
		fmt.Sprintf("gatesmith gateway, process %d on ", os.Getpid()), fmt.Sprintf("server process %d", backend), "database of its own")

	// Nor does a refused one leave connections behind.
	for left, deadline := 1, time.Now().Add(10*time.Second); left > 0; {
		if err := s.writeDB.QueryRow("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").Scan(&left); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are left", left)
		}
	}

	mustOpen(t, Options{URL: postgrestest.URL(t)}) // another database of the same server
	mustClose(t, s)
	mustOpen(t, o)
}

// The lock goes with the connection that writes. While it can be had again,
// writing goes on.
func TestWritingGoesOnAfterTheServerDroppedTheConnection(t *testing.T) {
	o := Options{URL: postgrestest.URL(t)}
	s := mustOpen(t, o)
	put(t, s, "a", "1")
	dropConnections(t, s)
	put(t, s, "b", "2")
	if a, b := get(t, s, "a"), get(t, s, "b"); a != "1" || b != "2" {
		t.Errorf("a %q b %q", a, b)
	}
	_, err := Open(t.Context(), o)
	wantLocked(t, err)
}

// When another has taken the database over, the first can't write any more.
func TestWhoLostTheLockCannotWrite(t *testing.T) {
	o := Options{URL: postgrestest.URL(t)}
	s := mustOpen(t, o)
	letGo := hold(t, s, nil) // keeps it from connecting again at once
	dropConnections(t, s)
	other := mustOpen(t, o)
	if err := letGo(); err == nil {
		t.Error("a write on the lost connection succeeded")
	}
	put(t, other, "k", "the other's")
	for range 3 {
		wantLocked(t, s.Write(t.Context(), putting(t, "k", "mine")), "gatesmith gateway")
	}
	if got := get(t, other, "k"); got != "the other's" {
		t.Errorf("k is %q", got)
	}
}

func dropConnections(t *testing.T, s *Store) {
	t.Helper()
	err := s.Read(t.Context(), func(q Querier) error {
		rows, err := q.QueryContext(t.Context(), `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

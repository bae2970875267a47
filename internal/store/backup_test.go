package store

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
)

// A copy made while writing goes on is one state of the database: of the pair
// that each write changes, both halves are the same.
func TestBackupIsConsistent(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	put(t, s, "a", "0")
	put(t, s, "b", "0")
	put(t, s, "bulk", strings.Repeat("x", 1<<20))
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := s.Write(t.Context(), func(tx *Tx) error {
					_, err := tx.ExecContext(t.Context(), `UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key IN ('a', 'b')`)
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 3 {
		dir := t.TempDir()
		path := filepath.Join(dir, databaseName)
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if names, _ := os.ReadDir(dir); len(names) != 1 {
			t.Errorf("beside the copy there is more: %v", names)
		}
		c := mustOpen(t, Options{Dir: dir})
		a, b := get(t, c, "a"), get(t, c, "b")
		if a != b || (i > 0 && a == "0") {
			t.Errorf("copy %d has a %s, b %s", i, a, b)
		}
		if err := c.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	all.Wait()
}

func TestBackupRefusals(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	taken := filepath.Join(dir, databaseName)
	if err := s.Backup(t.Context(), taken); err == nil || !strings.Contains(err.Error(), "is there already: choose another name") {
		t.Errorf("got %v", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "nowhere", "x.db")); err == nil || !strings.Contains(err.Error(), "cannot save the database") {
		t.Errorf("got %v", err)
	}
	p := mustOpen(t, Options{URL: postgrestest.URL(t)})
	if err := p.Backup(t.Context(), filepath.Join(dir, "x.db")); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("got %v", err)
	}
}

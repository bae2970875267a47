package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
)

func TestInspect(t *testing.T) {
	dir := t.TempDir()
	if i, err := store.Inspect(t.Context(), dir); err != nil || i.Exists || i.Newest == 0 {
		t.Errorf("nothing there: %+v, %v", i, err)
	}
	if err := store.Copy(t.Context(), dir, filepath.Join(dir, "copy")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a copy of nothing: %v", err)
	}
	if holder, err := store.Holder(dir); holder != "" || err != nil {
		t.Errorf("nobody has it, but %q, %v", holder, err)
	}
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if holder, err := store.Holder(dir); !strings.HasPrefix(holder, fmt.Sprintf("process %d, since ", os.Getpid())) || err != nil {
		t.Errorf("the holder is %q, %v", holder, err)
	}
	if _, err := store.Hold(dir); !errors.As(err, new(*store.LockedError)) {
		t.Errorf("holding what another has: %v", err)
	}
	open, err := store.Inspect(t.Context(), dir)
	if err != nil || !open.Exists || open.Version != open.Newest || open.Size == 0 {
		t.Errorf("while it is open: %+v, %v", open, err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if closed, err := store.Inspect(t.Context(), dir); err != nil || closed.Version != open.Version {
		t.Errorf("when it is closed: %+v, %v", closed, err)
	}
	release, err := store.Hold(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Options{Dir: dir}); !errors.As(err, new(*store.LockedError)) {
		t.Errorf("opening what is held: %v", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}

func TestInspectDamaged(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, store.DatabaseName), []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Inspect(t.Context(), dir); !errors.As(err, new(*store.DamagedError)) {
		t.Errorf("a broken file: %v", err)
	}
}

// A copy made beside a process that writes is whole, and as new as the last
// write that was acknowledged before.
func TestCopyBesideWrites(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	set := func(n int) error {
		return st.Write(context.Background(), func(tx *store.Tx) error {
			for _, key := range []string{"left", "right"} {
				if _, err := tx.ExecContext(context.Background(), `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, fmt.Sprint(n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := set(0); err != nil {
		t.Fatal(err)
	}
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for n := 1; ; n++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := set(n); err != nil {
				done <- err
				return
			}
		}
	}()
	for k := range 5 {
		copied := filepath.Join(t.TempDir(), store.DatabaseName)
		if err := store.Copy(t.Context(), dir, copied); err != nil {
			t.Fatal(err)
		}
		other, err := store.Open(t.Context(), store.Options{Dir: filepath.Dir(copied)})
		if err != nil {
			t.Fatal(err)
		}
		var different int
		err = other.Read(t.Context(), func(q store.Querier) error {
			return q.QueryRowContext(t.Context(), `SELECT COUNT(DISTINCT value) FROM meta WHERE key IN ('left', 'right')`).Scan(&different)
		})
		if err != nil || different != 1 {
			t.Errorf("copy %d has %d different values, %v", k, different, err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestInspectPostgres(t *testing.T) {
	url := postgrestest.URL(t)
	if i, err := store.InspectURL(t.Context(), url); err != nil || i.Version != 0 || i.Newest == 0 || !strings.HasPrefix(i.Where, "the PostgreSQL database ") {
		t.Errorf("an empty database: %+v, %v", i, err)
	}
	st, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if i, err := store.InspectURL(t.Context(), url); err != nil || i.Version != i.Newest {
		t.Errorf("while it is open: %+v, %v", i, err)
	}
	if _, err := store.InspectURL(t.Context(), "postgres://ada:hush@127.0.0.1:1/none"); err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("nobody there: %v", err)
	}
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
)

func TestWhatIsWrittenSurvivesReopening(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		put(t, s, "k", "v – ü 🙂")
		first := s.generation
		mustClose(t, s)

		s = mustOpen(t, o)
		if got := get(t, s, "k"); got != "v – ü 🙂" {
			t.Errorf("got %q", got)
		}
		if s.generation != first+1 {
			t.Errorf("generation %d follows %d", s.generation, first)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if get(t, s, "pinged_at_ms") == "" {
			t.Error("Ping wrote nothing")
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAReadSeesOneState(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		put(t, s, "k", "before")
		const query = `SELECT value FROM meta WHERE key = ?`
		err := s.Read(t.Context(), func(q Querier) error {
			var first, second string
			if err := q.QueryRowContext(t.Context(), query, "k").Scan(&first); err != nil {
				return err
			}
			put(t, s, "k", "after") // nor does the reader hold up the writer
			if err := q.QueryRowContext(t.Context(), query, "k").Scan(&second); err != nil {
				return err
			}
			if first != "before" || second != "before" {
				t.Errorf("read %q, then %q", first, second)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := get(t, s, "k"); got != "after" {
			t.Errorf("a new read gives %q", got)
		}
	})
}

func TestAReadCannotWrite(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		err := s.Read(t.Context(), func(q Querier) error {
			var value string
			return q.QueryRowContext(t.Context(), `INSERT INTO meta (key, value) VALUES ('k', 'v') RETURNING value`).Scan(&value)
		})
		if err == nil || errors.Is(err, sql.ErrNoRows) {
			t.Errorf("got %v", err)
		}
		if got := get(t, s, "k"); got != "" {
			t.Errorf("it was written: %q", got)
		}
	})
}

func TestReadGivesTheFunctionsError(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		mine := errors.New("mine")
		if err := s.Read(t.Context(), func(Querier) error { return mine }); err != mine {
			t.Errorf("got %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Read(gone, func(Querier) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAfterCloseEverythingSaysSo(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		mustClose(t, s)
		mustClose(t, s)
		for name, err := range map[string]error{
			"Write": s.Write(t.Context(), func(*Tx) error { return nil }),
			"Read":  s.Read(t.Context(), func(Querier) error { return nil }),
			"Ping":  s.Ping(t.Context()),
		} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Begin(t.Context(), "send", "k", nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Begin: %v", err)
		}
	})
}

func TestCloseEndsReads(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		reading, ended := make(chan struct{}), make(chan error)
		go func() {
			ended <- s.Read(t.Context(), func(q Querier) error {
				close(reading)
				for {
					var n int
					if err := q.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM meta`).Scan(&n); err != nil {
						return err
					}
				}
			})
		}()
		<-reading
		closed := make(chan error)
		go func() { closed <- s.Close() }()
		if err := <-ended; err == nil {
			t.Error("the read ended without an error")
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}

func TestOpenRefusesWhatItCannotUse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"nothing", Options{}, "neither a state folder nor a database URL"},
		{"a file for a folder", Options{Dir: file}, "is a file: choose another"},
		{"another database", Options{URL: "mysql://u:geheim@h/db"}, `begins with "mysql:": want postgres://`},
		{"no URL", Options{URL: "geheim"}, `want postgres://`},
		{"a URL with a mistake", Options{URL: "postgres://u:geheim@h:port/db"}, "is not understood"},
		{"nobody there", Options{URL: "postgres://u:geheim@127.0.0.1:1/db"}, "db at 127.0.0.1:1 cannot be reached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(t.Context(), c.o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "geheim") {
				t.Errorf("the password is in %v", err)
			}
		})
	}
}

func TestFilesAreClosedToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are inherited there")
	}
	dir := filepath.Join(t.TempDir(), "a", "b 100%?#ü")
	s := mustOpen(t, Options{Dir: dir})
	put(t, s, "k", "v")
	if err := s.Backup(t.Context(), filepath.Join(dir, "copy.db")); err != nil {
		t.Fatal(err)
	}
	checkMode(t, dir, 0o700)
	for _, name := range []string{"gateway.db", "gateway.db-wal", "gateway.db-shm", "gateway.lock", "copy.db"} {
		checkMode(t, filepath.Join(dir, name), 0o600)
	}
	mustClose(t, s)
	if err := os.Chmod(filepath.Join(dir, databaseName), 0o644); err != nil {
		t.Fatal(err)
	}
	mustClose(t, mustOpen(t, Options{Dir: dir}))
	checkMode(t, filepath.Join(dir, databaseName), 0o600)
}

func checkMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Error(err)
	} else if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", filepath.Base(path), got, want)
	}
}

func TestSQLiteIsSetUpForDurability(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "trusted_schema": "0",
	} {
		var got string
		if err := s.writeDB.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
}

func TestPostgresIsSetUpForDurability(t *testing.T) {
	url := postgrestest.URL(t)
	s := mustOpen(t, Options{URL: url + "&options=-csynchronous_commit%3Doff"})
	var got string
	if err := s.writeDB.QueryRow("SHOW synchronous_commit").Scan(&got); err != nil || got != "on" {
		t.Errorf("synchronous_commit is %q (%v)", got, err)
	}
}

// Both engines have the same tables and columns, in the same order.
func TestSchemasAgree(t *testing.T) {
	columns := func(s *Store, query string) (names []string) {
		t.Helper()
		err := s.Read(t.Context(), func(q Querier) error {
			rows, err := q.QueryContext(t.Context(), query)
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			for rows.Next() {
				var name string
				if err := rows.Scan(&name); err != nil {
					return err
				}
				names = append(names, name)
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	sqlite := columns(mustOpen(t, Options{Dir: t.TempDir()}), `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version' ORDER BY m.name, c.cid`)
	postgres := columns(mustOpen(t, Options{URL: postgrestest.URL(t)}), `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name <> 'goose_db_version' ORDER BY table_name COLLATE "C", ordinal_position`)
	if len(sqlite) < 40 || !slices.Equal(sqlite, postgres) {
		t.Errorf("SQLite:     %v\nPostgreSQL: %v", sqlite, postgres)
	}
}

func TestDeviceTokensGoWithTheirDevice(t *testing.T) {
	eachEngine(t, func(t *testing.T, o Options) {
		s := mustOpen(t, o)
		ctx := t.Context()
		err := s.Write(ctx, func(tx *Tx) error {
			if _, err := tx.ExecContext(ctx, `INSERT INTO devices (id, public_key, roles, created_at_ms, approved_at_ms)
				VALUES (?, ?, ?, ?, ?)`, "d", "key", `["operator"]`, 1, 2); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO device_pending (request_id, device_id, public_key, silent, is_repair, created_at_ms, expires_at_ms)
				VALUES (?, ?, ?, ?, ?, ?, ?)`, "r", "d", "key", true, false, 1, 2); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO device_tokens (id, device_id, role, hash, created_at_ms)
				VALUES (?, ?, ?, ?, ?)`, "t", "d", "operator", make([]byte, 32), 3)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var tokens int
		var silent, repair bool
		err = s.Write(ctx, func(tx *Tx) error {
			if _, err := tx.ExecContext(ctx, `DELETE FROM devices WHERE id = ?`, "d"); err != nil {
				return err
			}
			if err := tx.QueryRowContext(ctx, `SELECT silent, is_repair FROM device_pending WHERE device_id = ? AND silent`, "d").Scan(&silent, &repair); err != nil {
				return err
			}
			return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM device_tokens`).Scan(&tokens)
		})
		if err != nil || tokens != 0 || !silent || repair {
			t.Errorf("%d tokens, silent %v, repair %v, %v", tokens, silent, repair, err)
		}
	})
}

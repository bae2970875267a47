package store

import (
	"fmt"
	"os"
	"testing"

	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
)

// soak asks for the full counts.
var soak = os.Getenv("GATESMITH_SOAK") != ""

// helperVariable makes the test binary one of the programs in helperPrograms.
const helperVariable = "GATESMITH_STORE_HELPER"

func TestMain(m *testing.M) {
	if name := os.Getenv(helperVariable); name != "" {
		if err := helperPrograms[name](os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	postgrestest.Main(m, 15)
}

// eachEngine runs a test on a new database of each engine. Options of a
// subtest open the same database again and again.
func eachEngine(t *testing.T, f func(t *testing.T, o Options)) {
	t.Run("SQLite", func(t *testing.T) { f(t, Options{Dir: t.TempDir()}) })
	t.Run("PostgreSQL", func(t *testing.T) { f(t, Options{URL: postgrestest.URL(t)}) })
}

func mustOpen(tb testing.TB, o Options) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return s
}

func mustClose(tb testing.TB, s *Store) {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
}

// put and get use the table that every version has.
func put(tb testing.TB, s *Store, key, value string) {
	tb.Helper()
	if err := s.Write(tb.Context(), putting(tb, key, value)); err != nil {
		tb.Fatal(err)
	}
}

func putting(tb testing.TB, key, value string) func(*Tx) error {
	return func(tx *Tx) error {
		_, err := tx.ExecContext(tb.Context(), `INSERT INTO meta (key, value) VALUES (?, ?)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
		return err
	}
}

// get gives "" for what is not there.
func get(tb testing.TB, s *Store, key string) (value string) {
	tb.Helper()
	err := s.Read(tb.Context(), func(q Querier) error {
		return q.QueryRowContext(tb.Context(), `SELECT COALESCE((SELECT value FROM meta WHERE key = ?), '')`, key).Scan(&value)
	})
	if err != nil {
		tb.Fatal(err)
	}
	return value
}

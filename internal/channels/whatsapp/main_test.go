//go:build whatsapp

package whatsapp

import (
	"log/slog"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 20) }

// eachEngine runs a test with the state of an account on either engine. again opens
// it anew, as after a restart.
func eachEngine(t *testing.T, f func(t *testing.T, k *keeper, again func() *keeper)) {
	run := func(t *testing.T, o store.Options) {
		var st *store.Store
		open := func() *keeper {
			if st != nil {
				if err := st.Close(); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			if st, err = store.Open(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			return &keeper{state: &state{db: st, account: "default", now: time.Now}}
		}
		t.Cleanup(func() { _ = st.Close() })
		f(t, open(), open)
	}
	t.Run("SQLite", func(t *testing.T) { run(t, store.Options{Dir: t.TempDir()}) })
	t.Run("PostgreSQL", func(t *testing.T) { run(t, store.Options{URL: postgrestest.URL(t)}) })
}

var quiet = logger{slog.New(slog.DiscardHandler)}

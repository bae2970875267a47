package store

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
)

// One op is one acknowledged write of a row of 300 bytes. Shared: as the store
// does it. Single: the same with a commit for each.
func BenchmarkWrite(b *testing.B) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		for _, mode := range []struct {
			name  string
			count int
		}{{"shared", 0}, {"single", 1}} {
			for _, writers := range []int{1, 8, 64, 512} {
				b.Run(fmt.Sprintf("%s/%s/writers=%d", engine, mode.name, writers), func(b *testing.B) {
					o := Options{batchCount: mode.count}
					if engine == "SQLite" {
						o.Dir = b.TempDir()
					} else {
						o.URL = postgrestest.URL(b)
					}
					benchmarkWrite(b, mustOpen(b, o), writers)
				})
			}
		}
	}
}

func benchmarkWrite(b *testing.B, s *Store, writers int) {
	value := strings.Repeat("x", 300)
	before := s.commits.Load()
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range writers {
		all.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				err := s.Write(b.Context(), func(tx *Tx) error {
					_, err := tx.ExecContext(b.Context(), `INSERT INTO meta (key, value) VALUES (?, ?)`, fmt.Sprintf("bench/%09d", n), value)
					return err
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
	b.ReportMetric(float64(b.N)/float64(s.commits.Load()-before), "writes/commit")
}

func BenchmarkRead(b *testing.B) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		b.Run(engine, func(b *testing.B) {
			o := Options{}
			if engine == "SQLite" {
				o.Dir = b.TempDir()
			} else {
				o.URL = postgrestest.URL(b)
			}
			s := mustOpen(b, o)
			put(b, s, "k", "v")
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					get(b, s, "k")
				}
			})
		})
	}
}

// One op is a Begin and a Finish, each on the disk.
func BenchmarkIdempotentCall(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("SQLite/callers=%d", callers), func(b *testing.B) {
			s := mustOpen(b, Options{Dir: b.TempDir()})
			var next atomic.Int64
			var all sync.WaitGroup
			b.ResetTimer()
			for range callers {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						claim, err := s.Begin(b.Context(), "send", fmt.Sprint(n), []byte("params"))
						if err == nil {
							err = claim.Finish(b.Context(), []byte(`{"ok":true}`), nil)
						}
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// One op opens an existing database and closes it.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	mustClose(b, mustOpen(b, Options{Dir: dir}))
	for b.Loop() {
		s, err := Open(b.Context(), Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		mustClose(b, s)
	}
}

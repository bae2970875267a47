package logging

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shared is a buffer for many.
type shared struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

// lines takes what was written, without the times.
func (s *shared) lines() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(s.buf.String()) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		out = append(out, rest)
	}
	s.buf.Reset()
	return out
}

func TestRepeatedLinesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out shared
		log := New(&out, Text, slog.LevelInfo, new(Secrets))
		expect := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			if got := out.lines(); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		for range 100 {
			log.Warn("no", "n", 1)
		}
		expect("at once", "level=WARN msg=no n=1")
		log.Warn("no", "n", 2)
		expect("then another", "level=WARN msg=no n=1 repeated=99", "level=WARN msg=no n=2")
		log.Warn("no", "n", 2)
		time.Sleep(repeatFor)
		expect("after a while", "level=WARN msg=no n=2 repeated=1")
		log.Warn("no", "n", 2)
		expect("and again", "level=WARN msg=no n=2")
		time.Sleep(repeatFor)
		log.Warn("no", "n", 2)
		expect("not so often", "level=WARN msg=no n=2")
	})
}

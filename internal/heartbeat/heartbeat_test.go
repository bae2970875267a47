package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is what a service works with.
type world struct {
	*Service
	mu     sync.Mutex
	config protocol.HeartbeatConfig
	off    bool
	tasks  string
	notes  []Note
	told   []Note // that are done with
	reply  func(message string) (string, error)
	target error
	asked  []string
	sent   []string
	events []string
}

func (w *world) do(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func seen[T any](w *world, f func() T) T {
	w.mu.Lock()
	defer w.mu.Unlock()
	return f()
}

func live(t *testing.T, f func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{reply: func(string) (string, error) { return "HEARTBEAT_OK", nil }}
		w.config.Prompt, w.config.AckMaxChars = wire.Some("Heartbeat."), wire.Some(int64(10))
		w.Service = New(Options{
			Config: func() *protocol.HeartbeatConfig {
				return seen(w, func() *protocol.HeartbeatConfig { return w.config.Clone() })
			},
			Enabled: func() bool { return seen(w, func() bool { return !w.off }) },
			Take:    func() []Note { return seen(w, func() []Note { n := w.notes; w.notes = nil; return n }) },
			Return:  func(n []Note) { w.do(func() { w.notes = append(n, w.notes...) }) },
			Done:    func(n []Note) { w.do(func() { w.told = append(w.told, n...) }) },
			Tasks:   func() string { return seen(w, func() string { return w.tasks }) },
			Turn: func(_ context.Context, agent, message, _ string) (string, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.asked = append(w.asked, agent+"|"+message)
				return w.reply(message)
			},
			Deliver: func(_ context.Context, _, text string) error {
				return seen(w, func() error { w.sent = append(w.sent, text); return w.target })
			},
			Ended: func(e *protocol.HeartbeatEvent) {
				w.do(func() { w.events = append(w.events, strings.TrimSpace(string(e.Status)+" "+string(e.Reason.V))) })
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); w.Run(ctx) }()
		synctest.Wait()
		f(t, w)
		cancel()
		<-done
	})
}

func (w *world) expect(t *testing.T, when string, want ...string) {
	t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.events, want) {
		t.Errorf("%s: %q, want %q", when, w.events, want)
	}
	w.events = nil
}

func TestNotesAreLookedAt(t *testing.T) {
	live(t, func(t *testing.T, w *world) {
		w.do(func() { w.notes = []Note{{"a", "", "one"}, {"b", "work", "two\nlines"}, {"c", "", "three"}} })
		w.Ask(true)
		w.Ask(false)
		time.Sleep(time.Second)
		w.expect(t, "at once", "ok-token", "ok-token")
		if want := []string{"|Heartbeat.\n\nNotes:\n- one\n- three", "work|Heartbeat.\n\nNotes:\n- two\n  lines"}; !slices.Equal(w.asked, want) {
			t.Errorf("asked %q", w.asked)
		}
		time.Sleep(time.Hour)
		w.expect(t, "later")
		w.do(func() { w.notes = []Note{{"d", "", "four"}} })
		w.Ask(false)
		time.Sleep(59 * time.Second)
		w.expect(t, "before a minute")
		time.Sleep(time.Second)
		w.expect(t, "after a minute", "ok-token")
	})
}

func TestWhatBecomesOfAReply(t *testing.T) {
	for reply, want := range map[string]string{
		"":                                  "ok-empty",
		"HEARTBEAT_OK":                      "ok-token",
		"HEARTBEAT_OK. All well":            "ok-token",
		"HEARTBEAT_OK but the build is red": "sent but the build is red",
		"The build is red.":                 "sent The build is red.",
	} {
		live(t, func(t *testing.T, w *world) {
			w.do(func() { w.notes = []Note{{"x", "", "x"}} })
			w.do(func() { w.reply = func(string) (string, error) { return reply, nil } })
			w.Ask(true)
			time.Sleep(time.Second)
			status, text, _ := strings.Cut(want, " ")
			w.expect(t, reply, status)
			if text != "" && !slices.Equal(w.sent, []string{text}) {
				t.Errorf("%q: sent %q", reply, w.sent)
			}
			if status != "sent" && len(w.sent) > 0 {
				t.Errorf("%q: sent %q", reply, w.sent)
			}
		})
	}
}

func TestNothingIsSaidTwice(t *testing.T) {
	live(t, func(t *testing.T, w *world) {
		w.do(func() { w.reply = func(string) (string, error) { return "The build is red.", nil } })
		w.do(func() { w.target = errors.New("no channel") })
		for range 2 {
			w.do(func() { w.notes = []Note{{"x", "", "x"}} })
			w.Ask(true)
			time.Sleep(time.Second)
		}
		w.expect(t, "twice", "skipped no-target", "skipped duplicate")
	})
}

func TestTheInterval(t *testing.T) {
	live(t, func(t *testing.T, w *world) {
		w.do(func() { w.config.EveryMinutes = wire.Some(int64(30)) })
		time.Sleep(time.Hour + time.Minute)
		w.expect(t, "with nothing to look after", "skipped empty-heartbeat-file", "skipped empty-heartbeat-file")
		w.do(func() { w.tasks = "Look at the mail." })
		time.Sleep(30 * time.Minute)
		w.expect(t, "with something", "ok-token")
		if want := "|Heartbeat.\n\nHEARTBEAT.md:\nLook at the mail."; !slices.Equal(w.asked, []string{want}) {
			t.Errorf("asked %q", w.asked)
		}
		w.do(func() { w.off = true })
		w.do(func() { w.notes = []Note{{"x", "", "x"}} })
		w.Ask(true)
		time.Sleep(3 * time.Hour)
		w.expect(t, "switched off")
		w.do(func() { w.off = false })
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		if len(w.events) == 0 || len(w.notes) != 0 {
			t.Errorf("switched on again: %q, notes %v", w.events, w.notes)
		}
	})
}

func TestActiveHours(t *testing.T) {
	for _, c := range []struct {
		from, until, at string
		want            bool
	}{
		{"", "", "03:00", true}, {"08:00", "22:00", "07:59", false}, {"08:00", "22:00", "08:00", true}, {"08:00", "22:00", "22:00", false},
		{"22:00", "06:00", "23:00", true}, {"22:00", "06:00", "05:59", true}, {"22:00", "06:00", "12:00", false}, {"08:00", "", "09:00", true}, {"", "06:00", "05:00", true}, {"", "06:00", "07:00", false},
	} {
		s := New(Options{Config: func() *protocol.HeartbeatConfig {
			return &protocol.HeartbeatConfig{ActiveFrom: wire.Some(c.from), ActiveUntil: wire.Some(c.until)}
		}})
		at, err := time.Parse("15:04", c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.active(at); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// The notes of a heartbeat that failed are looked at by the next one.
func TestAFailureKeepsTheNotes(t *testing.T) {
	live(t, func(t *testing.T, w *world) {
		w.do(func() { w.reply = func(string) (string, error) { return "", fmt.Errorf("no model") } })
		w.do(func() { w.notes = []Note{{"x", "", "x"}} })
		w.Ask(true)
		time.Sleep(time.Second)
		w.expect(t, "without a model", "failed no model")
		if len(w.notes) != 1 {
			t.Errorf("notes %v", w.notes)
		}
		w.do(func() { w.reply = func(string) (string, error) { return "HEARTBEAT_OK", nil } })
		time.Sleep(9 * time.Minute)
		w.expect(t, "before it is tried again")
		time.Sleep(time.Minute)
		w.expect(t, "tried again", "ok-token")
	})
}

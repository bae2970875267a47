package cron

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 30) }

// world is what a service lives in; it outlives the service.
type world struct {
	testing.TB
	*Service
	o     Options
	store *store.Store
	clock func() time.Time

	mu     sync.Mutex
	config protocol.CronConfig
	turn   func(ctx context.Context, t Turn) (string, error)
	turns  []Turn
	notes  []string
	events []*protocol.CronEvent
}

func newWorld(tb testing.TB, so store.Options, clock func() time.Time) *world {
	tb.Helper()
	st, err := store.Open(tb.Context(), so)
	if err != nil {
		tb.Fatal(err)
	}
	w := &world{TB: tb, store: st, clock: clock, turn: func(_ context.Context, t Turn) (string, error) { return "did " + t.Message, nil }}
	w.config.MaxConcurrent = wire.Some(int64(2))
	w.o = Options{Store: st, Events: w, Agent: w, Notes: w, Config: w.configured, Path: "/state/gateway.db", Local: time.UTC, Now: clock}
	w.Service = New(w.o)
	return w
}

func (w *world) configured() *protocol.CronConfig {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.config.Clone()
}

func (w *world) close() {
	w.Service.Close()
	if err := w.store.Close(); err != nil {
		w.Errorf("Close: %v", err)
	}
}

// restart ends the process, as it were, and begins another.
func (w *world) restart() {
	w.Helper()
	w.Service.Close()
	w.Service = New(w.o)
	if err := w.Start(w.Context()); err != nil {
		w.Fatal(err)
	}
}

func (w *world) Turn(ctx context.Context, t Turn) (string, error) {
	w.mu.Lock()
	w.turns = append(w.turns, t)
	do := w.turn
	w.mu.Unlock()
	return do(ctx, t)
}

func (w *world) Note(_ context.Context, key, agentID, text string, now bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now {
		text += " (now)"
	}
	w.notes = append(w.notes, text)
	return nil
}

func (w *world) Publish(_ context.Context, e protocol.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e.Payload.(*protocol.CronEvent))
}

// heard takes the events since the last call, in words.
func (w *world) heard() (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		line := string(e.Action)
		if e.Status.Set {
			line += " " + string(e.Status.V)
		}
		if e.Error.Set {
			line += ": " + e.Error.V
		}
		out = append(out, line)
	}
	w.events = nil
	return out
}

func (w *world) noted() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.notes
	w.notes = nil
	return out
}

func (w *world) asked() []Turn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.turns)
}

func (w *world) add(name string, s protocol.CronSchedule, p protocol.CronPayload, more ...func(*protocol.CronAddParams)) *protocol.CronJob {
	w.Helper()
	params := &protocol.CronAddParams{Name: name, Schedule: s, Payload: p}
	for _, f := range more {
		f(params)
	}
	j, err := w.CronAdd(w.Context(), params)
	if err != nil {
		w.Fatal(err)
	}
	return j
}

// job gives a job as the list shows it, or nil.
func (w *world) job(id string) *protocol.CronJob {
	w.Helper()
	list, err := w.CronList(w.Context(), &protocol.CronListParams{IncludeDisabled: wire.Some(true)})
	if err != nil {
		w.Fatal(err)
	}
	for i := range list.Jobs {
		if list.Jobs[i].ID == id {
			return &list.Jobs[i]
		}
	}
	return nil
}

func (w *world) log(id string) []protocol.CronRunLogEntry {
	w.Helper()
	r, err := w.CronRuns(w.Context(), &protocol.CronRunsParams{ID: wire.Some(id), Limit: wire.Some(int64(5000))})
	if err != nil {
		w.Fatal(err)
	}
	return r.Entries
}

func refusal(err error) string {
	var e *protocol.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprint(err)
}

func note(text string) protocol.CronPayload { return &protocol.CronPayloadSystemEvent{Text: text} }

func turn(text string) protocol.CronPayload { return &protocol.CronPayloadAgentTurn{Message: text} }

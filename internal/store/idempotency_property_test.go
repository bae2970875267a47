package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
)

// The whole of idempotency against a model of it: any order of beginnings,
// ends, restarts and passing time.
func TestIdempotencyIsAsItsModel(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) { checkIdempotency(t, r, Options{Dir: t.TempDir(), synchronous: "OFF"}) })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		o := Options{URL: postgrestest.URL(t)}
		rapid.Check(t, func(r *rapid.T) { checkIdempotency(t, r, o) })
	})
}

const (
	modelTTL = 100 * time.Millisecond
	modelMax = 4
)

// modelRow is what the database should have for a key.
type modelRow struct {
	params  string
	state   Outcome // Running, Interrupted or Done
	answer  string
	settled int64 // when it ended, or else began
	began   int64
	lost    bool // in this process: the row looks as if the work still ran
}

type idempotencyModel struct {
	r      *rapid.T
	o      Options
	s      *Store
	now    time.Time
	rows   map[string]*modelRow
	claims map[string]*Claim   // held, by key
	waits  map[string][]*Claim // for those
	count  int
}

func checkIdempotency(t *testing.T, r *rapid.T, o Options) {
	m := &idempotencyModel{r: r, now: time.UnixMilli(1_000_000_000_000), rows: map[string]*modelRow{},
		claims: map[string]*Claim{}, waits: map[string][]*Claim{}}
	o.now = func() time.Time { return m.now }
	o.IdempotencyTTL, o.IdempotencyMax = modelTTL, modelMax
	m.o = o
	m.open()
	defer func() { _ = m.s.Close() }()
	err := m.s.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.ExecContext(t.Context(), `DELETE FROM idempotency`)
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	r.Repeat(map[string]func(*rapid.T){
		"begin":   m.begin,
		"finish":  m.finish,
		"abandon": m.abandon,
		"lose":    m.lose,
		"restart": m.restart,
		"wait": func(r *rapid.T) {
			m.now = m.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(r, "ms")) * time.Millisecond)
		},
		"": m.invariant,
	})
}

func (m *idempotencyModel) open() {
	s, err := Open(context.Background(), m.o)
	if err != nil {
		m.r.Fatal(err)
	}
	m.s = s
	m.prune()
}

func (m *idempotencyModel) tick() int64 {
	m.now = m.now.Add(time.Millisecond) // so that no two are of the same age
	return m.now.UnixMilli()
}

func (m *idempotencyModel) expired(row *modelRow) bool {
	return row.state != Running && row.settled <= m.now.UnixMilli()-modelTTL.Milliseconds()
}

// prune is what the store does when a row is added, and when it opens.
func (m *idempotencyModel) prune() {
	var idle []string
	for key, row := range m.rows {
		switch {
		case row.state == Running || row.lost:
		case m.expired(row):
			delete(m.rows, key)
		default:
			idle = append(idle, key)
		}
	}
	slices.SortFunc(idle, func(a, b string) int { return int(m.rows[a].settled - m.rows[b].settled) })
	for _, key := range idle[:min(len(idle), max(0, len(m.rows)-modelMax))] {
		delete(m.rows, key)
	}
}

func (m *idempotencyModel) begin(r *rapid.T) {
	key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"}).Draw(r, "key")
	params := rapid.SampledFrom([]string{"p", "p", "p", "q"}).Draw(r, "params")
	now := m.tick()
	claim, err := m.s.Begin(context.Background(), "send", key, []byte(params))

	row := m.rows[key]
	if row != nil && m.expired(row) {
		row = nil
	}
	if row != nil && row.params != params {
		var conflict *ConflictError
		if !errors.As(err, &conflict) {
			r.Fatalf("%s: %+v, %v; want a conflict", key, claim, err)
		}
		return
	}
	if err != nil {
		r.Fatalf("%s: %v", key, err)
	}
	want := New
	if row != nil {
		want = row.state
	}
	if claim.Outcome != want {
		r.Fatalf("%s: outcome %d, want %d", key, claim.Outcome, want)
	}
	switch want {
	case New:
		m.rows[key] = &modelRow{params: params, state: Running, settled: now, began: now}
		m.claims[key] = claim
		m.prune()
	case Interrupted:
		row.state, row.lost = Running, false
		m.claims[key] = claim
		m.prune()
	case Running:
		m.waits[key] = append(m.waits[key], claim)
	case Done:
		if got, err := claim.Wait(context.Background()); err != nil || string(got.Response) != row.answer {
			r.Fatalf("%s: answer %q, %v; want %q", key, got.Response, err, row.answer)
		}
	}
	if row != nil && claim.BeganMs != row.began {
		r.Fatalf("%s: began %d, want %d", key, claim.BeganMs, row.began)
	}
}

// held draws one of the claims that are held.
func (m *idempotencyModel) held(r *rapid.T) (string, *Claim) {
	if len(m.claims) == 0 {
		r.Skip("none is held")
	}
	var keys []string
	for key := range m.claims {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	key := rapid.SampledFrom(keys).Draw(r, "key")
	claim := m.claims[key]
	delete(m.claims, key)
	return key, claim
}

func (m *idempotencyModel) answerWaits(r *rapid.T, key string, want []byte, wantErr error) {
	for _, waiting := range m.waits[key] {
		got, err := waiting.Wait(context.Background())
		if !errors.Is(err, wantErr) || !bytes.Equal(got.Response, want) {
			r.Fatalf("%s: a waiter got %q, %v; want %q, %v", key, got.Response, err, want, wantErr)
		}
	}
	delete(m.waits, key)
}

func (m *idempotencyModel) finish(r *rapid.T) {
	key, claim := m.held(r)
	now := m.tick()
	m.count++
	answer := fmt.Sprint("answer ", m.count)
	if err := claim.Finish(context.Background(), []byte(answer), nil); err != nil {
		r.Fatalf("%s: %v", key, err)
	}
	claim.Abandon()
	row := m.rows[key]
	row.state, row.answer, row.settled = Done, answer, now
	m.answerWaits(r, key, []byte(answer), nil)
}

func (m *idempotencyModel) abandon(r *rapid.T) {
	key, claim := m.held(r)
	claim.Abandon()
	delete(m.rows, key)
	m.answerWaits(r, key, nil, ErrAbandoned)
}

// lose is a work that was done and whose answer could not be saved.
func (m *idempotencyModel) lose(r *rapid.T) {
	key, claim := m.held(r)
	claim.unsaved = true
	claim.Abandon()
	m.rows[key].state, m.rows[key].lost = Interrupted, true
	m.answerWaits(r, key, nil, ErrAbandoned)
}

func (m *idempotencyModel) restart(r *rapid.T) {
	if err := m.s.Close(); err != nil {
		r.Fatal(err)
	}
	for key := range m.claims {
		m.rows[key].state = Interrupted
	}
	for _, row := range m.rows {
		row.lost = false
	}
	clear(m.claims)
	clear(m.waits) // they would wait for ever: their process is gone
	m.tick()
	m.open()
}

func (m *idempotencyModel) invariant(r *rapid.T) {
	var rows int
	err := m.s.Read(context.Background(), func(q Querier) error {
		return q.QueryRowContext(context.Background(), `SELECT COUNT(*) FROM idempotency`).Scan(&rows)
	})
	kept := modelMax + len(m.claims)
	for _, row := range m.rows {
		if row.lost {
			kept++
		}
	}
	if err != nil || rows > kept {
		r.Fatalf("%d rows, %d of them running, %v", rows, len(m.claims), err)
	}
}

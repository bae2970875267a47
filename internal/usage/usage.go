// Package usage counts what model answers took, in tokens and money, and serves
// the method group of that name.
package usage

import (
	"context"
	"math"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// Store is where usage is kept.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
}

// Entry is what one answer of a model took.
type Entry struct {
	Provider, Model     string
	SessionKey, AgentID string
	RunID               string
	// At is when the provider reported it; zero for now. It decides the day.
	At time.Time

	Input, Output         int64 // tokens; Input without those of the cache
	CacheRead, CacheWrite int64

	Cost      float64 // in US dollars
	CostKnown bool    // false: the model's prices are not known
}

// Options say what a service works with. All may be left out.
type Options struct {
	// Providers lists the providers that there are credentials for.
	Providers func() []protocol.UsageProvider
	Now       func() time.Time
	// Location is the time zone that days are of; nil for the gateway's own.
	Location *time.Location
}

// Service counts usage.
type Service struct {
	store     Store
	providers func() []protocol.UsageProvider
	now       func() time.Time
	location  *time.Location

	costs  kept[*protocol.UsageCostResult]
	groups kept[*protocol.UsageStatusResult]
}

var _ protocol.UsageHandler = (*Service)(nil)

// New returns a service.
func New(st Store, o Options) *Service {
	s := &Service{store: st, providers: o.Providers, now: o.Now, location: o.Location}
	if s.providers == nil {
		s.providers = func() []protocol.UsageProvider { return nil }
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.location == nil {
		s.location = time.Local
	}
	return s
}

// dollar is how money is kept: exact, and small enough for a single token.
const dollar = 1e9

// Record adds an answer to what its run took. It is written in the transaction
// that makes the answer durable, so that neither is there without the other.
func (s *Service) Record(ctx context.Context, tx *store.Tx, e Entry) error {
	if e.At.IsZero() {
		e.At = s.now()
	}
	cost, unpriced := int64(0), int64(1)
	if e.CostKnown {
		cost, unpriced = int64(math.Round(e.Cost*dollar)), 0
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO usage (day, agent_id, session_key, run_id, provider, model,
		answers, input, output, cache_read, cache_write, cost_nanos, unpriced) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (day, agent_id, session_key, run_id, provider, model) DO UPDATE SET answers = usage.answers + 1,
		input = usage.input + excluded.input, output = usage.output + excluded.output,
		cache_read = usage.cache_read + excluded.cache_read, cache_write = usage.cache_write + excluded.cache_write,
		cost_nanos = usage.cost_nanos + excluded.cost_nanos, unpriced = usage.unpriced + excluded.unpriced`,
		s.dayOf(e.At), e.AgentID, e.SessionKey, e.RunID, e.Provider, e.Model,
		max(e.Input, 0), max(e.Output, 0), max(e.CacheRead, 0), max(e.CacheWrite, 0), max(cost, 0), unpriced)
	return err
}

func (s *Service) dayOf(t time.Time) string { return t.In(s.location).Format(time.DateOnly) }

package usage

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 20) }

// meter is a service on a database of its own.
type meter struct {
	testing.TB
	*Service
	store *store.Store
	clock time.Time
}

// berlin is a zone in which the day changes an hour before it does in UTC.
var berlin = time.FixedZone("Berlin", 3600)

func newMeter(tb testing.TB, so store.Options) *meter {
	tb.Helper()
	st, err := store.Open(tb.Context(), so)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = st.Close() })
	m := &meter{TB: tb, store: st, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	m.Service = New(st, Options{Now: func() time.Time { return m.clock }, Location: berlin})
	return m
}

func eachEngine(t *testing.T, f func(m *meter)) {
	t.Run("SQLite", func(t *testing.T) { f(newMeter(t, store.Options{Dir: t.TempDir()})) })
	t.Run("PostgreSQL", func(t *testing.T) { f(newMeter(t, store.Options{URL: postgrestest.URL(t)})) })
}

func (m *meter) record(entries ...Entry) {
	m.Helper()
	err := m.store.Write(m.Context(), func(tx *store.Tx) error {
		for _, e := range entries {
			if err := m.Record(m.Context(), tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		m.Fatal(err)
	}
}

func (m *meter) days(params string) string {
	m.Helper()
	var p protocol.UsageCostParams
	if err := p.UnmarshalJSON([]byte(params)); err != nil {
		m.Fatal(err)
	}
	res, err := m.UsageCost(m.Context(), &p)
	if err != nil {
		m.Fatal(err)
	}
	out := fmt.Sprintf("%d:", res.Days)
	for _, d := range res.Daily {
		out += fmt.Sprintf(" %s %d+%d+%d+%d=%d $%.4f ?%d", d.Date, d.Input, d.Output, d.CacheRead, d.CacheWrite, d.TotalTokens, d.TotalCost, d.MissingCostEntries)
	}
	t := res.Totals
	return out + fmt.Sprintf(" | %d+%d+%d+%d=%d $%.4f ?%d", t.Input, t.Output, t.CacheRead, t.CacheWrite, t.TotalTokens, t.TotalCost, t.MissingCostEntries)
}

func TestCost(t *testing.T) {
	eachEngine(t, func(m *meter) {
		if got, want := m.days(`{"days":9}`), "9: | 0+0+0+0=0 $0.0000 ?0"; got != want {
			m.Errorf("of nothing: %s", got)
		}
		day := func(d, hour int) time.Time { return time.Date(2026, 2, d, hour, 30, 0, 0, time.UTC) }
		run := Entry{Provider: "anthropic", Model: "sonnet", SessionKey: "agent:main:main", AgentID: "main", RunID: "r1",
			Input: 10, Output: 5, CacheRead: 2, CacheWrite: 1, Cost: 0.0021, CostKnown: true}
		unpriced := run
		unpriced.CostKnown, unpriced.Cost, unpriced.Model = false, 7, "own"
		run.At, unpriced.At = day(20, 12), day(20, 22)
		m.record(run, run, unpriced)
		run.At = day(20, 23) // the next day in Berlin
		m.record(run)
		run.At = time.Time{} // today
		run.Input, run.Cost = -3, -1
		m.record(run)
		want := " 2026-02-20 30+15+6+3=54 $0.0042 ?1 2026-02-21 10+5+2+1=18 $0.0021 ?0 2026-03-01 0+5+2+1=8 $0.0000 ?0 | 40+25+10+5=80 $0.0063 ?1"
		if got := m.days(`{}`); got != "30:"+want {
			m.Errorf("got  %s\nwant 30:%s", got, want)
		}
		for params, want := range map[string]string{
			`{"days":"10"}`: "10:" + want, `{"days":1}`: "1:", `{"days":0}`: "1:", `{"days":-5}`: "1:",
			`{"days":"x"}`: "30:" + want, `{"days":9007199254740991}`: "36500:" + want,
		} {
			if got := m.days(params); !strings.HasPrefix(got, want) {
				m.Errorf("%s: %s, want %s", params, got, want)
			}
		}
		if got := m.days(`{"days":9}`); got != "9: | 0+0+0+0=0 $0.0000 ?0" {
			m.Errorf("the sums of before are not kept: %s", got)
		}
		m.clock = m.clock.Add(keepFor)
		if got, want := m.days(`{"days":9}`), "9: 2026-02-21 10"; !strings.HasPrefix(got, want) {
			m.Errorf("later: %s, want %s", got, want)
		}
	})
}

func TestStatus(t *testing.T) {
	eachEngine(t, func(m *meter) {
		e := Entry{Provider: "a", Model: "x", SessionKey: "agent:main:main", AgentID: "main", RunID: "1", Input: 1, CostKnown: true}
		big := Entry{Provider: "b", Model: "x", SessionKey: "agent:ops:main", AgentID: "ops", RunID: "2", Output: 100, Cost: 0.5, CostKnown: true}
		old := big
		old.At = m.clock.AddDate(0, 0, -30)
		m.record(e, big, old)
		res, err := m.UsageStatus(m.Context(), &protocol.UsageStatusParams{})
		if err != nil {
			m.Fatal(err)
		}
		if len(res.Providers) != 0 || res.Totals.V.TotalTokens != 101 || res.Totals.V.TotalCost != 0.5 {
			m.Errorf("%s", res.AppendJSON(nil))
		}
		if len(res.Models) != 2 || res.Models[0].Provider != "b" || len(res.Agents) != 2 || res.Agents[0].AgentID != "ops" || len(res.Sessions) != 2 || res.Sessions[1].Key != "agent:main:main" {
			m.Errorf("%s", res.AppendJSON(nil))
		}
		if err := new(protocol.UsageStatusResult).UnmarshalJSON(res.AppendJSON(nil)); err != nil {
			m.Errorf("it is not as the schema says: %v", err)
		}
	})
}

// Whatever is recorded, in whatever order, the sums are those of a model.
func TestSums(t *testing.T) {
	m := newMeter(t, store.Options{Dir: t.TempDir()})
	rapid.Check(t, func(rt *rapid.T) {
		err := m.store.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `DELETE FROM usage`)
			return err
		})
		if err != nil {
			rt.Fatal(err)
		}
		var want counts
		for range rapid.IntRange(0, 20).Draw(rt, "entries") {
			e := Entry{Provider: "p", Model: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "model"), RunID: rapid.SampledFrom([]string{"1", "2"}).Draw(rt, "run"),
				At:    m.clock.Add(-time.Duration(rapid.IntRange(0, 72).Draw(rt, "age")) * time.Hour),
				Input: rapid.Int64Range(0, 1e6).Draw(rt, "input"), CacheWrite: rapid.Int64Range(0, 9).Draw(rt, "write"),
				CostKnown: rapid.Bool().Draw(rt, "known")}
			e.Cost = float64(e.Input) * 3e-6
			m.record(e)
			want.add(counts{input: e.Input, cacheWrite: e.CacheWrite})
			if e.CostKnown {
				want.nanos += e.Input * 3000
			} else {
				want.unpriced++
			}
		}
		m.clock = m.clock.Add(time.Second * 31)
		res, err := m.cost(context.Background(), 5)
		if err != nil {
			rt.Fatal(err)
		}
		if res.Totals != want.wire() {
			rt.Fatalf("%+v, want %+v", res.Totals, want.wire())
		}
	})
}

func TestOldSumsAreGivenWhileNewOnesAreMade(t *testing.T) {
	var k kept[int]
	now := time.Now()
	get := func(at time.Time, f func() (int, error)) int {
		t.Helper()
		n, err := k.get(1, at, f)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	give := func(n int) func() (int, error) { return func() (int, error) { return n, nil } }
	get(now, give(1))
	later := now.Add(keepFor)
	got := get(later, func() (int, error) {
		if n := get(later, give(3)); n != 1 {
			t.Errorf("meanwhile: %d", n)
		}
		return 2, nil
	})
	if got != 2 || get(later, give(4)) != 2 {
		t.Errorf("got %d", got)
	}
	if _, err := k.get(1, later.Add(keepFor), func() (int, error) { return 0, context.Canceled }); err == nil {
		t.Error("no error")
	}
	if n := get(later.Add(keepFor), give(5)); n != 5 {
		t.Errorf("after an error: %d", n)
	}
	for i := range int64(1000) {
		_, _ = k.get(i, now, give(1))
	}
	if len(k.results) > maxKept {
		t.Errorf("%d are kept", len(k.results))
	}
}

package metrics_test

import (
	"bufio"
	"log/slog"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/auth"
	"github.com/gatesmith/gatesmith/internal/metrics"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// exercise has every metric move, with every value that its labels can take.
func exercise(m *metrics.Metrics) {
	for _, role := range []protocol.Role{protocol.RoleOperator, protocol.RoleNode, protocol.RoleDevice} {
		for _, d := range []protocol.Dialect{protocol.DialectCanonical, protocol.DialectField} {
			p := &server.Peer{Role: role, Dialect: d}
			m.ConnectionOpened(p)
			m.ConnectionOpened(p)
			m.ConnectionClosed(p)
			m.SlowConsumer(p)
		}
	}
	codes := []string{"", protocol.CodeInvalidRequest, protocol.CodeUnavailable, protocol.CodeNotPaired, protocol.CodeNotLinked, protocol.CodeAgentTimeout}
	for _, code := range codes {
		m.HandshakeRefused(code)
		for method := range protocol.MethodUnknown {
			m.RequestFinished(method, code, time.Millisecond)
		}
		m.RequestFinished(protocol.MethodUnknown, code, time.Second)
	}
	for e := range protocol.EventUnknown {
		m.EventPublished(e, 3)
		m.EventDropped(e)
	}
	for _, f := range auth.Failures {
		m.AuthFailed(f)
	}
}

func TestMetrics(t *testing.T) {
	m := metrics.New("v1.2.3", "abc", func() server.Load { return server.Load{InFlight: 5, QueuedBytes: 700} })
	exercise(m)
	text := scrape(t, m)
	for _, want := range []string{
		`gateway_build_info{commit="abc",schema="` + protocol.SchemaHash + `",version="v1.2.3"} 1`,
		`gateway_connections{dialect="field",role="node"} 1`,
		`gateway_connections_total{dialect="field",role="node"} 2`,
		`gateway_handshakes_refused_total{code="NOT_PAIRED"} 1`,
		`gateway_handshakes_refused_total{code="none"} 1`,
		`gateway_auth_failures_total{reason="wrong"} 1`,
		`gateway_requests_total{method="sessions.list",outcome="ok"} 1`,
		`gateway_requests_total{method="unknown",outcome="INVALID_REQUEST"} 1`,
		`gateway_request_duration_seconds_count{method="health"} 6`,
		`gateway_request_duration_seconds_bucket{method="health",le="0.0005"} 0`,
		`gateway_request_duration_seconds_bucket{method="health",le="0.001"} 6`,
		`gateway_requests_in_flight 5`,
		`gateway_events_total{event="tick"} 1`,
		`gateway_event_deliveries_total{event="tick"} 3`,
		`gateway_events_dropped_total{event="chat.event"} 1`,
		`gateway_slow_consumers_total 6`,
		`gateway_queue_bytes 700`,
		`go_goroutines `,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("there is no %s", want)
		}
	}
}

// Every name and label is in the catalogue, and everything in it is there.
func TestCatalogue(t *testing.T) {
	m := metrics.New("v1.2.3", "abc", func() server.Load { return server.Load{} })
	exercise(m)
	text := scrape(t, m)
	line := regexp.MustCompile(`^(gateway_[a-z_]+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? `)
	label := regexp.MustCompile(`([a-z]+)="`)
	found := map[string][]string{}
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if strings.HasPrefix(s.Text(), "# HELP gateway_") && len(strings.Fields(s.Text())) < 4 {
			t.Errorf("no help: %s", s.Text())
		}
		if got := line.FindStringSubmatch(s.Text()); got != nil {
			var labels []string
			for _, l := range label.FindAllStringSubmatch(got[2], -1) {
				if l[1] != "le" {
					labels = append(labels, l[1])
				}
			}
			found[got[1]] = labels
		}
	}
	for name, labels := range metrics.Catalogue() {
		slices.Sort(labels)
		if got, ok := found[name]; !ok || !slices.Equal(got, labels) {
			t.Errorf("%s has the labels %v, want %v", name, got, labels)
		}
		delete(found, name)
	}
	for name := range found {
		t.Errorf("%s is not in the catalogue", name)
	}
}

// Whatever clients send, the number of series has a bound: a label never takes
// what came over the wire.
func TestSeriesAreBounded(t *testing.T) {
	m := metrics.New("v", "c", func() server.Load { return server.Load{} })
	exercise(m)
	before := strings.Count(scrape(t, m), "\ngateway_")
	exercise(m)
	if after := strings.Count(scrape(t, m), "\ngateway_"); after != before || before > 8000 {
		t.Errorf("%d series, then %d", before, after)
	}
}

func BenchmarkRequestFinished(b *testing.B) {
	m := metrics.New("v", "c", func() server.Load { return server.Load{} })
	b.ReportAllocs()
	for b.Loop() {
		m.RequestFinished(protocol.MethodHealth, "", time.Millisecond)
	}
}

// The guide lists what there is.
func TestGuideIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, labels := range metrics.Catalogue() {
		for k, l := range labels {
			labels[k] = "`" + l + "`"
		}
		if !regexp.MustCompile("(?m)^\\| `" + name + "` \\| [a-z]+ \\| " + strings.Join(labels, ", ") + " ?\\| ").Match(text) {
			t.Errorf("docs/metrics.md lacks %s with %v", name, labels)
		}
	}
	for _, f := range auth.Failures {
		if !strings.Contains(string(text), "| `"+string(f)+"` | ") {
			t.Errorf("docs/metrics.md lacks the reason %s", f)
		}
	}
}

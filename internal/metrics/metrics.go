// Package metrics counts what the gateway does and shows it to Prometheus. It
// is where the library for that is used; everything else calls an observer of
// its own. The names are in one catalogue.
package metrics

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gatesmith/gatesmith/internal/auth"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// Metrics counts. Its methods may be called from anywhere.
type Metrics struct {
	registry *prometheus.Registry

	connections      *prometheus.GaugeVec
	connectionsTotal *prometheus.CounterVec
	refused          *prometheus.CounterVec
	authFailures     *prometheus.CounterVec
	requests         *prometheus.CounterVec
	durations        *prometheus.HistogramVec
	events           *prometheus.CounterVec
	deliveries       *prometheus.CounterVec
	dropped          *prometheus.CounterVec
	slowConsumers    *prometheus.CounterVec

	methods [protocol.MethodUnknown + 1]atomic.Pointer[methodSeries] // those that were called
}

// methodSeries are those that nearly every request of a method counts in. To
// look them up by their labels would cost more than to count.
type methodSeries struct {
	succeeded prometheus.Counter
	took      prometheus.Observer
}

var _ server.Observer = (*Metrics)(nil)

// New returns metrics that start at zero. Load is asked at each look at them.
func New(version, commit string, load func() server.Load) *Metrics {
	m := &Metrics{
		registry:    prometheus.NewRegistry(),
		connections: connections.gauge(), connectionsTotal: connectionsTotal.counter(), refused: handshakesRefused.counter(),
		authFailures: authFailures.counter(), requests: requestsTotal.counter(), durations: requestDuration.histogram(),
		events: eventsTotal.counter(), deliveries: eventDeliveriesTotal.counter(), dropped: eventsDroppedTotal.counter(),
		slowConsumers: slowConsumersTotal.counter(),
	}
	info := buildInfo.gauge()
	info.WithLabelValues(version, commit, protocol.SchemaHash).Set(1)
	// Alerts on these compare with zero, which must be there before the first.
	m.slowConsumers.WithLabelValues()
	for _, reason := range auth.Failures {
		m.authFailures.WithLabelValues(string(reason))
	}
	m.registry.MustRegister(info, m.connections, m.connectionsTotal, m.refused, m.authFailures, m.requests, m.durations, m.events, m.deliveries, m.dropped, m.slowConsumers,
		requestsInFlight.gaugeFunc(func() float64 { return float64(load().InFlight) }),
		queueBytes.gaugeFunc(func() float64 { return float64(load().QueuedBytes) }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers Prometheus.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// ConnectionOpened counts a connection in.
func (m *Metrics) ConnectionOpened(p *server.Peer) {
	m.connectionsTotal.WithLabelValues(p.Role.String(), p.Dialect.String()).Inc()
	m.connections.WithLabelValues(p.Role.String(), p.Dialect.String()).Inc()
}

// ConnectionClosed counts it out.
func (m *Metrics) ConnectionClosed(p *server.Peer) {
	m.connections.WithLabelValues(p.Role.String(), p.Dialect.String()).Dec()
}

// HandshakeRefused counts a connection that did not come in.
func (m *Metrics) HandshakeRefused(code string) {
	if code == "" {
		code = "none"
	}
	m.refused.WithLabelValues(code).Inc()
}

// AuthFailed counts somebody who was not let in.
func (m *Metrics) AuthFailed(reason auth.Failure) {
	m.authFailures.WithLabelValues(string(reason)).Inc()
}

// RequestFinished counts an answer.
func (m *Metrics) RequestFinished(id protocol.MethodID, code string, took time.Duration) {
	id = min(id, protocol.MethodUnknown)
	series := m.methods[id].Load()
	if series == nil {
		series = &methodSeries{m.requests.WithLabelValues(methodName(id), "ok"), m.durations.WithLabelValues(methodName(id))}
		m.methods[id].Store(series)
	}
	series.took.Observe(took.Seconds())
	if code == "" {
		series.succeeded.Inc()
		return
	}
	m.requests.WithLabelValues(methodName(id), code).Inc()
}

// methodName is the canonical name, never what a client sent.
func methodName(id protocol.MethodID) string {
	if id == protocol.MethodUnknown {
		return "unknown"
	}
	return id.String()
}

// EventPublished counts an event and its copies.
func (m *Metrics) EventPublished(e protocol.EventID, receivers int) {
	m.events.WithLabelValues(e.String()).Inc()
	m.deliveries.WithLabelValues(e.String()).Add(float64(receivers))
}

// EventDropped counts a copy that was lost.
func (m *Metrics) EventDropped(e protocol.EventID) { m.dropped.WithLabelValues(e.String()).Inc() }

// SlowConsumer counts a connection that was closed for being slow.
func (m *Metrics) SlowConsumer(*server.Peer) { m.slowConsumers.WithLabelValues().Inc() }

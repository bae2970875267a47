package metrics

import "github.com/prometheus/client_golang/prometheus"

// namespace begins every name of ours.
const namespace = "gateway"

// A metric is a line of the catalogue. Labels take values of closed lists only:
// names in the protocol's tables, error codes, the reasons of package auth.
type metric struct {
	name    string
	help    string
	labels  []string
	buckets []float64 // of a histogram
}

// durations are bounds in seconds: from what a lookup in memory takes to what a
// client waits for.
var durations = []float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10}

// The catalogue. What is here can be relied on: names and labels change like the
// protocol does, with a deprecation first.
var (
	buildInfo = metric{name: "build_info", help: "The version that runs; always 1.", labels: []string{"version", "commit", "schema"}}

	connections       = metric{name: "connections", help: "Connections past their handshake.", labels: []string{"role", "dialect"}}
	connectionsTotal  = metric{name: "connections_total", help: "Connections that passed their handshake.", labels: []string{"role", "dialect"}}
	handshakesRefused = metric{name: "handshakes_refused_total", help: "Connections that did not pass their handshake, by the code of the error; none: they left, or sent nothing that can be answered.", labels: []string{"code"}}
	authFailures      = metric{name: "auth_failures_total", help: "Attempts to connect, or to read an HTTP route that needs a secret, that were refused because of who asked.", labels: []string{"reason"}}

	requestsTotal    = metric{name: "requests_total", help: "Requests answered, by the method's canonical name and ok or the error's code.", labels: []string{"method", "outcome"}}
	requestDuration  = metric{name: "request_duration_seconds", help: "Time from reading a request to queueing its last answer.", labels: []string{"method"}, buckets: durations}
	requestsInFlight = metric{name: "requests_in_flight", help: "Requests whose answer is still to come."}

	eventsTotal          = metric{name: "events_total", help: "Events published, by canonical name.", labels: []string{"event"}}
	eventDeliveriesTotal = metric{name: "event_deliveries_total", help: "Events queued to connections: an event counts once for each that gets it.", labels: []string{"event"}}
	eventsDroppedTotal   = metric{name: "events_dropped_total", help: "Events that a slow connection did not get.", labels: []string{"event"}}
	slowConsumersTotal   = metric{name: "slow_consumers_total", help: "Connections closed because they were too slow for an event that must not be dropped."}
	queueBytes           = metric{name: "queue_bytes", help: "Answers and events that wait for slow connections, in bytes."}
)

func (m metric) options() prometheus.Opts {
	return prometheus.Opts{Namespace: namespace, Name: m.name, Help: m.help}
}

func (m metric) counter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts(m.options()), m.labels)
}

func (m metric) gauge() *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts(m.options()), m.labels)
}

func (m metric) gaugeFunc(f func() float64) prometheus.GaugeFunc {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts(m.options()), f)
}

func (m metric) histogram() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: m.name, Help: m.help, Buckets: m.buckets}, m.labels)
}

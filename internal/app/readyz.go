package app

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// readiness proves that the state can be written, at most once in a while: how
// often it is asked must not decide how much is written.
type readiness struct {
	ping func(context.Context) error

	mu   sync.Mutex
	last Check
}

// Check is the outcome of a look at a part of the gateway.
type Check struct {
	Name      string    `json:"name"`
	OK        bool      `json:"ok"`
	Error     string    `json:"error,omitempty"`
	TookMs    float64   `json:"tookMs"`
	CheckedAt time.Time `json:"checkedAt"`

	stuck bool // no answer came in time
}

const (
	readyFor      = time.Second     // how long an outcome is good for
	readyPatience = 5 * time.Second // how long a write may take
)

// check gives the outcome of the last second, or a new one. Those who ask at
// the same time share it.
func (r *readiness) check() Check {
	r.mu.Lock()
	defer r.mu.Unlock()
	start := time.Now()
	if start.Sub(r.last.CheckedAt) < readyFor {
		return r.last
	}
	// Whoever asked may go away: the outcome is for the others too.
	ctx, cancel := context.WithTimeout(context.Background(), readyPatience)
	defer cancel()
	err := r.ping(ctx)
	r.last = Check{Name: "store", OK: err == nil, CheckedAt: time.Now(), stuck: errors.Is(err, context.DeadlineExceeded)}
	r.last.TookMs = float64(r.last.CheckedAt.Sub(start).Microseconds()) / 1000
	if err != nil {
		r.last.Error = err.Error()
	}
	return r.last
}

type readyAnswer struct {
	Ready bool `json:"ready"`
	*readyDetails
}

// readyDetails are for clients only.
type readyDetails struct {
	Stopping bool    `json:"stopping"`
	Engine   string  `json:"engine"`
	UptimeMs int64   `json:"uptimeMs"`
	Checks   []Check `json:"checks"`
}

// readyz tells whether the gateway can do its work: it is not stopping, and its
// state can be written. What is wrong is for clients only.
func (g *Gateway) readyz(w http.ResponseWriter, r *http.Request) {
	c := g.ready.check()
	body := readyAnswer{Ready: c.OK && !g.stopping.Load()}
	if !c.OK {
		g.log.Error("not ready", "error", c.Error)
	}
	// A secret that is wrong is told; none at all gets the short answer.
	if r.Header.Get("Authorization") != "" || g.auth.IsLocal(r) {
		if denial := g.auth.AuthorizeHTTP(r); denial != nil {
			denial.ServeHTTP(w, r)
			return
		}
		body.readyDetails = &readyDetails{g.stopping.Load(), g.store.Engine().String(), g.server.Uptime().Milliseconds(), append([]Check{c}, g.configChecks()...)}
	}
	status := http.StatusOK
	if !body.Ready {
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	asJSON(w, status, body)
}

// configChecks tell of parts of the configuration that are wrong. The gateway does
// its work without them, so that they make it no less ready.
func (g *Gateway) configChecks() (list []Check) {
	for _, f := range g.settings.Fallbacks() {
		list = append(list, Check{Name: "config", Error: f.String(), CheckedAt: time.Now()})
	}
	return list
}

// Responsive reports whether the state answers at all, if only with an error. A
// gateway of which it does not is stuck.
func (g *Gateway) Responsive() bool { return !g.ready.check().stuck }

// Package exchange carries requests to model services: it holds them to time,
// repeats those that failed in passing, and says what went wrong without giving
// a secret away. The providers that speak an API are built on it.
package exchange

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What holds unless configured otherwise.
const (
	DefaultFirst   = 5 * time.Minute // a local service may load the model first
	DefaultIdle    = 2 * time.Minute
	DefaultRetries = 3
)

const (
	firstPause    = 500 * time.Millisecond // before the first repeat; it doubles with each
	longestPause  = 8 * time.Second
	maxRetryAfter = 30 * time.Second // a service that wants more is told of instead
)

// Options say how to reach a service.
type Options struct {
	Provider string            // its name
	BaseURL  string            // without a user in it
	Key      string            // never shows in an error
	NeedsKey bool              // without a key there is no use in asking
	Headers  map[string]string // sent with every request; their values never show in an error
	First    time.Duration     // most time until the service begins to answer; 0: DefaultFirst
	Idle     time.Duration     // most time in which nothing comes while it answers; 0: DefaultIdle
	Retries  int               // most repeats of a request; negative: none, 0: DefaultRetries

	KeySetting string            // what to set when the key is not right
	URLSetting string            // what to set when the service can't be reached
	Transport  http.RoundTripper // nil: one of its own
}

// Service is a way to a service.
type Service struct {
	options Options
	client  *http.Client
	scrub   *scrubber
	host    string
}

// New returns a way to a service. Close it in the end.
func New(o Options) *Service {
	if o.First <= 0 {
		o.First = DefaultFirst
	}
	if o.Idle <= 0 {
		o.Idle = DefaultIdle
	}
	switch {
	case o.Retries == 0:
		o.Retries = DefaultRetries
	case o.Retries < 0:
		o.Retries = 0
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 16 // sessions answer side by side
		o.Transport = t
	}
	s := &Service{options: o, scrub: newScrubber(&o)}
	if u, err := url.Parse(o.BaseURL); err == nil {
		s.host = u.Scheme + "://" + u.Host
	}
	s.client = &http.Client{Transport: &transport{next: o.Transport, headers: o.Headers}}
	return s
}

// Client is what to send requests with. It follows no redirects, because they
// would take the key elsewhere, and an answer that is no success is an error of
// its Do.
func (s *Service) Client() *http.Client { return s.client }

// Close lets go of connections that wait for the next request.
func (s *Service) Close() { s.client.CloseIdleConnections() }

// Do makes attempts until one succeeds or repeating it makes no sense. An
// attempt uses ctx for its request and reports whether something of the answer
// was passed on: then it is not repeated.
//
// The error is context.Cause(ctx) when ctx has ended, else an *llm.Error.
func (s *Service) Do(ctx context.Context, attempt func(ctx context.Context) (begun bool, err error)) error {
	for repeats := 0; ; repeats++ {
		begun, err := s.once(ctx, attempt)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		failure := s.explain(err)
		if begun || !failure.Retryable || repeats >= s.options.Retries || failure.RetryAfter > maxRetryAfter {
			return failure
		}
		pause := pauseBefore(repeats, failure.RetryAfter)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
			return failure // it says more than that time is over
		}
		if !sleep(ctx, pause) {
			return context.Cause(ctx)
		}
	}
}

// once makes one attempt, and ends it when the service stays silent for too
// long.
func (s *Service) once(ctx context.Context, attempt func(ctx context.Context) (bool, error)) (begun bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil) // ends the HTTP exchange, whatever is left of it
	w := &watch{idle: s.options.Idle}
	w.timer = time.AfterFunc(s.options.First, func() { cancel(&silence{begun: w.heard.Load(), options: &s.options}) })
	defer w.timer.Stop()
	begun, err = attempt(context.WithValue(ctx, watchKey{}, w))
	if quiet, ok := context.Cause(ctx).(*silence); ok && err != nil {
		err = quiet
	}
	return begun, err
}

// pauseBefore is how long to wait before a repeat: what the service asks for,
// else twice as long each time. A part of it is chance, so that many sessions
// that failed together don't come back together.
func pauseBefore(repeats int, asked time.Duration) time.Duration {
	if asked > 0 {
		return asked + rand.N(asked/10+100*time.Millisecond)
	}
	pause := min(firstPause<<min(repeats, 10), longestPause)
	return pause/2 + rand.N(pause/2)
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// silence says that nothing came for too long.
type silence struct {
	begun   bool
	options *Options
}

func (e *silence) Error() string {
	if e.begun {
		return "nothing more came for " + span(e.options.Idle)
	}
	return "no answer began within " + span(e.options.First)
}

// span writes a duration without empty parts.
func span(d time.Duration) string {
	text := d.String()
	for _, tail := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, tail) {
			text = text[:len(text)-2]
		}
	}
	return text
}

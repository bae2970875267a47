package exchange

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"sync/atomic"
	"time"
)

// Bounds of what a service may send for one request.
const (
	maxAnswer  = 64 << 20
	maxRefusal = 64 << 10
)

// watchKey finds the watch of an attempt in its context.
type watchKey struct{}

// watch is told of every sign of life.
type watch struct {
	timer *time.Timer
	idle  time.Duration
	heard atomic.Bool
}

func (w *watch) beat() {
	if w == nil {
		return
	}
	w.heard.Store(true)
	// A timer that has fired has ended the attempt already; setting it again
	// changes nothing.
	w.timer.Reset(w.idle)
}

// transport adds the headers, watches what comes, and makes errors of answers
// that are none.
type transport struct {
	next    http.RoundTripper
	headers map[string]string
}

// CloseIdleConnections is what http.Client.CloseIdleConnections looks for.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip sends a request.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if len(t.headers) > 0 {
		req = req.Clone(req.Context())
		for name, value := range t.headers {
			req.Header.Set(name, value)
		}
	}
	res, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	w, _ := req.Context().Value(watchKey{}).(*watch)
	w.beat()
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); res.StatusCode/100 != 2 || w != nil && (kind == "application/json" || kind == "text/html") {
		// What streams is neither a page nor one object; a service that has an
		// error to tell may say so with a 200.
		body, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
		_ = res.Body.Close()
		return nil, &refusal{status: res.StatusCode, header: res.Header, body: body}
	}
	res.Body = &watched{ReadCloser: res.Body, watch: w, left: maxAnswer}
	return res, nil
}

// watched is a body whose bytes are signs of life.
type watched struct {
	io.ReadCloser
	watch *watch
	left  int64
}

var errTooLong = errors.New("the answer does not end")

func (b *watched) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.left -= int64(n)
		b.watch.beat()
	}
	return n, err
}

// refusal is an answer that is no success.
type refusal struct {
	status int
	header http.Header
	body   []byte
}

func (e *refusal) Error() string { return "refused with " + http.StatusText(e.status) }

// Package webhooktest is a service that speaks to a gateway through the channel
// webhook, for tests.
package webhooktest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels/webhook"
)

// Posted is what the gateway posted.
type Posted struct {
	Type, ID, Account, Conversation, Thread, ReplyTo, Text, Media string
}

// Peer is a service.
type Peer struct {
	URL, Secret string

	mu      sync.Mutex
	changed chan struct{}
	posted  []Posted
	seen    int
	refused []error
	faults  []http.HandlerFunc
	byID    map[string]int
}

// New starts a service that ends with the test.
func New(t testing.TB) *Peer {
	p := &Peer{Secret: "0123456789abcdef0123456789abcdef", changed: make(chan struct{}), byID: map[string]int{}}
	s := httptest.NewServer(p)
	p.URL = s.URL
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return p
}

// Fail has the next requests answered by something else.
func (p *Peer) Fail(with ...http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, with...)
}

// ServeHTTP takes what the gateway posts, each message once.
func (p *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	var fault http.HandlerFunc
	if len(p.faults) > 0 {
		fault, p.faults = p.faults[0], p.faults[1:]
	}
	p.mu.Unlock()
	if fault != nil {
		fault(w, r)
		return
	}
	p.Take(w, r)
}

// Take takes a request as the service does.
func (p *Peer) Take(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	var m Posted
	err := webhook.Verify(r.Header, []byte(p.Secret), body, time.Now(), time.Minute)
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		p.refused = append(p.refused, err)
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	if m.Type == "message" {
		if p.byID[m.ID]++; p.byID[m.ID] == 1 {
			p.posted = append(p.posted, m)
		}
	}
	close(p.changed)
	p.changed = make(chan struct{})
	_ = json.NewEncoder(w).Encode(map[string]string{"messageId": "peer-" + m.ID})
}

// Tries is how often a message came.
func (p *Peer) Tries(id string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

// Posted lists the messages that came.
func (p *Peer) Posted() []Posted {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Posted(nil), p.posted...)
}

// Next waits for the next message.
func (p *Peer) Next(t testing.TB) Posted {
	t.Helper()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	for {
		p.mu.Lock()
		changed := p.changed
		if p.seen < len(p.posted) {
			m := p.posted[p.seen]
			p.seen++
			p.mu.Unlock()
			return m
		}
		p.mu.Unlock()
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("webhook: no message comes; so far: %+v, refused: %v", p.Posted(), p.refused)
		}
	}
}

// Post has the service write to an account; the answer's status and body come
// back.
func (p *Peer) Post(t testing.TB, address string, message any) (int, string) {
	t.Helper()
	body, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	webhook.Sign(r.Header, []byte(p.Secret), body, time.Now())
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

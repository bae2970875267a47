package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service is a service as the other side of an account; package webhooktest has
// one for other packages' tests.
type service struct {
	url    string
	secret []byte
	got    chan string
	answer func(w http.ResponseWriter, n int)
	ids    map[string]int
}

func newService(t *testing.T) *service {
	s := &service{secret: []byte("0123456789abcdef"), got: make(chan string, 100), ids: map[string]int{}}
	n := 0
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		if err := Verify(r.Header, s.secret, body, time.Now(), time.Minute); err != nil {
			t.Error(err)
		}
		s.ids[r.Header.Get(DeliveryHeader)]++
		if s.answer != nil {
			s.answer(w, n)
		}
		s.got <- string(body)
	}))
	s.url = h.URL
	t.Cleanup(h.Close)
	return s
}

type answering struct {
	*channels.Service
	st *store.Store
}

func (a *answering) Take(ctx context.Context, r agent.Request) (string, error) {
	return "", a.st.Write(ctx, func(tx *store.Tx) error {
		return a.Enqueue(ctx, tx, agent.Delivery{RunID: r.ID, SessionKey: r.Session, Route: r.Route, Text: "**" + r.Message + "**"})
	})
}

func start(t *testing.T, s *service, access string) *channels.Service {
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var c protocol.ChannelsConfig
	if err := c.DecodeAlias(fmt.Appendf(nil, `{"webhook":{"accounts":{"default":{"url":%q,"secret":%q,"access":%s}}}}`, s.url, s.secret, access), wire.Strict); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	a := &answering{st: st}
	a.Service = channels.New(channels.Options{Store: st, Sessions: sessions.New(st, sessions.Options{}), Agent: a, Kinds: []channels.Kind{Kind{}}, Config: &c, HTTP: client, Logger: slog.New(slog.DiscardHandler)})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for running := false; !running; <-tick.C {
		status, err := a.ChannelsStatus(t.Context(), &protocol.ChannelsStatusParams{})
		if err != nil {
			t.Fatal(err)
		}
		running = status.ChannelAccounts["webhook"][0].Running.V
	}
	t.Cleanup(func() {
		a.Close()
		client.CloseIdleConnections()
		_ = st.Close()
	})
	return a.Service
}

// post has a service write.
func post(s *channels.Service, secret []byte, at time.Time, body string) (int, string) {
	r := httptest.NewRequest(http.MethodPost, "/channels/webhook/default", strings.NewReader(body))
	Sign(r.Header, secret, []byte(body), at)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const hello = `{"id":"1","conversation":"desk","sender":{"id":"ada","name":"Ada"},"text":"hello"}`

func TestConversation(t *testing.T) {
	s := newService(t)
	c := start(t, s, `{"dm":"open"}`)
	for range 2 { // a repeat is no second message
		if code, body := post(c, s.secret, time.Now(), hello); code != http.StatusAccepted || body != `{"status":"accepted"}`+"\n" {
			t.Fatalf("%d %s", code, body)
		}
	}
	if got, want := <-s.got, `{"type":"message","id":"run:webhook:default:desk:1/0","account":"default","conversation":"desk","text":"**hello**"}`; got != want {
		t.Errorf("%s", got)
	}
	r, err := c.Send(t.Context(), &protocol.SendParams{To: "desk", Message: "news", Channel: wire.Some(protocol.ChannelID("webhook")), MediaURLs: []string{"https://example.com/a.png"}, IdempotencyKey: "k"})
	if err != nil || r.MessageID != "send:k/0" || r.ConversationID.V != "desk" {
		t.Errorf("%+v, %v", r, err)
	}
	if got, want := <-s.got, `{"type":"message","id":"send:k/0","account":"default","conversation":"desk","text":"news","media":"https://example.com/a.png"}`; got != want {
		t.Errorf("%s", got)
	}
	status, err := c.ChannelsStatus(t.Context(), &protocol.ChannelsStatusParams{Probe: wire.Some(true)})
	if err != nil || !strings.Contains(string(status.ChannelAccounts["webhook"][0].Probe), `"ok":true`) || <-s.got != `{"type":"ping","account":"default"}` {
		t.Errorf("%+v, %v", status, err)
	}
	if len(s.got) != 0 {
		t.Errorf("one more: %s", <-s.got)
	}
	_, err = c.Poll(t.Context(), &protocol.PollParams{To: "desk", Question: "?", Options: []string{"a", "b"}, Channel: wire.Some(protocol.ChannelID("webhook")), IdempotencyKey: "p"})
	if e, ok := errors.AsType[*protocol.Error](err); !ok || e.Message != "unsupported poll channel: webhook" {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	s := newService(t)
	c := start(t, s, `{"dm":"allowlist"}`)
	now := time.Now()
	for _, x := range []struct {
		name, body, want string
		secret           string
		at               time.Time
		code             int
	}{
		{name: "another secret", secret: "another secret 123", body: hello, at: now, code: 401, want: "the signature is not that of this body"},
		{name: "too old", body: hello, at: now.Add(-301 * time.Second), code: 401, want: "away from the gateway's time"},
		{name: "of the future", body: hello, at: now.Add(time.Hour), code: 401, want: "away from the gateway's time"},
		{name: "no JSON", body: "hello", at: now, code: 400, want: "the body is no JSON"},
		{name: "no id", body: `{"conversation":"c","text":"x"}`, at: now, code: 400, want: "id has 1 to 256 bytes"},
		{name: "nothing said", body: `{"id":"1","conversation":"c"}`, at: now, code: 400, want: "the message says nothing"},
		{name: "somebody who may not", body: hello, at: now, code: 202, want: "accepted"},
	} {
		secret := s.secret
		if x.secret != "" {
			secret = []byte(x.secret)
		}
		if code, body := post(c, secret, x.at, x.body); code != x.code || !strings.Contains(body, x.want) {
			t.Errorf("%s: %d %s", x.name, code, body)
		}
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/channels/webhook/default", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
	for _, path := range []string{"/channels/webhook/other", "/channels/pigeon/default", "/channels/", "/channels/webhook"} {
		w := httptest.NewRecorder()
		c.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if len(s.got) != 0 {
		t.Errorf("the agent answered: %s", <-s.got)
	}
}

// A service that fails gets the same message again, under the same id; one that
// refuses does not.
func TestFaults(t *testing.T) {
	s := newService(t)
	c := start(t, s, `{}`)
	send := func(key string) error {
		_, err := c.Send(t.Context(), &protocol.SendParams{To: "desk", Message: key, Channel: wire.Some(protocol.ChannelID("webhook")), IdempotencyKey: protocol.IdempotencyKey(key)})
		return err
	}
	first := 0
	s.answer = func(w http.ResponseWriter, n int) {
		first++
		switch first {
		case 1:
			w.WriteHeader(http.StatusBadGateway)
		case 2:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			if h, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = h.Close()
			}
		}
	}
	if err := send("again"); err != nil || s.ids["send:again/0"] != 4 {
		t.Errorf("%v, %v", err, s.ids)
	}
	s.answer = func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusGone) }
	if e, ok := errors.AsType[*protocol.Error](send("gone")); !ok || e.Message != "Error: the service answers 410" || s.ids["send:gone/0"] != 1 {
		t.Errorf("%v, %v", e, s.ids)
	}
	s.answer = func(w http.ResponseWriter, _ int) {
		w.Header().Set("Location", "http://127.0.0.1:1/")
		w.WriteHeader(307)
	}
	if e, ok := errors.AsType[*protocol.Error](send("moved")); !ok || e.Message != "Error: the service answers 307" {
		t.Errorf("%v", e)
	}
}

func TestSettings(t *testing.T) {
	for text, want := range map[string]string{`{}`: "its secret is missing", `{"secret":"short"}`: "its secret is shorter than 16 characters", `{"secret":"0123456789abcdef","url":"ftp://x/"}`: "its url is no http address",
		`{"secret":"0123456789abcdef"}`: ""} {
		var c protocol.ChannelsConfig
		if err := c.DecodeAlias([]byte(`{"webhook":{"accounts":{"default":`+text+`}}}`), wire.Strict); err != nil {
			t.Fatal(err)
		}
		if s := (Kind{}).Accounts(&c, nil)[0]; s.Missing != want {
			t.Errorf("%s: %q", text, s.Missing)
		}
	}
}

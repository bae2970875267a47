package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/slack/slacktest"
	"github.com/gatesmith/gatesmith/internal/egress"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// settleTest is settleTime, for tests.
const settleTest = 300 * time.Millisecond

func TestMain(m *testing.M) { postgrestest.Main(m, 100) }

// rig is a service with one app in a workspace of its own.
type rig struct {
	testing.TB
	*channels.Service
	api    *slacktest.Server
	store  *store.Store
	http   *http.Client
	kept   *sessions.Service
	mu     sync.Mutex
	asked  []agent.Request
	answer func(r agent.Request) (reply string, delivered string, err error)
	forgot []string
	settle time.Duration
}

// newRig starts a bot. access is a part of its configuration, as JSON.
func newRig(t testing.TB, access string) *rig {
	return newRigOn(t, store.Options{Dir: t.TempDir()}, access)
}

// onBoth runs a test with a bot on a database of each kind.
func onBoth(t *testing.T, access string, f func(t *testing.T, r *rig)) {
	t.Run("SQLite", func(t *testing.T) { f(t, newRig(t, access)) })
	t.Run("PostgreSQL", func(t *testing.T) { f(t, newRigOn(t, store.Options{URL: postgrestest.URL(t)}, access)) })
}

func newRigOn(t testing.TB, o store.Options, access string) *rig {
	st, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{TB: t, api: slacktest.New(t), store: st, http: &http.Client{Transport: &http.Transport{}}, settle: settleTest}
	r.kept = sessions.New(st, sessions.Options{})
	r.start(access)
	t.Cleanup(func() {
		r.Close()
		r.http.CloseIdleConnections()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) config(access string) *protocol.ChannelsConfig {
	r.Helper()
	if access != "" {
		access = ", " + access
	}
	var c protocol.ChannelsConfig
	text := fmt.Sprintf(`{"slack":{"accounts":{"default":{"botToken":%q,"appToken":%q,"baseUrl":%q%s}}}}`, slacktest.BotToken, slacktest.AppToken, r.api.URL, access)
	if err := c.DecodeAlias([]byte(text), wire.Strict); err != nil {
		r.Fatal(err)
	}
	return &c
}

func (r *rig) start(access string) {
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	r.Service = channels.New(channels.Options{Store: r.store, Sessions: r.kept, Agent: r, Kinds: []channels.Kind{Kind{settle: r.settle}}, Config: r.config(access), HTTP: r.http,
		Egress: egress.New(func() egress.Limits { return egress.Limits{Allow: local, MaxBytes: 1 << 20, Timeout: 10 * time.Second} }),
		Forget: func(_ context.Context, place []string) error { r.forgot = place; return nil }, Logger: slog.New(slog.DiscardHandler)})
	if err := r.Start(r.Context()); err != nil {
		r.Fatal(err)
	}
}

// Take answers as the agent does: through the outbox.
func (r *rig) Take(ctx context.Context, req agent.Request) (string, error) {
	r.mu.Lock()
	known := slices.ContainsFunc(r.asked, func(a agent.Request) bool { return a.ID == req.ID })
	if !known {
		r.asked = append(r.asked, req)
	}
	answer := r.answer
	r.mu.Unlock()
	if answer == nil {
		answer = func(q agent.Request) (string, string, error) { return "", "You said: " + q.Message, nil }
	}
	reply, delivered, err := answer(req)
	if err != nil || delivered == "" {
		return reply, err
	}
	err = r.store.Write(ctx, func(tx *store.Tx) error {
		return r.Enqueue(ctx, tx, agent.Delivery{RunID: req.ID, SessionKey: req.Session, Route: req.Route, Text: delivered})
	})
	return reply, err
}

func (r *rig) requests() []agent.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// account is the bot as channels.status shows it.
func (r *rig) account(probe bool) *protocol.ChannelAccount {
	r.Helper()
	s, err := r.ChannelsStatus(r.Context(), &protocol.ChannelsStatusParams{Probe: wire.Some(probe), TimeoutMs: wire.Some(int64(1000))})
	if err != nil {
		r.Fatal(err)
	}
	return &s.ChannelAccounts["slack"][0]
}

func (r *rig) send(key, to, text string, media ...string) (*protocol.SendResult, error) {
	return r.Send(r.Context(), &protocol.SendParams{To: to, Message: text, MediaURLs: media, Channel: wire.Some(protocol.ChannelID("slack")), IdempotencyKey: protocol.IdempotencyKey(key)})
}

// refusal checks an error's code and what it says.
func refusal(t testing.TB, err error, code, contains string) {
	t.Helper()
	var e *protocol.Error
	if !errors.As(err, &e) || e.Code != code || !strings.Contains(e.Message, contains) {
		t.Errorf("%v, want %s with %q", err, code, contains)
	}
}

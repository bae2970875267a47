//go:build whatsapp

package whatsapp_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/whatsapp"
	"github.com/gatesmith/gatesmith/internal/channels/whatsapp/whatsapptest"
	"github.com/gatesmith/gatesmith/internal/egress"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// open lets anybody talk to the agent, everywhere.
const open = `"access":{"dm":"open","groups":{"*":{"requireMention":false,"allowFrom":["*"]}}}`

// rig is a service with one account.
type rig struct {
	testing.TB
	*channels.Service
	wa    *whatsapptest.Server
	store *store.Store
	kept  *sessions.Service
	log   strings.Builder
	mu    sync.Mutex
	asked []agent.Request
	fail  error // of taking a message over into the agent
}

func newRig(t testing.TB, config string) *rig {
	t.Helper()
	st, err := store.Open(context.Background(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{TB: t, wa: whatsapptest.New(t), store: st, kept: sessions.New(st, sessions.Options{})}
	r.start(config)
	t.Cleanup(func() {
		r.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// newLinked is one whose account is linked, and connected.
func newLinked(t testing.TB, config string) *rig {
	t.Helper()
	r := newRig(t, config)
	r.link()
	r.until("connected", func() bool { return r.account().Connected.V })
	return r
}

func (r *rig) start(config string) {
	r.Helper()
	if config != "" {
		config += ","
	}
	var c protocol.ChannelsConfig
	if err := c.DecodeAlias([]byte(fmt.Sprintf(`{"whatsapp":{"accounts":{"default":{%s"ratePerSecond":0}}}}`, config)), wire.Strict); err != nil {
		r.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&locked{r}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.Service = channels.New(channels.Options{Store: r.store, Sessions: r.kept, Agent: r, Kinds: []channels.Kind{whatsapp.Kind{Dial: r.wa.Dial}}, Config: &c,
		Egress: egress.New(func() egress.Limits {
			return egress.Limits{Allow: loopback, MaxBytes: 1 << 20, Timeout: 10 * time.Second}
		}), Logger: log})
	if err := r.Start(context.Background()); err != nil {
		r.Fatal(err)
	}
}

// locked writes the log.
type locked struct{ r *rig }

func (l *locked) Write(b []byte) (int, error) {
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	return l.r.log.Write(b)
}

func (r *rig) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// Take answers as the agent does: through the outbox.
func (r *rig) Take(ctx context.Context, q agent.Request) (string, error) {
	r.mu.Lock()
	known, fail := slices.ContainsFunc(r.asked, func(a agent.Request) bool { return a.ID == q.ID }), r.fail
	if !known && fail == nil {
		r.asked = append(r.asked, q)
	}
	r.mu.Unlock()
	if fail != nil || known {
		return "", fail
	}
	return "", r.store.Write(ctx, func(tx *store.Tx) error {
		return r.Enqueue(ctx, tx, agent.Delivery{RunID: q.ID, SessionKey: q.Session, Route: q.Route, Text: "You said: " + q.Message})
	})
}

func (r *rig) requests() []agent.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// link logs in by QR code.
func (r *rig) link() {
	r.Helper()
	if _, err := r.WebLoginStart(r.Context(), &protocol.WebLoginStartParams{}); err != nil {
		r.Fatal(err)
	}
	r.wa.Scan()
	if w, err := r.WebLoginWait(r.Context(), &protocol.WebLoginWaitParams{}); err != nil || !w.Connected {
		r.Fatalf("%+v, %v", w, err)
	}
}

// account is the account as channels.status shows it.
func (r *rig) account() *protocol.ChannelAccount {
	r.Helper()
	s, err := r.ChannelsStatus(context.Background(), &protocol.ChannelsStatusParams{})
	if err != nil {
		r.Fatal(err)
	}
	return &s.ChannelAccounts["whatsapp"][0]
}

// until waits for something that happens soon.
func (r *rig) until(what string, f func() bool) {
	r.Helper()
	late, look := time.NewTimer(20*time.Second), time.NewTicker(2*time.Millisecond)
	defer late.Stop()
	defer look.Stop()
	for !f() {
		select {
		case <-late.C:
			r.Fatalf("not %s in time\n%s", what, r.logged())
		case <-look.C:
		}
	}
}

func (r *rig) send(key, to, text string, media ...string) (*protocol.SendResult, error) {
	return r.Send(r.Context(), &protocol.SendParams{To: to, Message: text, MediaURLs: media, IdempotencyKey: protocol.IdempotencyKey(key)})
}

// refusal checks an error's code and what it says.
func refusal(t testing.TB, err error, code, contains string) {
	t.Helper()
	var e *protocol.Error
	if !errors.As(err, &e) || e.Code != code || !strings.Contains(e.Message, contains) {
		t.Errorf("%v, want %s with %q", err, code, contains)
	}
}

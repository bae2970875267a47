package channels

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 40) }

// script is a channel whose accounts do what a test says.
type script struct {
	info     Info
	accounts map[string]*scripted
}

type scripted struct {
	settings Settings
	run      func(ctx context.Context, in Inbox, run int) error
	deliver  func(ctx context.Context, p *Part) (*Receipt, error)
	know     func(p *Part) (*Receipt, error) // nil: it cannot find out about a part

	mu   sync.Mutex
	runs int
	sent []string
}

func (k *script) Info() *Info { return &k.info }

func (k *script) Accounts(*protocol.ChannelsConfig, func(string) string) (out []*Settings) {
	for id, a := range k.accounts {
		s := a.settings
		s.ID, s.Enabled = id, true
		out = append(out, &s)
	}
	return out
}

func (k *script) Open(s *Settings, _ *Env) (Account, error) {
	a := k.accounts[s.ID]
	if a.know != nil {
		return &reconciling{a}, nil
	}
	return a, nil
}

// reconciling is an account that can find out.
type reconciling struct{ *scripted }

func (a *reconciling) Reconcile(_ context.Context, p *Part, _ time.Time) (*Receipt, error) {
	return a.know(p)
}

func (a *scripted) Run(ctx context.Context, in Inbox) error {
	a.mu.Lock()
	a.runs++
	n := a.runs
	a.mu.Unlock()
	if a.run == nil {
		return healthy(ctx, in)
	}
	return a.run(ctx, in, n)
}

// healthy hears of its service every 20 seconds.
func healthy(ctx context.Context, in Inbox) error {
	tick := time.NewTicker(20 * time.Second)
	defer tick.Stop()
	for {
		in.Alive()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *scripted) begun() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.runs
}

func (a *scripted) delivered() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.sent, " ")
}

func (a *scripted) Target(to string) (Target, error) {
	if to == "" {
		return Target{}, errors.New("it is empty")
	}
	return Target{Chat: to}, nil
}

func (a *scripted) Split(m *Message) ([]Part, error) {
	var parts []Part
	for k, text := range strings.Split(m.Text, "|") {
		parts = append(parts, Part{ID: PartID(m, k), To: m.To, Text: text})
	}
	return parts, nil
}

func (a *scripted) Deliver(ctx context.Context, p *Part) (*Receipt, error) {
	if a.deliver != nil {
		if r, err := a.deliver(ctx, p); r == nil {
			return r, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent = append(a.sent, p.Text)
	return &Receipt{MessageID: fmt.Sprint("m", len(a.sent)), ChatID: p.To.Chat}, nil
}

// bench is a service of scripted accounts.
type bench struct {
	*Service
	t  testing.TB
	st *store.Store

	mu    sync.Mutex
	asked []string
	take  func(r agent.Request) (string, error)
}

func (b *bench) Take(_ context.Context, r agent.Request) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r.Message)
	if b.take != nil {
		return b.take(r)
	}
	return "re: " + r.Message, nil
}

// newBench starts accounts. Close it before its bubble ends.
func newBench(t testing.TB, dir string, info Info, accounts map[string]*scripted) *bench {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	info.ID, info.Label, info.Target = "script", "Script", "<name>"
	b := &bench{t: t, st: st}
	b.Service = New(Options{Store: st, Sessions: sessions.New(st, sessions.Options{}), Agent: b, Kinds: []Kind{&script{info, accounts}}, Logger: slog.New(slog.DiscardHandler)})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) close() {
	b.Close()
	if err := b.st.Close(); err != nil {
		b.t.Error(err)
	}
}

func (b *bench) send(account, to, text string) (*protocol.SendResult, error) {
	return b.Send(context.Background(), &protocol.SendParams{To: to, Message: text, Channel: wire.Some(protocol.ChannelID("script")), AccountID: wire.Some(account),
		IdempotencyKey: protocol.IdempotencyKey(account + to + text)})
}

func (b *bench) account(id string) protocol.ChannelAccount {
	s, err := b.ChannelsStatus(context.Background(), &protocol.ChannelsStatusParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, a := range s.ChannelAccounts["script"] {
		if a.AccountID == id {
			return a
		}
	}
	b.t.Fatalf("there is no account %s", id)
	return protocol.ChannelAccount{}
}

var watched = Info{Silence: 55 * time.Second}

func from(sender, id, text string) *Inbound {
	return &Inbound{ID: id, Chat: Chat{ID: sender, Type: Direct}, Sender: Sender{ID: sender}, Text: text}
}

func openTo() Settings {
	return Settings{Access: &protocol.ChannelAccessConfig{Dm: wire.Some(protocol.ChannelAccessConfigDmOpen)}}
}

// A service that falls silent while its connection stays open is noticed within a
// minute, and the account begun anew; others go on as if nothing were.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quiet := &scripted{run: func(ctx context.Context, in Inbox, run int) error {
			if run > 1 {
				return healthy(ctx, in)
			}
			in.Alive()
			<-ctx.Done()
			return nil
		}}
		other := &scripted{}
		b := newBench(t, t.TempDir(), watched, map[string]*scripted{"quiet": quiet, "other": other})
		defer b.close()
		time.Sleep(50 * time.Second)
		if a := b.account("quiet"); quiet.begun() != 1 || !a.Connected.V {
			t.Errorf("%d runs, connected: %v", quiet.begun(), a.Connected.V)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if a := b.account("quiet"); quiet.begun() != 2 || !a.Connected.V || !strings.Contains(a.LastDisconnect.V.Object.Error.V, "nothing was heard of the service") {
			t.Errorf("%d runs: %s", quiet.begun(), a.AppendJSON(nil))
		}
		time.Sleep(time.Hour)
		if quiet.begun() != 2 || other.begun() != 1 {
			t.Errorf("%d and %d runs", quiet.begun(), other.begun())
		}
	})
}

// A run that does not end when told so is left behind, and what it brings later is
// refused.
func TestLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var late error
		stuck := &scripted{settings: openTo(), run: func(ctx context.Context, in Inbox, run int) error {
			if run > 1 {
				return healthy(ctx, in)
			}
			in.Alive()
			<-release
			late = in.Receive(context.Background(), from("7", "1", "too late"))
			in.Alive()
			return errors.New("late")
		}}
		b := newBench(t, t.TempDir(), watched, map[string]*scripted{"default": stuck})
		defer b.close()
		time.Sleep(70 * time.Second)
		if stuck.begun() != 2 || !b.account("default").Connected.V {
			t.Fatalf("%d runs", stuck.begun())
		}
		close(release)
		synctest.Wait()
		if !errors.Is(late, errStale) || len(b.asked) != 0 || stuck.begun() != 2 {
			t.Errorf("%v, %v", late, b.asked)
		}
	})
}

// What fails at once is not begun again all the time, and delays nobody.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := &scripted{run: func(context.Context, Inbox, int) error { return errors.New("no route") },
			deliver: func(ctx context.Context, _ *Part) (*Receipt, error) { <-ctx.Done(); return nil, ctx.Err() }}
		other := &scripted{}
		b := newBench(t, t.TempDir(), watched, map[string]*scripted{"failing": failing, "other": other})
		defer b.close()
		go func() { _, _ = b.send("failing", "7", "stuck") }()
		time.Sleep(time.Second)
		began := time.Now()
		if _, err := b.send("other", "7", "hello"); err != nil || time.Since(began) > time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		time.Sleep(10 * time.Minute)
		if n := failing.begun(); n < 10 || n > 30 {
			t.Errorf("%d runs in ten minutes", n)
		}
		if a := b.account("failing"); a.Connected.V || a.LastError.V != "context deadline exceeded" && a.LastError.V != "no route" || a.ReconnectAttempts.V < 10 {
			t.Errorf("%s", a.AppendJSON(nil))
		}
		if other.begun() != 1 {
			t.Errorf("the other account ran %d times", other.begun())
		}
	})
}

func TestTerminalIsTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &scripted{run: func(ctx context.Context, in Inbox, _ int) error {
			in.Alive()
			return fmt.Errorf("while reading: %w", &Terminal{Cause: LoggedOut, Err: errors.New("by the phone")})
		}}
		b := newBench(t, t.TempDir(), watched, map[string]*scripted{"default": x})
		defer b.close()
		time.Sleep(time.Hour)
		a := b.account("default")
		if x.begun() != 1 || a.Running.V || a.LastError.V != "logged out: by the phone" || !a.LastDisconnect.V.Object.LoggedOut.V || !strings.Contains(string(a.AppendJSON(nil)), `"stopped":"logged out"`) {
			t.Errorf("%d runs: %s", x.begun(), a.AppendJSON(nil))
		}
		var e *protocol.Error
		if _, err := b.send("default", "7", "x"); !errors.As(err, &e) || e.Code != protocol.CodeNotLinked {
			t.Errorf("%v", err)
		}
	})
}

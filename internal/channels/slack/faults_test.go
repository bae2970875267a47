package slack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/slack/slacktest"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// Whatever happens to the call, the message is there once, or it is known that it
// is not.
func TestFaultsOfSending(t *testing.T) {
	long := strings.Repeat("no JSON", 10)
	for _, c := range []struct {
		name   string
		faults []slacktest.Fault
		want   string // what the caller is told; "": it was sent
		calls  int
	}{
		{"429 with Retry-After", []slacktest.Fault{{Status: 429, RetryAfter: "1"}}, "", 2},
		{"429 without", []slacktest.Fault{{Status: 429}}, "", 2},
		{"429 with nonsense", []slacktest.Fault{{Status: 429, RetryAfter: "soon"}}, "", 2},
		{"ratelimited", []slacktest.Fault{{Error: "ratelimited"}}, "", 2},
		{"5xx, not done", []slacktest.Fault{{Status: 503}}, "", 2},
		{"5xx, done", []slacktest.Fault{{Status: 500, Done: true}}, "", 1},
		{"dropped, not done", []slacktest.Fault{{Drop: true}}, "", 2},
		{"dropped, done", []slacktest.Fault{{Drop: true, Done: true}}, "", 1},
		{"internal_error, done", []slacktest.Fault{{Error: "internal_error", Done: true}}, "", 1},
		{"fatal_error, not done", []slacktest.Fault{{Error: "fatal_error"}}, "", 2},
		{"malformed JSON, done", []slacktest.Fault{{Body: long, Done: true}}, "", 1},
		{"an answer of nothing, not done", []slacktest.Fault{{Body: `{}`}}, "", 2},
		{"half an answer, done", []slacktest.Fault{{Body: `{"ok":true,"channel":`, Done: true}}, "", 1},
		{"refused", []slacktest.Fault{{Error: "restricted_action"}}, "the answer of Slack is restricted_action", 1},
		{"not there", []slacktest.Fault{{Status: 404}}, "is baseUrl right?", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, open)
			r.api.Fail("chat.postMessage", c.faults...)
			res, err := r.send("k", slacktest.General, "hello")
			if c.want != "" {
				refusal(t, err, protocol.CodeUnavailable, c.want)
			} else if err != nil {
				t.Fatal(err)
			}
			bot := r.api.From(slacktest.Bot)
			if c.want == "" && (len(bot) != 1 || bot[0].TS != res.MessageID) || c.want != "" && len(bot) != 0 || r.api.Calls("chat.postMessage") != c.calls {
				t.Errorf("%d messages after %d calls", len(bot), r.api.Calls("chat.postMessage"))
			}
		})
	}
}

// A message that nobody can say anything of is not sent again, and is said to be so.
func TestUnknown(t *testing.T) {
	r := newRig(t, open)
	r.api.Fail("chat.postMessage", slacktest.Fault{Drop: true})
	r.api.Fail("conversations.history", slices.Repeat([]slacktest.Fault{{Error: "missing_scope"}}, 3)...)
	_, err := r.send("k", slacktest.General, "hello")
	refusal(t, err, protocol.CodeUnavailable, "it is not known whether Slack took the message")
	_, err = r.send("k2", slacktest.Secret, "hello")
	refusal(t, err, protocol.CodeUnavailable, "invite the bot there")
	_, err = r.send("k3", "U0NOBODY", "hello")
	refusal(t, err, protocol.CodeUnavailable, "no such person")
	if n := len(r.api.From(slacktest.Bot)); n != 0 {
		t.Errorf("%d messages", n)
	}
}

// A message is found in a chat of many, page by page, and in a thread.
func TestReconcile(t *testing.T) {
	r := newRig(t, open)
	root := r.api.Say(slacktest.Ada, slacktest.General, "root")
	r.api.Fail("chat.postMessage", slacktest.Fault{Drop: true, Done: true})
	if _, err := r.send("k0", slacktest.General+":thread:"+root, "in a thread"); err != nil {
		t.Error(err)
	}
	r.api.Fail("chat.postMessage", slacktest.Fault{Until: t.Context().Done(), Done: true})
	before := time.Now()
	a := &channels.Part{ID: "x", To: channels.Target{Chat: slacktest.General}, Text: "by hand"}
	acc, err := Kind{settle: settleTest}.Open(Kind{}.Accounts(r.config(open), nil)[0], &channels.Env{Account: "default", HTTP: r.http, Store: r.store, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	calling, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := acc.Deliver(calling, a); err == nil {
		t.Error("a call without an answer has no error")
	}
	for range 8 {
		r.api.Say(slacktest.Ada, slacktest.General, "and more")
	}
	r.api.Fail("conversations.history", slacktest.Fault{Status: 429, RetryAfter: "0"})
	found, err := acc.(channels.Reconciler).Reconcile(t.Context(), a, before)
	bot := r.api.From(slacktest.Bot)
	if err != nil || len(bot) != 2 || found.MessageID != bot[1].TS || r.api.Calls("conversations.history") < 4 {
		t.Errorf("%+v, %v, %d messages", found, err, len(bot))
	}
}

func TestDisconnects(t *testing.T) {
	r := newRig(t, open)
	r.connected()
	r.api.Disconnect("refresh_requested")
	r.api.Say(slacktest.Ada, slacktest.AdaChat, "one") // while nobody is connected
	r.api.AwaitBot(t, 1)
	r.api.Cut()
	r.api.Say(slacktest.Ada, slacktest.AdaChat, "two")
	r.api.AwaitBot(t, 2)
	r.quiet()
	if a := r.account(false); !a.Connected.V || a.LastDisconnect.IsNil || r.api.Links() != 3 {
		t.Errorf("%s, %d connections", a.AppendJSON(nil), r.api.Links())
	}
	if n := len(r.requests()); n != 2 {
		t.Errorf("the agent was asked %d times", n)
	}
}

// A socket that cannot be had is asked for again, later each time.
func TestNoSocket(t *testing.T) {
	for _, f := range []slacktest.Fault{{Status: 429, RetryAfter: "1"}, {Status: 500}, {Body: "{"}, {Drop: true}, {Error: "internal_error"}, {Body: `{"ok":true,"url":"ws://127.0.0.1:1/"}`}} {
		t.Run(fmt.Sprintf("%+v", f), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, open)
			r.Close()
			r.api.Fail("apps.connections.open", f)
			r.api.Say(slacktest.Ada, slacktest.AdaChat, "hello")
			r.start(open)
			r.api.AwaitBot(t, 1)
			if a := r.account(false); !a.Connected.V || a.LastError.V != "" {
				t.Errorf("%s", a.AppendJSON(nil))
			}
		})
	}
}

// What cannot be kept is not acknowledged, and comes again.
func TestAcknowledgedWhenKept(t *testing.T) {
	r := newRig(t, open)
	r.connected()
	r.Close()
	r.api.Await(t, "the bot has left", func() bool { return !r.api.Connected() })
	r.api.Say(slacktest.Ada, slacktest.AdaChat, "hello")
	if r.api.Pending() != 1 {
		t.Errorf("%d wait", r.api.Pending())
	}
	r.start(open)
	r.api.AwaitBot(t, 1)
	r.quiet()
}

func TestRevoked(t *testing.T) {
	for why, cause := range map[string]string{"token_revoked": "revoked", "account_inactive": "logged out", "invalid_auth": "revoked"} {
		t.Run(why, func(t *testing.T) {
			r := newRig(t, open)
			r.connected()
			r.api.Revoke(why)
			_, err := r.send("k", slacktest.General, "hello")
			refusal(t, err, protocol.CodeUnavailable, why)
			r.stopped(cause)
			_, err = r.send("k2", slacktest.General, "hello")
			refusal(t, err, protocol.CodeNotLinked, why)
		})
	}
	t.Run("by an event", func(t *testing.T) {
		r := newRig(t, open)
		r.connected()
		r.api.Event(map[string]any{"type": "app_uninstalled"}) // of before it was installed anew
		r.api.Event(map[string]any{"type": "tokens_revoked", "tokens": map[string]any{"oauth": []string{"U1"}}})
		r.api.Say(slacktest.Ada, slacktest.AdaChat, "hello")
		r.api.AwaitBot(t, 1)
		r.api.Revoke("account_inactive")
		r.api.Event(map[string]any{"type": "tokens_revoked", "tokens": map[string]any{"bot": []string{slacktest.Bot}}})
		r.stopped("logged out")
	})
	t.Run("the app token", func(t *testing.T) {
		r := newRig(t, open)
		r.connected()
		r.api.Fail("apps.connections.open", slices.Repeat([]slacktest.Fault{{Error: "token_revoked"}}, 9)...)
		r.api.Disconnect("link_disabled")
		r.stopped("revoked")
		if a := r.account(false); !strings.Contains(a.LastError.V, "app token") && !strings.Contains(a.LastError.V, "revoked") {
			t.Errorf("%s", a.LastError.V)
		}
	})
	t.Run("a probe", func(t *testing.T) {
		r := newRig(t, open)
		r.connected()
		r.api.Revoke("token_revoked")
		if a := r.account(true); !strings.Contains(string(a.Probe), `"ok":false`) || !strings.Contains(string(a.Probe), "token_revoked") {
			t.Errorf("%s", a.Probe)
		}
		r.stopped("revoked")
	})
}

// stopped waits until the account is, for a reason.
func (r *rig) stopped(cause string) {
	r.Helper()
	r.api.Await(r, "the account is stopped", func() bool {
		a := r.account(false)
		return !a.Running.V && strings.Contains(string(a.AppendJSON(nil)), `"stopped":"`+cause+`"`)
	})
}

func TestLogout(t *testing.T) {
	r := newRig(t, open)
	r.connected()
	res, err := r.ChannelsLogout(t.Context(), &protocol.ChannelsLogoutParams{Channel: "slack"})
	if err != nil || !res.Cleared || strings.Join(r.forgot, ".") != "channels.slack.accounts.default.botToken" {
		t.Errorf("%+v, %v, %v", res, err, r.forgot)
	}
	r.api.Await(t, "the bot has left", func() bool { return !r.api.Connected() })
}

// Where a list has names, an event waits until the sender has his.
func TestNamesAreWaitedFor(t *testing.T) {
	r := newRig(t, `"access":{"dm":"allowlist","allowFrom":["ada"]}`)
	r.api.Fail("users.info", slacktest.Fault{Status: 500}, slacktest.Fault{Error: "internal_error"})
	r.api.Say(slacktest.Ada, slacktest.AdaChat, "hello")
	r.api.AwaitBot(t, 1)
}

// pipes is a network within the process.
type pipes struct {
	c      chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.c:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.c <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inBubble runs a test with a bot and its workspace in a time of their own.
func inBubble(t *testing.T, f func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		network := &pipes{c: make(chan net.Conn), closed: make(chan struct{})}
		api := slacktest.Make()
		api.URL = "http://slack.test/api"
		server := &http.Server{Handler: api}
		go func() { _ = server.Serve(network) }()
		transport := &http.Transport{DialContext: network.dial, DisableKeepAlives: true}
		r := &rig{TB: t, api: api, store: st, http: &http.Client{Transport: transport}, kept: sessions.New(st, sessions.Options{}), settle: settleTime}
		r.start(open)
		synctest.Wait()
		f(r)
		r.Close()
		api.Close()
		_ = server.Close()
		transport.CloseIdleConnections()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A socket that stays open and brings nothing is seen within a minute, and made
// anew; one that only pings is left alone.
func TestSilence(t *testing.T) {
	inBubble(t, func(r *rig) {
		time.Sleep(10 * time.Minute)
		if r.api.Links() != 1 || !r.account(false).Connected.V {
			t.Errorf("%d connections within 10 minutes", r.api.Links())
		}
		r.api.Fall()
		time.Sleep(time.Minute)
		if a := r.account(false); a.Connected.V || !strings.Contains(a.LastDisconnect.V.Object.Error.V, "nothing was heard of the service for 45s") {
			t.Errorf("%s", a.AppendJSON(nil))
		}
		r.api.Rise()
		time.Sleep(2 * time.Minute)
		if a := r.account(false); r.api.Links() < 2 || !a.Connected.V {
			t.Errorf("%d connections, %s", r.api.Links(), a.AppendJSON(nil))
		}
	})
}

// A call without an answer ends, and what became of it is found out: whether it was
// read before or not, the message is there once.
func TestTimeouts(t *testing.T) {
	for _, done := range []bool{false, true} {
		inBubble(t, func(r *rig) {
			r.api.Fail("chat.postMessage", slacktest.Fault{Hang: time.Hour, Done: done})
			for {
				_, err := r.send("k", slacktest.General, "hello")
				var e *protocol.Error
				if err == nil {
					break
				} else if !errors.As(err, &e) || e.RetryAfter == 0 {
					t.Fatal(err)
				}
			}
			if n := len(r.api.From(slacktest.Bot)); n != 1 {
				t.Errorf("%d messages, done %t", n, done)
			}
		})
	}
}

package telegram

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/telegram/telegramtest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// What goes wrong with a call decides whether it is made again.
func TestFaultsOfSending(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	for _, c := range []struct {
		name   string
		fault  telegramtest.Fault
		fault2 telegramtest.Fault
		want   string // "" is sent
		took   int    // messages that the API has afterwards
	}{
		{name: "429 with retry_after", fault: telegramtest.TooMany(1), took: 1},
		{name: "the connection is cut before the call was read", fault: telegramtest.Unread, want: "it is not known whether Telegram took the message"},
		{name: "the call is taken and not answered", fault: telegramtest.Unanswered, want: "it is not known whether Telegram took the message", took: 1},
		{name: "the answer is malformed", fault: telegramtest.Malformed, want: "it is not known whether Telegram took the message", took: 1},
		{name: "502", fault: telegramtest.Broken(502), want: "it is not known whether Telegram took the message"},
		{name: "500 of the API", fault: telegramtest.Refuse(500, "Internal Server Error"), want: "it is not known whether Telegram took the message"},
		{name: "blocked by the user", fault: telegramtest.Refuse(403, "Forbidden: bot was blocked by the user"), want: "Error: forbidden, Forbidden: bot was blocked by the user"},
		{name: "no such chat", fault: telegramtest.Refuse(400, "Bad Request: chat not found"), want: "Error: bad request, Bad Request: chat not found"},
		{name: "formatting that it does not like", fault: telegramtest.Refuse(400, "Bad Request: can't parse entities"), took: 1},
		{name: "a group that has moved", fault: telegramtest.Moved(-1009), took: 1},
		{name: "twice 429", fault: telegramtest.TooMany(1), fault2: telegramtest.TooMany(1), took: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(r.api.Sent())
			r.api.Fail("sendMessage", c.fault)
			if c.fault2 != nil {
				r.api.Fail("sendMessage", c.fault2)
			}
			began := time.Now()
			_, err := r.send(c.name, "7", "**text**")
			if c.want != "" {
				refusal(t, err, protocol.CodeUnavailable, c.want)
				if e, ok := errors.AsType[*protocol.Error](err); ok && (!e.Final || e.Details == nil || strings.Contains(e.Message, r.api.Token)) {
					t.Errorf("%+v", e)
				}
			} else if err != nil {
				t.Error(err)
			}
			if strings.Contains(c.name, "429") && time.Since(began) < 900*time.Millisecond {
				t.Error("it was not left alone")
			}
			calls := r.api.Calls("sendMessage")
			if _, again := r.send(c.name, "7", "**text**"); (again == nil) != (err == nil) || r.api.Calls("sendMessage") != calls {
				t.Errorf("a repeat: %v, %d calls", again, r.api.Calls("sendMessage")-calls)
			}
			if took := len(r.api.Sent()) - before; took != c.took {
				t.Errorf("%d messages arrived, want %d", took, c.took)
			}
		})
	}
	sent := r.api.Sent()
	for _, s := range sent {
		if s.Text == "text" && s.Params["parse_mode"] != "" {
			t.Errorf("%+v", s)
		}
	}
}

// A message that waits keeps those behind it waiting in its chat, and no other.
func TestOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	r.api.Fail("sendMessage", telegramtest.TooMany(1))
	type result struct {
		key string
		err error
	}
	done := make(chan result, 3)
	for _, key := range []string{"one", "two"} {
		go func() {
			_, err := r.send(key, "7", key)
			done <- result{key, err}
		}()
		r.api.Await(t, "the first call", func() bool { return r.api.Calls("sendMessage") > 0 })
	}
	if _, err := r.send("other", "8", "other"); err != nil {
		t.Error(err)
	}
	for range 2 {
		if x := <-done; x.err != nil {
			t.Errorf("%s: %v", x.key, x.err)
		}
	}
	var order []string
	for _, s := range r.api.Sent() {
		order = append(order, s.Text)
	}
	if strings.Join(order, " ") != "other one two" {
		t.Errorf("%v", order)
	}
}

func TestFaultsOfReceiving(t *testing.T) {
	t.Parallel()
	r := newRig(t, open)
	ada := telegramtest.Person(7, "Ada")
	for k, fault := range []telegramtest.Fault{telegramtest.Malformed, telegramtest.Broken(502), telegramtest.Unread, telegramtest.TooMany(1), telegramtest.Refuse(409, "Conflict: terminated by other getUpdates request")} {
		r.api.Fail("getUpdates", fault)
		text := string(rune('a' + k))
		r.api.Say(ada, text)
		if s := r.api.Next(t); s.Text != "You said: "+text {
			t.Errorf("%d: %q", k, s.Text)
		}
	}
	if n := len(r.requests()); n != 5 {
		t.Errorf("the agent was asked %d times", n)
	}
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		cause func(r *rig)
		want  string
	}{
		{"the token is revoked", func(r *rig) { r.api.Revoke() }, "revoked: the bot's token is not known to Telegram"},
		{"another program is there", func(r *rig) {
			conflict := telegramtest.Refuse(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
			r.api.Fail("getUpdates", conflict, conflict, conflict)
			r.api.Say(telegramtest.Person(7, "Ada"), "hi")
		}, "replaced: another program receives the messages of this bot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, open)
			r.api.Await(t, "the first poll", func() bool { return r.api.Calls("getUpdates") > 0 })
			c.cause(r)
			await(t, "the end", func() bool {
				return !r.account(false).Running.V && strings.HasPrefix(r.account(false).LastError.V, c.want)
			})
			calls := r.api.Calls("getMe")
			_, err := r.send("x", "7", "x")
			refusal(t, err, protocol.CodeNotLinked, "Telegram is not linked: account \"default\" cannot be used: "+c.want)
			if r.api.Calls("getMe") != calls {
				t.Error("it was begun again")
			}
		})
	}
}

// A revoked token that a message finds out about stops the account.
func TestRevokedWhileSending(t *testing.T) {
	r := newRig(t, open)
	await(t, "the connection", func() bool { return r.account(false).Connected.V })
	r.api.Fail("sendMessage", telegramtest.Refuse(401, "Unauthorized"))
	_, err := r.send("x", "7", "x")
	refusal(t, err, protocol.CodeUnavailable, "revoked")
	await(t, "the end", func() bool { return !r.account(false).Running.V })
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(20 * time.Second); !so(); <-tick.C {
		if time.Now().After(late) {
			t.Fatalf("%s does not come", what)
		}
	}
}

func TestLogout(t *testing.T) {
	r := newRig(t, "")
	got, err := r.ChannelsLogout(t.Context(), &protocol.ChannelsLogoutParams{Channel: "telegram"})
	if err != nil || !got.Cleared || !got.LoggedOut.V || got.AccountID != "default" || strings.Join(r.forgot, ".") != "channels.telegram.accounts.default.botToken" {
		t.Errorf("%+v, %v, %v", got, err, r.forgot)
	}
	_, err = r.send("x", "7", "x")
	refusal(t, err, protocol.CodeNotLinked, "logged out")
}

// What the gateway could not finish is finished by the next one, and what cannot
// be known is said to be unknown.
func TestRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, open)
	release := make(chan struct{})
	r.answer = func(q agent.Request) (string, string, error) {
		<-release
		return "", "late answer", nil
	}
	r.api.Say(telegramtest.Person(7, "Ada"), "hello")
	await(t, "the message", func() bool { return len(r.requests()) == 1 })
	close(release)
	r.Close()
	r.start(open)
	if s := r.api.Next(t); s.Text != "late answer" {
		t.Errorf("%+v", s)
	}
	// The API has read both calls, and has taken one.
	r.api.Fail("sendMessage", telegramtest.Late, telegramtest.Silent)
	answered := make(chan error, 2)
	for _, chat := range []string{"7", "8"} {
		go func() {
			_, err := r.send("cut"+chat, chat, "cut off")
			answered <- err
		}()
	}
	r.api.Await(t, "the calls", func() bool { return r.api.Calls("sendMessage") == 3 && len(r.api.Sent()) == 2 })
	r.Close() // waits a while for the answers, and gives up
	for range 2 {
		refusal(t, <-answered, protocol.CodeUnavailable, "it is not known whether")
	}
	r.start(open)
	for _, chat := range []string{"7", "8"} {
		_, err := r.send("cut"+chat, chat, "cut off")
		refusal(t, err, protocol.CodeUnavailable, "it is not known whether")
	}
	if n := len(r.api.Sent()); n != 2 {
		t.Errorf("%d messages", n)
	}
}

// Telegram may bring messages by itself.
func TestWebhook(t *testing.T) {
	r := newRig(t, "")
	r.Reconfigure(t.Context(), r.config(open+`,"webhookUrl":"https://gateway.example.com/channels/telegram/default"`))
	await(t, "the webhook", func() bool { return r.api.Webhook()["url"] != "" && r.account(false).Connected.V })
	gateway := httptest.NewServer(r.Service)
	defer gateway.Close()
	post := func(secret string, update any) int {
		body, _ := json.Marshal(update)
		q, _ := http.NewRequest(http.MethodPost, gateway.URL+"/channels/telegram/default", bytes.NewReader(body))
		q.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		res, err := r.http.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	m := map[string]any{"update_id": 9, "message": telegramtest.Message(77, telegramtest.Person(7, "Ada"), "hello")}
	if s := post("guess", m); s != http.StatusUnauthorized {
		t.Errorf("a wrong secret: %d", s)
	}
	for range 2 {
		if s := post(r.api.Webhook()["secret_token"], m); s != http.StatusNoContent {
			t.Errorf("%d", s)
		}
	}
	if s := r.api.Next(t); s.Text != "You said: hello" {
		t.Errorf("%+v", s)
	}
	if n := len(r.requests()); n != 1 {
		t.Errorf("the agent was asked %d times", n)
	}
	if a := r.account(false); a.Mode.V != "webhook" {
		t.Errorf("%s", a.AppendJSON(nil))
	}
	// Back to asking: the webhook is taken away.
	r.Reconfigure(t.Context(), r.config(open))
	r.api.Say(telegramtest.Person(7, "Ada"), "again")
	if s := r.api.Next(t); s.Text != "You said: again" || r.api.Webhook() != nil {
		t.Errorf("%+v", s)
	}
}

func TestSettings(t *testing.T) {
	env := func(string) string { return "77:from-the-environment" }
	for text, want := range map[string]string{
		`{"default":{}}`: "env ", `{"other":{}}`: "none its botToken is missing", `{"default":{"botToken":"1:a"}}`: "config ",
		`{"default":{"botToken":"nonsense"}}`: "config its botToken is not of the form",
	} {
		var c protocol.ChannelsConfig
		if err := c.DecodeAlias([]byte(`{"telegram":{"accounts":`+text+`}}`), wire.Strict); err != nil {
			t.Fatal(err)
		}
		s := Kind{}.Accounts(&c, env)[0]
		if got := s.Shown.TokenSource.V + " " + s.Missing; !strings.HasPrefix(got, want) || !s.Enabled || s.Rate != 25 {
			t.Errorf("%s: %s", text, got)
		}
	}
	a := &account{}
	for to, want := range map[string]string{"123": "123 ", "+123": "123 ", "-100": "-100 group", "@name": "@name group", "telegram:5": "5 ", "t.me/name": "@name group", "-100:topic:7": "-100 group"} {
		got, err := a.Target(to)
		if err != nil || got.Chat+" "+string(got.Type) != want {
			t.Errorf("%s: %+v, %v", to, got, err)
		}
	}
	for _, to := range []string{"", "two words", "1:topic:x", "a@b.c"} {
		if got, err := a.Target(to); err == nil {
			t.Errorf("%s: %+v", to, got)
		}
	}
}

// Where nobody listens nothing was sent.
func TestUnreachable(t *testing.T) {
	var c protocol.ChannelsConfig
	if err := c.DecodeAlias([]byte(`{"telegram":{"accounts":{"default":{"botToken":"1:secret","baseUrl":"http://127.0.0.1:1"}}}}`), wire.Strict); err != nil {
		t.Fatal(err)
	}
	a, err := Kind{}.Open(Kind{}.Accounts(&c, func(string) string { return "" })[0], &channels.Env{HTTP: &http.Client{Transport: &http.Transport{}}, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Deliver(t.Context(), &channels.Part{To: channels.Target{Chat: "7"}, Text: "x"})
	var f *channels.Failure
	if !errors.As(err, &f) || f.Verdict != channels.NotSent || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

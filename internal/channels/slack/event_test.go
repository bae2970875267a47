package slack

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/slack/slacktest"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"pgregory.net/rapid"
)

// taken is an inbox that holds on to what it is brought.
type taken struct{ list []*channels.Inbound }

func (*taken) Alive()     {}
func (*taken) Lost(error) {}
func (b *taken) Receive(_ context.Context, m *channels.Inbound) error {
	b.list = append(b.list, m)
	return nil
}

type unplugged struct{}

func (unplugged) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("there is no network")
}

// alone is a run of an account that Slack does not answer.
func alone(t testing.TB) (*run, *taken) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	var c protocol.SlackAccountConfig
	if err := c.DecodeAlias([]byte(`{"botToken":"xoxb-1","appToken":"xapp-1"}`), wire.Strict); err != nil {
		t.Fatal(err)
	}
	acc, err := Kind{}.Open(settings("default", &c, func(string) string { return "" }), &channels.Env{Account: "default", Logger: slog.New(slog.DiscardHandler), Store: st,
		HTTP: &http.Client{Transport: unplugged{}}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	a := acc.(*account)
	a.self = &identity{user: slacktest.Bot, name: "gatesmith", team: slacktest.Team}
	box := new(taken)
	return &run{account: a, in: box}, box
}

// Whatever Slack brings, what is handed on has a chat, a sender and an id.
func FuzzEvent(f *testing.F) {
	for _, text := range []string{
		`{"team_id":"T0TEAM","event":{"type":"message","user":"U0ADA","text":"hi","ts":"1712345678.000100","channel":"D0ADA","channel_type":"im"}}`,
		`{"event":{"type":"message","subtype":"message_changed","channel":"C0GENERAL","message":{"user":"U0ADA","text":"<@U0BOT> <x","ts":"1712345678.000100"}}}`,
		`{"event":{"type":"message","subtype":"message_changed","channel":"C0GENERAL"}}`,
		`{"event":{"type":"app_mention","user":"U1","text":"<@U0BOT","ts":"1.2","thread_ts":"1.1","channel":"G0"}}`,
		`{"event":{"type":"message","user":"U0ADA","ts":"1.2","channel":{"id":"C1"},"files":[{"id":"F1","mimetype":"image/png"}]}}`,
		`{"event":{"type":"tokens_revoked","tokens":{"bot":["U0BOT"]}}}`, `{"event":[]}`, `null`, `{`,
	} {
		f.Add([]byte(text))
	}
	r, box := alone(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		box.list = nil
		if err := r.callback(t.Context(), json.RawMessage(payload)); err != nil {
			t.Errorf("%v", err)
		}
		for _, m := range box.list {
			if m.ID == "" || m.Chat.ID == "" || m.Sender.ID == "" || m.Sender.ID == slacktest.Bot || m.Chat.Type == "" {
				t.Errorf("%+v", m)
			}
		}
		if err := r.vote(t.Context(), json.RawMessage(payload)); err != nil {
			t.Errorf("%v", err)
		}
	})
}

// Text without references comes through as it was escaped; with them, none is left.
func TestPlainProperty(t *testing.T) {
	r, _ := alone(t)
	for _, id := range []string{"U1", "U2"} {
		r.people.put(id, person{name: "Ada"}, time.Hour)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.TrimSpace(rapid.StringMatching(`[a-z<>&;| ]{0,20}`).Draw(t, "text"))
		if got, addressed := r.plain(context.Background(), escaper.Replace(text), r.me()); got != text || addressed {
			t.Fatalf("%q became %q", text, got)
		}
		piece := rapid.SampledFrom([]string{"<@U0BOT>", "<@U1>", "<@U2|ada>", "<#C1|x>", "<!here>", "<https://a.b/|c>", "word", " "})
		if got, _ := r.plain(context.Background(), strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), ""), r.me()); strings.ContainsAny(got, "<>|") {
			t.Fatalf("%q", got)
		}
	})
}

// Nobody has more choices than a poll allows, and a second click takes the first
// back.
func TestChoose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &channels.Poll{Options: make([]string, 5), Choices: rapid.IntRange(1, 5).Draw(t, "choices")}
		var chosen []int
		for _, option := range rapid.SliceOf(rapid.IntRange(0, 4)).Draw(t, "clicks") {
			next, hint := choose(p, chosen, option)
			if hint != "" {
				if len(chosen) < p.Choices || p.Choices == 1 {
					t.Fatalf("refused with %v", chosen)
				}
				continue
			}
			if len(next) > p.Choices {
				t.Fatalf("%v", next)
			}
			if back, _ := choose(p, next, option); len(next) > len(chosen) && len(back) != len(chosen) {
				t.Fatalf("%v, %v, %v", chosen, next, back)
			}
			chosen = next
		}
	})
}

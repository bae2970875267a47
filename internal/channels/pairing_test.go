package channels

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Codes are told once while they are valid, not to more than a few at a time, and
// let nobody in before they are approved.
func TestCodes(t *testing.T) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		t.Run(engine, func(t *testing.T) {
			o := store.Options{Dir: t.TempDir()}
			if engine == "PostgreSQL" {
				o = store.Options{URL: postgrestest.URL(t)}
			}
			st, err := store.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			x := &scripted{}
			now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
			s := New(Options{Store: st, Sessions: sessions.New(st, sessions.Options{}), Kinds: []Kind{&script{Info{ID: "script", Label: "Script"}, map[string]*scripted{"default": x}}},
				Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
			m := s.members["script"][0]
			in := &inbox{member: m}
			receive := func(sender, id string) {
				t.Helper()
				if err := in.Receive(t.Context(), from(sender, id, "hello")); err != nil {
					t.Fatal(err)
				}
			}
			count := func(table string) (n int) {
				err := st.Read(t.Context(), func(q store.Querier) error {
					return q.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&n)
				})
				if err != nil {
					t.Error(err)
				}
				return n
			}
			for k := range maxCodes + 5 {
				receive(fmt.Sprint("s", k), "1")
				receive(fmt.Sprint("s", k), "2")
			}
			if got := count("channel_outbox"); got != maxCodes {
				t.Errorf("%d codes were told", got)
			}
			list, err := s.ChannelsPairList(t.Context(), nil)
			if err != nil || len(list.Pending) != maxCodes || len(list.Approved) != 0 {
				t.Fatalf("%+v, %v", list, err)
			}
			first := list.Pending[0]
			now = now.Add(30 * time.Minute)
			got, err := s.ChannelsPairApprove(t.Context(), &protocol.ChannelsPairApproveParams{Code: " " + strings.ToLower(first.Code.V)})
			if err != nil || got.SenderID != first.SenderID || got.Code.Set || !got.ApprovedAt.Set {
				t.Errorf("%+v, %v", got, err)
			}
			var e *protocol.Error
			for _, code := range []string{first.Code.V, "", "NOTACODE"} {
				if _, err := s.ChannelsPairApprove(t.Context(), &protocol.ChannelsPairApproveParams{Code: code}); !errors.As(err, &e) || e.Message != "unknown code" {
					t.Errorf("%q: %v", code, err)
				}
			}
			receive(first.SenderID, "3")
			receive(first.SenderID, "3")
			receive(list.Pending[1].SenderID, "3")
			if got := count("channel_inbox"); got != 1 {
				t.Errorf("%d messages were taken", got)
			}
			now = now.Add(31 * time.Minute)
			if _, err := s.ChannelsPairApprove(t.Context(), &protocol.ChannelsPairApproveParams{Code: list.Pending[1].Code.V}); !errors.As(err, &e) || e.Message != "unknown code" {
				t.Errorf("a code of an hour ago: %v", err)
			}
			receive(list.Pending[1].SenderID, "4") // is told another one
			if list, err := s.ChannelsPairList(t.Context(), nil); err != nil || len(list.Pending) != 1 || len(list.Approved) != 1 {
				t.Errorf("%+v, %v", list, err)
			}
			if err := st.Write(t.Context(), func(tx *store.Tx) error { return prune(t.Context(), tx, now) }); err != nil {
				t.Error(err)
			}
			if got := count("channel_senders"); got != 2 {
				t.Errorf("%d senders are kept", got)
			}
			gone, err := s.ChannelsPairRemove(t.Context(), &protocol.ChannelsPairRemoveParams{Channel: "script", SenderID: first.SenderID})
			if err != nil || !gone.Removed {
				t.Errorf("%+v, %v", gone, err)
			}
			receive(first.SenderID, "5")
			if got := count("channel_inbox"); got != 1 {
				t.Errorf("%d messages were taken", got)
			}
			s.Close()
		})
	}
}

func TestJudge(t *testing.T) {
	access := func(text string) *protocol.ChannelAccessConfig {
		a := new(protocol.ChannelAccessConfig)
		if err := a.DecodeAlias([]byte(text), wire.Strict); err != nil {
			t.Fatal(err)
		}
		return a
	}
	ada := Sender{ID: "7", Name: "Mallory", Username: "Ada"}
	direct := &Inbound{Chat: Chat{ID: "7", Type: Direct}, Sender: ada}
	group := &Inbound{Chat: Chat{ID: "-1", Type: Group}, Sender: ada}
	named := &Inbound{Chat: Chat{ID: "-1", Type: Group}, Sender: ada, Addressed: true}
	for _, c := range []struct {
		access string
		m      *Inbound
		want   verdict
	}{
		{`{}`, direct, ask}, {`{"dm":"open"}`, direct, accept}, {`{"dm":"allowlist"}`, direct, ignore}, {`{"dm":"off","allowFrom":["7"]}`, direct, ignore},
		{`{"allowFrom":["7"]}`, direct, accept}, {`{"dm":"allowlist","allowFrom":["@ADA"]}`, direct, accept}, {`{"dm":"allowlist","allowFrom":["Mallory","*"]}`, direct, ignore},
		{`{"dm":"open"}`, named, ignore}, {`{"groups":{"-1":{}}}`, group, ignore}, {`{"groups":{"-1":{}}}`, named, ask}, {`{"groups":{"*":{}},"allowFrom":["ada"]}`, named, accept},
		{`{"groups":{"-1":{"requireMention":false}},"allowFrom":["ada"]}`, group, accept}, {`{"groups":{"-1":{"allowFrom":["*"]}}}`, named, accept},
		{`{"groups":{"-1":{"allowFrom":["8"]}},"allowFrom":["7"]}`, named, ignore}, {`{"groups":{"-2":{}},"allowFrom":["7"]}`, named, ignore},
	} {
		var got verdict
		if c.m.Chat.Type == Direct {
			got = judge(access(c.access), c.m)
		} else {
			got = judgeGroup(access(c.access), c.m, "")
		}
		if got != c.want {
			t.Errorf("%s, %+v: %d, want %d", c.access, c.m, got, c.want)
		}
	}
	if judge(nil, direct) != ask {
		t.Error("without configuration everybody is let in")
	}
	if a := access(`{"groups":{"-1":{}},"allowFrom":["7"]}`); judgeGroup(a, group, protocol.GroupActivationAlways) != accept || judgeGroup(a, group, protocol.GroupActivationMention) != ignore {
		t.Error("the session's activation does not count")
	}
}

package voice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 0) }

// room is who is connected, and what they hear.
type room struct {
	peers []*server.Peer
	heard []string
}

func (r *room) Publish(_ context.Context, e protocol.Event) {
	r.heard = append(r.heard, "all "+e.ID.String()+" "+string(e.Payload.AppendJSON(nil)))
}

func (r *room) PublishTo(conn string, e protocol.Event) bool {
	r.heard = append(r.heard, conn+" "+e.ID.String()+" "+string(e.Payload.AppendJSON(nil)))
	return true
}

func (r *room) Peers() []*server.Peer { return r.peers }

func TestWakeWords(t *testing.T) {
	for name, options := range map[string]func(*testing.T) store.Options{
		"SQLite":     func(t *testing.T) store.Options { return store.Options{Dir: t.TempDir()} },
		"PostgreSQL": func(t *testing.T) store.Options { return store.Options{URL: postgrestest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			st, err := store.Open(t.Context(), options(t))
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			long := make([]string, 40)
			for k := range long {
				long[k] = fmt.Sprint(k)
			}
			for _, c := range []struct {
				set  []string
				want string
			}{
				{[]string{"hey", "computer"}, "[hey computer]"},
				{[]string{" hey ", "", "\t"}, "[hey]"},
				{[]string{strings.Repeat("ü", 70)}, "[" + strings.Repeat("ü", 64) + "]"},
				{long, fmt.Sprint(long[:32])},
				{nil, "[clawd claude computer]"},
			} {
				r := &room{}
				s := New(st, r)
				if err := s.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				set, err := s.VoicewakeSet(t.Context(), &protocol.VoicewakeSetParams{Triggers: c.set})
				if err != nil || fmt.Sprint(set.Triggers) != c.want {
					t.Errorf("%.60q: %v, %v", c.set, set, err)
				}
				again := New(st, r)
				if err := again.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				got, err := again.VoicewakeGet(t.Context(), nil)
				if err != nil || !slices.Equal(got.Triggers, set.Triggers) {
					t.Errorf("%.60q after a restart: %v, %v", c.set, got, err)
				}
				again.Opened(&server.Peer{ConnID: "operator", Role: protocol.RoleOperator})
				again.Opened(&server.Peer{ConnID: "node", Role: protocol.RoleNode})
				told := " voicewake.changed " + string(set.AppendJSON(nil))
				if !slices.Equal(r.heard, []string{"all" + told, "node" + told}) {
					t.Errorf("heard: %q", r.heard)
				}
			}
		})
	}
}

func TestTalkMode(t *testing.T) {
	r := &room{}
	s := New(nil, r)
	window := &server.Peer{Client: protocol.ConnectClient{ID: "chat", Mode: "webchat"}, Role: protocol.RoleOperator}
	say := func(p *server.Peer) error {
		_, err := s.TalkMode(server.WithPeer(t.Context(), p), &protocol.TalkModeParams{Enabled: true, Phase: wire.Some("listening")})
		return err
	}
	r.peers = []*server.Peer{window, {Role: protocol.RoleNode, Client: protocol.ConnectClient{Platform: "linux"}}, {Role: protocol.RoleOperator, Client: protocol.ConnectClient{Platform: "ios"}}}
	if err := say(window); err == nil || !strings.Contains(err.Error(), "talk disabled: no connected iOS/Android nodes") {
		t.Error(err)
	}
	if err := say(&server.Peer{Client: protocol.ConnectClient{ID: "cli", Mode: "cli"}}); err != nil {
		t.Error(err)
	}
	for _, platform := range []string{"iOS 26", "iPadOS", "android"} {
		r.peers = []*server.Peer{{Role: protocol.RoleNode, Client: protocol.ConnectClient{Platform: platform}}}
		if err := say(window); err != nil {
			t.Errorf("%s: %v", platform, err)
		}
	}
	state, err := s.TalkMode(t.Context(), &protocol.TalkModeParams{})
	if err != nil || state.Phase.Valid || state.Enabled || state.Ts == 0 {
		t.Errorf("%+v, %v", state, err)
	}
	if len(r.heard) != 5 || !strings.HasPrefix(r.heard[0], `all talk.mode {"enabled":true,"phase":"listening","ts":`) {
		t.Errorf("heard: %q", r.heard)
	}
}

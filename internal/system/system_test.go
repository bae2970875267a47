package system_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/internal/system"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 5) }

// listener writes down what a service publishes.
type listener struct {
	mu     sync.Mutex
	events []protocol.Event
	bumps  string
}

func (l *listener) Publish(_ context.Context, e protocol.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

func (l *listener) BumpPresence() { l.bump("p") }
func (l *listener) BumpHealth()   { l.bump("h") }

func (l *listener) bump(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bumps += what
}

func (*listener) Uptime() time.Duration { return time.Second }

// household is an assistant with two agents and a session.
type household struct{ broken bool }

func (household) Agents() []system.Agent {
	return []system.Agent{{ID: "main"}, {ID: "work", Name: "Work"}}
}

func (household) Sessions() protocol.HelloSessionDefaults {
	return protocol.HelloSessionDefaults{DefaultAgentID: "main", MainKey: "main", MainSessionKey: "agent:main:main"}
}

func (household) Model() (string, int64) { return "echo/echo", 1000 }

func (h household) Recent(_ context.Context, agent string, most int) (int64, []protocol.SessionRow, error) {
	if agent != "main" && h.broken {
		return 0, nil, fmt.Errorf("the database of %s is gone", agent)
	}
	if agent != "main" {
		return 0, nil, nil
	}
	return 1, []protocol.SessionRow{{Key: "agent:main:main", Kind: "direct", UpdatedAt: wire.Value(protocol.Timestamp(time.Now().UnixMilli() - 5)), ThinkingLevel: wire.Some(protocol.ThinkingLevel("low")),
		TotalTokens: wire.Some(int64(250)), ContextTokens: wire.Some(int64(1000))}}, nil
}

func (household) Channels() []system.Channel {
	return []system.Channel{{ID: "telegram", Label: "Telegram", Account: "default", Configured: true}, {ID: "slack", Label: "Slack", Account: "default"}}
}

// heard takes what was published since the last call, by name.
func (l *listener) heard() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for _, e := range l.events {
		names = append(names, e.ID.String())
	}
	slices.Sort(names)
	l.events = nil
	return strings.Join(names, " ")
}

// run makes a service and lets it run within a bubble.
func run(t *testing.T, f func(t *testing.T, s *system.Service, l *listener)) {
	synctest.Test(t, func(t *testing.T) {
		l := &listener{}
		s := system.New(system.Facts{Version: "v1", StateDir: "/state", Store: "/state/gateway.db"}, household{}, l)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		f(t, s, l)
		cancel()
		<-done
	})
}

func peer(id string) *server.Peer {
	return &server.Peer{ConnID: "conn-" + id, Role: protocol.RoleOperator, Scopes: []string{"operator.read"}, Device: id,
		Client: protocol.ConnectClient{ID: id, Version: "1", Platform: "linux", Mode: "ui"}}
}

func TestHealthIsLookedAt(t *testing.T) {
	run(t, func(t *testing.T, s *system.Service, l *listener) {
		expect := func(when, want string) {
			t.Helper()
			synctest.Wait()
			if got := l.heard(); got != want {
				t.Errorf("%s: heard %q, want %q", when, got, want)
			}
		}
		expect("at the start", "health")
		time.Sleep(time.Minute)
		expect("after a minute", "health")
		s.Opened(peer("a"))
		expect("at once after a look", "")
		time.Sleep(time.Second)
		expect("after a connect", "health")
		for range 100 {
			if _, err := s.Health(t.Context(), &protocol.HealthParams{}); err != nil {
				t.Fatal(err)
			}
			s.Opened(peer("b"))
		}
		time.Sleep(3 * time.Second)
		expect("after many calls and connects", "health")
		time.Sleep(10 * time.Second)
		expect("when nothing happens", "")
		if _, err := s.Health(t.Context(), &protocol.HealthParams{}); err != nil {
			t.Fatal(err)
		}
		expect("after a call", "health")
		if want := "hhphp"; !strings.HasPrefix(l.bumps, want) {
			t.Errorf("versions went up as %q, want %q…", l.bumps, want)
		}
	})
}

// Clients that leave together are told of once; a note tells at once.
func TestPresenceIsTold(t *testing.T) {
	run(t, func(t *testing.T, s *system.Service, l *listener) {
		synctest.Wait()
		l.heard()
		for k := range 50 {
			s.Closed(peer(fmt.Sprint(k)))
		}
		time.Sleep(time.Second)
		if got := l.heard(); got != "presence" && got != "presence presence" {
			t.Errorf("50 clients left: heard %q", got)
		}
		command := peer("cli")
		command.Client.Mode = "CLI "
		s.Closed(command)
		time.Sleep(time.Second)
		if got := l.heard(); got != "" {
			t.Errorf("a command line left: heard %q", got)
		}
		if _, err := s.SystemEvent(t.Context(), &protocol.SystemEventParams{Text: "hello"}); err != nil {
			t.Fatal(err)
		}
		if got := l.heard(); got != "presence" {
			t.Errorf("a note: heard %q", got)
		}
	})
}

func TestPresenceEntries(t *testing.T) {
	run(t, func(t *testing.T, s *system.Service, _ *listener) {
		list := func() []protocol.PresenceEntry {
			t.Helper()
			all, err := s.SystemPresence(t.Context(), &protocol.SystemPresenceParams{})
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if all := list(); len(all) != 1 || all[0].Mode.V != "gateway" || all[0].Reason.V != "self" {
			t.Fatalf("alone: %+v", all)
		}
		far := peer("A")
		far.IP = "192.0.2.7"
		s.Opened(far)
		time.Sleep(time.Second)
		far.Role, far.Scopes = protocol.RoleNode, []string{"x"}
		s.Closed(far)
		all := list()
		i := slices.IndexFunc(all, func(e protocol.PresenceEntry) bool { return e.DeviceID.V == "A" })
		if len(all) != 2 || i < 0 {
			t.Fatalf("one client: %+v", all)
		}
		e := all[i]
		if e.Reason.V != "disconnect" || e.IP.V != "192.0.2.7" || !slices.Equal(e.Roles, []string{"operator", "node"}) ||
			!slices.Equal(e.Scopes, []string{"operator.read", "x"}) || e.Text.V != "Node: A · mode ui" {
			t.Errorf("entry: %+v", e)
		}
		for k := range 300 {
			s.Opened(peer(fmt.Sprintf("many-%d", k)))
			time.Sleep(time.Millisecond)
		}
		all = list()
		newestFirst := slices.IsSortedFunc(all, func(a, b protocol.PresenceEntry) int { return int(b.Ts - a.Ts) })
		if len(all) != 200 || !newestFirst || all[0].Reason.V != "self" || all[1].DeviceID.V != "many-299" {
			t.Errorf("%d entries, newest first: %v, at the head %+v", len(all), newestFirst, all[:2])
		}
		time.Sleep(5*time.Minute + time.Millisecond)
		if all := list(); len(all) != 1 {
			t.Errorf("after five minutes: %d entries", len(all))
		}
	})
}

// A beacon is a note for the agent only when it says something new.
func TestBeacons(t *testing.T) {
	run(t, func(t *testing.T, s *system.Service, _ *listener) {
		for _, c := range []struct {
			p     protocol.SystemEventParams
			notes int
		}{
			{protocol.SystemEventParams{Text: "buy milk"}, 1},
			{protocol.SystemEventParams{Text: "Node: mac", Host: wire.Some("mac"), Reason: wire.Some("launch")}, 2},
			{protocol.SystemEventParams{Text: "Node: mac", Host: wire.Some("mac"), Reason: wire.Some("periodic")}, 2},
			{protocol.SystemEventParams{Text: "Node: mac", Host: wire.Some("mac"), Reason: wire.Some("periodic"), Version: wire.Some("2")}, 3},
		} {
			if _, err := s.SystemEvent(t.Context(), &c.p); err != nil {
				t.Fatal(err)
			}
			st, err := s.Status(t.Context(), &protocol.StatusParams{})
			if err != nil {
				t.Fatal(err)
			}
			if len(st.QueuedSystemEvents) != c.notes {
				t.Errorf("%+v: %d notes, want %d", c.p, len(st.QueuedSystemEvents), c.notes)
			}
		}
		if _, err := s.SystemEvent(t.Context(), &protocol.SystemEventParams{Text: " \t"}); err == nil || err.Error() != "INVALID_REQUEST: text required" {
			t.Errorf("blank text: %v", err)
		}
	})
}

// Health answers whatever fails; the overview for people says what does.
func TestOverviews(t *testing.T) {
	s := system.New(system.Facts{Version: "v1", StateDir: "/state", Store: "/state/gateway.db"}, household{broken: true}, &listener{})
	h, err := s.Health(t.Context(), &protocol.HealthParams{})
	if err != nil {
		t.Fatal(err)
	}
	if h.DefaultAgentID != "main" || h.Sessions.Count != 1 || h.Sessions.Recent[0].Age.V < 5 || len(h.Agents) != 2 || h.Agents[1].Name.V != "Work" || h.Agents[1].Sessions.Count != 0 {
		t.Errorf("%+v", h)
	}
	if !slices.Equal(h.ChannelOrder, []string{"telegram", "slack"}) || !h.Channels["telegram"].Configured.V || h.Channels["slack"].Configured.V {
		t.Errorf("channels %+v", h.Channels)
	}
	if _, err := s.Status(t.Context(), &protocol.StatusParams{}); err == nil || !strings.Contains(err.Error(), "the database of work is gone") {
		t.Errorf("status: %v", err)
	}
}

func TestStatusSessions(t *testing.T) {
	s := system.New(system.Facts{Store: "/state/gateway.db"}, household{}, &listener{})
	r, err := s.Status(t.Context(), &protocol.StatusParams{})
	if err != nil {
		t.Fatal(err)
	}
	x := r.Sessions
	if x.Count != 1 || x.Defaults.Model.V != "echo/echo" || len(x.ByAgent) != 2 || x.Recent[0].RemainingTokens.V != 750 || x.Recent[0].PercentUsed.V != 25 || !slices.Equal(x.Recent[0].Flags, []string{"think:low"}) {
		t.Errorf("%+v", x)
	}
	if !slices.Equal(r.ChannelSummary, []string{"Telegram: not linked"}) {
		t.Errorf("%q", r.ChannelSummary)
	}
}

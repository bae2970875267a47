package nodes

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func (w *world) tells(p *server.Peer, event, payload string) {
	w.t.Helper()
	params := &protocol.NodeEventParams{Event: protocol.NodeEventParamsEvent(event), PayloadJSON: wire.SomeOrNull(payload)}
	if payload == "" {
		params.PayloadJSON = wire.ExplicitNull[string]()
	}
	if _, err := w.NodeEvent(as(p), params); err != nil {
		w.t.Errorf("%s %s: %v", event, payload, err)
	}
}

func TestTurnsOfNodes(t *testing.T) {
	long := strings.Repeat("ä", maxSaid)
	for _, c := range []struct {
		name, event, payload string
		want                 []Turn // RunID is how it begins
	}{
		{"a voice", "voice.transcript", `{"text":" hi ","sessionKey":"work"}`, []Turn{{RunID: "voice-", Node: "Box n", Session: "work", Message: "hi", Thinking: "low"}}},
		{"a voice in the main session", "voice.transcript", `{"text":"hi"}`, []Turn{{RunID: "voice-", Node: "Box n", Message: "hi", Thinking: "low"}}},
		{"silence", "voice.transcript", `{"text":"  "}`, nil},
		{"just not too long", "voice.transcript", `{"text":"` + long + `"}`, []Turn{{RunID: "voice-", Node: "Box n", Message: long, Thinking: "low"}}},
		{"too long", "voice.transcript", `{"text":"` + long + `x"}`, nil},
		{"a request", "agent.request", `{"message":"do it","thinking":"high","deliver":true,"to":"me","channel":" Telegram ","timeoutSeconds":1.5,"key":"k"}`,
			[]Turn{{RunID: "node-", Node: "Box n", Session: "node-n", Message: "do it", Thinking: "high", Deliver: true, To: "me", Channel: "telegram", Timeout: 1500 * time.Millisecond}}},
		{"a time beyond all", "agent.request", `{"message":"x","sessionKey":"s","timeoutSeconds":1e300}`, []Turn{{RunID: "node-", Node: "Box n", Session: "s", Message: "x", Timeout: maxTimeout}}},
		{"another kind", "agent.request", `{"message":7}`, nil},
		{"no object", "agent.request", `[]`, nil},
		{"no JSON", "agent.request", `{`, nil},
		{"nothing", "agent.request", ``, nil},
		{"unknown", "moon.phase", `{"message":"x"}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.tells(w.join("n", "linux"), c.event, c.payload)
			if len(w.turns) != len(c.want) {
				t.Fatalf("begun: %+v", w.turns)
			}
			for k, got := range w.turns {
				begins := c.want[k].RunID
				if !strings.HasPrefix(got.RunID, begins) || len(got.RunID) != len(begins)+36 {
					t.Errorf("run %s", got.RunID)
				}
				if got.RunID = begins; got != c.want[k] {
					t.Errorf("got %+v\nwant %+v", got, c.want[k])
				}
			}
		})
	}
}

func TestNotesOfNodes(t *testing.T) {
	w := newWorld(t)
	p := w.join("n", "linux")
	for _, c := range [][3]string{
		{"exec.started", `{"sessionKey":"s","runId":"r","command":"ls\n-l"}`, "s|Exec started (node=n id=r): ls -l"},
		{"exec.finished", `{"exitCode":2,"output":"a\nb"}`, "|Exec finished (node=n, code 2)\na b"},
		{"exec.finished", `{"timedOut":true}`, "|Exec finished (node=n, timeout)"},
		{"exec.finished", ``, "|Exec finished (node=n, code ?)"},
		{"exec.denied", `{"command":"rm","reason":"user denied"}`, "|Exec denied (node=n, user denied): rm"},
		{"exec.started", `{"command":"` + strings.Repeat("x", 500) + `"}`, "|Exec started (node=n): " + strings.Repeat("x", maxNoted) + "…"},
	} {
		w.notes = nil
		if w.tells(p, c[0], c[1]); !slices.Equal(w.notes, []string{c[2]}) {
			t.Errorf("%s %s: %q", c[0], c[1], w.notes)
		}
	}
}

func chatEvent(session string) protocol.Event {
	return protocol.NewEventChat(&protocol.ChatEventField{RunID: "r", SessionKey: protocol.SessionKey(session)})
}

// copies are the connections that an event goes to.
func (w *world) copies(e protocol.Event) (conns []string) {
	w.take()
	w.Copy(e)
	for _, s := range w.take() {
		conns = append(conns, s.conn)
	}
	slices.Sort(conns)
	return conns
}

// Nodes that follow a session get each of its events once.
func TestFollow(t *testing.T) {
	w := newWorld(t)
	p, q := w.join("n", "linux"), w.join("m", "linux")
	health := protocol.NewEventHealth(&protocol.HealthSummary{})
	if got := w.copies(chatEvent("main")); got != nil {
		t.Errorf("before anybody follows: %v", got)
	}
	w.tells(p, "chat.subscribe", `{"sessionKey":"main"}`)
	w.tells(p, "chat.subscribe", `{"sessionKey":"agent:main:main"}`) // the same
	w.tells(p, "chat.subscribe", `{"sessionKey":"  "}`)
	w.tells(q, "chat.subscribe", `{"sessionKey":"other"}`)
	agent := protocol.NewEventAgent(&protocol.AgentEventAssistant{RunID: "r", SessionKey: wire.Some("agent:main:main")})
	for name, c := range map[string]struct {
		e    protocol.Event
		want []string
	}{
		"chat":             {chatEvent("main"), []string{p.ConnID}},
		"agent":            {agent, []string{p.ConnID}},
		"another session":  {chatEvent("third"), nil},
		"no session":       {protocol.NewEventAgent(&protocol.AgentEventLifecycle{RunID: "r"}), nil},
		"health":           {health, []string{p.ConnID, q.ConnID}},
		"presence, no one": {protocol.NewEventPresence(&protocol.Presence{}), nil},
	} {
		if got := w.copies(c.e); !slices.Equal(got, c.want) {
			t.Errorf("%s went to %v, want %v", name, got, c.want)
		}
	}
	w.tells(p, "chat.unsubscribe", `{"sessionKey":"main"}`)
	w.tells(p, "chat.unsubscribe", `{"sessionKey":"main"}`)
	if got := w.copies(chatEvent("main")); got != nil {
		t.Errorf("after the end: %v", got)
	}
	w.Closed(q)
	if got := w.copies(health); got != nil || w.following.Load() != 0 || len(w.follows) != 0 {
		t.Errorf("after the connection's end: %v, %d", got, w.following.Load())
	}
	w.tells(q, "chat.subscribe", `{"sessionKey":"main"}`) // it is gone
	for k := range maxFollowed + 10 {
		w.tells(p, "chat.subscribe", `{"sessionKey":"s`+string(rune('a'+k))+`"}`)
	}
	if got := w.following.Load(); got != maxFollowed {
		t.Errorf("%d sessions are followed", got)
	}
}

package server_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// notebook writes down what it is told.
type notebook struct {
	mu    sync.Mutex
	lines []string
}

func (n *notebook) note(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
}

// count counts the lines that say something.
func (n *notebook) count(line string) (times int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.lines {
		if l == line {
			times++
		}
	}
	return times
}

func (n *notebook) ConnectionOpened(p *server.Peer) { n.note("opened " + p.Client.ID) }
func (n *notebook) ConnectionClosed(p *server.Peer) { n.note("closed " + p.Client.ID) }
func (n *notebook) HandshakeRefused(code string)    { n.note("refused " + code) }
func (n *notebook) EventDropped(e protocol.EventID) { n.note("dropped " + e.String()) }
func (n *notebook) SlowConsumer(p *server.Peer)     { n.note("slow " + p.Client.ID) }
func (n *notebook) EventPublished(e protocol.EventID, receivers int) {
	n.note("event " + e.String() + " to " + string(rune('0'+receivers)))
}

func (n *notebook) RequestFinished(m protocol.MethodID, code string, took time.Duration) {
	if took <= 0 {
		code += " in no time"
	}
	n.note("request " + m.String() + " " + code)
}

func TestObserverIsToldEverything(t *testing.T) {
	n := &notebook{}
	s, url := start(t, server.Options{Handlers: &protocol.Handlers{Voice: voice{}}, Observer: n})
	bad := dial(t, url+server.GuidePath)
	bad.send(`{"type":"req","id":"a","method":"health"}`)
	bad.read()
	c := dial(t, url+server.GuidePath)
	c.send(bare)
	c.read()
	for _, call := range []string{
		`{"type":"req","id":"1","method":"voicewake.get"}`,
		`{"type":"req","id":"2","method":"agents.list"}`,
		`{"type":"req","id":"3","method":"nope"}`,
		`{"type":"req","id":"4","method":"voicewake.set","params":{"x":1}}`,
	} {
		c.send(call)
		c.read()
	}
	s.Publish(t.Context(), protocol.NewEventTick(&protocol.Tick{Ts: 7}))
	c.read()
	if l := s.Load(); l.Connections != 1 || l.InFlight != 0 {
		t.Errorf("load: %+v", l)
	}
	s.Disconnect(func(*server.Peer) bool { return true }, "enough")
	stop(t, s)
	n.mu.Lock()
	defer n.mu.Unlock()
	got := slices.DeleteFunc(n.lines, func(l string) bool { return l == "event shutdown to 0" || l == "event shutdown to 1" })
	want := []string{"refused INVALID_REQUEST", "opened my-app-v1", "request voicewake.get ", "request agents.list UNAVAILABLE",
		"request unknown INVALID_REQUEST", "request voicewake.set INVALID_REQUEST", "event tick to 1", "closed my-app-v1"}
	// The answer is queued before the observer is told, so neighbours may swap.
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told\n%q\nwant\n%q", got, want)
	}
}

package nodes

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a service with what is around it.
type world struct {
	*Service
	t testing.TB

	mu     sync.Mutex
	sent   []sent
	gone   map[string]bool // connections that take nothing
	turns  []Turn
	notes  []string
	told   []string // how calls stand
	paired []Paired
	config protocol.NodesConfig
	n      int
}

// sent is an event on its way to one connection.
type sent struct {
	conn  string
	event protocol.Event
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, gone: map[string]bool{}}
	w.Service = New(Options{Records: w, Events: w, Turns: w, Notes: w, Config: func() *protocol.NodesConfig { return &w.config },
		Canonical: func(key string) string { return strings.TrimPrefix(key, "agent:main:") }})
	return w
}

func (w *world) PublishTo(conn string, e protocol.Event) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone[conn] {
		return false
	}
	w.sent = append(w.sent, sent{conn, e})
	return true
}

func (w *world) Publish(_ context.Context, e protocol.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := e.Payload.(*protocol.NodeInvoked)
	w.told = append(w.told, strings.TrimSpace(string(p.State)+" "+p.Error.V))
}

// take gives what was sent since the last time.
func (w *world) take() []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.sent
	w.sent = nil
	return out
}

// asked is the only request that was sent since the last time.
func (w *world) asked() (*protocol.NodeInvokeRequest, string) {
	w.t.Helper()
	all := w.take()
	if len(all) != 1 {
		w.t.Fatalf("%d events were sent, want one", len(all))
	}
	return all[0].event.Payload.(*protocol.NodeInvokeRequest), all[0].conn
}

func (w *world) Begin(_ context.Context, t Turn) error {
	w.turns = append(w.turns, t)
	return nil
}

func (w *world) Note(_ context.Context, session, text string) {
	w.notes = append(w.notes, session+"|"+text)
}

func (w *world) PairedNodes(context.Context) ([]Paired, error) { return slices.Clone(w.paired), nil }

func (w *world) PairedNode(_ context.Context, id string) (*Paired, error) {
	for k := range w.paired {
		if w.paired[k].ID == id {
			return &w.paired[k], nil
		}
	}
	return nil, nil
}

// peer is a connection of a node that offers some commands.
func (w *world) peer(id, platform string, commands ...string) *server.Peer {
	w.n++
	p := &server.Peer{ConnID: "conn-" + string(rune('a'+w.n)), Role: protocol.RoleNode, Device: id,
		Client: protocol.ConnectClient{ID: "app", Platform: platform, Version: "1", DisplayName: wire.Some("Box " + id)}}
	p.Connect = &protocol.ConnectParams{Client: p.Client, Commands: commands, Caps: []string{"b", "a", "b"}}
	return p
}

// join connects a node.
func (w *world) join(id, platform string, commands ...string) *server.Peer {
	p := w.peer(id, platform, commands...)
	w.Opened(p)
	return p
}

// as is a call of a node.
func as(p *server.Peer) context.Context { return server.WithPeer(context.Background(), p) }

// answer has a node answer a request, and reports whether that was ignored.
func (w *world) answer(p *server.Peer, id string, change func(*protocol.NodeInvokeResultParams)) bool {
	w.t.Helper()
	params := &protocol.NodeInvokeResultParams{ID: id, NodeID: p.Node(), Ok: true, Payload: wire.Raw(`"done"`)}
	if change != nil {
		change(params)
	}
	res, err := w.NodeInvokeResult(as(p), params)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.Ignored.V
}

// outcomeOf is what a caller gets.
type outcomeOf struct {
	answer *Answer
	err    error
}

func (w *world) invoke(ctx context.Context, c Call) <-chan outcomeOf {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	out := make(chan outcomeOf, 1)
	go func() {
		a, err := w.Invoke(ctx, c)
		out <- outcomeOf{a, err}
	}()
	return out
}

// empty fails when something of calls is left.
func (w *world) empty() {
	w.t.Helper()
	w.Service.mu.Lock()
	defer w.Service.mu.Unlock()
	waiting := len(w.calls)
	for _, c := range w.conns {
		waiting += len(c.calls)
	}
	for _, k := range w.answers.calls {
		if !k.ended {
			waiting++
		}
	}
	if waiting > 0 {
		w.t.Errorf("%d calls are left", waiting)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

const second = time.Second

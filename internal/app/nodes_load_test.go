package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Nodes that answer, answer twice, answer late, never answer or hang up in the
// middle; whatever they do, each caller gets exactly one answer, and an answer
// that is his.
func TestManyNodesManyCalls(t *testing.T) {
	nodes, calls := 60, 1200
	if os.Getenv("GATESMITH_SOAK") != "" {
		nodes, calls = 1000, 10_000
	}
	dir := t.TempDir()
	writeConfig(t, dir, `{gateway: {limits: {maxInFlight: 1024}}}`)
	_, url := gateway(t, dir, map[string][]string{"token": {secret}})
	ctx, cancel := context.WithCancel(t.Context())
	var fleet sync.WaitGroup
	begin := make([]chan struct{}, nodes)
	for k := range nodes {
		n := &fickle{t: t, id: fmt.Sprintf("node-%d", k), there: make(chan struct{}, 1000), chance: rand.New(rand.NewPCG(1, uint64(k)))}
		begin[k] = n.there
		fleet.Go(func() { n.run(ctx, url) })
	}
	for k := range nodes {
		<-begin[k]
	}
	const callers = 10
	var all sync.WaitGroup
	var outcomes tally
	for c := range callers {
		all.Go(func() { call(t, url, c, calls/callers, nodes, &outcomes) })
	}
	all.Wait()
	cancel()
	fleet.Wait()
	t.Logf("%d calls to %d nodes: %v", calls, nodes, outcomes.seen)
	for _, want := range []string{"ok", "node invoke timed out", "Error: node disconnected (system.notify)", "by the node"} {
		if outcomes.seen[want] == 0 {
			t.Errorf("no call ended with %q: the test does not test it", want)
		}
	}
}

// tally counts how calls ended.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
}

func (t *tally) add(how string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = map[string]int{}
	}
	t.seen[how]++
}

// call asks random nodes for many things at once, over one connection.
func call(t *testing.T, url string, caller, calls, nodes int, outcomes *tally) {
	ws, _, err := websocket.Dial(t.Context(), url+"/v1/connect", nil)
	if err != nil {
		t.Error(err)
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(8 << 20)
	write := func(m object) {
		data, err := json.Marshal(m)
		if err == nil {
			err = ws.Write(t.Context(), websocket.MessageText, data)
		}
		if err != nil {
			t.Error(err)
		}
	}
	read := func() (m object) {
		_, data, err := ws.Read(t.Context())
		if err == nil {
			err = json.Unmarshal(data, &m)
		}
		if err != nil {
			t.Error(err)
		}
		return m
	}
	write(connectParams(object{"token": secret}))
	for m := read(); m["type"] != "hello-ok"; m = read() {
	}
	go func() {
		for k := range calls {
			name := fmt.Sprintf("%d-%d", caller, k)
			write(object{"type": "req", "id": name, "method": "nodes.invoke", "params": object{"nodeId": fmt.Sprintf("node-%d", rand.IntN(nodes)), "command": "system.notify",
				"params": object{"name": name}, "timeoutMs": 1500, "idempotencyKey": name}})
		}
	}()
	answered := map[string]bool{}
	for len(answered) < calls && !t.Failed() {
		m := read()
		id, _ := m["id"].(string)
		switch {
		case m["type"] != "res":
			continue
		case answered[id]:
			t.Errorf("%s was answered twice", id)
		}
		answered[id] = true
		outcomes.add(outcome(t, id, m))
	}
	// Nothing comes behind.
	write(object{"type": "req", "id": "last", "method": "last-heartbeat"})
	for m := read(); m["id"] != "last" && !t.Failed(); m = read() {
		if m["type"] == "res" {
			t.Errorf("a second answer came to %v", m["id"])
		}
	}
}

func outcome(t *testing.T, id string, m object) string {
	if m["ok"] == true {
		if got := m["payload"].(object)["payload"].(object)["name"]; got != id {
			t.Errorf("%s got the answer of %v", id, got)
		}
		return "ok"
	}
	text := m["error"].(object)["message"].(string)
	if text == "no: "+id {
		return "by the node"
	}
	if strings.HasPrefix(text, "no: ") {
		t.Errorf("%s got the answer %q", id, text)
	}
	return text
}

// fickle is a node that cannot be relied upon.
type fickle struct {
	t      *testing.T
	id     string
	there  chan struct{}
	client *client.Client
	socket atomic.Pointer[net.Conn]
	work   sync.WaitGroup

	mu     sync.Mutex
	chance *rand.Rand
}

func (n *fickle) run(ctx context.Context, url string) {
	var err error
	n.client, err = client.New(url+"/v1/connect", client.Options{ID: n.id, Token: secret, Role: protocol.RoleNode, Platform: "linux", Commands: []string{"system.notify"},
		Reconnect: client.Reconnect{First: true, Min: time.Millisecond, Max: 20 * time.Millisecond},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err == nil {
				n.socket.Store(&c)
			}
			return c, err
		}})
	if err != nil {
		n.t.Error(err)
		return
	}
	n.client.OnState(func(st client.State) {
		if st.Phase == client.Connected {
			select {
			case n.there <- struct{}{}:
			default:
			}
		}
	})
	n.client.OnNodeInvokeRequest(func(p *protocol.NodeInvokeRequest) { n.work.Go(func() { n.asked(ctx, p) }) })
	if err := n.client.Connect(ctx); err != nil {
		n.t.Error(err)
		return
	}
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = n.client.Close(end)
	n.work.Wait()
}

func (n *fickle) draw(most int) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.chance.IntN(most)
}

func (n *fickle) asked(ctx context.Context, p *protocol.NodeInvokeRequest) {
	var said struct{ Name string }
	if err := json.Unmarshal([]byte(p.ParamsJSON.V), &said); err != nil {
		n.t.Error(err)
	}
	answer := &protocol.NodeInvokeResultParams{ID: p.ID, NodeID: n.id, Ok: true, Payload: wire.Raw(p.ParamsJSON.V)}
	if n.draw(8) == 0 {
		answer.Ok, answer.Error = false, wire.SomeOrNull(protocol.NodeError{Message: wire.Some("no: " + said.Name)})
	}
	wait := func(most int) {
		select {
		case <-time.After(time.Duration(n.draw(most)) * time.Millisecond):
		case <-ctx.Done():
		}
	}
	wait(300)
	switch n.draw(40) {
	case 0, 1, 2, 3: // never
		return
	case 4: // it hangs up
		if c := n.socket.Load(); c != nil {
			_ = (*c).Close()
		}
		return
	case 5, 6, 7, 8: // late
		wait(3000)
	case 9, 10, 11, 12: // twice
		_, _ = n.client.NodeInvokeResult(ctx, answer)
	}
	_, _ = n.client.NodeInvokeResult(ctx, answer) // it may be on its way when the connection ends
}

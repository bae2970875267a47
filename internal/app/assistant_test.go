package app_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// connect gives a client of the gateway, with the owner's token, that was prepared
// before it connected.
func connect(t testing.TB, dir, url string, o client.Options, prepare ...func(*client.Client)) *client.Client {
	t.Helper()
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	o.Token = token
	c, err := client.New(url, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range prepare {
		f(c)
	}
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = c.Close(ctx)
	})
	return c
}

// ends collects the last chat event of each run.
type ends struct {
	mu     sync.Mutex
	last   map[string]*protocol.ChatEvent
	deltas map[string][]string
	more   chan struct{}
}

func listen(c *client.Client) *ends {
	e := &ends{last: map[string]*protocol.ChatEvent{}, deltas: map[string][]string{}, more: make(chan struct{}, 1)}
	c.OnChat(func(x *protocol.ChatEvent) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if x.State == protocol.ChatStateDelta {
			e.deltas[x.RunID] = append(e.deltas[x.RunID], x.Message.V.Content)
			return
		}
		e.last[x.RunID] = x
		select {
		case e.more <- struct{}{}:
		default:
		}
	})
	return e
}

// of waits for the end of a run.
func (e *ends) of(t *testing.T, run string) *protocol.ChatEvent {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		e.mu.Lock()
		x := e.last[run]
		e.mu.Unlock()
		if x != nil {
			return x
		}
		select {
		case <-e.more:
		case <-timeout:
			t.Fatalf("the run %s does not end", run)
		}
	}
}

func send(t *testing.T, c *client.Client, session, message, key string) *protocol.ChatSendResult {
	t.Helper()
	r, err := c.ChatSend(t.Context(), &protocol.ChatSendParams{SessionKey: protocol.SessionKey(session), Message: message, IdempotencyKey: protocol.IdempotencyKey(key)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A fresh gateway holds a whole conversation without any key.
func TestAConversation(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	c := connect(t, dir, url, client.Options{})
	heard := listen(c)
	if r := send(t, c, "main", "good morning to you", "k1"); r.Status.V != protocol.ChatSendResultStatusStarted {
		t.Errorf("%+v", r)
	}
	if e := heard.of(t, "k1"); e.State != protocol.ChatStateFinal || e.Message.V.Content != "good morning to you" {
		t.Errorf("%+v", e)
	}
	if r := send(t, c, "main", "good morning to you", "k1"); r.Status.V != protocol.ChatSendResultStatusOk {
		t.Errorf("a repeat: %+v", r)
	}
	heard.mu.Lock()
	for k, text := range heard.deltas["k1"] {
		if !strings.HasPrefix("good morning to you", text) {
			t.Errorf("delta %d is %q", k, text)
		}
	}
	heard.mu.Unlock()

	send(t, c, "main", "/echo stall", "k2")
	send(t, c, "main", "and this waits", "k3")
	if r, err := c.ChatAbort(t.Context(), &protocol.ChatAbortParams{SessionKey: "main", RunID: wire.Some("k2")}); err != nil || !r.Aborted || len(r.RunIDs) != 1 {
		t.Errorf("abort: %+v, %v", r, err)
	}
	if e := heard.of(t, "k2"); e.State != protocol.ChatStateAborted || e.StopReason.V != protocol.ChatStopReasonRpc {
		t.Errorf("%+v", e)
	}
	if e := heard.of(t, "k3"); e.State != protocol.ChatStateFinal {
		t.Errorf("%+v", e)
	}

	send(t, c, "main", "/echo error=overloaded", "k4")
	if e := heard.of(t, "k4"); e.State != protocol.ChatStateError || e.Error.V.Code != protocol.ErrorShapeCodeUnavailable || !e.Error.V.Retryable.V {
		t.Errorf("%+v", e)
	}
	send(t, c, "main", "/status", "k5")
	if e := heard.of(t, "k5"); e.Message.V.StopReason.V != "injected" || !strings.Contains(e.Message.V.Content, "Session: agent:main:main") {
		t.Errorf("%+v", e)
	}
	send(t, c, "main", "/new", "k6")
	heard.of(t, "k6")
	h, err := c.ChatHistory(t.Context(), &protocol.ChatHistoryParams{SessionKey: "main"})
	if err != nil || len(h.Messages) != 0 {
		t.Errorf("history of a new session: %+v, %v", h, err)
	}
}

// Fifty sessions at once: each client sees its own texts whole and in order.
func TestNoCrossTalk(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	const sessions = 50
	clients := make([]*client.Client, 10)
	hear := make([]*ends, len(clients))
	for k := range clients {
		clients[k] = connect(t, dir, url, client.Options{})
		hear[k] = listen(clients[k])
	}
	text := func(k int) string {
		return strings.TrimSpace(strings.Repeat(fmt.Sprintf("word%d ", k), 20+k))
	}
	var wg sync.WaitGroup
	for k := range sessions {
		wg.Go(func() {
			_, err := clients[k%len(clients)].ChatSend(t.Context(), &protocol.ChatSendParams{SessionKey: protocol.SessionKey(fmt.Sprint("s", k)), Message: text(k), IdempotencyKey: protocol.IdempotencyKey(fmt.Sprint("run", k))})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for k := range sessions {
		run := fmt.Sprint("run", k)
		for _, e := range hear {
			last := e.of(t, run)
			if last.State != protocol.ChatStateFinal || last.Message.V.Content != text(k) || last.SessionKey != fmt.Sprint("s", k) {
				t.Fatalf("%s ended with %+v", run, last)
			}
			e.mu.Lock()
			before := ""
			for _, delta := range e.deltas[run] {
				if !strings.HasPrefix(text(k), strings.TrimSpace(delta)) || !strings.HasPrefix(delta, before) {
					t.Errorf("%s: %q after %q", run, delta, before)
				}
				before = delta
			}
			e.mu.Unlock()
		}
	}
}

// The field's clients get a second answer when the run ends.
func TestTwoAnswersInTheField(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := dial(t, url+"/", nil)
	p.next() // the challenge
	p.send(object{"type": "req", "id": "c", "method": "connect", "params": connectParams(object{"token": token})})
	p.answer("c")
	agent := func(id string, params object) {
		p.send(object{"type": "req", "id": id, "method": "agent", "params": params})
	}
	agent("a1", object{"message": "hello", "idempotencyKey": "ag-1"})
	first, second := p.answer("a1"), p.answer("a1")
	if first["payload"].(map[string]any)["status"] != "accepted" {
		t.Errorf("first %v", first)
	}
	payload := second["payload"].(map[string]any)
	if payload["status"] != "ok" || payload["summary"] != "completed" {
		t.Errorf("second %v", second)
	}
	agent("a2", object{"message": "/echo stall", "timeout": 1, "idempotencyKey": "ag-2"})
	p.answer("a2")
	late := p.answer("a2")
	failure := late["error"].(map[string]any)
	if late["ok"] != false || failure["code"] != "AGENT_TIMEOUT" || failure["retryAfterMs"] != 5000.0 || late["payload"].(map[string]any)["status"] != "error" {
		t.Errorf("a run over its time: %v", late)
	}
	agent("a3", object{"message": " ", "idempotencyKey": "ag-3"})
	p.answer("a3")
	if blank := p.answer("a3"); blank["error"].(map[string]any)["message"] != "Error: Message (--message) is required" {
		t.Errorf("a blank message: %v", blank)
	}
}

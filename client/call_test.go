package client_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

func TestCallsInBothDialects(t *testing.T) {
	_, url := start(t, server.Options{})
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			c := dial(t, url+w.path, client.Options{Dialect: w.dialect, Token: "t"})
			hello := c.Hello()
			if hello == nil || hello.Protocol != protocol.ProtocolVersion || !slices.Contains(hello.Features.Methods, "voicewake.get") {
				t.Fatalf("hello: %+v", hello)
			}
			if st := c.State(); st.Phase != client.Connected || st.Hello != hello {
				t.Errorf("state: %+v", st)
			}
			got, err := c.VoicewakeGet(t.Context(), nil)
			if err != nil || !slices.Equal(got.Triggers, []string{"computer"}) {
				t.Errorf("voicewake.get: %v, %v", got, err)
			}
			got, err = c.VoicewakeSet(t.Context(), &protocol.VoicewakeSetParams{Triggers: []string{"a", "é\n"}})
			if err != nil || !slices.Equal(got.Triggers, []string{"a", "é\n"}) {
				t.Errorf("voicewake.set: %v, %v", got, err)
			}
			if raw, err := c.CallRaw(t.Context(), "voicewake.get", nil); err != nil || string(raw) != `{"triggers":["computer"]}` {
				t.Errorf("raw: %s, %v", raw, err)
			}
		})
	}
}

func TestEarlyAnswers(t *testing.T) {
	_, url := start(t, server.Options{})
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			c := dial(t, url+w.path, client.Options{Dialect: w.dialect})
			for _, key := range []string{"run-1", "run-2"} {
				got, err := c.Agent(t.Context(), &protocol.AgentParams{Message: "hi", IdempotencyKey: key})
				if err != nil || got.RunID != key || got.AcceptedAt != 7 {
					t.Fatalf("agent: %+v, %v", got, err)
				}
			}
			_, err := c.Agent(t.Context(), &protocol.AgentParams{Message: "fail", IdempotencyKey: "run-3"})
			var e *client.Error
			if !errors.As(err, &e) || e.Code != protocol.CodeAgentTimeout || !e.Retryable {
				t.Errorf("failed run: %v", err)
			}
			// The field's second answers found no caller and did no harm.
			if _, err := c.VoicewakeGet(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	_, url := start(t, server.Options{})
	c := dial(t, url, client.Options{})
	_, err := c.CallRaw(t.Context(), "voicewake.set", []byte(`{"triggers":5,"x":1}`))
	var e *client.Error
	if !errors.As(err, &e) || e.Code != protocol.CodeInvalidRequest || e.Retryable || !strings.Contains(string(e.Details), `"path":"/triggers"`) {
		t.Errorf("wrong params: %v, details %s", err, e.Details)
	}
	_, err = c.CallRaw(t.Context(), "no.such", nil)
	if !errors.As(err, &e) || e.Message != "unknown method: no.such" {
		t.Errorf("unknown method: %v", err)
	}
	_, err = c.AgentsList(t.Context(), nil)
	if !errors.As(err, &e) || e.Code != protocol.CodeUnavailable || !e.Retryable {
		t.Errorf("not offered: %v", err)
	}
	if _, err = c.CallRaw(t.Context(), "health", []byte(`{`)); err == nil || errors.As(err, &e) && e.Code == "" {
		t.Errorf("broken params: %v", err)
	}
	if _, err := c.VoicewakeGet(t.Context(), nil); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

func TestErrorFromAGatewayThatSaysLittle(t *testing.T) {
	url := scripted(t, func(p *peer) {
		p.hello(time.Minute)
		for _, answer := range []string{
			`"ok":false,"error":{"code":"UNAVAILABLE","message":"later","retryAfterMs":1500,"new":1}`,
			`"ok":false,"payload":{"a":1},"error":{"code":"NEW","message":"m","details":[1]}`,
			`"ok":false`,
			`"ok":true`,
		} {
			v, _ := p.read()
			p.send(fmt.Sprintf(`{"id":%q,%s,"type":"res"}`, v["id"], answer))
		}
		p.wait()
	})
	c := dial(t, url, client.Options{})
	want := []client.Error{
		{Code: "UNAVAILABLE", Message: "later", Retryable: true, RetryAfter: 1500 * time.Millisecond},
		{Code: "NEW", Message: "m", Details: []byte("[1]"), Payload: []byte(`{"a":1}`)},
		{Code: "UNAVAILABLE", Message: "the gateway said no more than that the call failed", Retryable: true},
	}
	for _, w := range want {
		_, err := c.CallRaw(t.Context(), "x", nil)
		var e *client.Error
		if !errors.As(err, &e) || !reflect.DeepEqual(*e, w) {
			t.Errorf("got %+v, want %+v", e, w)
		}
	}
	if v, err := c.LastHeartbeat(t.Context(), nil); v != nil || err != nil {
		t.Errorf("no payload: %v, %v", v, err)
	}
}

func TestCancelledCallLeavesTheConnection(t *testing.T) {
	v := voice{gate: make(chan struct{}), seen: make(chan []string, 4)}
	_, url := start(t, server.Options{Handlers: &protocol.Handlers{Voice: v}})
	c := dial(t, url, client.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := c.VoicewakeGet(ctx, nil)
		failed <- err
	}()
	expect(t, "call", v.seen)
	cancel()
	if err := expect(t, "end of the call", failed); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled call: %v", err)
	}
	close(v.gate) // the late answer finds nobody
	if _, err := c.VoicewakeGet(t.Context(), nil); err != nil {
		t.Errorf("next call: %v", err)
	}
	if st := c.State(); st.Phase != client.Connected {
		t.Errorf("state: %+v", st)
	}
}

func TestManyCallers(t *testing.T) {
	s, url := start(t, server.Options{})
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			c := dial(t, url+w.path, client.Options{Dialect: w.dialect, MaxPending: 32})
			c.OnTick(func(*protocol.Tick) {})
			var wg sync.WaitGroup
			for k := range 100 {
				wg.Go(func() {
					for n := range 20 {
						word := fmt.Sprintf("%d-%d", k, n)
						got, err := c.VoicewakeSet(t.Context(), &protocol.VoicewakeSetParams{Triggers: []string{word}})
						if err != nil || got.Triggers[0] != word {
							t.Errorf("%s: %v, %v", word, got, err)
							return
						}
						if n%5 == 0 {
							s.Publish(t.Context(), protocol.NewEventTick(&protocol.Tick{Ts: 1}))
							c.OnAny(func(string, []byte, int64) {})()
							_ = c.State()
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestCallsBeyondTheLimitWait(t *testing.T) {
	v := voice{gate: make(chan struct{}), seen: make(chan []string, 4)}
	_, url := start(t, server.Options{Handlers: &protocol.Handlers{Voice: v}})
	c := dial(t, url, client.Options{MaxPending: 1})
	answered := make(chan error, 1)
	go func() {
		_, err := c.VoicewakeGet(t.Context(), nil)
		answered <- err
	}()
	expect(t, "call", v.seen)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.VoicewakeGet(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("second call: %v", err)
	}
	close(v.gate)
	if err := expect(t, "answer", answered); err != nil {
		t.Error(err)
	}
	if _, err := c.VoicewakeGet(t.Context(), nil); err != nil {
		t.Errorf("third call: %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	long := strings.Repeat("x", 20<<10)
	_, url := start(t, server.Options{MaxPayload: 16 << 10})
	c := dial(t, url, client.Options{MaxMessage: 12 << 10})
	_, err := c.VoicewakeSet(t.Context(), &protocol.VoicewakeSetParams{Triggers: []string{long}})
	if !errors.Is(err, client.ErrTooLarge) {
		t.Errorf("request: %v", err)
	}
	_, err = c.VoicewakeSet(t.Context(), &protocol.VoicewakeSetParams{Triggers: []string{long[:14<<10]}})
	if !errors.Is(err, client.ErrTooLarge) {
		t.Errorf("answer: %v", err)
	}
	for _, size := range []int{8<<10 - 200, 8 << 10, 11 << 10} {
		got, err := c.VoicewakeSet(t.Context(), &protocol.VoicewakeSetParams{Triggers: []string{long[:size]}})
		if err != nil || got.Triggers[0] != long[:size] {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if st := c.State(); st.Phase != client.Connected || c.Err() != nil {
		t.Errorf("state: %+v", st)
	}
}

func TestCallsBeforeAndAfter(t *testing.T) {
	_, url := start(t, server.Options{})
	c := fresh(t, url, client.Options{})
	if _, err := c.VoicewakeGet(t.Context(), nil); !errors.Is(err, client.ErrNotConnected) {
		t.Errorf("before: %v", err)
	}
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Connect(t.Context()); err == nil {
		t.Error("a second Connect succeeded")
	}
	shut(t, c)
	if _, err := c.VoicewakeGet(t.Context(), nil); !errors.Is(err, client.ErrClosed) {
		t.Errorf("after: %v", err)
	}
	if err := c.Connect(t.Context()); !errors.Is(err, client.ErrClosed) {
		t.Errorf("Connect after: %v", err)
	}
	<-c.Done()
	if !errors.Is(c.Err(), client.ErrClosed) || c.State().Phase != client.Ended {
		t.Errorf("ended with %v, %v", c.Err(), c.State().Phase)
	}
}

func TestCloseEndsCallsAndTellsTheGateway(t *testing.T) {
	gone := make(chan int, 1)
	asked := make(chan struct{})
	url := scripted(t, func(p *peer) {
		p.hello(time.Minute)
		p.read()
		close(asked)
		gone <- int(p.wait().Code)
	})
	c := fresh(t, url, client.Options{})
	st := states(c)
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := expect(t, "state", st); s.Phase != client.Connected || s.Hello != c.Hello() {
		t.Errorf("first state: %+v", s)
	}
	failed := make(chan error)
	go func() {
		_, err := c.VoicewakeGet(context.Background(), nil)
		failed <- err
	}()
	expect(t, "call", asked)
	shut(t, c)
	if err := expect(t, "end of the call", failed); !errors.Is(err, client.ErrClosed) {
		t.Errorf("call: %v", err)
	}
	if code := expect(t, "close", gone); code != 1000 {
		t.Errorf("closed with %d", code)
	}
	if s := expect(t, "state", st); s.Phase != client.Ended || !errors.Is(s.Cause, client.ErrClosed) {
		t.Errorf("last state: %+v", s)
	}
}

package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// quick reconnects without making tests wait.
var quick = client.Reconnect{Min: 5 * time.Millisecond, Max: 20 * time.Millisecond}

func TestServerRestartsOnTheSamePort(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			address := "127.0.0.1:0"
			run := func() (end func()) {
				l, err := net.Listen("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				address = l.Addr().String()
				s := server.New(options(server.Options{}))
				h := &http.Server{Handler: s}
				done := make(chan struct{})
				go func() {
					defer close(done)
					_ = h.Serve(l)
				}()
				return func() {
					stop(t, s)
					h.Close()
					<-done
				}
			}
			end := run()
			c := fresh(t, "ws://"+address+w.path, client.Options{Dialect: w.dialect, Reconnect: quick})
			st := states(c)
			shutdown := make(chan string, 1)
			c.OnShutdown(func(p *protocol.Shutdown) { shutdown <- p.Reason })
			gaps := make(chan int64, 8)
			c.OnGap(func(_, got int64) { gaps <- got })
			if err := c.Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			first := expect(t, "state", st)
			end()
			if reason := expect(t, "shutdown", shutdown); reason != "gateway stopping" {
				t.Errorf("reason %q", reason)
			}
			s := expect(t, "state", st)
			var closed *client.CloseError
			if s.Phase != client.Disconnected || !errors.As(s.Cause, &closed) || closed.Code != 1012 || closed.Reason != "service restart" {
				t.Errorf("state: %+v", s)
			}
			// While nobody is there, a call waits.
			answered := make(chan error, 1)
			go func() {
				_, err := c.VoicewakeGet(t.Context(), nil)
				answered <- err
			}()
			for s.Attempt < 2 {
				if s = expect(t, "state", st); s.Phase != client.Reconnecting || s.Cause == nil {
					t.Fatalf("state: %+v", s)
				}
			}
			end = run()
			defer end()
			if err := expect(t, "answer", answered); err != nil {
				t.Errorf("call: %v", err)
			}
			for s.Phase != client.Connected {
				s = expect(t, "state", st)
			}
			if s.Hello.Server.ConnID == first.Hello.Server.ConnID || c.Hello() != s.Hello {
				t.Error("hello is that of the first connection")
			}
			shut(t, c)
			if len(gaps) > 0 {
				t.Errorf("gap before %d", <-gaps)
			}
		})
	}
}

// answers reads requests over any number of connections; the first of them are
// lost before they are answered.
func answers(t *testing.T, lost int64) (url string, asked chan string) {
	asked = make(chan string, 16)
	var n atomic.Int64
	return scripted(t, func(p *peer) {
		p.hello(time.Minute)
		for {
			v, err := p.read()
			if err != nil {
				return
			}
			asked <- fmt.Sprint(v["id"], " ", v["method"], " ", v["params"])
			if n.Add(1) <= lost {
				return
			}
			p.send(fmt.Sprintf(`{"type":"res","id":%q,"ok":true,"payload":{"triggers":["x"]}}`, v["id"]))
		}
	}), asked
}

func TestLostCallsAreRepeatedWhereThatIsSafe(t *testing.T) {
	for _, c := range []struct {
		method, params string
		repeated       bool
	}{
		{"voicewake.get", `{}`, true},
		{"voicewake.set", `{"triggers":["a"]}`, true},
		{"node.invoke", `{"nodeId":"n","command":"c","idempotencyKey":"k"}`, true},
		{"nodes.invoke", `{"nodeId":"n","command":"c"}`, false},
		{"exec.approval.request", `{"id":"k","command":"ls"}`, true},
		{"exec.approval.request", `{"id":null,"command":"ls"}`, false},
		{"system-event", `{"text":"x"}`, false},
		{"not.in.the.schema", `{}`, false},
	} {
		t.Run(c.method, func(t *testing.T) {
			url, asked := answers(t, 1)
			cl := dial(t, url, client.Options{Reconnect: quick})
			_, err := cl.CallRaw(t.Context(), c.method, []byte(c.params))
			if c.repeated != (err == nil) || err != nil && !errors.Is(err, client.ErrConnectionLost) {
				t.Errorf("error: %v", err)
			}
			first := expect(t, "request", asked)
			if c.repeated {
				if second := expect(t, "request", asked); second != first {
					t.Errorf("first %s, then %s", first, second)
				}
			}
			// What was lost is not sent again behind the caller's back.
			if _, err := cl.CallRaw(t.Context(), "last", nil); err != nil {
				t.Error(err)
			}
			if v := expect(t, "request", asked); v != "2 last map[]" {
				t.Errorf("then %s", v)
			}
		})
	}
}

func TestACallIsNotRepeatedForEver(t *testing.T) {
	url, asked := answers(t, 100)
	c := dial(t, url, client.Options{Reconnect: quick})
	if _, err := c.VoicewakeGet(t.Context(), nil); !errors.Is(err, client.ErrConnectionLost) {
		t.Errorf("error: %v", err)
	}
	if len(asked) != 3 {
		t.Errorf("sent %d times", len(asked))
	}
}

func TestRefusalEndsTheClientUnlessItIsToWait(t *testing.T) {
	var allowed atomic.Bool
	allowed.Store(true)
	admit := server.AdmitFunc(func(ctx context.Context, a *server.Attempt) (*server.Admission, error) {
		if !allowed.Load() {
			return nil, &server.Refusal{Err: protocol.Errorf(protocol.CodeNotPaired, "pairing required")}
		}
		return admin(ctx, a)
	})
	s, url := start(t, server.Options{Admit: admit})
	everyone := func(*server.Peer) bool { return true }

	c := dial(t, url, client.Options{Reconnect: quick})
	allowed.Store(false)
	s.Disconnect(everyone, "token revoked")
	<-c.Done()
	var refused *client.RefusedError
	if !errors.As(c.Err(), &refused) || refused.Err.Code != protocol.CodeNotPaired {
		t.Errorf("ended with %v", c.Err())
	}

	wait := quick
	wait.First, wait.Refused = true, true
	waiting := fresh(t, url, client.Options{Reconnect: wait})
	st := states(waiting)
	connected := make(chan error, 1)
	go func() { connected <- waiting.Connect(t.Context()) }()
	for range 3 {
		if s := expect(t, "state", st); s.Phase != client.Reconnecting || !errors.As(s.Cause, &refused) {
			t.Fatalf("state: %+v", s)
		}
	}
	allowed.Store(true)
	if err := expect(t, "connection", connected); err != nil {
		t.Error(err)
	}
}

func TestConnectGivesUpWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "ws://" + l.Addr().String()
	l.Close()
	if _, err := client.Dial(t.Context(), address, client.Options{}); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("nobody there: %v", err)
	}
	again := quick
	again.First = true
	c := fresh(t, address, client.Options{Reconnect: again})
	ctx, cancel := context.WithCancel(t.Context())
	var attempts []int
	c.OnState(func(s client.State) {
		attempts = append(attempts, s.Attempt)
		if s.Attempt == 3 {
			cancel()
		}
	})
	var network *net.OpError
	if err := c.Connect(ctx); !errors.Is(err, context.Canceled) || !errors.As(err, &network) {
		t.Errorf("cancelled: %v", err)
	}
	shut(t, c)
	if len(attempts) < 3 || !slices.Equal(attempts[:3], []int{1, 2, 3}) {
		t.Errorf("attempts: %v", attempts)
	}
}

func TestCloseWhileConnecting(t *testing.T) {
	asked := make(chan struct{})
	url := scripted(t, func(p *peer) {
		p.read()
		close(asked)
		p.wait()
	})
	c := fresh(t, url, client.Options{})
	failed := make(chan error, 1)
	go func() { failed <- c.Connect(context.Background()) }()
	expect(t, "handshake", asked)
	shut(t, c)
	if err := expect(t, "end of Connect", failed); !errors.Is(err, client.ErrClosed) {
		t.Errorf("connect: %v", err)
	}
}

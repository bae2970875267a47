package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// The time of these tests is faked, and so is the network.
const nowhere = "ws://127.0.0.1:18789"

// pass lets fake time pass.
func pass(d time.Duration) { <-time.After(d) }

func TestTicksKeepTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		s := server.New(options(server.Options{}))
		p.serve(t, s)
		c := dial(t, nowhere, client.Options{DialContext: p.DialContext})
		pass(time.Hour) // of fake time
		if st := c.State(); st.Phase != client.Connected {
			t.Errorf("state: %+v", st)
		}
		if _, err := c.VoicewakeGet(t.Context(), nil); err != nil {
			t.Error(err)
		}
		shut(t, c)
		stop(t, s)
	})
}

func TestSilenceEndsTheConnection(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprint("deaf ", deaf), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipes()
				closed := make(chan string, 8)
				release := make(chan struct{})
				p.serve(t, scriptHandler(t, func(g *peer) {
					g.hello(10 * time.Second)
					pass(20 * time.Second)
					g.send(event("tick", `{"ts":1}`, 1))
					if deaf {
						<-release
						return
					}
					end := g.wait()
					closed <- fmt.Sprint(int(end.Code), " ", end.Reason)
				}))
				c := fresh(t, nowhere, client.Options{DialContext: p.DialContext})
				st := states(c)
				began := time.Now()
				if err := c.Connect(t.Context()); err != nil {
					t.Fatal(err)
				}
				<-st
				lost := <-st
				if lost.Phase != client.Disconnected || !errors.Is(lost.Cause, client.ErrTickTimeout) {
					t.Errorf("state: %+v", lost)
				}
				// Three intervals after the tick, and a moment for the farewell.
				if after := time.Since(began); after < 50*time.Second || after > 53*time.Second {
					t.Errorf("after %v", after)
				}
				if !deaf {
					if got := <-closed; got != "4000 tick timeout" {
						t.Errorf("closed with %s", got)
					}
				}
				if s := <-st; s.Phase != client.Reconnecting {
					t.Errorf("state: %+v", s)
				}
				if s := <-st; s.Phase != client.Connected {
					t.Errorf("state: %+v", s)
				}
				shut(t, c)
				close(release)
			})
		})
	}
}

func TestDelaysDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		var full atomic.Bool
		p.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if full.Load() {
				http.Error(w, "starting", http.StatusServiceUnavailable)
				return
			}
			scriptHandler(t, func(g *peer) { g.hello(time.Minute) }).ServeHTTP(w, r)
		}))
		c := fresh(t, nowhere, client.Options{DialContext: p.DialContext})
		st := states(c)
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The gateway greets and drops: that is no connection that held.
		attempt, want := 0, time.Second
		next := func() {
			t.Helper()
			s := <-st
			for s.Phase != client.Reconnecting {
				s = <-st
			}
			attempt++
			if s.Attempt != attempt || s.Delay < want/2 || s.Delay > want {
				t.Errorf("attempt %d after %v, want attempt %d after %v at most", s.Attempt, s.Delay, attempt, want)
			}
			at := time.Now()
			pass(s.Delay)
			if off := time.Since(at) - s.Delay; off != 0 {
				t.Errorf("off by %v", off)
			}
			want = min(2*want, 30*time.Second)
		}
		for range 3 {
			next()
		}
		full.Store(true)
		for range 6 {
			next()
		}
		shut(t, c)
	})
}

func TestAConnectionThatHeldStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		p.serve(t, scriptHandler(t, func(g *peer) {
			g.hello(time.Minute)
			pass(31 * time.Second)
		}))
		c := fresh(t, nowhere, client.Options{DialContext: p.DialContext})
		st := states(c)
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			for _, want := range []client.Phase{client.Connected, client.Disconnected, client.Reconnecting} {
				if s := <-st; s.Phase != want || s.Attempt > 1 || s.Delay > time.Second {
					t.Errorf("state: %+v, want %v", s, want)
				}
			}
		}
		shut(t, c)
	})
}

func TestTheGatewaySaysWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		n := 0
		p.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n++
			if n == 3 {
				w.Header().Set("Retry-After", "120")
				http.Error(w, "stopping", http.StatusServiceUnavailable)
				return
			}
			scriptHandler(t, func(g *peer) {
				switch n {
				case 1:
					g.hello(time.Minute)
					g.send(event("shutdown", `{"reason":"gateway restarting","restartExpectedMs":20000}`, 1))
					g.ws.Close(1012, "service restart")
				case 2:
					g.read()
					g.send(`{"type":"res","id":"connect","ok":false,"error":{"code":"UNAVAILABLE","message":"too many attempts","retryable":true,"retryAfterMs":60000}}`)
					g.ws.Close(1008, "too many attempts")
				default:
					g.hello(time.Minute)
					g.wait()
				}
			}).ServeHTTP(w, r)
		}))
		c := fresh(t, nowhere, client.Options{DialContext: p.DialContext})
		st := states(c)
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, want := range []client.State{
			{Phase: client.Connected}, {Phase: client.Disconnected},
			{Phase: client.Reconnecting, Attempt: 1, Delay: 20 * time.Second},
			{Phase: client.Reconnecting, Attempt: 2, Delay: time.Minute},
			{Phase: client.Reconnecting, Attempt: 3, Delay: 2 * time.Minute},
			{Phase: client.Connected},
		} {
			s := <-st
			if s.Phase != want.Phase || s.Attempt != want.Attempt || s.Delay < want.Delay || s.Delay > want.Delay+time.Second {
				t.Errorf("state: %+v, want %+v", s, want)
			}
		}
		shut(t, c)
	})
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		p.serve(t, scriptHandler(t, func(g *peer) {
			g.hello(time.Hour)
			g.wait()
		}))
		c := dial(t, nowhere, client.Options{DialContext: p.DialContext})
		for _, call := range []struct {
			name, method, params string
			own, want            time.Duration
		}{
			{"default", "health", `{}`, 0, 30 * time.Second},
			{"not in the schema", "x", `{}`, 0, 30 * time.Second},
			{"longer by its context", "health", `{}`, 45 * time.Second, 45 * time.Second},
			{"waits as asked", "agent.wait", `{"runId":"r","timeoutMs":60000}`, 0, 90 * time.Second},
			{"waits as asked, in its context", "agent.wait", `{"runId":"r","timeoutMs":60000}`, time.Second, time.Second},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			if call.own > 0 {
				ctx, cancel = context.WithTimeout(t.Context(), call.own)
			}
			began := time.Now()
			_, err := c.CallRaw(ctx, call.method, []byte(call.params))
			if took := time.Since(began); took != call.want || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v after %v, want %v", call.name, err, took, call.want)
			}
			cancel()
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Minute, cancel)
		if _, err := c.AgentWait(ctx, &protocol.AgentWaitParams{RunID: "r"}); !errors.Is(err, context.Canceled) {
			t.Errorf("a call that waits by design: %v", err)
		}
		if st := c.State(); st.Phase != client.Connected {
			t.Errorf("state: %+v", st)
		}
		shut(t, c)
	})
}

func TestNoGreetingInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		p.serve(t, scriptHandler(t, func(g *peer) { g.wait() }))
		for _, path := range []string{"/v1/connect", "/"} {
			began := time.Now()
			c := fresh(t, nowhere+path, client.Options{DialContext: p.DialContext})
			if err := c.Connect(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error: %v", err)
			}
			if took := time.Since(began); took != 15*time.Second {
				t.Errorf("after %v", took)
			}
		}
	})
}

// Gateways that are old, or that a proxy reaches by another path, send no
// challenge.
func TestNoChallenge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		asked := make(chan map[string]any, 1)
		p.serve(t, scriptHandler(t, func(g *peer) {
			v, _ := g.read()
			asked <- v
			g.send(`{"type":"res","id":"connect","ok":true,"payload":` + string(helloOk(time.Minute).AppendJSON(nil)) + `}`)
			g.wait()
		}))
		id, err := device.New()
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		c := dial(t, nowhere, client.Options{DialContext: p.DialContext, Dialect: protocol.DialectField, Device: id})
		if took := time.Since(began); took != 750*time.Millisecond {
			t.Errorf("after %v", took)
		}
		v := <-asked
		d := v["params"].(map[string]any)["device"].(map[string]any)
		if v["method"] != "connect" || d["id"] != id.ID() || d["nonce"] != nil {
			t.Errorf("asked: %v", v)
		}
		shut(t, c)
	})
}

// A gateway that stops reading holds one call up in the writing of it, and
// others behind. Those were never sent, so any of them may go over the next
// connection.
func TestUnsentCallsGoOverTheNextConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		drop := make(chan struct{})
		first := true
		p.serve(t, scriptHandler(t, func(g *peer) {
			g.hello(time.Minute)
			if first {
				first = false
				<-drop
				return
			}
			for {
				v, err := g.read()
				if err != nil {
					return
				}
				g.send(fmt.Sprintf(`{"type":"res","id":%q,"ok":true,"payload":%q}`, v["id"], v["method"]))
			}
		}))
		c := dial(t, nowhere, client.Options{DialContext: p.DialContext})
		type outcome struct {
			data []byte
			err  error
		}
		call := func(ctx context.Context, name string) chan outcome {
			ch := make(chan outcome, 1)
			go func() {
				data, err := c.CallRaw(ctx, name, nil)
				ch <- outcome{data, err}
			}()
			synctest.Wait()
			return ch
		}
		ctx, cancel := context.WithCancel(t.Context())
		written := call(t.Context(), "written")
		waiting := call(t.Context(), "waiting")
		givenUp := call(ctx, "given.up")
		cancel()
		if o := <-givenUp; !errors.Is(o.err, context.Canceled) {
			t.Errorf("given up: %v", o.err)
		}
		close(drop)
		if o := <-written; !errors.Is(o.err, client.ErrConnectionLost) {
			t.Errorf("written: %s, %v", o.data, o.err)
		}
		if o := <-waiting; o.err != nil || string(o.data) != `"waiting"` {
			t.Errorf("waiting: %s, %v", o.data, o.err)
		}
		shut(t, c)
	})
}

func TestStalledWriteEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		release := make(chan struct{})
		p.serve(t, scriptHandler(t, func(g *peer) {
			g.hello(time.Hour)
			<-release
		}))
		c := dial(t, nowhere, client.Options{DialContext: p.DialContext, Reconnect: client.Reconnect{Off: true}})
		began := time.Now()
		_, err := c.CallRaw(t.Context(), "x", nil)
		if took := time.Since(began); !errors.Is(err, client.ErrConnectionLost) || took != 10*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		close(release)
		<-c.Done()
		shut(t, c)
	})
}

func TestTickTimeoutByOption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		p.serve(t, scriptHandler(t, func(g *peer) {
			g.hello(time.Second)
			g.wait()
		}))
		never := dial(t, nowhere, client.Options{DialContext: p.DialContext, TickTimeout: -1})
		soon := dial(t, nowhere, client.Options{DialContext: p.DialContext, TickTimeout: time.Minute, Reconnect: client.Reconnect{Off: true}})
		began := time.Now()
		<-soon.Done()
		if after := time.Since(began); after != time.Minute || !errors.Is(soon.Err(), client.ErrTickTimeout) {
			t.Errorf("%v after %v", soon.Err(), after)
		}
		if st := never.State(); st.Phase != client.Connected {
			t.Errorf("state: %+v", st)
		}
		shut(t, never)
		shut(t, soon)
	})
}

package nodes

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestInvoke(t *testing.T) {
	for _, c := range []struct {
		name          string
		answer        func(*protocol.NodeInvokeResultParams)
		payload, text string
		failure       string
		details       string
	}{
		{name: "a value", payload: `"done"`},
		{name: "text", answer: func(p *protocol.NodeInvokeResultParams) { p.PayloadJSON = wire.SomeOrNull(`{"a": 1}`) }, payload: `{"a": 1}`, text: `{"a": 1}`},
		{name: "text that is no JSON", answer: func(p *protocol.NodeInvokeResultParams) { p.PayloadJSON = wire.SomeOrNull(`{"a`) }, payload: `{"payloadJSON":"{\"a"}`, text: `{"a`},
		{name: "text that is too deep", answer: func(p *protocol.NodeInvokeResultParams) {
			p.PayloadJSON = wire.SomeOrNull(strings.Repeat("[", 62) + strings.Repeat("]", 62))
		}, payload: `{"payloadJSON":"` + strings.Repeat("[", 62) + strings.Repeat("]", 62) + `"}`, text: strings.Repeat("[", 62) + strings.Repeat("]", 62)},
		{name: "brackets in text are not deep", answer: func(p *protocol.NodeInvokeResultParams) {
			p.PayloadJSON = wire.SomeOrNull(`"\"` + strings.Repeat("[", 99) + `"`)
		}, payload: `"\"` + strings.Repeat("[", 99) + `"`, text: `"\"` + strings.Repeat("[", 99) + `"`},
		{name: "nothing", answer: func(p *protocol.NodeInvokeResultParams) {
			p.Payload, p.PayloadJSON, p.Error = nil, wire.ExplicitNull[string](), wire.ExplicitNull[protocol.NodeError]()
		}, payload: "null"},
		{name: "a failure", answer: func(p *protocol.NodeInvokeResultParams) {
			p.Ok, p.Error = false, wire.SomeOrNull(protocol.NodeError{Code: wire.Some(protocol.NodeErrorCode("OFF")), Message: wire.Some("it is off")})
		}, failure: "UNAVAILABLE: it is off", details: `{"nodeError":{"code":"OFF","message":"it is off"}}`},
		{name: "a failure without a word", answer: func(p *protocol.NodeInvokeResultParams) { p.Ok = false }, failure: "UNAVAILABLE: node invoke failed", details: `{"nodeError":null}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				p := w.join("n", "ios", "camera.snap")
				out := w.invoke(t.Context(), Call{NodeID: "n", Command: "camera.snap", Params: []byte(`{"x":1}`), Key: "k"})
				synctest.Wait()
				r, conn := w.asked()
				if conn != p.ConnID || r.NodeID != "n" || r.Command != "camera.snap" || r.ParamsJSON.V != `{"x":1}` || r.TimeoutMs.V != 30_000 || r.IdempotencyKey.V != "k" {
					t.Errorf("%s was asked %+v", conn, r)
				}
				if w.answer(p, r.ID, c.answer) {
					t.Error("the answer was ignored")
				}
				got := <-out
				if message(got.err) != c.failure {
					t.Fatalf("failed with %v, want %q", got.err, c.failure)
				}
				if c.failure != "" {
					if d := string(got.err.(*protocol.Error).Details.AppendJSON(nil)); d != c.details {
						t.Errorf("details %s, want %s", d, c.details)
					}
				} else if string(got.answer.Payload) != c.payload || got.answer.Text != c.text || got.answer.HasText != (c.text != "") {
					t.Errorf("got %s and %q", got.answer.Payload, got.answer.Text)
				}
				if !w.answer(p, r.ID, nil) {
					t.Error("a second answer was not ignored")
				}
				w.empty()
			})
		})
	}
}

func TestInvokeFailures(t *testing.T) {
	notAllowed := func(reason string) string { return `{"reason":"` + reason + `","command":"system.run"}` }
	for _, c := range []struct {
		name, failure, details string
		told                   string
		node                   string
		platform               string
		commands               []string
		change                 func(*world)
	}{
		{"nobody", "UNAVAILABLE: node not connected", `{"code":"NOT_CONNECTED"}`, "", "other", "linux", []string{"system.run"}, nil},
		{"not of the platform", "INVALID_REQUEST: node command not allowed", notAllowed("command not allowlisted"), "", "n", "iOS 18", []string{"system.run"}, nil},
		{"not declared", "INVALID_REQUEST: node command not allowed", notAllowed("command not declared by node"), "", "n", "linux", []string{"system.which"}, nil},
		{"nothing declared", "INVALID_REQUEST: node command not allowed", notAllowed("node did not declare commands"), "", "n", "linux", nil, nil},
		{"denied", "INVALID_REQUEST: node command not allowed", notAllowed("command not allowlisted"), "", "n", "linux", []string{"system.run"}, func(w *world) {
			w.config.DenyCommands, w.config.AllowCommands = []string{"system.run"}, []string{"system.run"}
		}},
		{"a socket that is gone", "UNAVAILABLE: failed to send invoke to node", `{"nodeError":{"code":"UNAVAILABLE","message":"failed to send invoke to node"}}`, "started, failed UNAVAILABLE", "n", "linux", []string{"system.run"}, func(w *world) {
			for id := range w.conns {
				w.gone[id] = true
			}
		}},
		{"a guard", "INVALID_REQUEST: no", "", "failed INVALID_REQUEST", "n", "linux", []string{"system.run"}, func(w *world) {
			w.o.Guard = func(context.Context, string, string, []byte) ([]byte, error) {
				return nil, protocol.Errorf(protocol.CodeInvalidRequest, "no")
			}
		}},
		{"time", "UNAVAILABLE: node invoke timed out", `{"nodeError":{"code":"TIMEOUT","message":"node invoke timed out"}}`, "started, failed TIMEOUT", "n", "linux", []string{"system.run"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.join("n", c.platform, c.commands...)
				if c.change != nil {
					c.change(w)
				}
				before := time.Now()
				got := <-w.invoke(t.Context(), Call{NodeID: c.node, Command: "system.run", Timeout: 7 * second, Key: "k"})
				if message(got.err) != c.failure {
					t.Fatalf("failed with %v, want %q", got.err, c.failure)
				}
				details := ""
				if d := got.err.(*protocol.Error).Details; d != nil {
					details = string(d.AppendJSON(nil))
				}
				if details != c.details {
					t.Errorf("details %s, want %s", details, c.details)
				}
				if told, want := strings.Join(w.told, ", "), c.told; told != want {
					t.Errorf("told %q, want %q", told, want)
				}
				if took := time.Since(before); (took == 7*second) != (c.name == "time") {
					t.Errorf("it took %v", took)
				}
				w.empty()
			})
		})
	}
}

// Nobody waits where nobody is to wait; the node is asked all the same.
func TestNoTimeAtAll(t *testing.T) {
	w := newWorld(t)
	w.join("n", "linux", "system.run")
	_, err := w.Invoke(t.Context(), Call{NodeID: "n", Command: "system.run"})
	if message(err) != "UNAVAILABLE: node invoke timed out" {
		t.Error(err)
	}
	if r, _ := w.asked(); r.TimeoutMs.V != 0 {
		t.Errorf("%+v", r)
	}
	w.empty()
}

func TestDisconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.join("n", "linux", "system.run")
		out := w.invoke(t.Context(), Call{NodeID: "n", Command: "system.run"})
		synctest.Wait()
		w.Closed(p)
		if got := <-out; message(got.err) != "UNAVAILABLE: Error: node disconnected (system.run)" {
			t.Error(got.err)
		}
		if told := strings.Join(w.told, ", "); told != "started, failed DISCONNECTED" {
			t.Errorf("told %q", told)
		}
		w.empty()
	})
}

// A caller who goes away takes his call along, unless another waits for it too.
func TestCallersGoAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.join("n", "linux", "system.run")
		ctx, cancel := context.WithCancel(t.Context())
		call := Call{NodeID: "n", Command: "system.run", Key: "k"}
		first, second := w.invoke(ctx, call), w.invoke(t.Context(), call)
		synctest.Wait()
		r, _ := w.asked() // once for both
		cancel()
		if got := <-first; got.err != context.Canceled {
			t.Error(got.err)
		}
		if w.answer(p, r.ID, nil) {
			t.Error("the answer was ignored, though somebody waits for it")
		}
		if got := <-second; got.err != nil {
			t.Error(got.err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		alone := w.invoke(ctx, Call{NodeID: "n", Command: "system.run"})
		synctest.Wait()
		r, _ = w.asked()
		cancel()
		<-alone
		if told := strings.Join(w.told, ", "); told != "started, ok, started, failed CANCELLED" {
			t.Errorf("told %q", told)
		}
		if !w.answer(p, r.ID, nil) {
			t.Error("an answer that nobody waits for was taken")
		}
		w.empty()
	})
}

// A repeat gets the first answer without the node being asked again; where there
// was none, it is asked again.
func TestRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.join("n", "linux", "system.run")
		call := Call{NodeID: "n", Command: "system.run", Params: []byte(`{}`), Key: "k", Timeout: 5 * second}
		if got := <-w.invoke(t.Context(), call); message(got.err) != "UNAVAILABLE: node invoke timed out" {
			t.Fatal(got.err)
		}
		w.take()
		out := w.invoke(t.Context(), call)
		synctest.Wait()
		r, _ := w.asked()
		w.answer(p, r.ID, nil)
		<-out
		for _, where := range []string{"there", "away"} {
			if got := <-w.invoke(t.Context(), call); got.err != nil || string(got.answer.Payload) != `"done"` || len(w.take()) != 0 {
				t.Errorf("a repeat, the node is %s: %+v", where, got)
			}
			w.Closed(p)
		}
		other := call
		other.Params = []byte(`{"x":1}`)
		if got := <-w.invoke(t.Context(), other); message(got.err) != `INVALID_REQUEST: idempotencyKey "k" was used before with other params: use a new key for a new request` {
			t.Error(got.err)
		}
		time.Sleep(answersFor + second)
		if got := <-w.invoke(t.Context(), call); message(got.err) != "UNAVAILABLE: node not connected" {
			t.Errorf("long after: %v", got.err)
		}
		w.empty()
	})
}

// What is kept for repeats is bounded by number and size.
func TestAnswersAreBounded(t *testing.T) {
	a := newAnswers()
	now := time.Now()
	for n := range maxAnswers + 100 {
		k := &call{key: string(rune(n)), outcome: outcome{answered: true, answer: &Answer{}}}
		a.begin(k)
		a.end(k, now)
	}
	if len(a.calls) != maxAnswers || len(a.kept) != maxAnswers || a.find(string(rune(0)), now) != nil || a.find(string(rune(maxAnswers)), now) == nil {
		t.Errorf("%d are kept", len(a.calls))
	}
	for n := range 20 {
		k := &call{key: "big" + string(rune('a'+n)), outcome: outcome{answered: true, answer: &Answer{Payload: make([]byte, 1<<20)}}}
		a.begin(k)
		a.end(k, now)
	}
	if a.bytes > maxAnswered || a.find("biga", now) != nil || a.find("bigt", now) == nil {
		t.Errorf("%d bytes are kept", a.bytes)
	}
	if a.find("bigt", now.Add(answersFor+second)); len(a.calls) != 0 || a.bytes != 0 {
		t.Errorf("%d are kept, %d bytes", len(a.calls), a.bytes)
	}
}

func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.join("n", "linux", "system.run")
		var all []<-chan outcomeOf
		for range maxCalls {
			all = append(all, w.invoke(t.Context(), Call{NodeID: "n", Command: "system.run"}))
		}
		synctest.Wait()
		got := <-w.invoke(t.Context(), Call{NodeID: "n", Command: "system.run"})
		if message(got.err) != "UNAVAILABLE: node is busy: 64 calls wait for its answer" {
			t.Error(got.err)
		}
		for _, s := range w.take() {
			w.answer(p, s.event.Payload.(*protocol.NodeInvokeRequest).ID, nil)
		}
		for _, out := range all {
			if got := <-out; got.err != nil {
				t.Error(got.err)
			}
		}
		w.empty()
	})
}

// A node cannot answer for another one.
func TestAnswersOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p, other := w.join("n", "linux", "system.run"), w.join("m", "linux", "system.run")
		out := w.invoke(t.Context(), Call{NodeID: "n", Command: "system.run"})
		synctest.Wait()
		r, _ := w.asked()
		_, err := w.NodeInvokeResult(as(other), &protocol.NodeInvokeResultParams{ID: r.ID, NodeID: "n", Ok: true})
		if message(err) != "INVALID_REQUEST: nodeId mismatch" {
			t.Error(err)
		}
		if !w.answer(other, r.ID, nil) {
			t.Error("another node answered")
		}
		impostor := w.peer("", "linux", "system.run")
		impostor.Client.ID = "n"
		w.Opened(impostor)
		if !w.answer(impostor, r.ID, nil) {
			t.Error("one that only has the name of the node answered")
		}
		// The same node over another connection may.
		again := w.join("n", "linux", "system.run")
		if w.answer(again, r.ID, nil) {
			t.Error("the node's answer was ignored")
		}
		if got := <-out; got.err != nil {
			t.Error(got.err)
		}
		w.Closed(p)
		w.empty()
	})
}

package channels

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
)

// What is not sent is tried again, later and later, for a day.
func TestTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		x := &scripted{deliver: func(context.Context, *Part) (*Receipt, error) {
			tries++
			return nil, &Failure{Verdict: NotSent, Err: errors.New("the line is dead")}
		}}
		b := newBench(t, t.TempDir(), watched, map[string]*scripted{"default": x})
		defer b.close()
		began := time.Now()
		_, err := b.send("default", "7", "hello")
		var e *protocol.Error
		if !errors.As(err, &e) || e.Code != protocol.CodeUnavailable || e.Final || e.RetryAfter == 0 || time.Since(began) != answerTime {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		time.Sleep(25 * time.Hour)
		if tries < 1000 || tries > 1500 {
			t.Errorf("%d tries in a day", tries)
		}
		if _, err := b.send("default", "7", "hello"); !errors.As(err, &e) || !e.Final || !strings.Contains(e.Message, "did not take it for 24h0m0s: the line is dead") {
			t.Errorf("%v", err)
		}
		x.deliver = nil
		if _, err := b.send("default", "7", "again"); err != nil || x.delivered() != "again" {
			t.Errorf("%v: %s", err, x.delivered())
		}
	})
}

// What is not clear is found out where that can be.
func TestReconcile(t *testing.T) {
	for _, c := range []struct {
		name string
		know func(p *Part) (*Receipt, error)
		want string
		sent string
	}{
		{"it has arrived", func(*Part) (*Receipt, error) { return &Receipt{MessageID: "found"}, nil }, "found", ""},
		{"it has not", func(*Part) (*Receipt, error) { return nil, &Failure{Verdict: NotSent, Err: errors.New("no")} }, "m1", "hello"},
		{"nobody knows", func(*Part) (*Receipt, error) { return nil, errors.New("no answer") }, "it is not known whether", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := true
				x := &scripted{know: c.know, deliver: func(context.Context, *Part) (*Receipt, error) {
					if first {
						first = false
						return nil, errors.New("the connection broke")
					}
					return &Receipt{}, nil
				}}
				b := newBench(t, t.TempDir(), watched, map[string]*scripted{"default": x})
				defer b.close()
				r, err := b.send("default", "7", "hello")
				got := fmt.Sprint(err)
				if err == nil {
					got = r.MessageID
				}
				if !strings.Contains(got, c.want) || x.delivered() != c.sent {
					t.Errorf("%s; sent: %q", got, x.delivered())
				}
			})
		})
	}
}

// What a process left in the middle is taken up by the next: parts that arrived
// are not sent again, and of one that was under way nobody claims to know.
func TestInterrupted(t *testing.T) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		t.Run(engine, func(t *testing.T) {
			o := store.Options{Dir: t.TempDir()}
			if engine == "PostgreSQL" {
				o = store.Options{URL: postgrestest.URL(t)}
			}
			st, err := store.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			ctx := t.Context()
			row := func(id, state string, next int) {
				err := st.Write(ctx, func(tx *store.Tx) error {
					r := &outRow{id: id, hash: hashOf(nil), channel: "script", account: "default", chat: id, parts: []Part{{ID: id + "/0", Text: "one\x00"}, {ID: id + "/1", Text: "two"}}, acceptedAt: time.Now().UnixMilli()}
					if _, err := insertOut(ctx, tx, r); err != nil {
						return err
					}
					r.state, r.next, r.attempts = outState(state), next, 1
					return saveOut(ctx, tx, r, time.Now().UnixMilli())
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			row("waits", "queued", 1)
			row("broke", "sending", 1)
			x := &scripted{}
			s := New(Options{Store: st, Sessions: noSessions{}, Kinds: []Kind{&script{Info{ID: "script", Label: "Script"}, map[string]*scripted{"default": x}}}})
			wait := func(id string) *outRow {
				ended, forget := s.wait(id)
				defer forget()
				r, err := s.outcome(ctx, id)
				if err == nil && !r.state.ended() {
					<-ended
					r, err = s.outcome(ctx, id)
				}
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			if err := s.Start(ctx); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if r := wait("waits"); r.state != outSent || x.delivered() != "two" || r.receipt.MessageID != "m1" {
				t.Errorf("%+v: %s", r, x.delivered())
			}
			if r := wait("broke"); r.state != outUnknown || r.next != 1 || r.fault != errInterrupted.Error() {
				t.Errorf("%+v", r)
			}
		})
	}
}

type noSessions struct{ Sessions }

// A message is handed to the agent until that succeeds, once, in the order of its
// chat.
func TestTaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &scripted{settings: openTo(), run: func(ctx context.Context, in Inbox, _ int) error {
			for _, m := range []*Inbound{from("7", "1", "first"), from("7", "2", "second"), from("7", "1", "first"), from("8", "1", "other"), {ID: "9"}, from("7", "2", "edited")} {
				if err := in.Receive(ctx, m); err != nil {
					return err
				}
			}
			return healthy(ctx, in)
		}}
		fails := 3
		refuse := func(r agent.Request) (string, error) {
			if r.Message == "first" && fails > 0 {
				fails--
				e := protocol.Errorf(protocol.CodeUnavailable, "the queue is full")
				e.RetryAfter = 10 * time.Second
				return "", e
			}
			return "re: " + r.Message, nil
		}
		b := newBenchTaking(t, refuse, map[string]*scripted{"default": x})
		defer b.close()
		time.Sleep(5 * time.Second)
		if got := x.delivered(); got != "re: other" {
			t.Errorf("%q", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := x.delivered(); got != "re: other re: first re: second" {
			t.Errorf("%q", got)
		}
	})
}

// newBenchTaking has messages taken by a function from the first one on.
func newBenchTaking(t testing.TB, take func(agent.Request) (string, error), accounts map[string]*scripted) *bench {
	run := accounts["default"].run
	ready := make(chan struct{})
	accounts["default"].run = func(ctx context.Context, in Inbox, n int) error {
		<-ready
		return run(ctx, in, n)
	}
	b := newBench(t, t.TempDir(), watched, accounts)
	b.mu.Lock()
	b.take = take
	b.mu.Unlock()
	close(ready)
	return b
}

// Replies go where they are said to, or where the conversation is.
func TestRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &scripted{settings: openTo()}
		x.settings.Access.AllowFrom = []string{"7"}
		b := newBench(t, t.TempDir(), watched, map[string]*scripted{"default": x})
		defer b.close()
		run := 0
		deliver := func(session string, r agent.Route) error {
			run++
			return b.st.Write(t.Context(), func(tx *store.Tx) error {
				return b.Enqueue(t.Context(), tx, agent.Delivery{RunID: fmt.Sprint(run), SessionKey: session, Route: r, Text: "x"})
			})
		}
		if err := deliver("main", agent.Route{}); err == nil || !strings.Contains(err.Error(), "no channel is linked that the reply could be delivered by") {
			t.Error(err)
		}
		m := b.members["script"][0]
		in := m.begin(func(error) {})
		for _, msg := range []*Inbound{from("7", "1", "hi"), from("8", "1", "hi")} {
			if err := in.Receive(t.Context(), msg); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		time.Sleep(time.Second)
		for _, c := range []struct {
			session string
			route   agent.Route
			chat    string
		}{
			{"agent:main:main", agent.Route{Channel: "last"}, "7"}, // named by the configuration
			{"agent:main:cron:1", agent.Route{}, "7"},
			{"main", agent.Route{Channel: "script", To: "9"}, "9"},
			{"main", agent.Route{Channel: "script"}, "7"},
			{"main", agent.Route{To: "10"}, "10"},
		} {
			if err := deliver(c.session, c.route); err != nil {
				t.Errorf("%+v: %v", c, err)
				continue
			}
			r, err := b.outcome(t.Context(), fmt.Sprint("run:", run))
			if err != nil || r.chat != c.chat {
				t.Errorf("%+v: %+v, %v", c, r, err)
			}
		}
		if err := deliver("main", agent.Route{Channel: "webchat"}); err != nil {
			t.Error(err)
		}
	})
}

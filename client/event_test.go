package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/dialect"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func TestTypedEvents(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			s, url := start(t, server.Options{})
			c := fresh(t, url+w.path, client.Options{Dialect: w.dialect, Adapter: dialect.Adapter{}})
			got := make(chan string, 16)
			stop := c.OnTick(func(p *protocol.Tick) { got <- fmt.Sprint("tick ", p.Ts) })
			c.OnChat(func(p *protocol.ChatEvent) { got <- "chat " + p.Message.V.Content })
			c.OnAgent(func(p protocol.AgentEvent) {
				if m, ok := p.(*protocol.AgentEventMessage); ok {
					got <- "agent " + m.Data.Content
				}
			})
			c.OnGap(func(expected, seq int64) { got <- fmt.Sprintf("gap %d %d", expected, seq) })
			if err := c.Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			tick := func(ts int64) {
				s.Publish(t.Context(), protocol.NewEventTick(&protocol.Tick{Ts: protocol.Timestamp(ts)}))
			}
			tick(1)
			s.Publish(t.Context(), protocol.NewEventChat(&protocol.ChatEventField{RunID: "r", SessionKey: "main", Seq: 1, State: "final",
				Message: wire.Some(protocol.Message{Role: "assistant", Content: protocol.MessageContent{Kind: protocol.MessageContentIsString, String: "hello"}})}))
			s.Publish(t.Context(), protocol.NewEventAgent(&protocol.AgentEventAssistant{RunID: "r", Seq: 1, Ts: 1, Data: protocol.AgentAssistantData{Text: "so far"}}))
			for _, want := range []string{"tick 1", "chat hello", "agent so far"} {
				if v := expect(t, "event", got); v != want {
					t.Errorf("got %q, want %q", v, want)
				}
			}
			stop()
			stop()
			tick(2)
			c.OnTick(func(p *protocol.Tick) { got <- fmt.Sprint("second ", p.Ts) })
			tick(3)
			for v := expect(t, "event", got); v != "second 3"; v = expect(t, "event", got) {
				if v != "second 2" { // it may have come before or after
					t.Fatalf("got %q", v)
				}
			}
		})
	}
}

// event is a frame with a number.
func event(name, payload string, seq int) string {
	return fmt.Sprintf(`{"type":"event","event":%q,"payload":%s,"seq":%d,"later":true}`, name, payload, seq)
}

func TestGapsAndUnknownEvents(t *testing.T) {
	for _, c := range []struct {
		dialect protocol.Dialect
		seqs    []int
		want    []string
	}{
		{protocol.DialectCanonical, []int{3, 4, 7, 2, 3}, []string{"gap 1 3", "3", "4", "gap 5 7", "7", "2", "3"}},
		{protocol.DialectField, []int{30, 31, 33}, []string{"30", "31", "gap 32 33", "33"}},
	} {
		t.Run(c.dialect.String(), func(t *testing.T) {
			url := scripted(t, func(p *peer) {
				hello := string(helloOk(time.Minute).AppendJSON(nil))
				if c.dialect == protocol.DialectField {
					p.send(`{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1}}`)
					hello = `{"type":"res","id":"connect","ok":true,"payload":` + hello + `}`
				}
				p.read()
				p.send(hello)
				p.send(`not JSON`)
				p.send(`{"type":"new"}`)
				p.send(`{"type":"res","id":"no one","ok":true}`)
				p.send(`{"type":"event","event":"tick","payload":"wrong"}`)
				for _, seq := range c.seqs {
					p.send(event("brand.new", `{"a":1}`, seq))
				}
				p.send(`{"type":"event","event":"bare"}`)
				p.wait()
			})
			cl := fresh(t, url, client.Options{Dialect: c.dialect})
			got := make(chan string, 32)
			cl.OnTick(func(*protocol.Tick) { got <- "a tick that makes no sense" })
			cl.OnGap(func(expected, seq int64) { got <- fmt.Sprintf("gap %d %d", expected, seq) })
			cl.OnAny(func(name string, payload []byte, seq int64) {
				switch {
				case name == "brand.new" && string(payload) == `{"a":1}`:
					got <- fmt.Sprint(seq)
				case name == "bare" && payload == nil && seq == 0:
					got <- "end"
				}
			})
			if err := cl.Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			var all []string
			for v := expect(t, "event", got); v != "end"; v = expect(t, "event", got) {
				all = append(all, v)
			}
			if !slices.Equal(all, c.want) {
				t.Errorf("got %q, want %q", all, c.want)
			}
		})
	}
}

func TestSlowSubscriberMissesNumberedEvents(t *testing.T) {
	flood := make(chan struct{})
	url := scripted(t, func(p *peer) {
		p.hello(time.Minute)
		p.send(event("tick", `{"ts":1}`, 1))
		<-flood
		for seq := 2; ; seq++ {
			p.send(event("tick", `{"ts":1,"pad":"`+strings.Repeat("x", 1000)+`"}`, seq))
			if seq < 50 {
				continue
			}
			v, err := p.read()
			if err != nil {
				return
			}
			p.send(fmt.Sprintf(`{"type":"res","id":%q,"ok":true,"payload":{"triggers":[]}}`, v["id"]))
		}
	})
	c := fresh(t, url, client.Options{MaxEvents: 10 << 10})
	entered, release, caughtUp := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var heard, missed, last int64
	c.OnGap(func(expected, got int64) {
		if expected != last+1 {
			t.Errorf("gap from %d behind %d", expected, last)
		}
		missed += got - expected
	})
	c.OnAny(func(_ string, _ []byte, seq int64) {
		heard, last = heard+1, seq
		if seq == 1 {
			close(entered)
			<-release
		}
		if seq > 50 && missed > 0 {
			select {
			case <-caughtUp:
			default:
				close(caughtUp)
			}
		}
	})
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, "event", entered)
	close(flood)
	// Calls don't wait for the subscriber.
	if _, err := c.VoicewakeGet(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	close(release)
	// Each call has another event sent, until one comes that there is room for.
	for n := 0; n < 10000; n++ {
		if _, err := c.VoicewakeGet(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		select {
		case <-caughtUp:
			n = 10000
		default:
		}
	}
	expect(t, "event after the gap", caughtUp)
	shut(t, c)
	if heard+missed != last || missed < 35 {
		t.Errorf("%d events heard and %d missed up to %d", heard, missed, last)
	}
}

func TestSlowSubscriberLosesTheConnection(t *testing.T) {
	closed := make(chan string, 4)
	url := scripted(t, func(p *peer) {
		p.hello(time.Minute)
		for range 20 {
			p.send(`{"type":"event","event":"node.invoke.request","payload":{"id":"1","pad":"` + strings.Repeat("x", 1000) + `"}}`)
		}
		end := p.wait()
		closed <- fmt.Sprint(int(end.Code), " ", end.Reason)
	})
	c := fresh(t, url, client.Options{MaxEvents: 10 << 10, Reconnect: client.Reconnect{Off: true}})
	release := make(chan struct{})
	stop := c.OnNodeInvokeRequest(func(*protocol.NodeInvokeRequest) { <-release })
	defer stop()
	st := states(c)
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := expect(t, "close", closed); got != "1008 slow subscriber" {
		t.Errorf("closed with %s", got)
	}
	<-c.Done()
	close(release)
	for _, want := range []client.Phase{client.Connected, client.Disconnected, client.Ended} {
		if s := expect(t, "state", st); s.Phase != want || want != client.Connected && !errors.Is(s.Cause, client.ErrSlowSubscriber) {
			t.Errorf("state %+v, want %v", s, want)
		}
	}
}

func TestSubscribersMayCall(t *testing.T) {
	s, url := start(t, server.Options{})
	c := dial(t, url, client.Options{})
	done := make(chan error, 1)
	c.OnTick(func(*protocol.Tick) {
		_, err := c.VoicewakeGet(context.Background(), nil)
		done <- err
	})
	s.Publish(t.Context(), protocol.NewEventTick(&protocol.Tick{Ts: 1}))
	if err := expect(t, "call from a subscriber", done); err != nil {
		t.Error(err)
	}
}

func TestCloseDoesNotWaitForASubscriberForEver(t *testing.T) {
	s, url := start(t, server.Options{})
	c, err := client.Dial(t.Context(), url, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	entered, release := make(chan struct{}), make(chan struct{})
	c.OnTick(func(*protocol.Tick) { close(entered); <-release })
	s.Publish(t.Context(), protocol.NewEventTick(&protocol.Tick{Ts: 1}))
	expect(t, "event", entered)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("close: %v", err)
	}
	close(release)
	shut(t, c)
}

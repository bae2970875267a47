package server_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// A reader that falls behind, over a real socket whose buffers fill up, gets
// every event in order and whole when it goes on, answers and pongs between
// them; and it is behind again and again.
func TestReaderThatFallsBehind(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		t.Run(fmt.Sprintf("encrypted=%v", encrypted), func(t *testing.T) { fallsBehind(t, encrypted) })
	}
}

func fallsBehind(t *testing.T, encrypted bool) {
	s := server.New(server.Options{Admit: server.AdmitFunc(admin), Handlers: &protocol.Handlers{Voice: voice{}}})
	h := httptest.NewUnstartedServer(s)
	if encrypted {
		h.StartTLS()
	} else {
		h.Start()
	}
	defer h.Close()
	defer stop(t, s)
	c, err := net.Dial("tcp", h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if encrypted {
		trust := h.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		trust.ServerName = "example.com"
		c = tls.Client(c, trust)
	}
	defer c.Close()
	f := upgrade(t, c, server.GuidePath).hello()
	seq := 0
	for range 3 {
		const events = 160 // of 50 KB: more than the system buffers, less than the limit
		var sending sync.WaitGroup
		sending.Go(func() {
			for range 50 {
				f.write(append(encode(fin|opPing, []byte("p")), encode(fin|opText, []byte(get))...))
			}
		})
		for k := range events {
			s.Publish(t.Context(), protocol.NewEventCron(&protocol.CronEvent{JobID: "j", Action: "finished", Summary: wire.Some(strings.Repeat("x", 50_000))}))
			if k%40 == 0 {
				s.Publish(t.Context(), protocol.NewEventTick(&protocol.Tick{}))
			}
		}
		sending.Wait()
		left := map[string]int{"event": events + events/40, "pong p": 50, "answer 1": 50}
		for left["event"]+left["pong p"]+left["answer 1"] > 0 {
			got := f.next()
			if name, number, isEvent := strings.Cut(got, " "); isEvent && (name == "cron" || name == "tick") {
				seq++
				if number != fmt.Sprint(seq) {
					t.Fatalf("event %s came after %d", got, seq-1)
				}
				got = "event"
			}
			if left[got]--; left[got] < 0 {
				t.Fatalf("%q came too often", got)
			}
		}
	}
}

// Many connections get many events at the same time, and each gets all of them
// in order.
func TestManyConnectionsGetEverything(t *testing.T) {
	s := server.New(server.Options{Admit: server.AdmitFunc(admin)})
	h := httptest.NewServer(s)
	defer h.Close()
	defer stop(t, s)
	const conns, events = 100, 300
	var all []*frames
	for range conns {
		c, err := net.Dial("tcp", h.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		all = append(all, upgrade(t, c, server.GuidePath).hello())
	}
	var reading sync.WaitGroup
	for _, f := range all {
		reading.Go(func() {
			for k := 1; k <= events; k++ {
				if got, want := f.next(), fmt.Sprintf("cron %d", k); got != want {
					t.Errorf("got %q, want %q", got, want)
					return
				}
			}
		})
	}
	for range events {
		s.Publish(t.Context(), protocol.NewEventCron(&protocol.CronEvent{JobID: "j", Action: "finished"}))
	}
	reading.Wait()
}

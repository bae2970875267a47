package server_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

func TestSilentClientIsClosed(t *testing.T) {
	for _, path := range []string{server.GuidePath, "/"} {
		t.Run(path, func(t *testing.T) {
			bubble(t, server.Options{}, func(t *testing.T, _ *server.Server, p *pipes) {
				c := p.dial(t, path)
				begin := time.Now()
				if path == "/" {
					c.want("connect.challenge")
				}
				c.want("close 1000 ")
				if took := time.Since(begin); took != 10*time.Second {
					t.Errorf("closed after %v", took)
				}
			})
		})
	}
}

// A client that sends its first message a byte at a time has no more time than
// others.
func TestSlowHandshakeIsClosed(t *testing.T) {
	bubble(t, server.Options{}, func(t *testing.T, _ *server.Server, p *pipes) {
		c := p.dial(t, server.GuidePath)
		begin := time.Now()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for _, b := range encode(fin|opText, []byte(bare)) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		c.want("close 1000 ")
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("closed after %v", took)
		}
		c.Close()
		<-done
	})
}

func TestTicks(t *testing.T) {
	bubble(t, server.Options{}, func(t *testing.T, _ *server.Server, p *pipes) {
		begin := time.Now()
		c := p.dial(t, server.GuidePath).hello()
		for k := 1; k <= 3; k++ {
			c.want(fmt.Sprintf("tick %d", k))
			if at := time.Since(begin); at != time.Duration(k)*30*time.Second {
				t.Errorf("tick %d came at %v", k, at)
			}
		}
		c.Close()
	})
}

// Nodes and devices get what concerns them, and what is sent to them alone.
func TestWhoGetsWhichEvents(t *testing.T) {
	scopes := map[string][]string{"operator": {"operator.read"}}
	admit := server.AdmitFunc(func(_ context.Context, a *server.Attempt) (*server.Admission, error) {
		return &server.Admission{Role: a.Role, Scopes: scopes[a.Role.String()]}, nil
	})
	all := []protocol.Event{
		protocol.NewEventTick(&protocol.Tick{}), protocol.NewEventTalkMode(&protocol.TalkModeState{}), protocol.NewEventVoicewakeChanged(&protocol.VoicewakeTriggers{}),
		protocol.NewEventPresence(&protocol.Presence{}), protocol.NewEventHealth(&protocol.HealthSummary{}), protocol.NewEventHeartbeat(&protocol.HeartbeatEvent{}),
		protocol.NewEventCron(&protocol.CronEvent{}), protocol.NewEventChat(&protocol.ChatEventField{State: "final"}), protocol.NewEventAgent(&protocol.AgentEventTool{Data: &protocol.AgentToolStart{}}),
		protocol.NewEventDevicePairRequested(&protocol.DevicePairRequest{}), protocol.NewEventExecApprovalRequested(&protocol.ExecApprovalRequested{}),
	}
	for _, c := range []struct {
		role string
		want []string
	}{
		{"operator", []string{"tick 1", "talk.mode 2", "voicewake.changed 3", "presence 4", "health 5", "heartbeat 6", "cron 7", "chat.event 8", "agent.event 9"}},
		{"node", []string{"tick 1", "talk.mode 2", "voicewake.changed 3"}},
		{"device", []string{"tick 1"}},
	} {
		t.Run(c.role, func(t *testing.T) {
			bubble(t, server.Options{Admit: admit}, func(t *testing.T, s *server.Server, p *pipes) {
				f := p.dial(t, server.GuidePath)
				f.text(`{"role":"` + c.role + `",` + bare[1:])
				f.want("hello-ok")
				for _, e := range all {
					s.Publish(t.Context(), e)
				}
				f.want(c.want...)
				s.PublishTo(s.Peers()[0].ConnID, all[7])
				f.want("chat.event")
				s.Publish(t.Context(), protocol.NewEventTick(&protocol.Tick{}))
				f.want(fmt.Sprintf("tick %d", len(c.want)+1))
				go stop(t, s)
				f.want(fmt.Sprintf("shutdown %d", len(c.want)+2), "close 1012 service restart")
				f.Close()
			})
		})
	}
}

// What is published while a connection is let in comes behind its hello, and
// all of it comes.
func TestEventsBetweenAdmissionAndHello(t *testing.T) {
	var s *server.Server
	o := server.Options{
		Opened: func(p *server.Peer) {
			s.Publish(context.Background(), protocol.NewEventTick(&protocol.Tick{}))
			s.PublishTo(p.ConnID, protocol.NewEventVoicewakeChanged(&protocol.VoicewakeTriggers{}))
		},
		Snapshot: func(context.Context, *server.Peer) protocol.HelloSnapshot {
			s.Publish(context.Background(), protocol.NewEventCron(&protocol.CronEvent{}))
			return protocol.HelloSnapshot{}
		},
	}
	bubble(t, o, func(t *testing.T, running *server.Server, p *pipes) {
		s = running
		first := p.dial(t, server.GuidePath).hello()
		first.want("tick 1", "voicewake.changed", "cron 2")
		second := p.dial(t, server.GuidePath)
		second.text(bare)
		second.text(`{"type":"req","id":"1","method":"nope"}`)
		second.want("hello-ok", "tick 1", "voicewake.changed", "cron 2", "answer 1 unknown method: nope")
		first.want("tick 3", "cron 4")
		first.Close()
		second.Close()
	})
}

// A connection that stops to read is left, and no other notices.
func TestOneSlowConnectionAmongOthers(t *testing.T) {
	n := &notebook{}
	bubble(t, server.Options{Observer: n}, func(t *testing.T, s *server.Server, p *pipes) {
		slow := p.dial(t, server.GuidePath).hello()
		quick := p.dial(t, server.GuidePath).hello()
		begin := time.Now()
		for k := range 60 {
			s.Publish(t.Context(), protocol.NewEventCron(&protocol.CronEvent{}))
			quick.want(fmt.Sprintf("cron %d", k+1))
			synctest.Wait()
			if time.Since(begin) != 0 {
				t.Fatal("the quick one had to wait")
			}
		}
		time.Sleep(14 * time.Second)
		synctest.Wait()
		if got := len(s.Peers()); got != 1 {
			t.Errorf("%d connections are left", got)
		}
		slow.want("end")
		quick.Close()
	})
	if got := n.count("slow my-app-v1"); got != 1 {
		t.Errorf("%d slow consumers were reported", got)
	}
}

// Calls that are under way may end in the time of a shutdown; those that do not
// are cancelled and say so, before the close.
func TestShutdownLetsCallsEnd(t *testing.T) {
	w := &waiting{begun: make(chan struct{})}
	bubble(t, server.Options{Handlers: &protocol.Handlers{Voice: w}}, func(t *testing.T, s *server.Server, p *pipes) {
		c := p.dial(t, server.GuidePath).hello()
		c.text(`{"type":"req","id":"get","method":"voicewake.get"}`)
		<-w.begun
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		done := make(chan error)
		go func() { done <- s.Shutdown(ctx, "gateway restarting", time.Second) }()
		c.want("shutdown 1")
		c.text(`{"type":"req","id":"late","method":"voicewake.get"}`)
		c.want("answer late the gateway is stopping", "answer get the request was cancelled", "close 1012 service restart")
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("the call had %v", took)
		}
		c.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// waiting waits until it is told to stop.
type waiting struct {
	protocol.UnimplementedVoice
	begun chan struct{}
}

func (w *waiting) VoicewakeGet(ctx context.Context, _ *protocol.VoicewakeGetParams) (*protocol.VoicewakeTriggers, error) {
	close(w.begun)
	<-ctx.Done()
	return nil, ctx.Err()
}

// A shutdown does not wait for clients that have not said who they are.
func TestShutdownEndsHandshakes(t *testing.T) {
	bubble(t, server.Options{}, func(t *testing.T, s *server.Server, p *pipes) {
		c := p.dial(t, "/")
		c.want("connect.challenge")
		begin := time.Now()
		go stop(t, s)
		c.want("close 1012 service restart")
		c.Close()
		stop(t, s)
		if took := time.Since(begin); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

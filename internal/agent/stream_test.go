package agent

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// TestStreamKeepsPace: the first piece is told at once, later ones no more often
// than stated, and in the end everything was told once, in order.
func TestStreamKeepsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var chatAt, agentAt []time.Time
		var told, deltas string
		var seqs []int64
		s := newStream(&Request{ID: "r", Said: "main"}, func(e protocol.Event) {
			switch p := e.Payload.(type) {
			case *protocol.ChatEventField:
				if p.State == protocol.ChatStateDelta {
					chatAt = append(chatAt, time.Now())
				}
			case *protocol.AgentEventAssistant:
				agentAt = append(agentAt, time.Now())
				deltas += p.Data.Delta.V
				told = p.Data.Text
				seqs = append(seqs, p.Seq)
			}
		}, 0, time.Now)
		s.release()
		want := ""
		for range 100 {
			s.say("word ")
			want += "word "
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(chatAt) == 0 || chatAt[0] != agentAt[0] {
			t.Error("the first word was not told at once")
		}
		if told != want || deltas != want {
			t.Errorf("told %d bytes, in deltas %d, of %d", len(told), len(deltas), len(want))
		}
		for _, c := range []struct {
			name  string
			at    []time.Time
			least time.Duration
		}{{"chat", chatAt, chatEvery}, {"agent", agentAt[:1], agentEvery}} {
			for k := 1; k < len(c.at); k++ {
				if gap := c.at[k].Sub(c.at[k-1]); gap < c.least {
					t.Errorf("%s events %v apart", c.name, gap)
				}
			}
		}
		for k := 1; k < len(seqs); k++ {
			if seqs[k] <= seqs[k-1] {
				t.Errorf("numbers %v do not grow", seqs)
			}
		}
		s.end(&protocol.AgentLifecycleEnd{}, &protocol.ChatEventField{State: protocol.ChatStateFinal})
		s.say("too late")
		time.Sleep(time.Second)
		synctest.Wait()
		if strings.Contains(told, "late") {
			t.Error("something was told after the end")
		}
	})
}

func TestNothingIsToldBeforeTheRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		s := newStream(&Request{ID: "r", Said: "main"}, func(e protocol.Event) {
			if p, ok := e.Payload.(*protocol.AgentEventLifecycle); ok {
				got = append(got, lifecycleLine(p.Data))
				return
			}
			got = append(got, e.ID.String())
		}, 0, time.Now)
		s.event(func(h eventHead) protocol.AgentEventField {
			return &protocol.AgentEventLifecycle{RunID: h.run, Seq: h.seq, Data: &protocol.AgentLifecycleStart{}}
		})
		s.think("hm")
		s.say("well")
		time.Sleep(time.Second)
		if len(got) > 0 {
			t.Fatalf("told %q", got)
		}
		s.release()
		equal(t, "events", got, []string{"start", "agent.event", "agent.event", "chat.event"})
	})
}

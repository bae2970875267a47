package server

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// far is the peer's end of a queue under test.
type far struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

// pair makes a queue and its peer. The queue holds back until released.
func pair(t *testing.T, limit int, fail func(error)) (*queue, *far) {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	if fail == nil {
		fail = func(err error) { t.Errorf("failed: %v", err) }
	}
	return newQueue(newLink(ours, nil), limit, fail), &far{t, theirs, bufio.NewReader(theirs)}
}

// frame reads a frame and gives its payload; that of a close frame as code and
// reason.
func (f *far) frame() string {
	f.t.Helper()
	head := make([]byte, 2)
	if _, err := io.ReadFull(f.r, head); err != nil {
		return err.Error()
	}
	size := int(head[1])
	switch size {
	case 126:
		var ext [2]byte
		_, _ = io.ReadFull(f.r, ext[:])
		size = int(binary.BigEndian.Uint16(ext[:]))
	case 127:
		var ext [8]byte
		_, _ = io.ReadFull(f.r, ext[:])
		size = int(binary.BigEndian.Uint64(ext[:]))
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(f.r, body); err != nil {
		return err.Error()
	}
	if head[0] == opClose {
		return fmt.Sprintf("close %d %s", binary.BigEndian.Uint16(body), body[2:])
	}
	return string(body)
}

func (f *far) want(texts ...string) {
	f.t.Helper()
	for _, w := range texts {
		if got := f.frame(); got != w {
			f.t.Errorf("got %.200q, want %.200q", got, w)
		}
	}
}

// growth is rules under which tick events of a form can be joined.
type growth struct{}

func (growth) Withheld(protocol.Dialect, protocol.Event) bool { return false }

func (growth) Form(e protocol.Event) (about, form string) {
	if p, ok := e.Payload.(*text); ok {
		return p.about, p.form
	}
	return "", ""
}

func (growth) Merge(older, newer protocol.Event) (protocol.Event, int) {
	o, n := older.Payload.(*text), newer.Payload.(*text)
	return protocol.Event{ID: newer.ID, Payload: &text{n.about, n.form, o.said + n.said}}, len(o.said)
}

// text is a payload that grows.
type text struct{ about, form, said string }

func (p *text) AppendJSON(b []byte) []byte { return fmt.Appendf(b, "%q", p.said) }

func eventOf(id protocol.EventID, numbered bool, about, form, said string) *message {
	h := &hub{rules: growth{}}
	return h.renderer(protocol.Event{ID: id, Payload: &text{about, form, said}}, numbered).message(protocol.DialectCanonical)
}

// wired is what is written of such an event.
func wired(id protocol.EventID, said string, seq int) string {
	s := fmt.Sprintf(`{"type":"event","event":"%s","payload":"%s"`, id, said)
	if seq > 0 {
		s += fmt.Sprintf(`,"seq":%d`, seq)
	}
	return s + "}"
}

// Nothing but the challenge may go out before the handshake's answer, also when
// the peer takes the challenge late.
func TestHeldEventsComeBehindTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, peer := pair(t, 1<<20, nil)
		go q.now([]byte("challenge"))
		synctest.Wait()
		q.event(eventOf(protocol.EventCron, true, "", "", "a"))
		q.event(eventOf(protocol.EventNodeInvokeRequest, false, "", "", "b"))
		peer.want("challenge")
		synctest.Wait()
		q.release([]byte("answer"))
		peer.want("answer", wired(protocol.EventCron, "a", 1), wired(protocol.EventNodeInvokeRequest, "b", 0))
		q.drained()
	})
}

// Events that wait for the answer of a handshake are not sent when there is
// none.
func TestHeldEventsAreNotSentWithoutTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, peer := pair(t, 1<<20, nil)
		q.event(eventOf(protocol.EventCron, true, "", "", "a"))
		q.end(closePolicy, slowConsumer, false)
		peer.want("close 1008 slow consumer")
		q.drained()
		if q.waiting() != 0 {
			t.Errorf("%d bytes are left", q.waiting())
		}
	})
}

// What grows is sent once to a peer that is behind, with all that was said; what
// stands between keeps its place, and no number is spent on what was joined.
func TestWaitingTextsAreJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, peer := pair(t, 1<<20, nil)
		q.release([]byte("answer"))
		synctest.Wait() // the writer is busy with the answer now
		run := func(form, said string) { q.event(eventOf(protocol.EventAgent, true, "run", form, said)) }
		run("say", "a")
		run("say", "b")
		q.event(eventOf(protocol.EventAgent, true, "other", "say", "x"))
		q.event(eventOf(protocol.EventTick, true, "", "", "tick"))
		run("say", "c")
		run("", "tool")
		run("say", "d")
		run("say", "e")
		run("think", "f")
		peer.want("answer", wired(protocol.EventAgent, "x", 1), wired(protocol.EventTick, "tick", 2), wired(protocol.EventAgent, "abc", 3),
			wired(protocol.EventAgent, "tool", 4), wired(protocol.EventAgent, "de", 5), wired(protocol.EventAgent, "f", 6))
		q.drained()
		if q.waiting() != 0 {
			t.Errorf("%d bytes are left", q.waiting())
		}
	})
}

// The same holds in a queue that is long enough for its table, and the table's
// holes are closed again.
func TestJoinedTextsTakeNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, peer := pair(t, 1<<20, nil)
		q.release([]byte("answer"))
		synctest.Wait()
		const n = 5000
		for k := range n {
			q.event(eventOf(protocol.EventAgent, true, "a", "say", "."))
			q.event(eventOf(protocol.EventAgent, true, "b", "say", "."))
			if k%100 == 0 {
				q.event(eventOf(protocol.EventTick, true, "", "", "tick"))
			}
		}
		if len(q.items) > 4*searched+n/100 {
			t.Errorf("%d items are kept", len(q.items))
		}
		peer.want("answer")
		for k := range n / 100 {
			peer.want(wired(protocol.EventTick, "tick", k+1))
		}
		all := strings.Repeat(".", n)
		peer.want(wired(protocol.EventAgent, all, n/100+1), wired(protocol.EventAgent, all, n/100+2))
		q.drained()
		if q.waiting() != 0 {
			t.Errorf("%d bytes are left", q.waiting())
		}
	})
}

// A dropped event takes a number: the hole is the signal.
func TestDroppedEventsLeaveHoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, peer := pair(t, 600, nil)
		q.release([]byte("answer"))
		synctest.Wait()
		dropped := 0
		for range 10 {
			if q.event(eventOf(protocol.EventTick, true, "", "", "tick")) != queued {
				dropped++
			}
		}
		peer.want("answer")
		for k := range 10 - dropped {
			peer.want(wired(protocol.EventTick, "tick", k+1))
		}
		q.drained()
		q.event(eventOf(protocol.EventTick, true, "", "", "tick"))
		peer.want(wired(protocol.EventTick, "tick", 11))
		q.drained()
		if dropped == 0 {
			t.Error("nothing was dropped")
		}
	})
}

// Holes before what a newer event replaces are not lost with it.
func TestHolesOutliveWhatFollowsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, peer := pair(t, 400, nil)
		q.release([]byte("answer"))
		synctest.Wait()
		for range 8 {
			q.event(eventOf(protocol.EventTick, true, "", "", "tick"))
		}
		peer.want("answer")
		peer.want(wired(protocol.EventTick, "tick", 1))
		synctest.Wait()
		q.mu.Lock()
		q.limit = 1 << 20
		q.mu.Unlock()
		q.event(eventOf(protocol.EventAgent, true, "run", "say", "a"))
		q.event(eventOf(protocol.EventAgent, true, "run", "say", "b"))
		for {
			got := peer.frame()
			if strings.Contains(got, "agent.event") {
				if want := wired(protocol.EventAgent, "ab", 9); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				break
			}
		}
		q.drained()
	})
}

// An event that must not be dropped and has no room gives overflow; ending the
// queue then leaves out what waits.
func TestNoRoomForWhatMustNotBeDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, peer := pair(t, 300, nil)
		q.release([]byte("answer"))
		synctest.Wait()
		for q.event(eventOf(protocol.EventExecApprovalRequested, true, "", "", "ask")) == queued {
		}
		if v := q.event(eventOf(protocol.EventCron, true, "", "", "ran")); v != overflow {
			t.Fatalf("verdict %d", v)
		}
		q.end(closePolicy, slowConsumer, true)
		q.link.hasten()
		if v := q.event(eventOf(protocol.EventTick, true, "", "", "tick")); v != refused {
			t.Errorf("verdict %d", v)
		}
		peer.want("answer", "close 1008 slow consumer")
		q.drained()
	})
}

// A peer that takes nothing is left after ten seconds and is told why if it
// comes back within another one.
func TestPeerThatTakesNothing(t *testing.T) {
	for _, back := range []bool{true, false} {
		t.Run(fmt.Sprintf("back=%v", back), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var failed error
				begin := time.Now()
				q, peer := pair(t, 1<<20, func(err error) { failed = err })
				q.release([]byte("answer"))
				q.event(eventOf(protocol.EventTick, true, "", "", "tick"))
				if back {
					first := make([]byte, 1)
					if _, err := io.ReadFull(peer, first); err != nil {
						t.Fatal(err)
					}
					time.Sleep(stall + 2*slack + lastWords/2)
					peer.r = bufio.NewReader(io.MultiReader(strings.NewReader(string(first)), peer.Conn))
					peer.want("answer", "close 1008 slow consumer")
				}
				q.drained()
				if took := time.Since(begin); took < stall || took > stall+4*slack+lastWords {
					t.Errorf("left after %v", took)
				}
				if !errors.Is(failed, os.ErrDeadlineExceeded) {
					t.Errorf("failed with %v", failed)
				}
			})
		})
	}
}

// A peer that takes a little now and then is served on.
func TestSlowPeerIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, peer := pair(t, 1<<20, nil)
		big := `"` + strings.Repeat("x", 50_000) + `"`
		q.release([]byte(big))
		var got []byte
		for len(got) < len(big)+4 {
			time.Sleep(stall - time.Second)
			some := make([]byte, 10_000)
			n, err := peer.Read(some)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, some[:n]...)
		}
		if !json.Valid(got[4:]) {
			t.Error("the message came damaged")
		}
		q.drained()
	})
}

// A peer that is slow to take a batch is left with a whole frame before the
// close.
func TestBoundary(t *testing.T) {
	var frames []byte
	var ends []int
	for _, size := range []int{0, 5, 125, 126, 300, 65535, 65536, 70000} {
		frames = append(appendHeader(frames, opText, size), make([]byte, size)...)
		ends = append(ends, len(frames))
	}
	k := 0
	for n := 1; n <= len(frames); n++ {
		if n > ends[k] {
			k++
		}
		if got := boundary(frames, n); got != ends[k] {
			t.Fatalf("the frame with byte %d ends at %d, not %d", n, ends[k], got)
		}
	}
	if boundary(frames, 0) != 0 {
		t.Error("nothing sent leaves no half frame")
	}
}

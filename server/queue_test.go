package server

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
)

// Nothing but the challenge may go out before the handshake's answer, also when
// the peer takes the challenge late.
func TestHeldEventsComeBehindTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		defer theirs.Close()
		q := newQueue(&link{Conn: ours}, 1<<20, func(err error) { t.Log(err) })
		go q.now([]byte("challenge"))
		synctest.Wait()
		q.event(item{body: []byte("{"), event: true}, false)
		for _, want := range []string{"challenge", "answer", "{}"} {
			frame := make([]byte, 2+len(want))
			if _, err := io.ReadFull(theirs, frame); err != nil {
				t.Error(err)
			}
			if got := string(frame[2:]); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			synctest.Wait()
			if want == "challenge" {
				q.release([]byte("answer"))
			}
		}
		q.drained()
	})
}

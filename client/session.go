package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/protocol"
)

// Close codes of the protocol, and the one of our own.
const (
	closeNormal   = 1000
	closeProtocol = 1002
	closePolicy   = 1008
	closeTooLarge = 1009
	closeSilent   = 4000
)

// farewellPeriod is how long the gateway may take to answer a close.
const farewellPeriod = 2 * time.Second

// session is one connection, from its socket on. It has three goroutines: one
// reads, one writes, and one, from the greeting on, listens for silence. None
// of them ever waits for a caller or a subscriber. Whoever made the session
// ends it with finish.
type session struct {
	client *Client
	ws     *websocket.Conn
	socket *socket
	wg     sync.WaitGroup
	out    chan *call // to be written

	challenge chan string   // gets the nonce
	ready     chan struct{} // closed when calls may come
	done      chan struct{} // closed by end
	writeErr  error         // why the writer gave up; read by the reader alone, after broken
	broken    chan struct{} // closed by a writer that gave up
	restart   atomic.Int64  // how long the gateway said it would be away, in nanoseconds

	mu      sync.Mutex
	hello   *protocol.HelloOk // set by the greeting
	pending map[string]*call
	ended   bool
	cause   error
	code    int // what to close with; 0 when there is nobody left to tell
	reason  string
}

func newSession(c *Client, ws *websocket.Conn, raw *socket) *session {
	s := &session{client: c, ws: ws, socket: raw, out: make(chan *call, 64), challenge: make(chan string, 1),
		ready: make(chan struct{}), done: make(chan struct{}), broken: make(chan struct{}), pending: map[string]*call{}}
	s.wg.Go(s.read)
	s.wg.Go(s.write)
	return s
}

// open takes the greeting. It reports whether the session was still waiting
// for one.
func (s *session) open(hello *protocol.HelloOk) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.hello != nil {
		return false
	}
	s.hello = hello
	s.wg.Go(s.watch)
	return true
}

// end ends the session for a reason; the first one counts. A code is sent to
// the gateway by finish.
func (s *session) end(cause error, code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended, s.cause, s.code, s.reason = true, cause, code, reason
	close(s.done)
}

// abort is end for an attempt that takes too long. It does nothing when the
// greeting came after all.
func (s *session) abort(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hello != nil || s.ended {
		return
	}
	s.ended, s.cause = true, cause
	close(s.done)
}

// greeted reports whether the greeting came in time.
func (s *session) greeted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hello != nil
}

// finish closes the connection of a session that has ended, in order if the
// gateway goes along and ctx allows, and waits for its goroutines.
func (s *session) finish(ctx context.Context) {
	<-s.done
	if s.code == 0 {
		s.socket.Close()
		s.ws.CloseNow()
		s.wg.Wait()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, farewellPeriod)
	defer cancel()
	said := make(chan struct{})
	s.wg.Go(func() {
		select {
		case <-said:
		case <-ctx.Done():
			s.socket.Close()
		}
	})
	// The library waits five seconds for the other side and cannot be told
	// otherwise, but gives up with the socket.
	_ = s.ws.Close(websocket.StatusCode(s.code), s.reason)
	close(said)
	s.socket.Close()
	s.wg.Wait()
}

// write writes what callers queue, until the session ends.
func (s *session) write() {
	for {
		select {
		case <-s.done:
			return
		case call := <-s.out:
			if !call.step(callQueued, callSent) {
				continue // its caller has given up
			}
			if err := s.ws.Write(context.Background(), websocket.MessageText, call.frame); err != nil {
				// The reader may know better why: a close frame that says so.
				s.writeErr = err
				close(s.broken)
				s.socket.Close()
				return
			}
		}
	}
}

// lost gives the cause of a connection on which reading failed.
func (s *session) lost(err error) error {
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return &CloseError{Code: int(closed.Code), Reason: closed.Reason}
	}
	select {
	case <-s.broken:
		err = s.writeErr
	default:
	}
	return fmt.Errorf("connection to %s: %w", s.client.url.Host, err)
}

// watch ends the session when the gateway has been silent for too long. Every
// byte counts as a sign of life, not only ticks, which a busy gateway may
// leave out.
func (s *session) watch() {
	patience := s.patience()
	if patience < 0 {
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-timer.C:
		}
		silent := s.socket.silence()
		if silent >= patience {
			s.end(fmt.Errorf("%w: nothing for %v", ErrTickTimeout, silent.Round(time.Millisecond)), closeSilent, "tick timeout")
			return
		}
		timer.Reset(patience - silent)
	}
}

// alive reports whether calls can go over the session.
func (s *session) alive() bool {
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

// patience is how long the gateway may be silent; negative for ever.
func (s *session) patience() time.Duration {
	if t := s.client.opts.TickTimeout; t != 0 {
		return t
	}
	interval := time.Duration(s.hello.Policy.TickIntervalMs) * time.Millisecond
	if interval <= 0 {
		interval = 30 * time.Second
	}
	return 3 * interval
}

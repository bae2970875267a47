package nodes

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

const (
	// maxCalls is how many calls may wait for a node at a time.
	maxCalls = 64
	// DefaultTimeout is how long a call waits that says nothing else.
	DefaultTimeout = 30 * time.Second
	// maxTimeout is the longest wait: what asks for more has this.
	maxTimeout = 24 * time.Hour
)

// Call asks a node to carry out a command.
type Call struct {
	NodeID  string
	Command string
	Params  []byte        // JSON; nil for none
	Timeout time.Duration // how long to wait for the node; 0: not at all
	Key     string        // the same for each repeat; "": it is not to be repeated
	// Internal calls are the gateway's own, for which its lists of commands do not
	// hold.
	Internal bool
}

// Answer is what a node gave back.
type Answer struct {
	Payload wire.Raw // JSON; null when it gave nothing
	Text    string   // the JSON as the node wrote it,
	HasText bool     // if it sent text and not a value
}

// outcome is how a call ended. One that the node itself answered is given to
// those who repeat the call.
type outcome struct {
	answer   *Answer
	err      error
	answered bool
}

// call waits for its node. It ends once, by whatever comes first: the answer,
// its time, the end of the connection, or of all who wait for it.
type call struct {
	id      string
	conn    *conn
	command string
	key     string
	hash    [sha256.Size]byte
	by      string // name of the client that asked; "": none did
	began   time.Time
	done    chan struct{} // closed at the end, when outcome is there
	timer   *time.Timer

	outcome outcome
	ended   bool
	waiters int
}

// Invoke asks a node and waits for its answer. The error is a *protocol.Error,
// or ctx's. A repeat of a call with a key joins the first one, or gets its
// answer.
func (s *Service) Invoke(ctx context.Context, c Call) (*Answer, error) {
	k, send, err := s.enter(ctx, &c)
	if err != nil {
		return nil, err
	}
	if send {
		s.send(ctx, k, &c)
	}
	select {
	case <-k.done:
		return k.outcome.answer, k.outcome.err
	case <-ctx.Done():
	}
	s.leave(k)
	return nil, ctx.Err()
}

// enter finds the call that this one repeats, or makes it, which is to be sent
// then.
func (s *Service) enter(ctx context.Context, c *Call) (k *call, send bool, err error) {
	hash := c.hash()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Key != "" {
		if before := s.answers.find(c.Key, s.now()); before != nil {
			if before.hash != hash {
				return nil, false, conflict(c.Key)
			}
			before.waiters++
			return before, false, nil
		}
	}
	node := s.nodes[c.NodeID]
	switch {
	case node == nil:
		return nil, false, notConnected()
	case c.Internal:
	default:
		if err := s.mayAsk(node, c.Command); err != nil {
			return nil, false, err
		}
	}
	if len(node.calls) >= maxCalls {
		return nil, false, busy()
	}
	k = &call{id: newID(), conn: node, command: c.Command, key: c.Key, hash: hash, began: s.now(), done: make(chan struct{}), waiters: 1}
	if peer := server.PeerFrom(ctx); peer != nil {
		k.by = peer.Name()
	}
	node.calls[k.id] = k
	s.calls[k.id] = k
	if k.key != "" {
		s.answers.begin(k)
	}
	if c.Timeout > 0 {
		// Set before anybody else knows of the call.
		k.timer = time.AfterFunc(min(c.Timeout, maxTimeout), func() { s.settle(k, outcome{err: timedOut()}) })
	}
	return k, true, nil
}

// send asks the node.
func (s *Service) send(ctx context.Context, k *call, c *Call) {
	if s.o.Guard != nil && !c.Internal {
		params, err := s.o.Guard(ctx, c.NodeID, c.Command, c.Params)
		if err != nil {
			s.settle(k, outcome{err: err})
			return
		}
		c.Params = params
		if s.over(k) {
			return // its time was up, or all who wait for it left
		}
	}
	s.tell(k, protocol.NodeInvokedStateStarted, "")
	p := &protocol.NodeInvokeRequest{ID: k.id, NodeID: k.conn.id, Command: k.command, TimeoutMs: wire.Some(c.Timeout.Milliseconds())}
	if len(c.Params) > 0 && string(c.Params) != "null" {
		p.ParamsJSON = wire.Value(string(c.Params))
	}
	if c.Key != "" {
		p.IdempotencyKey = wire.Some(c.Key)
	}
	switch sent := s.o.Events.PublishTo(k.conn.peer.ConnID, protocol.NewEventNodeInvokeRequest(p)); {
	case !sent:
		s.settle(k, outcome{err: notSent()})
	case c.Timeout <= 0:
		s.settle(k, outcome{err: timedOut()})
	}
}

// settle ends a call, if it has not ended yet, and reports whether it did.
func (s *Service) settle(k *call, o outcome) bool {
	s.mu.Lock()
	ends := s.end(k, o)
	s.mu.Unlock()
	if ends {
		s.ended(k)
	}
	return ends
}

// ended tells everybody of a call's end.
func (s *Service) ended(k *call) {
	if err := k.outcome.err; err != nil {
		s.tell(k, protocol.NodeInvokedStateFailed, codeOf(err))
	} else {
		s.tell(k, protocol.NodeInvokedStateOk, "")
	}
	close(k.done)
}

// end takes a call off the lists. The lock is held; ended is to follow without it.
func (s *Service) end(k *call, o outcome) bool {
	if k.ended {
		return false
	}
	k.ended, k.outcome = true, o
	delete(s.calls, k.id)
	delete(k.conn.calls, k.id)
	if k.timer != nil {
		k.timer.Stop()
	}
	if k.key != "" {
		s.answers.end(k, s.now())
	}
	return true
}

func (s *Service) over(k *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return k.ended
}

// tell has operators know how a call stands.
func (s *Service) tell(k *call, state protocol.NodeInvokedState, code string) {
	now := s.now()
	e := &protocol.NodeInvoked{ID: k.id, NodeID: k.conn.id, Command: k.command, By: optional(k.by), State: state, Error: optional(code), Ts: now.UnixMilli()}
	if state != protocol.NodeInvokedStateStarted {
		e.DurationMs = wire.Some(max(0, now.Sub(k.began).Milliseconds()))
	}
	s.o.Events.Publish(context.Background(), protocol.NewEventNodeInvoked(e))
}

// leave ends a call that nobody waits for any more. The node is not told: it has
// begun, and what it answers is ignored.
func (s *Service) leave(k *call) {
	s.mu.Lock()
	k.waiters--
	// In one go: nobody may join a call that is given up.
	ends := k.waiters == 0 && s.end(k, outcome{err: context.Canceled})
	s.mu.Unlock()
	if ends {
		s.ended(k)
	}
}

// hash is what tells whether a repeat asks for the same.
func (c *Call) hash() (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(c.NodeID), []byte(c.Command), c.Params} {
		h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		h.Write(part)
	}
	h.Write(binary.AppendVarint(nil, int64(c.Timeout)))
	return [sha256.Size]byte(h.Sum(nil))
}

// newID names a request. It cannot be guessed, and has the form of a UUID, as
// nodes expect it.
func newID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

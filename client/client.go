package client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/gatesmith/gatesmith/protocol"
)

// Client is a connection to a gateway that is kept up. All methods may be
// called from several goroutines.
type Client struct {
	opts Options
	url  *url.URL
	pin  []byte // SHA-256 of the certificate to expect, or nil

	subs  subscribers
	inbox *inbox
	slots chan struct{} // one for each call
	calls atomic.Uint64 // numbers calls, over all connections

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	hard   context.Context // ends when Close may wait no longer
	kill   context.CancelFunc
	done   chan struct{} // closed when the client has ended
	failed int           // attempts since a connection last held; the goroutine's of run

	mu      sync.Mutex
	started bool
	closing bool
	session *session          // the present connection, or the last one
	changed chan struct{}     // closed and replaced when the next fields change
	state   State             // as last told
	err     error             // why the client ended
	hello   *protocol.HelloOk // of the last connection
}

// New makes a client. It does nothing before Connect, which leaves the time to
// subscribe to what comes first.
func New(address string, o Options) (*Client, error) {
	o.setDefaults()
	u, err := parseURL(address, &o)
	if err != nil {
		return nil, err
	}
	pin, err := parseFingerprint(o.Fingerprint)
	if err != nil {
		return nil, err
	}
	c := &Client{opts: o, url: u, pin: pin, slots: make(chan struct{}, o.MaxPending), done: make(chan struct{}), changed: make(chan struct{})}
	c.inbox = newInbox(o.MaxEvents, c.deliver)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.hard, c.kill = context.WithCancel(context.Background())
	return c, nil
}

// Dial makes a client and connects it.
func Dial(ctx context.Context, address string, o Options) (*Client, error) {
	c, err := New(address, o)
	if err != nil {
		return nil, err
	}
	if err := c.Connect(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Connect connects and returns when the gateway has accepted. ctx bounds that
// alone; the connection lives until Close. A client connects once: when that
// fails, it has ended. The error is a *RefusedError where the gateway turned
// the client down.
func (c *Client) Connect(ctx context.Context) error {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return ErrClosed
	}
	if c.started {
		c.mu.Unlock()
		return errors.New("Connect was called before")
	}
	c.started = true
	c.mu.Unlock()
	first := make(chan error, 1)
	go c.run(ctx, first)
	if err := <-first; err != nil {
		return fmt.Errorf("connect to %s: %w", c.url.Host, err)
	}
	return nil
}

// Hello is what the gateway greeted the last connection with: who it is, what
// it offers, what it granted, its state then, and its limits. It is nil before
// the first one, and not to be changed.
func (c *Client) Hello() *protocol.HelloOk {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hello
}

// State is where the client stands.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Done is closed when the client will not connect again.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err is why the client ended: ErrClosed after Close, nil while it has not.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the client: calls that wait get ErrClosed, the gateway is told,
// events that wait are left out, and when Close returns nothing of the client
// runs any more. When ctx ends first, the connection is dropped and ctx's
// error returned; subscribers that still run then are not waited for. A
// subscriber must not call it, for it would wait for itself.
func (c *Client) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closing = true
	idle := !c.started
	c.started = true
	c.mu.Unlock()
	c.cancel()
	if idle {
		c.end(ErrClosed)
	}
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()
	<-c.done // comes soon, since c.kill drops the socket
	c.inbox.close(item{}, true)
	select {
	case <-c.inbox.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connected has calls go over a new session. The session's reader calls it, so
// that subscribers hear of the connection before they hear of its events.
func (c *Client) connected(s *session) {
	c.mu.Lock()
	c.session, c.hello = s, s.hello
	c.tell(State{Phase: Connected, Hello: s.hello})
	c.mu.Unlock()
}

// tell notes a state, lets waiting calls look again, and queues it for
// subscribers. c.mu is held.
func (c *Client) tell(st State) {
	c.state = st
	close(c.changed)
	c.changed = make(chan struct{})
	c.inbox.put(item{state: &st})
}

// end is the last thing that a client's goroutine does.
func (c *Client) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = cause
	c.state = State{Phase: Ended, Cause: cause}
	close(c.changed)
	c.changed = make(chan struct{})
	st := c.state
	c.inbox.close(item{state: &st}, errors.Is(cause, ErrClosed))
	c.cancel()
	c.kill()
	close(c.done)
}

// live gives a session that calls can go over, and waits for one while the
// client reconnects.
func (c *Client) live(ctx context.Context) (*session, error) {
	for {
		c.mu.Lock()
		s, err, started, changed := c.session, c.err, c.started, c.changed
		c.mu.Unlock()
		switch {
		case err != nil:
			return nil, err
		case !started:
			return nil, ErrNotConnected
		case s != nil && s.alive():
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("no connection to the gateway: %w", context.Cause(ctx))
		}
	}
}

package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// Close codes of the protocol.
const (
	closeNormal    = 1000
	closeProtocol  = 1002
	closeEncoding  = 1007
	closePolicy    = 1008
	closeRestart   = 1012
	farewellPeriod = time.Second // how long a peer may take to close its side
)

// slowConsumer is why a connection is closed that cannot go without an event
// and has no room for it, or takes nothing any more.
const slowConsumer = "slow consumer"

// conn is one connection. Its handshake runs where the request was upgraded,
// everything after it in a goroutine that owns the connection: it reads, and it
// waits for everything else that the connection started.
type conn struct {
	server *Server
	id     string
	ws     *websocket.Conn
	link   *link
	out    *queue
	upg    *http.Request // until the handshake is over
	remote string

	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	peer     *Peer // set by the handshake
	requests requests
	blocking requests // calls that wait by design
	accepted requests // calls that have their early answer
	ending   atomic.Bool

	arrival uint64 // the hub's: when it came
	place   int    // and where it is in its list
}

func newConn(s *Server, ws *websocket.Conn, l *link, r *http.Request) *conn {
	c := &conn{server: s, id: newConnID(), ws: ws, link: l, upg: r, remote: r.RemoteAddr}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.out = newQueue(l, s.opts.MaxBuffered, c.unwritable)
	c.out.writers = &s.writers
	c.requests.init(s.opts.MaxInFlight)
	c.blocking.init(s.opts.MaxInFlight)
	return c
}

// log gives the connection's logger, which is made when there is something to
// say: most connections have little.
func (c *conn) log() *slog.Logger { return c.server.opts.Logger.With("conn", c.id) }

// unwritable ends the reading, and so the connection, when the peer takes
// nothing any more.
func (c *conn) unwritable(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) && c.peer != nil && !c.ending.Load() {
		c.slow("takes nothing")
	}
	c.log().Debug("peer cannot be written to", "error", err)
	c.link.Close()
}

// slow reports that the peer is too slow.
func (c *conn) slow(why string) {
	c.log().Warn(slowConsumer, "why", why, "remote", c.remote)
	if o := c.server.opts.Observer; o != nil {
		o.SlowConsumer(c.peer)
	}
}

// greet takes the connection through its handshake. It reports whether the
// connection goes on; else it is finished.
func (c *conn) greet() bool {
	c.ws.SetReadLimit(int64(c.server.opts.MaxUnadmitted))
	limit := time.Now().Add(c.server.opts.HandshakeTimeout)
	if c.link.SetReadDeadline(limit) != nil || !c.handshake() || c.link.SetReadDeadline(time.Time{}) != nil {
		c.finish()
		return false
	}
	if c.ending.Load() {
		// Whoever ended it meanwhile had set a deadline too.
		_ = c.link.SetReadDeadline(time.Now().Add(farewellPeriod))
	}
	c.ws.SetReadLimit(int64(c.server.opts.MaxPayload))
	c.upg = nil
	return true
}

// run takes the connection from its handshake to its end.
func (c *conn) run() {
	defer c.finish()
	for {
		data, binary, err := c.read()
		if err != nil {
			c.ended(err)
			return
		}
		// What comes behind our own close is not served any more.
		if !c.ending.Load() {
			c.dispatch(data, binary)
			c.out.room()
		}
	}
}

// ended sees that the peer learns why nothing is read any more, when that is
// for its own fault and the WebSocket library has not told it.
func (c *conn) ended(err error) {
	c.log().Debug("connection ended", "error", err)
	var closed websocket.CloseError
	var network net.Error
	switch {
	case c.ending.Load():
	case c.link.closed():
		c.out.abandon()
	case errors.As(err, &closed), errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		c.out.abandon()
	default:
		c.close(closeProtocol, "protocol error")
	}
}

// finish waits for everything the connection started, and lets the rest of the
// server forget it.
func (c *conn) finish() {
	if c.peer != nil {
		c.server.hub.remove(c)
		if o := c.server.opts.Observer; o != nil {
			o.ConnectionClosed(c.peer)
		}
		if f := c.server.opts.Closed; f != nil {
			f(c.peer)
		}
	}
	c.close(closeNormal, "")
	c.out.drained()
	c.cancel()
	if c.link.closed() {
		c.link.linger()
	}
	c.ws.CloseNow()
	c.requests.wait(context.Background())
	c.blocking.wait(context.Background())
	c.accepted.wait(context.Background())
	c.server.leave(c)
}

// close sends a close frame behind what is queued and gives the peer a moment
// to answer it. It may be called from anywhere, any number of times.
func (c *conn) close(code int, reason string) { c.end(code, reason, false) }

func (c *conn) end(code int, reason string, discard bool) {
	if c.ending.Swap(true) {
		return
	}
	c.out.end(code, reason, discard)
	_ = c.link.SetReadDeadline(time.Now().Add(farewellPeriod))
}

// readBuffers hold messages while their size is not known yet.
var readBuffers = sync.Pool{New: func() any { b := make([]byte, 8<<10); return &b }}

// read returns the next message, in a buffer of its own that the decoder's
// strings will point into, and whether it came as a binary one.
func (c *conn) read() (data []byte, binary bool, err error) {
	typ, r, err := c.ws.Reader(context.Background())
	if err != nil {
		return nil, false, err
	}
	scratch := readBuffers.Get().(*[]byte)
	defer readBuffers.Put(scratch)
	into := (*scratch)[:0]
	for {
		n, err := r.Read(into[len(into):cap(into)])
		into = into[:len(into)+n]
		switch {
		// A message's end is plain; the end of the connection comes wrapped.
		case err == io.EOF && data == nil:
			return append([]byte(nil), into...), typ == websocket.MessageBinary, nil
		case err == io.EOF:
			return into, typ == websocket.MessageBinary, nil
		case err != nil:
			return nil, false, err
		case len(into) == cap(into):
			data = append(make([]byte, 0, min(4*len(into), max(len(into), c.server.opts.MaxPayload)+1)), into...)
			into = data
		}
	}
}

// garbled closes the connection when a message that is no JSON is not even
// text, as RFC 6455 demands. Messages that decode have been looked at already.
func (c *conn) garbled(data []byte, binary bool) bool {
	if binary || utf8.Valid(data) {
		return false
	}
	c.close(closeEncoding, "invalid UTF-8")
	return true
}

// offer queues an event, or ends a connection that is too slow for it.
func (c *conn) offer(m *message) {
	switch c.out.event(m) {
	case overflow:
		if !c.ending.Load() {
			c.slow("no room for " + m.event.String())
		}
		c.end(closePolicy, slowConsumer, true)
		c.link.hasten()
	case dropped:
		if o := c.server.opts.Observer; o != nil {
			o.EventDropped(m.event)
		}
	}
}

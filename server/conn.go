package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/protocol"
)

// Close codes of the protocol.
const (
	closeNormal    = 1000
	closeProtocol  = 1002
	closePolicy    = 1008
	closeRestart   = 1012
	farewellPeriod = time.Second // how long a peer may take to close its side
)

// conn is one connection. Its run goroutine owns it: it reads, and it waits
// for everything else that the connection started.
type conn struct {
	server *Server
	id     string
	ws     *websocket.Conn
	link   *link
	out    *queue
	upg    *http.Request
	log    *slog.Logger

	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	peer     *Peer // set by the handshake
	requests requests
	blocking requests // calls that wait by design
	ending   sync.Once
}

func newConn(s *Server, ws *websocket.Conn, l *link, r *http.Request) *conn {
	c := &conn{server: s, id: newConnID(), ws: ws, link: l, upg: r}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.log = s.opts.Logger.With("conn", c.id)
	c.out = newQueue(l, s.opts.MaxBuffered, func(err error) {
		c.log.Debug("peer cannot be written to", "error", err)
		c.link.Close()
	})
	c.requests.init(s.opts.MaxInFlight)
	c.blocking.init(s.opts.MaxInFlight)
	return c
}

// run takes the connection from its handshake to its end.
func (c *conn) run() {
	defer c.finish()
	ws := c.ws
	ws.SetReadLimit(int64(c.server.opts.MaxUnadmitted))
	if err := c.link.SetReadDeadline(time.Now().Add(c.server.opts.HandshakeTimeout)); err != nil {
		return
	}
	if !c.handshake() {
		return
	}
	if err := c.link.SetReadDeadline(time.Time{}); err != nil {
		return
	}
	ws.SetReadLimit(int64(c.server.opts.MaxPayload))
	for {
		data, err := c.read()
		if err != nil {
			c.log.Debug("connection ended", "error", err)
			return
		}
		c.dispatch(data)
		c.out.room()
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
	c.ws.CloseNow()
	c.requests.wait(context.Background())
	c.blocking.wait(context.Background())
}

// close sends a close frame behind what is queued and gives the peer a moment
// to answer it. It may be called from anywhere, any number of times.
func (c *conn) close(code int, reason string) {
	c.ending.Do(func() {
		c.out.end(code, reason)
		_ = c.link.SetReadDeadline(time.Now().Add(farewellPeriod))
	})
}

// readBuffer holds a message while its size is not known yet.
var readBuffers = sync.Pool{New: func() any { b := make([]byte, 8<<10); return &b }}

// read returns the next message in a buffer of its own, which the decoder's
// strings will point into.
func (c *conn) read() ([]byte, error) {
	_, r, err := c.ws.Reader(context.Background())
	if err != nil {
		return nil, err
	}
	scratch := readBuffers.Get().(*[]byte)
	defer readBuffers.Put(scratch)
	n, err := io.ReadFull(r, *scratch)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return append([]byte(nil), (*scratch)[:n]...), nil
	case err != nil:
		return nil, err
	}
	data := append(make([]byte, 0, 4*n), (*scratch)[:n]...)
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// offer queues an event, or ends a connection that is too slow for it.
func (c *conn) offer(e protocol.EventID, it item, d protocol.Delivery) {
	o := c.server.opts.Observer
	switch c.out.event(it, d != protocol.DeliverOrdered) {
	case overflow:
		c.log.Warn("slow consumer", "event", e.String(), "remote", c.upg.RemoteAddr)
		if o != nil {
			o.SlowConsumer(c.peer)
		}
		c.close(closePolicy, "slow consumer")
	case dropped:
		if o != nil {
			o.EventDropped(e)
		}
	}
}

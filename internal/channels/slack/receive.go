package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// How the socket is used.
const (
	handshakeTime = 20 * time.Second
	maxFrame      = 4 << 20
	// Slack puts a frame together again only when it is written in one piece.
	writeBuffer = 32 << 10
	tryAgain    = time.Second // to keep what could not be kept
)

var errReconnect = errors.New("the connection was ended by Slack, another one is made")

// Run receives what is said to the bot.
func (a *account) Run(ctx context.Context, in channels.Inbox) error {
	me, err := a.whoAmI(ctx)
	if err != nil {
		return err
	}
	a.env.Logger.Debug("Slack knows the bot", "user", me.user, "team", me.team)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { a.paint(ctx) })
	r := &run{account: a, in: in}
	r.socket = socketmode.New(a.api, socketmode.OptionDialer(r.dialer()), socketmode.OptionReadLimit(maxFrame), socketmode.OptionLog(log.New(io.Discard, "", 0)),
		// The supervision sees earlier that nothing comes any more.
		socketmode.OptionPingInterval(2*silence))
	ended := make(chan error, 1)
	wg.Go(func() { ended <- r.socket.RunContext(ctx) })
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-ended:
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("asking Slack for a socket, with the app token: %w", a.judged(err, new(passage)))
		case e := <-r.socket.Events:
			if err := r.event(ctx, &e); err != nil {
				return err
			}
		}
	}
}

// run is a run of an account.
type run struct {
	*account
	in      channels.Inbox
	socket  *socketmode.Client
	greeted atomic.Bool // Slack has said hello in the connection that goes on
}

// event takes what the library has to say. An error ends the run.
func (r *run) event(ctx context.Context, e *socketmode.Event) error {
	switch e.Type {
	case socketmode.EventTypeConnecting:
		if x, ok := e.Data.(*slack.ConnectingEvent); ok && x.ConnectionCount > 0 && r.greeted.Swap(false) {
			r.in.Lost(errReconnect)
		}
	case socketmode.EventTypeConnectionError:
		x, ok := e.Data.(*slack.ConnectionErrorEvent)
		if !ok {
			return errors.New("no connection to Slack")
		}
		err := fmt.Errorf("asking Slack for a socket, with the app token: %w", r.judged(x.ErrorObj, new(passage)))
		var f *channels.Failure
		if errors.As(err, &f) && f.RetryAfter > 0 {
			r.in.Lost(err)
			pause(ctx, f.RetryAfter)
		}
		return err // the supervision tries again, later each time
	case socketmode.EventTypeHello:
		r.greeted.Store(true)
		r.in.Alive()
		if e.Request != nil && e.Request.NumConnections > 1 {
			r.env.Logger.Warn("another program is connected to this app of Slack's: each gets only some of the messages", "connections", e.Request.NumConnections)
		}
	case socketmode.EventTypeErrorBadMessage:
		x, ok := e.Data.(*socketmode.ErrorBadMessage)
		var q socketmode.Request
		if !ok || json.Unmarshal(x.Message, &q) != nil || q.EnvelopeID == "" {
			r.env.Logger.Warn("something of Slack's cannot be read, it is left out")
			return nil
		}
		return r.request(ctx, &q)
	case socketmode.EventTypeErrorWriteFailed:
		r.env.Logger.Debug("an event of Slack's could not be acknowledged: Slack brings it again")
	default:
		if e.Request != nil && e.Request.EnvelopeID != "" {
			return r.request(ctx, e.Request)
		}
	}
	return nil
}

// request takes an envelope over, and acknowledges it when it is on the disk. What
// cannot be kept stays with us, and Slack brings nothing newer before.
func (r *run) request(ctx context.Context, q *socketmode.Request) error {
	for {
		var err error
		switch q.Type {
		case socketmode.RequestTypeEventsAPI:
			err = r.callback(ctx, q.Payload)
		case socketmode.RequestTypeInteractive:
			err = r.vote(ctx, q.Payload)
		default:
			r.env.Logger.Debug("an event of Slack's is none of ours", "type", q.Type)
		}
		var t *channels.Terminal
		if err == nil || errors.As(err, &t) {
			return errors.Join(err, r.socket.AckCtx(ctx, q.EnvelopeID, nil))
		}
		if ctx.Err() != nil {
			return nil
		}
		r.env.Logger.Error("a message of Slack's cannot be kept", "error", err)
		if !pause(ctx, tryAgain) {
			return nil
		}
	}
}

// dialer connects the socket in the way of other calls, and hears of every byte
// that comes.
func (r *run) dialer() *websocket.Dialer {
	d := &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: handshakeTime, WriteBufferSize: writeBuffer}
	dial := (&net.Dialer{Timeout: handshakeTime}).DialContext
	if t, ok := r.env.HTTP.Transport.(*http.Transport); ok {
		d.Proxy = t.Proxy
		if t.TLSClientConfig != nil {
			d.TLSClientConfig = t.TLSClientConfig.Clone()
			d.TLSClientConfig.NextProtos = nil // there are no WebSockets in HTTP/2 here
		}
		if t.DialContext != nil {
			dial = t.DialContext
		}
	}
	d.NetDialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &heard{c, r}, nil
	}
	return d
}

// heard is a connection whose every byte is a sign of life: Slack's pings, too,
// which the library keeps to itself.
type heard struct {
	net.Conn
	run *run
}

func (h *heard) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if n > 0 && h.run.greeted.Load() {
		h.run.in.Alive()
	}
	return n, err
}

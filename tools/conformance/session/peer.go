package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// Patience is how long the gateway waits for the client's next move.
const Patience = 20 * time.Second

// Peer plays the gateway of a script, on a free port of the loopback.
type Peer struct {
	script *Script
	server *http.Server
	socket net.Listener
	conns  chan *websocket.Conn
	ctx    context.Context
	stop   context.CancelFunc
	done   chan struct{}
	served chan struct{}
	err    error
}

// Start begins to play. Wait says how it went.
func Start(s *Script) (*Peer, error) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Peer{script: s, socket: socket, conns: make(chan *websocket.Conn), done: make(chan struct{}), served: make(chan struct{})}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.server = &http.Server{Handler: http.HandlerFunc(p.accept), ReadHeaderTimeout: Patience}
	go func() {
		defer close(p.served)
		_ = p.server.Serve(socket) // until it is closed
	}()
	go func() {
		defer close(p.done)
		p.err = p.play()
	}()
	return p, nil
}

// Address is where the client connects to.
func (p *Peer) Address() string { return "ws://" + p.socket.Addr().String() + p.script.Path }

// Stop ends the play before its end.
func (p *Peer) Stop() { p.stop() }

// Wait waits until the gateway's part is over, or something was not as expected.
func (p *Peer) Wait() error {
	<-p.done
	p.stop()
	_ = p.server.Close() // of the loopback
	<-p.served
	return p.err
}

func (p *Peer) accept(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	select {
	case p.conns <- conn:
	case <-p.done:
		_ = conn.CloseNow() // the play is over
	}
}

// play goes through the gateway's steps.
func (p *Peer) play() error {
	var conn *websocket.Conn
	defer func() {
		if conn != nil {
			_ = conn.CloseNow()
		}
	}()
	known := bound{}
	for i, st := range p.script.Steps {
		if st.Expect == nil && st.Send == nil && st.End == nil && !st.Drop && st.Closed == nil {
			continue // the client's
		}
		if conn == nil {
			select {
			case conn = <-p.conns:
			case <-p.ctx.Done():
				return fmt.Errorf("step %d: no client is connected, and its driver has ended", i+1)
			case <-time.After(Patience):
				return fmt.Errorf("step %d: no client connected within %v", i+1, Patience)
			}
		}
		var err error
		if conn, err = act(p.ctx, conn, st, known); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

// act takes one step, and gives the connection that is there after it.
func act(ctx context.Context, conn *websocket.Conn, st Step, known bound) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	switch {
	case st.Expect != nil:
		return conn, expect(ctx, conn, st.Expect, known)
	case st.Send != nil:
		pattern, err := decode(st.Send)
		if err != nil {
			return conn, err
		}
		text, err := json.Marshal(known.fill(pattern))
		if err != nil {
			return conn, err
		}
		return conn, conn.Write(ctx, websocket.MessageText, text)
	case st.End != nil:
		return nil, ignoreClosed(conn.Close(websocket.StatusCode(st.End.Code), st.End.Reason))
	case st.Drop:
		return nil, ignoreClosed(conn.CloseNow())
	}
	return nil, closed(ctx, conn, st.Closed)
}

// ignoreClosed takes a connection that is closed already for closed.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || websocket.CloseStatus(err) != -1 {
		return nil
	}
	return err
}

func expect(ctx context.Context, conn *websocket.Conn, want json.RawMessage, known bound) error {
	_, text, err := conn.Read(ctx)
	if err != nil {
		return fmt.Errorf("expected %s: %w", want, err)
	}
	pattern, err := decode(want)
	if err != nil {
		return err
	}
	value, err := decode(text)
	if err != nil {
		return fmt.Errorf("the client sent what is no JSON: %w: %s", err, text)
	}
	if err := known.match(pattern, value, ""); err != nil {
		return fmt.Errorf("the client sent %s\n%w", text, err)
	}
	return nil
}

// closed waits for the client to close the connection.
func closed(ctx context.Context, conn *websocket.Conn, want *End) error {
	_, text, err := conn.Read(ctx)
	if err == nil {
		return fmt.Errorf("expected the connection to be closed, and the client sent %s", text)
	}
	if code := int(websocket.CloseStatus(err)); want.Code != 0 && code != want.Code {
		return fmt.Errorf("expected the connection to be closed with %d: %w", want.Code, err)
	}
	return nil
}

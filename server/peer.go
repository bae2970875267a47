package server

import (
	"context"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// Peer is the other end of a connection, as handlers see it.
type Peer struct {
	ConnID  string
	Dialect protocol.Dialect
	Role    protocol.Role
	Scopes  []string
	Grant   protocol.Grant
	Device  string // proved device id, or ""
	Owner   bool   // the gateway's owner at his machine, who may give what nobody holds
	Client  protocol.ConnectClient
	Connect *protocol.ConnectParams // a copy of its own; secrets removed
	Remote  string                  // address of the peer, which may be a proxy
	IP      string                  // of a client on another machine, as far as it is known
}

// Name is what the peer is called in records: its display name, else its
// client id.
func (p *Peer) Name() string {
	if p.Client.DisplayName.Set {
		return p.Client.DisplayName.V
	}
	return p.Client.ID
}

// Node is the id that the peer has as a node: its device, else its client id.
func (p *Peer) Node() string {
	if p.Device != "" {
		return p.Device
	}
	return p.Client.ID
}

type callKey struct{}

// call is what belongs to one request. It is the context of its handler.
type call struct {
	context.Context // the connection's, while the handler runs
	conn            *conn
	request         protocol.Request
	start           time.Time
	lane            *requests // where it is counted
	after           []func()
}

// Value gives the call itself; all else is the connection's.
func (k *call) Value(key any) any {
	if key == (callKey{}) {
		return k
	}
	return k.Context.Value(key)
}

// PeerFrom gives the peer that a handler's context belongs to; nil outside of
// requests.
func PeerFrom(ctx context.Context) *Peer {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c.conn.peer
	}
	p, _ := ctx.Value(peerKey{}).(*Peer)
	return p
}

type peerKey struct{}

// WithPeer returns a context in which a handler finds a peer without a
// connection: in tests, and where the gateway calls on behalf of one. What is to
// run After runs at once.
func WithPeer(ctx context.Context, p *Peer) context.Context {
	return context.WithValue(ctx, peerKey{}, p)
}

// After runs f once the request's answer is queued, so that the events of what
// it began come behind it. Outside of a request f runs at once.
func After(ctx context.Context, f func()) {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		c.after = append(c.after, f)
		return
	}
	f()
}

package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// newConnID names a connection in logs and in the hello.
func newConnID() string { return "conn-" + randomHex(8) }

// newNonce makes a challenge, in the form of a UUID as clients expect it.
func newNonce() string {
	h := randomHex(16)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// revokedMeanwhile is why a connection ends whose right to it did during the
// handshake.
const revokedMeanwhile = "device token revoked"

// welcome registers the connection and answers the handshake. Events from now
// on are queued; the answer goes out before them.
func (c *conn) welcome(ctx context.Context, o *opening, a *Admission) {
	c.server.hub.add(c)
	if a.Valid != nil && !a.Valid(ctx) {
		c.close(closePolicy, revokedMeanwhile)
	}
	if o := c.server.opts.Observer; o != nil {
		o.ConnectionOpened(c.peer)
	}
	if f := c.server.opts.Opened; f != nil {
		f(c.peer)
	}
	hello := c.hello(ctx, a)
	if o.dialect == protocol.DialectField {
		b := appendResponse(newBody(), o.id)
		b = hello.AppendJSON(b)
		c.out.release(append(b, '}'))
		return
	}
	c.out.release(hello.AppendJSON(newBody()))
}

func (c *conn) hello(ctx context.Context, a *Admission) *protocol.HelloOk {
	s := c.server
	h := &protocol.HelloOk{
		Protocol: protocol.ProtocolVersion,
		Server:   protocol.HelloServer{Version: s.opts.Version, ConnID: c.id},
		Features: s.features[c.peer.Dialect],
		Policy: protocol.HelloPolicy{MaxPayload: int64(s.opts.MaxPayload), MaxBufferedBytes: int64(s.opts.MaxBuffered),
			TickIntervalMs: s.opts.TickInterval.Milliseconds()},
	}
	if s.opts.Commit != "" {
		h.Server.Commit = wire.Some(s.opts.Commit)
	}
	if s.opts.Host != "" {
		h.Server.Host = wire.Some(s.opts.Host)
	}
	if c.peer.Dialect == protocol.DialectCanonical {
		h.Server.Schema = wire.Some(protocol.SchemaHash)
	}
	if s.opts.Snapshot != nil {
		h.Snapshot = s.opts.Snapshot(ctx, c.peer)
	}
	h.Snapshot.StateVersion = s.StateVersion()
	h.Snapshot.UptimeMs = s.Uptime().Milliseconds()
	if a.Auth != nil {
		h.Auth = wire.Some(*a.Auth)
	}
	return h
}

// featuresIn lists what a dialect's clients are offered.
func (o *Options) featuresIn(d protocol.Dialect) protocol.HelloFeatures {
	return protocol.HelloFeatures{Methods: o.Handlers.Methods(d), Events: eventNames(d)}
}

// eventNames lists the events as a dialect calls them.
func eventNames(d protocol.Dialect) []string {
	var names []string
	for e := range protocol.EventUnknown {
		names = append(names, e.NameIn(d))
	}
	return names
}

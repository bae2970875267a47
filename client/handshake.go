package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// handshakeID is the id of the handshake's answer: the one that canonical
// gateways refuse with, and ours for the request that the field wants.
const handshakeID = "connect"

// challengePeriod is how long a challenge is waited for. Gateways send it with
// the upgrade; those too old to know it send none.
const challengePeriod = 750 * time.Millisecond

// connect makes one connection with one set of credentials.
func (c *Client) connect(ctx context.Context, cred credentials) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.ConnectTimeout)
	defer cancel()
	ws, socket, err := c.dial(ctx)
	if err != nil {
		return nil, timely(ctx, err)
	}
	s := newSession(c, ws, socket)
	if err := s.greet(ctx, cred); err != nil {
		s.finish(c.hard)
		return nil, err
	}
	return s, nil
}

// timely says that time ran out where the error of what it interrupted would
// not.
func timely(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w (%w)", cause, err)
	}
	return err
}

// greet takes the session through the handshake. On an error it has ended.
func (s *session) greet(ctx context.Context, cred credentials) error {
	nonce, err := s.nonce(ctx)
	if err != nil {
		return err
	}
	opening := &call{frame: s.client.opening(cred, nonce)}
	select {
	case s.out <- opening:
	case <-s.done:
		return s.cause
	}
	select {
	case <-s.ready:
	case <-s.done:
		// If it ended right behind the greeting, it did connect.
	case <-ctx.Done():
		s.abort(fmt.Errorf("no greeting from the gateway: %w", ctx.Err()))
	}
	if !s.greeted() {
		return s.cause
	}
	<-s.ready
	return nil
}

// nonce waits for the challenge where one is to come.
func (s *session) nonce(ctx context.Context) (string, error) {
	if s.client.url.Path == guidePath {
		return "", nil
	}
	timer := time.NewTimer(challengePeriod)
	defer timer.Stop()
	select {
	case nonce := <-s.challenge:
		return nonce, nil
	case <-timer.C:
		return "", nil
	case <-s.done:
		return "", s.cause
	case <-ctx.Done():
		s.end(fmt.Errorf("no challenge from the gateway: %w", ctx.Err()), 0, "")
		return "", s.cause
	}
}

// opening is the first message: the bare params, or a request around them.
func (c *Client) opening(cred credentials, nonce string) []byte {
	params := c.connectParams(cred, nonce)
	if c.opts.Dialect == protocol.DialectCanonical {
		return params.AppendJSON(nil)
	}
	f := protocol.RequestFrame{ID: handshakeID, Method: protocol.MethodConnect.String(), Params: params.AppendJSON(nil)}
	return f.AppendJSON(nil)
}

func (c *Client) connectParams(cred credentials, nonce string) *protocol.ConnectParams {
	o := &c.opts
	p := &protocol.ConnectParams{
		MinProtocol: protocol.MinProtocolVersion, MaxProtocol: protocol.ProtocolVersion,
		Client: protocol.ConnectClient{ID: o.ID, Version: o.Version, Platform: o.Platform, Mode: protocol.ConnectClientMode(o.Mode),
			DisplayName: filled(o.DisplayName), InstanceID: filled(o.InstanceID)},
		Caps: o.Caps, Commands: o.Commands, Permissions: o.Permissions, PathEnv: filled(o.PathEnv),
		Role:   wire.Some(protocol.ConnectParamsRole(o.Role.String())),
		Scopes: o.Scopes,
	}
	if cred.token != "" || cred.password != "" {
		p.Auth = wire.Some(protocol.ConnectAuth{Token: filled(cred.token), Password: filled(cred.password)})
	}
	if o.Device != nil {
		at := time.Now().UnixMilli()
		signature := o.Device.Sign(device.Signed{Device: o.Device.ID(), Client: o.ID, Mode: o.Mode, Role: o.Role.String(),
			Scopes: o.Scopes, SignedAt: at, Token: cred.token, Nonce: nonce})
		p.Device = wire.Some(protocol.ConnectDevice{ID: o.Device.ID(), PublicKey: o.Device.PublicKey(), Signature: signature,
			SignedAt: at, Nonce: filled(nonce)})
	}
	return p
}

// filled is a member that is there unless it is empty.
func filled(text string) wire.Opt[string] { return wire.Opt[string]{V: text, Set: text != ""} }

// handshakeAnswer takes the answer in a frame: a refusal, or the field's
// greeting.
func (s *session) handshakeAnswer(f *protocol.ResponseFrame) {
	if f.Ok {
		s.greeting(f.Payload)
		return
	}
	s.end(&RefusedError{newError(f)}, closeNormal, "")
}

// greeting takes the gateway's greeting.
func (s *session) greeting(data []byte) {
	hello := new(protocol.HelloOk)
	if err := hello.DecodeAlias(data, wire.Lenient); err != nil {
		s.end(fmt.Errorf("the gateway's greeting makes no sense: %w", err), closeNormal, "")
		return
	}
	if s.open(hello) {
		s.client.connected(s)
		close(s.ready)
	}
}

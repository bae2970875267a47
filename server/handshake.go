package server

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// bareID is the id of the answer that refuses a handshake without a request
// around it. Clients ignore answers to ids they never used, and see the close.
const bareID = "connect"

// opening is the first message of a connection, understood.
type opening struct {
	dialect protocol.Dialect
	id      string // to answer with
	params  protocol.ConnectParams
}

// handshake takes the first message and answers it. It reports whether the
// connection goes on.
func (c *conn) handshake() bool {
	nonce := ""
	if c.upg.URL.Path != GuidePath {
		nonce = newNonce()
		c.challenge(nonce)
	}
	data, binary, err := c.read()
	if err != nil {
		c.log().Debug("no handshake", "error", err)
		c.refused(nil)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.close(closeNormal, "")
		}
		c.ended(err)
		return false
	}
	if c.garbled(data, binary) {
		c.refused(nil)
		c.drain()
		return false
	}
	open, refusal := c.open(data)
	if refusal == nil {
		refusal = c.admit(open, nonce)
	}
	if refusal == nil {
		return true
	}
	c.refuse(open, refusal)
	return false
}

// challenge sends the nonce that a device signs.
func (c *conn) challenge(nonce string) {
	e := protocol.NewEventConnectChallenge(&protocol.ConnectChallenge{Nonce: nonce, Ts: time.Now().UnixMilli()})
	body := encodeEvent(e.ID.NameIn(protocol.DialectField), e.Payload, nil)
	c.out.now(append(body, '}'))
}

// open decides by its form which dialect the first message speaks.
func (c *conn) open(data []byte) (*opening, *Refusal) {
	o := &opening{id: bareID}
	if !json.Valid(data) {
		return o, &Refusal{Code: closeNormal}
	}
	r := wire.NewReader(data, wire.Lenient, protocol.MaxDepth)
	if typ, ok := r.Tag(r.Start(), "type"); ok && typ == "req" {
		return o, c.openRequest(o, data)
	}
	if !looksBare(data) {
		return o, &Refusal{Code: closePolicy, Reason: "invalid request frame"}
	}
	if err := o.params.DecodeAlias(data, wire.Strict); err != nil {
		return o, invalidConnect(err)
	}
	return o, nil
}

func (c *conn) openRequest(o *opening, data []byte) *Refusal {
	o.dialect = protocol.DialectField
	var frame protocol.RequestFrame
	if err := frame.DecodeAlias(data, wire.Strict); err != nil {
		o.id = ""
		return &Refusal{Code: closePolicy, Reason: "invalid request frame"}
	}
	o.id = frame.ID
	if id, _ := protocol.LookupMethod(frame.Method); id != protocol.MethodConnect {
		return refuse("invalid handshake: first request must be connect")
	}
	params := []byte(frame.Params)
	if params == nil || string(params) == "null" {
		params = []byte("{}")
	}
	if err := o.params.DecodeAlias(params, wire.Strict); err != nil {
		return invalidConnect(err)
	}
	return nil
}

// looksBare reports whether an object without type has what only connect
// params have.
func looksBare(data []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil || members["type"] != nil {
		return false
	}
	return slices.ContainsFunc([]string{"minProtocol", "maxProtocol", "client"}, func(k string) bool { return members[k] != nil })
}

func invalidConnect(err error) *Refusal {
	return &Refusal{Err: protocol.InvalidParams("connect", err)}
}

func refuse(message string) *Refusal {
	return &Refusal{Err: protocol.Errorf(protocol.CodeInvalidRequest, "%s", message)}
}

// refused tells the observer of a failed handshake.
func (c *conn) refused(err *protocol.Error) {
	o := c.server.opts.Observer
	switch {
	case o == nil:
	case err == nil:
		o.HandshakeRefused("")
	default:
		o.HandshakeRefused(err.Code)
	}
}

// refuse answers with the error, if there is one, and closes.
func (c *conn) refuse(o *opening, r *Refusal) {
	c.log().Info("handshake refused", "reason", r.text(), "remote", c.remote)
	c.refused(r.Err)
	var first []byte
	if r.Err != nil && o.id != "" {
		first = encodeError(o.id, r.Err)
	}
	c.out.release(first)
	code := r.Code
	if code == 0 {
		code = closePolicy
	}
	c.close(code, r.text())
	c.drain()
}

// drain reads until the peer answers the close, or its time is over.
func (c *conn) drain() {
	for {
		if _, _, err := c.read(); err != nil {
			return
		}
	}
}

func (r *Refusal) text() string {
	if r.Reason != "" || r.Err == nil {
		return r.Reason
	}
	return r.Err.Message
}

// admit checks what the protocol itself demands, asks the admitter, and sends
// the hello.
func (c *conn) admit(o *opening, nonce string) *Refusal {
	p := &o.params
	if p.MinProtocol > protocol.ProtocolVersion || p.MaxProtocol < protocol.MinProtocolVersion {
		err := protocol.Errorf(protocol.CodeInvalidRequest, "protocol mismatch")
		err.Details = wire.Raw(`{"expectedProtocol":3}`)
		return &Refusal{Err: err, Code: closeProtocol}
	}
	role, ok := roleOf(p)
	if !ok {
		return refuse("invalid role")
	}
	ctx, cancel := context.WithTimeout(c.server.greeting, c.server.opts.HandshakeTimeout)
	defer cancel()
	admission, err := c.server.opts.Admit.Admit(ctx, &Attempt{Params: p, Dialect: o.dialect, Role: role, Scopes: p.Scopes, Nonce: nonce, Request: c.upg})
	if err != nil {
		var refusal *Refusal
		if errors.As(err, &refusal) {
			return refusal
		}
		c.log().Error("admission failed", "error", err)
		return &Refusal{Err: protocol.Errorf(protocol.CodeUnavailable, "the gateway cannot check credentials now")}
	}
	c.peer = c.newPeer(o, admission)
	c.welcome(ctx, o, admission)
	return nil
}

// roleOf is the role asked for: the member, else a mode that is a role's name,
// else operator.
func roleOf(p *protocol.ConnectParams) (protocol.Role, bool) {
	if p.Role.Set {
		return protocol.LookupRole(string(p.Role.V))
	}
	if role, ok := protocol.LookupRole(string(p.Client.Mode)); ok {
		return role, true
	}
	return protocol.RoleOperator, true
}

// newPeer keeps what outlives the handshake, in memory of its own and without
// credentials.
func (c *conn) newPeer(o *opening, a *Admission) *Peer {
	params := o.params.Clone()
	params.Auth = wire.Opt[protocol.ConnectAuth]{}
	return &Peer{ConnID: c.id, Dialect: o.dialect, Role: a.Role, Scopes: a.Scopes, Grant: protocol.GrantOf(a.Role, a.Scopes),
		Device: a.Device, Owner: a.Owner, Client: params.Client, Connect: params, Remote: c.remote, IP: a.IP}
}

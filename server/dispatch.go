package server

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// dispatch decodes a request and starts its handler. The order of verdicts is
// frame, access, method, params.
func (c *conn) dispatch(data []byte, binary bool) {
	k := &call{conn: c, start: c.server.clock()}
	q := &k.request
	err := q.DecodeAlias(data, c.peer.Grant)
	var frame *protocol.FrameError
	if err != nil && c.garbled(data, binary) {
		return
	}
	if !errors.As(err, &frame) {
		// Access and method come before params.
		if refusal := verdictOf(q); refusal != nil {
			err = refusal
		} else if err != nil {
			err = c.loosen(q, err)
		}
	}
	if err == nil && c.server.opts.Adapter != nil {
		err = protocol.AdaptParams(c.server.opts.Adapter, c.peer.Dialect, q.Method, q.Params)
	}
	if err != nil {
		c.reject(k, err)
		return
	}
	if c.server.stopping() {
		c.fail(k, protocol.Errorf(protocol.CodeUnavailable, "the gateway is stopping"))
		return
	}
	lane := &c.requests
	if q.Method.Info().Blocks {
		lane = &c.blocking
	}
	if !lane.enter(lane == &c.requests) {
		c.fail(k, protocol.Errorf(protocol.CodeUnavailable, "too many requests in flight: %d of %s wait on this connection", c.server.opts.MaxInFlight, q.Frame.Method))
		return
	}
	k.lane = lane
	c.server.workers.run(job{c, k})
}

// loosen decodes another form of params that were refused, if there is one.
func (c *conn) loosen(q *protocol.Request, refusal error) error {
	if c.server.opts.Loosen == nil {
		return refusal
	}
	params, ok := c.server.opts.Loosen(c.peer.Dialect, q.Method, q.Frame.Params)
	if !ok {
		return refusal
	}
	var err error
	if q.Params, err = protocol.DecodeAliasParams(q.Method, params, wire.Strict); err != nil {
		return protocol.InvalidParams(q.Frame.Method, err)
	}
	return nil
}

// maxName is how much of a name that means nothing is repeated.
const maxName = 128

// verdictOf is the refusal of a request whose envelope is well formed.
func verdictOf(q *protocol.Request) error {
	switch {
	case q.Denied != nil:
		return protocol.Errorf(protocol.CodeInvalidRequest, "%s", q.Denied.Error())
	case q.Method == protocol.MethodUnknown:
		return protocol.Errorf(protocol.CodeInvalidRequest, "unknown method: %s", truncate(q.Frame.Method, maxName))
	case q.Method == protocol.MethodConnect:
		return protocol.Errorf(protocol.CodeInvalidRequest, "connect is only valid as the first request")
	}
	return nil
}

// reject answers a request that reaches no handler.
func (c *conn) reject(k *call, err error) {
	var frame *protocol.FrameError
	if !errors.As(err, &frame) {
		c.fail(k, asError(err))
		return
	}
	if notJSON(frame.Issues) {
		c.log().Debug("message is not JSON", "error", frame.Issues)
		return
	}
	refusal := protocol.Errorf(protocol.CodeInvalidRequest, "%s", frame.Error())
	refusal.Details = wire.DetailsOf(frame.Issues)
	c.respond(encodeError(frame.ID, refusal))
}

// fail answers a request with an error.
func (c *conn) fail(k *call, e *protocol.Error) {
	c.respond(encodeError(k.request.Frame.ID, e))
	c.server.finished(k.request.Method, e, k.start)
}

func notJSON(err error) bool {
	var issues wire.Issues
	return errors.As(err, &issues) && len(issues) > 0 && issues[0].Rule == wire.RuleSyntax
}

// serve runs the handler and answers. When it gives a batch, the answer is
// still to be written.
func (c *conn) serve(k *call) *batch {
	q := &k.request
	k.Context = c.ctx
	body, err := c.call(k)
	var e *protocol.Error
	if err != nil {
		e = asError(err)
		if e.Code == protocol.CodeUnavailable {
			c.log().Warn("request failed", "method", q.Method.String(), "error", err)
		}
		body = encodeError(q.Frame.ID, e)
	}
	var b *batch
	if body != nil {
		b = c.out.answer(body)
	}
	c.server.finished(q.Method, e, k.start)
	if k.after == nil {
		return b
	}
	if b != nil {
		go c.out.write(b)
	}
	for _, f := range k.after {
		f()
	}
	return nil
}

// call runs the handler. A panic is a failure of this request alone.
func (c *conn) call(k *call) (body []byte, err error) {
	q := &k.request
	defer func() {
		if p := recover(); p != nil {
			c.log().Error("handler panicked", "method", q.Method.String(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			body, err = nil, protocol.Errorf(protocol.CodeUnavailable, "%s failed unexpectedly; the gateway's log has the details", q.Method)
		}
	}()
	accepted := false
	early := func(payload []byte) {
		accepted = true
		c.takeOn(k)
		c.respond(append(append(appendResponse(newBody(), q.Frame.ID), payload...), '}'))
	}
	body, err = c.server.opts.Handlers.Call(k, q.Method, q.Params, appendResponse(newBody(), q.Frame.ID), early)
	switch {
	case accepted && !c.wantsFinal(q.Method):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return append(body, '}'), nil
}

// takeOn makes room for another request: this one has its early answer, and
// works on for as long as it takes. How many do is for their handlers to bound.
func (c *conn) takeOn(k *call) {
	c.accepted.add()
	k.lane.leave()
	k.lane = &c.accepted
}

// wantsFinal reports whether the peer's dialect gets the final answer after an
// early one.
func (c *conn) wantsFinal(m protocol.MethodID) bool {
	for _, d := range m.Info().FinalIn {
		if d == c.peer.Dialect {
			return true
		}
	}
	return false
}

// respond answers without waiting until it is written.
func (c *conn) respond(body []byte) {
	if b := c.out.answer(body); b != nil {
		go c.out.write(b)
	}
}

// asError gives any failure the form that the peer is told. Texts of errors
// that are not meant for peers stay in the log.
func asError(err error) *protocol.Error {
	var e *protocol.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled):
		return protocol.Errorf(protocol.CodeUnavailable, "the request was cancelled")
	case errors.Is(err, context.DeadlineExceeded):
		return protocol.Errorf(protocol.CodeUnavailable, "the request took too long")
	}
	return protocol.Errorf(protocol.CodeUnavailable, "%v", err)
}

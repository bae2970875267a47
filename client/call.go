package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// call is a request on its way.
type call struct {
	id     string
	frame  []byte
	state  atomic.Uint32 // how far it has come, so that exactly one side decides
	answer chan result   // takes one
}

type result struct {
	data []byte
	err  error
}

// The states of a call that is queued for writing: the writer takes it, or its
// caller takes it back. One that was taken back never reaches the gateway.
const (
	callQueued uint32 = iota
	callSent
	callWithdrawn
)

func (c *call) step(from, to uint32) bool { return c.state.CompareAndSwap(from, to) }

func (c *call) finish(data []byte, err error) {
	select {
	case c.answer <- result{data, err}:
	default:
	}
}

// request is what a caller wants, whatever connection it goes over.
type request struct {
	method string
	params []byte               // a JSON object
	info   *protocol.MethodInfo // nil for a method that is not the schema's
}

// maxSends is how often a call that may be repeated is sent at most. A call
// that itself makes the gateway fail should not do so for ever.
const maxSends = 3

// call is what typed calls are made of.
func (c *Client) call(ctx context.Context, method protocol.MethodID, params wire.Appender) ([]byte, error) {
	body := []byte("{}")
	if v := reflect.ValueOf(params); v.IsValid() && !(v.Kind() == reflect.Pointer && v.IsNil()) {
		body = params.AppendJSON(nil)
	}
	return c.do(ctx, request{method: method.NameIn(c.opts.Dialect), params: body, info: method.Info()})
}

// CallRaw calls a method by any of its names, also one that is not in the
// schema, and gives the payload of its answer as JSON. Params are a JSON
// object; nil is an empty one. The answer must not be changed.
func (c *Client) CallRaw(ctx context.Context, method string, params []byte) ([]byte, error) {
	if params == nil {
		params = []byte("{}")
	}
	if !json.Valid(params) {
		return nil, fmt.Errorf("params of %s are not JSON", method)
	}
	id, _ := protocol.LookupMethod(method)
	return c.do(ctx, request{method: method, params: params, info: id.Info()})
}

// do sees a request through: it waits for a connection, sends, and sends again
// where that is safe.
func (c *Client) do(ctx context.Context, r request) ([]byte, error) {
	ctx, cancel := c.bounded(ctx, r)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %d calls are waiting already: %w", r.method, cap(c.slots), context.Cause(ctx))
	}
	var lost error
	id := strconv.FormatUint(c.calls.Add(1), 10)
	frame := r.frame(id)
	for sends := 0; ; {
		s, err := c.live(ctx)
		if err != nil && lost != nil {
			return nil, fmt.Errorf("%s: %w; it cannot be sent again: %w", r.method, lost, err)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.method, err)
		}
		if limit := s.hello.Policy.MaxPayload; limit > 0 && int64(len(frame)) > limit {
			return nil, fmt.Errorf("%s: %w: the request has %d bytes, the gateway reads %d", r.method, ErrTooLarge, len(frame), limit)
		}
		call := &call{id: id, frame: frame, answer: make(chan result, 1)}
		data, err := s.send(ctx, call)
		if err == nil {
			return data, nil
		}
		if !errors.Is(err, ErrConnectionLost) {
			return nil, fmt.Errorf("%s: %w", r.method, err)
		}
		if call.state.Load() != callSent {
			continue // the gateway never saw it
		}
		lost = err
		if sends++; !r.repeatable() || sends == maxSends {
			return nil, fmt.Errorf("%s: %w", r.method, err)
		}
	}
}

// frame is the request as it is sent. It is the same each time, so that the
// gateway sees the same params and the same idempotency key.
func (r request) frame(id string) []byte {
	f := protocol.RequestFrame{ID: id, Method: r.method, Params: r.params}
	return f.AppendJSON(make([]byte, 0, len(r.params)+len(r.method)+64))
}

// repeatable reports whether the request may be sent again when nobody knows
// whether it was carried out. Where a key makes that safe, the key has to be
// there.
func (r request) repeatable() bool {
	if r.info == nil || !r.info.Retryable {
		return false
	}
	return r.info.KeyMember == "" || r.member(r.info.KeyMember) != nil
}

// member gives a member of the params as JSON; nil when it is absent or null.
func (r request) member(name string) wire.Raw {
	in := wire.NewReader(r.params, wire.Lenient, protocol.MaxDepth)
	member, i, more := in.Object(in.Start())
	for more {
		var value wire.Raw
		i = in.Raw(i, &value)
		if i >= 0 && member == name && string(value) != "null" {
			return value
		}
		member, i, more = in.Next(i)
	}
	return nil
}

// bounded gives a call the time it has, unless its caller said.
func (c *Client) bounded(ctx context.Context, r request) (context.Context, context.CancelFunc) {
	limit := c.opts.RequestTimeout
	if _, said := ctx.Deadline(); said || limit < 0 {
		return context.WithCancel(ctx)
	}
	if r.info != nil && r.info.Blocks {
		ms, err := strconv.ParseFloat(string(r.member(r.info.WaitMember)), 64)
		if err != nil || ms < 0 || ms > math.MaxInt32 {
			return context.WithCancel(ctx) // it waits by design, for as long as the gateway says
		}
		limit += time.Duration(ms * float64(time.Millisecond))
	}
	return context.WithTimeout(ctx, limit)
}

// send writes a call and waits for its answer. ErrConnectionLost means that
// none came; the call's state tells whether it was written.
func (s *session) send(ctx context.Context, call *call) ([]byte, error) {
	if err := s.remember(call); err != nil {
		return nil, err
	}
	defer s.forget(call.id)
	queue := s.out
	for {
		select {
		case queue <- call:
			queue = nil
		case r := <-call.answer:
			return r.data, r.err
		case <-ctx.Done():
			call.step(callQueued, callWithdrawn)
			return nil, fmt.Errorf("no answer from the gateway: %w", context.Cause(ctx))
		case <-s.done:
			select {
			case r := <-call.answer: // it came with the last words
				return r.data, r.err
			default:
			}
			call.step(callQueued, callWithdrawn)
			return nil, s.lostCall()
		}
	}
}

func (s *session) lostCall() error { return fmt.Errorf("%w: %w", ErrConnectionLost, s.cause) }

// remember has the answer to a call given to it.
func (s *session) remember(call *call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return s.lostCall()
	}
	s.pending[call.id] = call
	return nil
}

// forget takes a call out; nil when nobody waits for it any more.
func (s *session) forget(id string) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	call := s.pending[id]
	delete(s.pending, id)
	return call
}

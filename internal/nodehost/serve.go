package nodehost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// answerWithin is how long an answer may take to reach the gateway, with a
// connection that has to be made anew on the way.
const answerWithin = time.Minute

// take begins what the gateway asks for.
func (h *Host) take(p *protocol.NodeInvokeRequest) {
	select {
	case h.places <- struct{}{}:
	default:
		h.work.Go(func() {
			h.answer(p.ID, nil, failed(protocol.NodeErrorCodeUnavailable, fmt.Sprintf("the node is busy: %d commands are being carried out", maxAtOnce)))
		})
		return
	}
	h.work.Go(func() {
		defer func() { <-h.places }()
		h.serve(p)
	})
}

func (h *Host) serve(p *protocol.NodeInvokeRequest) {
	r := &request{id: p.ID, timeout: time.Duration(p.TimeoutMs.V) * time.Millisecond}
	if p.ParamsJSON.Valid {
		r.params = []byte(p.ParamsJSON.V)
	}
	payload, f := h.done.once(h.ctx, p.IdempotencyKey.V, p.Command, r.params, func() ([]byte, *Failure) { return h.carryOut(p.Command, r) })
	if ignored := h.answer(p.ID, payload, f); ignored && r.late != nil {
		r.late()
	}
}

// carryOut does what is asked. A fault of ours fails this request alone.
func (h *Host) carryOut(name string, r *request) (payload []byte, f *Failure) {
	do := h.commands[name]
	if do == nil {
		return nil, invalid(fmt.Sprintf("this node has no command %.80q", name))
	}
	defer func() {
		if fault := recover(); fault != nil {
			h.log.Error("a command panicked", "command", name, "panic", fmt.Sprint(fault), "stack", string(debug.Stack()))
			payload, f = nil, failed(protocol.NodeErrorCodeUnavailable, name+" failed unexpectedly; the node's log has the details")
		}
	}()
	began := time.Now()
	value, f := do(h.ctx, r)
	h.log.Info("command carried out", "command", name, "id", r.id, "took", time.Since(began).Round(time.Millisecond), "failure", reason(f))
	if f != nil {
		return nil, f
	}
	payload, err := json.Marshal(value)
	if err != nil {
		return nil, failed(protocol.NodeErrorCodeUnavailable, fmt.Sprintf("the answer of %s cannot be written: %v", name, err))
	}
	return payload, nil
}

func reason(f *Failure) string {
	if f == nil {
		return ""
	}
	return f.Error()
}

// answer tells the gateway what came of a request, and reports whether nobody
// waited for that any more.
func (h *Host) answer(id string, payload []byte, f *Failure) (ignored bool) {
	ctx, cancel := context.WithTimeout(h.ctx, answerWithin)
	defer cancel()
	p := &protocol.NodeInvokeResultParams{ID: id, NodeID: h.o.Client.Device.ID(), Ok: f == nil, Payload: payload}
	if f != nil {
		p.Error = wire.SomeOrNull(protocol.NodeError{Code: wire.Some(f.Code), Message: wire.Some(f.Message)})
	}
	res, err := h.client.NodeInvokeResult(ctx, p)
	switch {
	case errors.Is(err, client.ErrTooLarge) && f == nil:
		return h.answer(id, nil, failed(protocol.NodeErrorCodeUnavailable, fmt.Sprintf("the answer has %d bytes, which is more than the gateway takes", len(payload))))
	case err != nil && h.ctx.Err() == nil:
		h.log.Warn("an answer did not reach the gateway", "id", id, "error", err)
	case err == nil && res.Ignored.V:
		h.log.Info("an answer came too late", "id", id)
		return true
	}
	return false
}

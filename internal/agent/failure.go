package agent

import (
	"context"
	"errors"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// fail is a failure that the caller caused: a repeat of it fails again.
func fail(text string) error {
	e := protocol.Errorf(protocol.CodeUnavailable, "Error: %s", text)
	e.Final = true
	return e
}

// timeoutRetry is when a client may try again after a run took too long.
const timeoutRetry = 5 * time.Second

// failure is the outcome of a run that ended without its answer; nil when it
// goes on in the next process.
func (x *execution) failure(err error) *Outcome {
	o := &Outcome{State: Failed, StartedAt: x.startedAt}
	switch {
	case errors.Is(err, errAborted):
		o.State = Aborted
		if why := x.stopped.Load(); why != nil {
			o.Stop = *why
		}
		return o
	case errors.Is(err, errTimeLimit):
		o.State = TimedOut
		o.Error = &protocol.ErrorShape{Code: protocol.ErrorShapeCode(protocol.CodeAgentTimeout), Message: "Agent response timeout",
			Retryable: wire.Some(true), RetryAfterMs: wire.Some(timeoutRetry.Milliseconds())}
		return o
	case errors.Is(err, context.Canceled) && x.svc.ctx.Err() != nil, errors.Is(err, errNotTaken):
		return nil
	}
	o.Error = shapeOf(err)
	return o
}

// shapeOf words a failure for clients. What providers say holds no secrets;
// other errors are about the gateway's own state.
func shapeOf(err error) *protocol.ErrorShape {
	var own *protocol.Error
	var model *llm.Error
	switch {
	case errors.As(err, &own):
		e := &protocol.ErrorShape{Code: protocol.ErrorShapeCode(own.Code), Message: own.Message, Retryable: wire.Some(!own.Final && protocol.Retryable(own.Code))}
		if own.RetryAfter > 0 {
			e.RetryAfterMs = wire.Some(own.RetryAfter.Milliseconds())
		}
		return e
	case errors.As(err, &model):
		e := &protocol.ErrorShape{Code: protocol.ErrorShapeCode(protocol.CodeUnavailable), Message: "Error: " + model.Error(), Retryable: wire.Some(model.Retryable)}
		if model.Retryable && model.RetryAfter > 0 {
			e.RetryAfterMs = wire.Some(model.RetryAfter.Milliseconds())
		}
		return e
	}
	var unknown *llm.UnknownModel
	return &protocol.ErrorShape{Code: protocol.ErrorShapeCode(protocol.CodeUnavailable), Message: "Error: " + err.Error(), Retryable: wire.Some(!errors.As(err, &unknown))}
}

// Failure is the outcome's failure as an error of a call, with the payload that
// stands beside it.
func (o *Outcome) Failure(runID string) error {
	e := &protocol.Error{Code: string(o.Error.Code), Message: o.Error.Message, Final: !o.Error.Retryable.V,
		RetryAfter: time.Duration(o.Error.RetryAfterMs.V) * time.Millisecond, Payload: &protocol.AgentFailure{RunID: runID, Summary: o.Error.Message}}
	return e
}

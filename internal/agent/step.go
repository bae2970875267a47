package agent

import (
	"context"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// step is one call of a tool, as the tool finds it in its context.
type step struct {
	stream *stream
	call   llm.ToolCall
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	left  time.Duration // of the time that the call may take
	since time.Time     // the time runs; zero: it stands still
	timer *time.Timer
}

type stepKey struct{}

// stepOf gives the context of a call, which ends with its time.
func (x *execution) stepOf(ctx context.Context, call llm.ToolCall) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &step{stream: x.stream, call: call, cancel: cancel, left: x.h.profile.ToolTimeout}
	s.run()
	return context.WithValue(ctx, stepKey{}, s), func() {
		s.stop()
		cancel(nil)
	}
}

func (s *step) run() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Now()
	s.timer = time.AfterFunc(s.left, func() { s.cancel(errToolTime) })
}

func (s *step) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.left -= time.Since(s.since)
}

// Tell sends everybody who follows the run what there is to say of a tool's call
// before it is done. Nothing is sent where ctx is not that of a call.
func Tell(ctx context.Context, partial wire.Raw) {
	if s, ok := ctx.Value(stepKey{}).(*step); ok {
		s.stream.toolEvent(true, &protocol.AgentToolUpdate{Name: s.call.Name, ToolCallID: s.call.ID, PartialResult: partial})
	}
}

// Unhurried does something for which a tool waits and that is not the tool's work,
// such as a person's decision: the time that the call may take stands still.
func Unhurried(ctx context.Context, f func()) {
	if s, ok := ctx.Value(stepKey{}).(*step); ok {
		s.stop()
		defer s.run()
	}
	f()
}

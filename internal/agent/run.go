package agent

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// Why a run's context ended.
var (
	errTimeLimit = errors.New("the run took longer than it may")
	errNotTaken  = errors.New("the run was not accepted")
	errAborted   = errors.New("the run was stopped")
)

// Run is a run that has not ended, or one that somebody has waited for.
type Run struct {
	Request
	AcceptedAt int64

	svc      *Service
	attempts int    // how often it began before
	stored   []byte // hash of its params, where an earlier process took them
	ctx      context.Context
	cancel   context.CancelCauseFunc
	stream   *stream

	committed chan struct{} // closed when it is in the database
	released  chan struct{} // closed when its acceptance is answered
	sessionID string        // of the transcript that has the message; read after committed
	messageID string        // of the message there
	resumed   bool          // the message stands there since an earlier process
	done      chan struct{} // closed when it has ended
	release   sync.Once
	started   atomic.Bool
	stopped   atomic.Pointer[protocol.ChatStopReason]

	outcome Outcome // read after done
}

func (s *Service) newRun(r Request) *Run {
	x := &Run{Request: r, AcceptedAt: s.nowMs(), svc: s, committed: make(chan struct{}), released: make(chan struct{}), done: make(chan struct{})}
	x.stream = newStream(&x.Request, publisher(s.ctx, s.o.Events), 0, s.now)
	x.ctx, x.cancel = context.WithCancelCause(s.ctx)
	return x
}

// repeats reports whether a request asks for this very run.
func (r *Run) repeats(req *Request) bool {
	asked := req.hash()
	if r.stored != nil {
		return bytes.Equal(asked[:], r.stored)
	}
	return asked == r.hash()
}

// Release lets the run's events out: its acceptance has been answered.
func (r *Run) Release() {
	r.release.Do(func() {
		close(r.released)
		r.stream.release()
	})
}

// ReleaseAfter releases the run when the answer of the request that ctx is of
// has been sent.
func (r *Run) ReleaseAfter(ctx context.Context) { server.After(ctx, r.Release) }

// Done is closed when the run has ended; then Outcome says how.
func (r *Run) Done() <-chan struct{} { return r.done }

// Outcome is how the run ended. It may be asked for after Done.
func (r *Run) Outcome() *Outcome { return &r.outcome }

// going reports whether the run's turn has come.
func (r *Run) going() bool { return r.started.Load() }

// abort stops the run. One that waits ends at once, without its message ever
// standing in the transcript.
func (r *Run) abort(why protocol.ChatStopReason) {
	r.stopped.CompareAndSwap(nil, &why)
	r.cancel(errAborted)
	r.svc.begin([]*Run{r})
}

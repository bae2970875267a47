package wizard

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// Ends of a wizard that are no faults of it.
var (
	errCancelled = errors.New("cancelled")
	errClosed    = errors.New("the gateway stops")
	errExpired   = errors.New("nobody answered in time: start the wizard again")
)

// run is a wizard between its script, which asks, and the calls, which answer.
type run struct {
	id     string
	idle   time.Duration
	cancel context.CancelCauseFunc
	over   chan struct{} // closed when the script has ended

	replies chan reply    // of the one step that waits
	touched chan struct{} // somebody looked at the step

	mu      sync.Mutex
	step    *protocol.WizardStep // waits for its answer; nil while the script works
	asked   int
	news    chan struct{} // closed and made anew whenever step or state change
	state   protocol.WizardState
	fault   string
	restart bool // what was written waits for another start
}

// reply is an answer and who gave it; nil where that was no client.
type reply struct {
	peer  *server.Peer
	value wire.Raw
}

// begin starts a script.
func begin(id string, idle time.Duration, script func(ctx context.Context, r *run) error) *run {
	r := &run{id: id, idle: idle, over: make(chan struct{}), replies: make(chan reply, 1), touched: make(chan struct{}, 1),
		news: make(chan struct{}), state: protocol.WizardStateRunning}
	ctx, cancel := context.WithCancelCause(context.Background())
	r.cancel = cancel
	go func() {
		defer close(r.over)
		defer cancel(nil)
		r.end(script(ctx, r))
	}()
	return r
}

// stop ends the script and waits until it has ended.
func (r *run) stop(why error) {
	r.cancel(why)
	<-r.over
}

// end notes how the script ended.
func (r *run) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.state = protocol.WizardStateDone
	case errors.Is(err, errCancelled), errors.Is(err, errClosed):
		r.state, r.fault = protocol.WizardStateCancelled, err.Error()
	default:
		r.state, r.fault = protocol.WizardStateError, err.Error()
	}
	r.step = nil
	r.tell()
}

func (r *run) tell() {
	close(r.news)
	r.news = make(chan struct{})
}

// ask puts a step to whoever answers. The script calls it.
func (r *run) ask(ctx context.Context, step *protocol.WizardStep) (reply, error) {
	r.mu.Lock()
	r.asked++
	step.ID = "step-" + strconv.Itoa(r.asked)
	step.Executor = wire.Some(protocol.WizardStepExecutorClient)
	r.step = step
	r.tell()
	r.mu.Unlock()

	idle := time.NewTimer(r.idle)
	defer idle.Stop()
	for {
		select {
		case a := <-r.replies:
			return a, nil
		case <-ctx.Done():
			return reply{}, context.Cause(ctx)
		case <-r.touched:
			idle.Reset(r.idle)
		case <-idle.C:
			r.mu.Lock()
			answered := r.step == nil
			r.step = nil
			r.mu.Unlock()
			if !answered {
				return reply{}, errExpired
			}
			return <-r.replies, nil
		}
	}
}

// answer gives the script the answer to the step that waits.
func (r *run) answer(ctx context.Context, stepID string, value wire.Raw) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.state != protocol.WizardStateRunning:
		return protocol.Errorf(protocol.CodeInvalidRequest, "wizard not running")
	case r.step == nil || r.step.ID != stepID:
		return protocol.Errorf(protocol.CodeInvalidRequest, "Error: wizard: no pending step")
	}
	r.step = nil
	r.replies <- reply{server.PeerFrom(ctx), value} // there is room: one step waits at a time
	return nil
}

// touch puts off the end of a step that nobody answers.
func (r *run) touch() {
	select {
	case r.touched <- struct{}{}:
	default:
	}
}

// view is where a wizard stands.
type view struct {
	step  *protocol.WizardStep // nil when it is over, and while the script works
	state protocol.WizardState
	fault string
}

func (v *view) done() bool { return v.state != protocol.WizardStateRunning }

func (v *view) error() (fault wire.Opt[string]) {
	if v.fault != "" {
		fault = wire.Some(v.fault)
	}
	return fault
}

// look gives where the wizard stands, and what is closed when that changes.
func (r *run) look() (view, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return view{r.step, r.state, r.fault}, r.news
}

// wait waits for the next step or the end.
func (r *run) wait(ctx context.Context) (view, error) {
	for {
		v, news := r.look()
		if v.step != nil || v.done() {
			return v, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return v, context.Cause(ctx)
		}
	}
}

// needsRestart reports, once, that what was written waits for another start.
func (r *run) needsRestart() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	needs := r.restart
	r.restart = false
	return needs
}

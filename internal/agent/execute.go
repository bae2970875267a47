package agent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// execution is a run that goes on: the conversation as the model sees it grows
// with every answer, and each addition is in the transcript before the next
// step.
type execution struct {
	*Run
	h          *history
	candidates []candidate
	system     string
	before     []llm.Message // what was said before the model is first asked
	since      []llm.Message // answers and tools' results of this run
	startedAt  int64
	usage      llm.Usage // of all answers
	metered    bool      // a provider said what was used
	last       *llm.Answer
	model      llm.Model // that answered last
	compacted  bool
	calls      []spent // answers that are not written down yet
}

// spent is what one answer took.
type spent struct {
	model llm.Model
	usage llm.Usage
	known bool
}

// later begins a run that had to wait.
func (r *Run) later() {
	select {
	case <-r.committed:
	case <-r.ctx.Done():
		if errors.Is(context.Cause(r.ctx), errNotTaken) {
			return
		}
	}
	h, err := r.svc.take(r)
	if err != nil {
		x := &execution{Run: r, h: &history{profile: r.svc.profileOf(r.Session)}, startedAt: r.svc.nowMs()}
		x.finish(x.failure(err), nil)
		return
	}
	r.execute(h)
}

// take writes the message of a run whose turn has come into the transcript, and
// reads what was said before.
func (s *Service) take(r *Run) (*history, error) {
	var h *history
	if r.ctx.Err() == nil && r.Fault == "" {
		err := s.o.Store.Write(s.ctx, func(tx *store.Tx) error {
			sess, err := s.o.Sessions.Open(s.ctx, tx, r.Session, nil)
			if err != nil {
				return err
			}
			if h, err = s.read(s.ctx, tx, r, sess); err != nil {
				return err
			}
			if r.resumed {
				return began(s.ctx, tx, r.ID, r.sessionID, s.nowMs())
			}
			return s.record(s.ctx, tx, r, sess)
		})
		return h, err
	}
	return &history{profile: s.profileOf(r.Session)}, nil
}

// execute takes a run to its end.
func (r *Run) execute(h *history) {
	s := r.svc
	x := &execution{Run: r, h: h, startedAt: s.nowMs()}
	limit := h.profile.Timeout
	if r.Timeout > 0 {
		limit = r.Timeout
	}
	ctx, cancel := context.WithTimeoutCause(r.ctx, limit, errTimeLimit)
	defer cancel()
	r.stream.showTools(verbose(h))
	x.tellStart()
	o, last := x.run(ctx)
	if o == nil || !x.accepted() {
		r.abandon()
		return
	}
	x.finish(o, last)
}

// abandon leaves a run that was not accepted, or that the next process takes up.
func (r *Run) abandon() {
	if !errors.Is(context.Cause(r.ctx), errNotTaken) {
		r.svc.leave(r)
	}
}

func (x *execution) tellStart() {
	x.stream.event(func(h eventHead) protocol.AgentEventField {
		return &protocol.AgentEventLifecycle{RunID: h.run, Seq: h.seq, Ts: h.ts, SessionKey: h.session,
			Data: &protocol.AgentLifecycleStart{StartedAt: protocol.Timestamp(x.startedAt)}}
	})
}

// accepted waits until the run is committed and answered: before that nothing
// may come of it. It is false when that will not be.
func (x *execution) accepted() bool {
	for _, gate := range []chan struct{}{x.committed, x.released} {
		select {
		case <-gate:
			continue
		default:
		}
		select {
		case <-gate:
		case <-x.ctx.Done():
			if cause := context.Cause(x.ctx); !errors.Is(cause, errAborted) {
				return false
			}
			// Somebody stopped it before it was answered; that is still to come.
			<-gate
		}
	}
	return true
}

// run asks the model and calls tools until there is an answer. The message is
// what is still to be written into the transcript. A nil outcome leaves the run
// to the next process.
func (x *execution) run(ctx context.Context) (*Outcome, *protocol.Message) {
	s := x.svc
	if fault := x.fault(); fault != nil {
		return x.failure(fault), nil
	}
	if ctx.Err() != nil {
		return x.failure(context.Cause(ctx)), nil
	}
	var err error
	if x.candidates, err = s.candidates(x.Run, x.h); err != nil {
		return x.failure(err), nil
	}
	x.system = s.systemPrompt(x.Run, x.h.profile)
	x.before = modelMessages(x.h.messages)
	if err := x.makeRoom(ctx, false); err != nil {
		return x.failure(err), nil
	}
	for step := 0; ; step++ {
		answer, err := x.ask(ctx, step < x.h.profile.MaxSteps)
		if tooLong(err) && !x.compacted && len(answer.Parts) == 0 {
			if err = x.makeRoom(ctx, true); err == nil {
				step--
				continue
			}
		}
		message := assistantMessage(answer, &x.model, s.nowMs())
		if err != nil {
			if len(answer.Parts) == 0 {
				message = nil
			}
			return x.failure(err), message
		}
		calls := answer.ToolCalls()
		if len(calls) == 0 {
			return x.success(), message
		}
		if !x.accepted() {
			return nil, nil
		}
		if err := x.save(message); err != nil {
			return x.failure(err), nil
		}
		x.since = append(x.since, answer.Message())
		if err := x.use(ctx, calls); err != nil {
			return x.failure(err), nil
		}
		x.stream.paragraph()
	}
}

// fault is a mistake of the request that the protocol tells of only now.
func (x *execution) fault() error {
	switch {
	case x.Fault != "":
		return fail(x.Fault)
	case strings.TrimSpace(x.Message) == "" && len(x.Images) == 0:
		return fail("Message (--message) is required")
	}
	return nil
}

// ask gets one answer: of the first model, or, where it cannot answer and has
// not begun to, of the next.
func (x *execution) ask(ctx context.Context, withTools bool) (*llm.Answer, error) {
	var answer *llm.Answer
	var err error
	for k := range x.candidates {
		c := &x.candidates[k]
		x.model = c.model
		req := &llm.Request{Model: c.model.ID, System: x.system, Messages: slices.Concat(x.before, x.since), Thinking: thinking(x.Run, x.h, &c.model),
			MaxTokens: int(x.h.profile.MaxOutput), SessionID: x.Session}
		if withTools {
			req.Tools = x.svc.toolsFor(ctx, x.Run, x.h.profile.ID)
		}
		answer, err = c.provider.Stream(ctx, req, x.hear)
		x.last = answer
		x.usage, x.metered = add(x.usage, answer.Usage), x.metered || answer.UsageKnown
		x.calls = append(x.calls, spent{c.model, answer.Usage, answer.UsageKnown})
		if err == nil || len(answer.Parts) > 0 || ctx.Err() != nil || tooLong(err) {
			break
		}
		if k+1 < len(x.candidates) {
			x.svc.log.Warn("a model cannot answer: the next one is asked", "run", x.ID, "model", c.model.Ref(), "next", x.candidates[k+1].model.Ref(), "error", err)
		}
	}
	if ctx.Err() != nil && err != nil {
		err = context.Cause(ctx)
	}
	return answer, err
}

func (x *execution) hear(d llm.Delta) {
	switch d.Kind {
	case llm.DeltaText:
		x.stream.say(d.Text)
	case llm.DeltaThinking:
		x.stream.think(d.Text)
	}
}

func tooLong(err error) bool {
	var e *llm.Error
	return errors.As(err, &e) && e.Kind == llm.ErrContext
}

// saveBudget is how long writing may take that must not be given up with its run.
const saveBudget = 30 * time.Second

// save writes messages into the transcript, with what they took.
func (x *execution) save(messages ...*protocol.Message) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.ctx), saveBudget)
	defer cancel()
	calls := x.calls
	err := x.svc.o.Store.Write(ctx, func(tx *store.Tx) error { return x.write(ctx, tx, calls, messages) })
	if err == nil {
		x.calls = nil
	}
	return err
}

func (x *execution) write(ctx context.Context, tx *store.Tx, calls []spent, messages []*protocol.Message) error {
	for _, m := range messages {
		if _, err := x.svc.o.Sessions.Append(ctx, tx, x.sessionID, m); err != nil {
			return err
		}
	}
	return x.svc.meter(ctx, tx, x.Run, x.h.profile.ID, calls)
}

// success is the outcome of a run that has its answer.
func (x *execution) success() *Outcome { return &Outcome{State: OK, StartedAt: x.startedAt} }

// payloads are the replies of the run.
func (x *execution) result(o *Outcome) *protocol.AgentRunResult {
	r := &protocol.AgentRunResult{Payloads: []protocol.AgentRunPayload{}}
	if text := x.stream.said(); text != "" {
		r.Payloads = append(r.Payloads, protocol.AgentRunPayload{Text: text})
	}
	r.Meta.DurationMs = max(0, o.EndedAt-x.startedAt)
	meta := protocol.AgentRunAgentMeta{SessionID: x.sessionID, Provider: x.model.Provider, Model: x.model.ID}
	if x.metered {
		u := x.usage
		meta.Usage = wire.Some(protocol.TokenUsage{Input: wire.Some(u.Input), Output: wire.Some(u.Output), CacheRead: wire.Some(u.CacheRead),
			CacheWrite: wire.Some(u.CacheWrite), Total: wire.Some(total(u))})
	}
	if x.model.ID != "" {
		r.Meta.AgentMeta = wire.Some(meta)
	}
	r.Meta.Aborted = wire.Some(o.State == Aborted)
	if x.last != nil && x.last.Stop != "" {
		r.Meta.StopReason = wire.Some(string(x.last.Stop))
	}
	return r
}

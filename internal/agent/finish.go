package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/echo"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/usage"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// finish writes a run's end down, tells everybody, and lets the next run of the
// session begin.
func (x *execution) finish(o *Outcome, last *protocol.Message) {
	if o == nil {
		x.abandon()
		return
	}
	s := x.svc
	o.EndedAt = s.nowMs()
	if o.State != Failed && o.State != TimedOut {
		o.Result = x.result(o)
	}
	delivery, err := x.conclude(o, last)
	if err != nil {
		// The next process finds the run as it stands in the database and
		// takes it up; those who wait now are told what is known.
		s.log.Error("the end of a run cannot be written down", "run", x.ID, "error", err)
		o.State, o.Result, o.Error = Failed, nil, shapeOf(fmt.Errorf("the answer cannot be kept: %w", err))
	}
	o.Undelivered = delivery
	<-x.released
	x.stream.end(x.lifecycle(o, delivery), x.lastChat(o))
	s.ended(x.Run, o)
}

// conclude commits all that a run's end changes at once.
func (x *execution) conclude(o *Outcome, last *protocol.Message) (delivery error, err error) {
	s := x.svc
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.ctx), saveBudget)
	defer cancel()
	err = s.o.Store.Write(ctx, func(tx *store.Tx) error {
		delivery = nil
		var messages []*protocol.Message
		if last != nil {
			last.StopReason = wire.Some(stopReason(o, last))
			messages = append(messages, last)
		}
		if x.sessionID != "" {
			if err := x.write(ctx, tx, x.calls, messages); err != nil {
				return err
			}
			if err := s.o.Sessions.Update(ctx, tx, x.Session, x.sessionID, func(e *protocol.SessionEntry) { x.note(e, o) }); err != nil {
				return err
			}
		}
		if text := x.reply(o); x.Deliver && text != "" {
			if delivery = s.deliver(ctx, tx, Delivery{RunID: x.ID, SessionKey: x.Session, Route: x.Route, Text: text}); delivery != nil && !told(delivery) {
				return delivery
			}
		}
		o.Undelivered = delivery
		return ended(ctx, tx, x.ID, o)
	})
	return delivery, err
}

// reply is what is delivered of a run: the answer, or, to people who would
// otherwise wait for one, that there is none.
func (x *execution) reply(o *Outcome) string {
	text := x.stream.said()
	switch {
	case o.State == OK && text != "":
		return text + x.footnote()
	case x.Source.Origin != FromChannel || o.Error == nil:
		return ""
	case text != "":
		return text + "\n\n(" + noAnswer + ")"
	}
	return noAnswer
}

// noAnswer is told in place of an error, which may say more than a sender is to
// know.
const noAnswer = "I could not answer this: something went wrong. Please try again."

// told reports whether an error is for clients to see rather than a fault of
// the database.
func told(err error) bool {
	var e *protocol.Error
	return errors.As(err, &e)
}

func (s *Service) deliver(ctx context.Context, tx *store.Tx, d Delivery) error {
	if s.o.Deliver == nil {
		return protocol.Errorf(protocol.CodeNotLinked, "no channel is linked that the reply could be delivered by")
	}
	return s.o.Deliver.Enqueue(ctx, tx, d)
}

// stopReason of a message that a run left unfinished tells why.
func stopReason(o *Outcome, m *protocol.Message) string {
	switch o.State {
	case Aborted:
		return string(llm.StopAborted)
	case TimedOut:
		return "timeout"
	case Failed:
		return string(llm.StopError)
	}
	return m.StopReason.V
}

// note keeps in the session's record what the run left behind.
func (x *execution) note(e *protocol.SessionEntry, o *Outcome) {
	e.SystemSent = wire.Some(true)
	e.AbortedLastRun = wire.Some(o.State == Aborted || o.State == TimedOut)
	if x.last == nil || x.model.ID == "" {
		return
	}
	e.ModelProvider, e.Model = wire.Some(x.model.Provider), wire.Some(x.model.ID)
	if x.model.ContextWindow > 0 {
		e.ContextTokens = wire.Some(x.model.ContextWindow)
	}
	if x.metered {
		e.InputTokens, e.OutputTokens = wire.Some(x.usage.Input+x.usage.CacheRead+x.usage.CacheWrite), wire.Some(x.usage.Output)
	}
	if x.last.UsageKnown {
		e.TotalTokens = wire.Some(total(x.last.Usage))
	}
}

// meter records what answers took.
func (s *Service) meter(ctx context.Context, tx *store.Tx, r *Run, agentID string, calls []spent) error {
	for _, c := range calls {
		if !c.known {
			continue
		}
		err := s.o.Usage.Record(ctx, tx, usage.Entry{Provider: c.model.Provider, Model: c.model.ID, SessionKey: r.Session, AgentID: agentID, RunID: r.ID,
			Input: c.usage.Input, Output: c.usage.Output, CacheRead: c.usage.CacheRead, CacheWrite: c.usage.CacheWrite,
			Cost: c.model.Cost(c.usage).Total(), CostKnown: c.model.Price != (llm.Price{}) || c.model.Provider == echo.Name})
		if err != nil {
			return err
		}
	}
	return nil
}

// lifecycle is the last event of a run.
func (x *execution) lifecycle(o *Outcome, delivery error) protocol.AgentLifecycleData {
	started, end := wire.Some(protocol.Timestamp(o.StartedAt)), protocol.Timestamp(o.EndedAt)
	if o.Error != nil {
		return &protocol.AgentLifecycleError{Error: o.Error.Message, StartedAt: started, EndedAt: wire.Some(end)}
	}
	data := &protocol.AgentLifecycleEnd{StartedAt: started, EndedAt: end}
	if o.State == Aborted {
		data.Aborted = wire.Some(true)
	}
	if x.Deliver {
		data.Extra = wire.Extra{{Name: "delivery", Value: deliveryReport(delivery)}}
	}
	return data
}

// deliveryReport tells what became of a reply that was to be delivered.
func deliveryReport(err error) wire.Raw {
	report := struct {
		Status string          `json:"status"`
		Error  json.RawMessage `json:"error,omitempty"`
	}{Status: "accepted"}
	if err != nil {
		report.Status, report.Error = "failed", shapeOf(err).AppendJSON(nil)
	}
	text, _ := json.Marshal(report) // always encodes
	return text
}

// lastChat is what chat windows are told of the end.
func (x *execution) lastChat(o *Outcome) *protocol.ChatEventField {
	e := &protocol.ChatEventField{State: protocol.ChatStateFinal}
	switch o.State {
	case Aborted:
		e.State, e.StopReason = protocol.ChatStateAborted, wire.Opt[protocol.ChatStopReason]{V: o.Stop, Set: o.Stop != ""}
		return e
	case Failed, TimedOut:
		e.State, e.ErrorMessage, e.Error = protocol.ChatStateError, wire.Some(o.Error.Message), wire.Some(*o.Error)
		return e
	}
	if text := x.stream.said(); text != "" {
		e.Message = wire.Some(x.stream.reply(text + x.footnote()))
	}
	if x.metered {
		e.Usage = wire.Some(tokenUsage(x.usage, x.model.Cost(x.usage)))
	}
	return e
}

// footnote says below a reply what it took, where the session asks for that.
func (x *execution) footnote() string {
	if !x.metered {
		return ""
	}
	switch x.h.entry.ResponseUsage.V {
	case protocol.ResponseUsageTokens, protocol.ResponseUsageOn:
		return fmt.Sprintf("\n\nUsage: %d in / %d out", x.usage.Input+x.usage.CacheRead+x.usage.CacheWrite, x.usage.Output)
	case protocol.ResponseUsageFull:
		return fmt.Sprintf("\n\nUsage: %d in / %d out · $%.4f · %s", x.usage.Input+x.usage.CacheRead+x.usage.CacheWrite, x.usage.Output, x.model.Cost(x.usage).Total(), x.Session)
	}
	return ""
}

// ended wakes those who wait for a run, and begins what it kept waiting.
func (s *Service) ended(r *Run, o *Outcome) {
	r.outcome = *o
	close(r.done)
	r.cancel(nil)
	s.mu.Lock()
	waiters := s.waiters[r.ID]
	delete(s.waiters, r.ID)
	s.mu.Unlock()
	for _, w := range waiters {
		close(w)
	}
	s.leave(r)
}

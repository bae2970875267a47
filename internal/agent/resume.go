package agent

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// maxAttempts is how often a run may begin: one that ends the process each time
// must not do so for ever.
const maxAttempts = 5

// seqPerAttempt keeps the numbers of a run's events growing across processes.
const seqPerAttempt = 1 << 20

// Resume takes up the runs that the last process left: those that waited begin
// as they would have, those that went on continue behind the last step that is
// in the transcript. It is called once, before anything else.
func (s *Service) Resume(ctx context.Context) error {
	var rows []*row
	err := s.o.Store.Write(ctx, func(tx *store.Tx) error {
		if err := prune(ctx, tx, s.now()); err != nil {
			return err
		}
		var err error
		rows, err = unfinished(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range rows {
		if err := s.takeUp(ctx, x); err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		s.log.Info("runs were taken up that the gateway had not ended", "runs", len(rows))
	}
	return nil
}

func (s *Service) takeUp(ctx context.Context, x *row) error {
	r := s.newRun(x.Request)
	r.AcceptedAt, r.attempts, r.resumed, r.sessionID = x.acceptedAt, x.attempts, x.state == Running, x.sessionID
	r.stored = x.paramsHash
	r.stream.seq = int64(x.attempts) * seqPerAttempt
	close(r.committed)
	r.Release()
	if x.attempts >= maxAttempts {
		return s.giveUp(ctx, r)
	}
	now, err := s.enter(r, true)
	if err == nil && now {
		r.started.Store(false)
		s.begin([]*Run{r})
	}
	return err
}

// giveUp ends a run that was interrupted too often, where people see it.
func (s *Service) giveUp(ctx context.Context, r *Run) error {
	o := &Outcome{State: Failed, EndedAt: s.nowMs(), Error: &protocol.ErrorShape{Code: protocol.ErrorShapeCode(protocol.CodeUnavailable),
		Message: "Error: the gateway stopped each time it worked on this message: it was given up", Retryable: wire.Some(false)}}
	s.log.Error("a run was interrupted too often and is given up", "run", r.ID, "attempts", r.attempts)
	note := &protocol.Message{Role: protocol.MessageRoleAssistant, Content: textContent(o.Error.Message), Timestamp: wire.Some(protocol.Timestamp(o.EndedAt)), StopReason: wire.Some("error")}
	return s.o.Store.Write(ctx, func(tx *store.Tx) error {
		if r.sessionID != "" {
			if _, err := s.o.Sessions.Append(ctx, tx, r.sessionID, note); err != nil {
				return err
			}
		}
		if r.Deliver && r.Source.Origin == FromChannel {
			if err := s.deliver(ctx, tx, Delivery{RunID: r.ID, SessionKey: r.Session, Route: r.Route, Text: noAnswer}); err != nil && !told(err) {
				return err
			}
		}
		return ended(ctx, tx, r.ID, o)
	})
}

package wizard

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// by is what the history of the configuration calls what the wizard wrote.
const by = "wizard"

// WizardStart starts a wizard and gives its first step.
func (s *Service) WizardStart(ctx context.Context, p *protocol.WizardStartParams) (*protocol.WizardStartResult, error) {
	r, err := s.begin(p)
	if err != nil {
		return nil, err
	}
	s.log.Info("setup wizard started", "wizard", r.id)
	v, err := r.wait(ctx)
	if err != nil {
		return nil, err
	}
	if v.done() {
		s.forget(r)
	}
	res := &protocol.WizardStartResult{SessionID: r.id, Done: v.done(), Status: v.state, Error: v.error()}
	if v.step != nil {
		res.Step = wire.Some(*v.step)
	}
	return res, nil
}

// begin makes the one wizard there is.
func (s *Service) begin(p *protocol.WizardStartParams) (*run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "%s", errClosed.Error())
	}
	if s.run != nil {
		if v, _ := s.run.look(); !v.done() {
			return nil, protocol.Errorf(protocol.CodeUnavailable, "wizard already running")
		}
	}
	x := &script{o: &s.o, log: s.log, remote: p.Mode.V == protocol.WizardStartParamsModeRemote, workspace: p.Workspace.V}
	s.run = begin(rand.Text(), s.o.Idle, func(ctx context.Context, r *run) error {
		x.run = r
		err := x.play(ctx)
		s.ended(r, err)
		return err
	})
	return s.run, nil
}

// ended notes the end of a script in the log. Whoever hears of the end sees to a
// restart; nobody hears of one that expired.
func (s *Service) ended(r *run, err error) {
	switch {
	case err == nil:
		s.log.Info("setup wizard done", "wizard", r.id)
	case errors.Is(err, errCancelled), errors.Is(err, errClosed), errors.Is(err, errExpired):
		s.log.Info("setup wizard ended, nothing was written", "wizard", r.id, "cause", err)
	default:
		s.log.Warn("setup wizard failed", "wizard", r.id, "error", err)
	}
}

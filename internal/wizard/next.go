package wizard

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// WizardNext answers the step that waits and gives the next one.
func (s *Service) WizardNext(ctx context.Context, p *protocol.WizardNextParams) (*protocol.WizardNextResult, error) {
	r, err := s.find(p.SessionID.V, p.SessionID.Set)
	if err != nil {
		return nil, err
	}
	stepID, value, given := answerOf(p)
	if !given {
		r.touch()
		if v, _ := r.look(); v.done() {
			return nil, protocol.Errorf(protocol.CodeInvalidRequest, "wizard not running")
		}
	} else if err := r.answer(ctx, stepID, wire.Raw(append([]byte(nil), value...))); err != nil { // the message goes, the answer stays
		return nil, err
	}
	v, err := r.wait(ctx)
	if err != nil {
		return nil, err
	}
	if v.done() {
		s.close(ctx, r)
	}
	res := &protocol.WizardNextResult{Done: v.done(), Status: v.state, Error: v.error()}
	if v.step != nil {
		res.Step = wire.Some(*v.step)
	}
	return res, nil
}

// close forgets a wizard that is over, and restarts the gateway behind the answer
// that tells so, where what was written needs it.
func (s *Service) close(ctx context.Context, r *run) {
	s.forget(r)
	if r.needsRestart() {
		server.After(ctx, func() { s.o.Settings.Restart(by) })
	}
}

package wizard

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
)

// WizardStatus tells how a wizard stands. One that is over is forgotten then.
func (s *Service) WizardStatus(ctx context.Context, p *protocol.WizardStatusParams) (*protocol.WizardStatusResult, error) {
	r, err := s.find(p.SessionID, true)
	if err != nil {
		return nil, err
	}
	v, _ := r.look()
	if v.done() {
		s.close(ctx, r)
	}
	return &protocol.WizardStatusResult{Status: v.state, Error: v.error()}, nil
}

package wizard

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
)

// WizardCancel ends a wizard. What it has written by then stays, and it counts as
// done.
func (s *Service) WizardCancel(ctx context.Context, p *protocol.WizardCancelParams) (*protocol.WizardCancelResult, error) {
	r, err := s.find(p.SessionID.V, p.SessionID.Set)
	if err != nil {
		return nil, err
	}
	r.stop(errCancelled)
	v, _ := r.look()
	s.close(ctx, r)
	return &protocol.WizardCancelResult{Status: v.state, Error: v.error()}, nil
}

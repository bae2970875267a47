package approvals

import (
	"context"
	"errors"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/protocol"
)

// ExecApprovalsSet replaces the file, if nobody else did meanwhile.
func (s *Service) ExecApprovalsSet(ctx context.Context, p *protocol.ExecApprovalsSetParams) (*protocol.ExecApprovalsSnapshot, error) {
	snapshot, err := s.file.Set(ctx, &p.File, p.BaseHash.V)
	var conflict policy.Conflict
	if errors.As(err, &conflict) {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "%v", err)
	}
	return snapshot, err
}

package approvals

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
)

// ExecApprovalsGet reads the file, which is made when it is missing.
func (s *Service) ExecApprovalsGet(ctx context.Context, _ *protocol.ExecApprovalsGetParams) (*protocol.ExecApprovalsSnapshot, error) {
	return s.file.Snapshot(ctx)
}

package approvals

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// ExecApprovalsNodeSet replaces a node's file; the node sees to the hash.
func (s *Service) ExecApprovalsNodeSet(ctx context.Context, p *protocol.ExecApprovalsNodeSetParams) (*protocol.ExecApprovalsSnapshot, error) {
	set := protocol.ExecApprovalsSetParams{File: p.File, BaseHash: wire.Opt[string]{V: p.BaseHash.V, Set: p.BaseHash.Set}}
	return s.onNode(ctx, p.NodeID, commandSet, set.AppendJSON(nil))
}

package nodehost

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Approvals is this machine's exec-approvals file.
type Approvals interface {
	Snapshot(ctx context.Context) (*protocol.ExecApprovalsSnapshot, error)
	Set(ctx context.Context, next *protocol.ExecApprovalsFile, base string) (*protocol.ExecApprovalsSnapshot, error)
}

func (h *Host) approvalsGet(ctx context.Context, _ *request) (any, *Failure) {
	return snapshot(h.o.Approvals.Snapshot(ctx))
}

func (h *Host) approvalsSet(ctx context.Context, r *request) (any, *Failure) {
	var p protocol.ExecApprovalsSetParams
	if err := p.DecodeAlias(r.params, wire.Strict); err != nil {
		return nil, invalid("params cannot be read: " + err.Error())
	}
	return snapshot(h.o.Approvals.Set(ctx, &p.File, p.BaseHash.V))
}

func snapshot(s *protocol.ExecApprovalsSnapshot, err error) (any, *Failure) {
	if err != nil {
		return nil, invalid(err.Error())
	}
	return wire.Raw(s.AppendJSON(nil)), nil
}

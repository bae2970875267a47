package devices

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// NodePairVerify checks a node's token. A device may ask about itself only.
func (s *Service) NodePairVerify(ctx context.Context, p *protocol.NodePairVerifyParams) (*protocol.NodePairVerifyResult, error) {
	res := &protocol.NodePairVerifyResult{}
	if mine, only := self(ctx); only && p.NodeID != mine {
		return res, nil
	}
	d, err := s.PairedNode(ctx, p.NodeID)
	if err != nil || d == nil {
		return res, err
	}
	token, err := s.Check(ctx, p.NodeID, node, p.Token)
	if err != nil || token == nil {
		return res, err
	}
	res.Ok, res.Node = true, wire.Some(*d.nodeWire())
	return res, nil
}

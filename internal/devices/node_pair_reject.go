package devices

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
)

// NodesPairReject drops a request. The node may ask again.
func (s *Service) NodesPairReject(ctx context.Context, p *protocol.NodesPairRejectParams) (*protocol.NodesPairRejectResult, error) {
	request, err := s.reject(ctx, p.RequestID, byNode)
	if err != nil {
		return nil, err
	}
	return &protocol.NodesPairRejectResult{RequestID: p.RequestID, NodeID: request.DeviceID}, nil
}

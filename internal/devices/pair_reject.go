package devices

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// DevicePairReject drops a request. The device may ask again.
func (s *Service) DevicePairReject(ctx context.Context, p *protocol.DevicePairRejectParams) (*protocol.DevicePairRejectResult, error) {
	res := &protocol.DevicePairRejectResult{RequestID: p.RequestID}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		request, err := s.take(ctx, tx, p.RequestID, func(*pending) error { return nil })
		if err == nil {
			res.DeviceID = request.DeviceID
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.resolved(ctx, p.RequestID, res.DeviceID, protocol.PairDecisionRejected)
	return res, nil
}

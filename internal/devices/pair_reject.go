package devices

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// DevicePairReject drops a request. The device may ask again.
func (s *Service) DevicePairReject(ctx context.Context, p *protocol.DevicePairRejectParams) (*protocol.DevicePairRejectResult, error) {
	request, err := s.reject(ctx, p.RequestID, byHandshake)
	if err != nil {
		return nil, err
	}
	return &protocol.DevicePairRejectResult{RequestID: p.RequestID, DeviceID: request.DeviceID}, nil
}

func (s *Service) reject(ctx context.Context, id, by string) (request *pending, err error) {
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		request, err = s.take(ctx, tx, id, by, func(*pending) error { return nil })
		return err
	})
	if err == nil {
		s.decided(ctx, request, by, protocol.PairDecisionRejected)
	}
	return request, err
}

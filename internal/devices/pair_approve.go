package devices

import (
	"context"
	"database/sql"
	"errors"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// DevicePairApprove pairs the device of a request with what it asked for. What
// it is already paired for stays.
func (s *Service) DevicePairApprove(ctx context.Context, p *protocol.DevicePairApproveParams) (*protocol.DevicePairApproveResult, error) {
	res := &protocol.DevicePairApproveResult{RequestID: p.RequestID}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		request, err := s.take(ctx, tx, p.RequestID, func(r *pending) error { return mayGrant(ctx, r.Scopes) })
		if err != nil {
			return err
		}
		d, err := s.join(ctx, tx, request.Request)
		if err != nil {
			return err
		}
		w, err := d.wire(ctx, tx)
		if err == nil {
			res.Device = *w
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.resolved(ctx, p.RequestID, res.Device.DeviceID, protocol.PairDecisionApproved)
	return res, nil
}

// take removes a request that has not expired, if the caller may decide it.
func (s *Service) take(ctx context.Context, tx *store.Tx, id string, may func(*pending) error) (*pending, error) {
	if err := expire(ctx, tx, s.now().UnixMilli()); err != nil {
		return nil, err
	}
	r, err := scanPending(tx.QueryRowContext(ctx, `SELECT `+pendingColumns+` FROM device_pending WHERE request_id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errUnknownRequest
	}
	if err != nil {
		return nil, err
	}
	if err := may(r); err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM device_pending WHERE request_id = ?`, id)
	return r, err
}

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
	request, err := s.approve(ctx, p.RequestID, byHandshake, func(tx *store.Tx, d *Device) error {
		w, err := d.wire(ctx, tx)
		if err == nil {
			res.Device = *w
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.decided(ctx, request, byHandshake, protocol.PairDecisionApproved)
	return res, nil
}

// approve pairs the device of a request, and has its answer made in the same
// commit.
func (s *Service) approve(ctx context.Context, id, by string, answer func(*store.Tx, *Device) error) (request *pending, err error) {
	var d *Device
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		request, err = s.take(ctx, tx, id, by, func(r *pending) error { return mayGrant(ctx, r.Scopes) })
		if err != nil {
			return err
		}
		if d, err = s.join(ctx, tx, request.Request); err != nil {
			return err
		}
		return answer(tx, d)
	})
	if err != nil {
		return nil, err
	}
	s.endImpostors(d)
	return request, nil
}

// take removes a request that has not expired, if the caller may decide it by
// the methods that he uses: those of devices know devices with a key, and those
// of nodes know nodes.
func (s *Service) take(ctx context.Context, tx *store.Tx, id, by string, may func(*pending) error) (*pending, error) {
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
	if by == byNode && r.Role != node || by == byHandshake && r.PublicKey == "" {
		return nil, errUnknownRequest
	}
	if err := may(r); err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM device_pending WHERE request_id = ?`, id)
	return r, err
}

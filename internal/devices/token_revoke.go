package devices

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// DeviceTokenRevoke ends all tokens of a device and role and closes the
// connections that live by them. The device stays paired.
func (s *Service) DeviceTokenRevoke(ctx context.Context, p *protocol.DeviceTokenRevokeParams) (*protocol.DeviceTokenRevokeResult, error) {
	now := s.now().UnixMilli()
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.owned(ctx, tx, p.DeviceID, p.Role); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE device_tokens SET revoked_at_ms = COALESCE(revoked_at_ms, ?) WHERE device_id = ? AND role = ?`, now, p.DeviceID, p.Role)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errUnknownToken
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.endConnections(ctx, p.DeviceID, p.Role)
	return &protocol.DeviceTokenRevokeResult{DeviceID: p.DeviceID, Role: p.Role, RevokedAtMs: now}, nil
}

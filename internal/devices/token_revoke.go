package devices

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// DeviceTokenRevoke ends all tokens of a device and role and closes the
// connections that live by them. The device stays paired. A repeat changes
// nothing.
func (s *Service) DeviceTokenRevoke(ctx context.Context, p *protocol.DeviceTokenRevokeParams) (*protocol.DeviceTokenRevokeResult, error) {
	now := s.now().UnixMilli()
	res := &protocol.DeviceTokenRevokeResult{DeviceID: p.DeviceID, Role: p.Role}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.owned(ctx, tx, p.DeviceID, p.Role); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE device_tokens SET revoked_at_ms = COALESCE(revoked_at_ms, ?) WHERE device_id = ? AND role = ?`, now, p.DeviceID, p.Role)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(revoked_at_ms), ?) FROM device_tokens WHERE device_id = ? AND role = ?`, now, p.DeviceID, p.Role).Scan(&res.RevokedAtMs)
	})
	if err != nil {
		return nil, err
	}
	s.endConnections(ctx, p.DeviceID, p.Role)
	return res, nil
}

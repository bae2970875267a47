package devices

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// DeviceTokenRotate ends all tokens of a device and role and makes a new one.
// Connections that live by the old ones are closed.
func (s *Service) DeviceTokenRotate(ctx context.Context, p *protocol.DeviceTokenRotateParams) (*protocol.DeviceTokenRotateResult, error) {
	res := &protocol.DeviceTokenRotateResult{DeviceID: p.DeviceID, Role: p.Role}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		d, err := s.owned(ctx, tx, p.DeviceID, p.Role)
		if err != nil {
			return err
		}
		if err := mayRotate(ctx, tx, d, p.Role, p.Scopes); err != nil {
			return err
		}
		res.Scopes = p.Scopes
		if p.Scopes == nil {
			if res.Scopes, err = s.lastScopes(ctx, tx, d, p.Role); err != nil {
				return err
			}
		}
		if err := mayWiden(ctx, d, res.Scopes); err != nil {
			return err
		}
		if p.Scopes != nil && p.Role == operator {
			if _, err := tx.ExecContext(ctx, `UPDATE devices SET scopes = ? WHERE id = ?`, text(p.Scopes), d.DeviceID); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM device_tokens WHERE device_id = ? AND role = ?`, d.DeviceID, p.Role); err != nil {
			return err
		}
		res.Token, res.RotatedAtMs, err = s.issue(ctx, tx, d.DeviceID, p.Role, res.Scopes, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	res.Scopes = orEmpty(res.Scopes)
	s.endConnections(ctx, p.DeviceID, p.Role)
	return res, nil
}

// owned finds a paired device in a role that the caller may change.
func (s *Service) owned(ctx context.Context, q store.Querier, id, role string) (*Device, error) {
	if mine, only := self(ctx); only && id != mine {
		return nil, errUnknownToken
	}
	d, err := find(ctx, q, id)
	if err != nil {
		return nil, err
	}
	if d == nil || !slices.Contains(d.Roles, role) {
		return nil, errUnknownToken
	}
	return d, nil
}

// mayRotate refuses scopes where there are none, and a device that wants a
// valid token again which an operator has revoked.
func mayRotate(ctx context.Context, q store.Querier, d *Device, role string, scopes []string) error {
	if role != operator && len(scopes) > 0 {
		return protocol.Errorf(protocol.CodeInvalidRequest, "role %s has no scopes", role)
	}
	if _, only := self(ctx); !only {
		return nil
	}
	var valid int
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM device_tokens WHERE device_id = ? AND role = ? AND revoked_at_ms IS NULL`, d.DeviceID, role).Scan(&valid)
	if err == nil && valid == 0 {
		return errUnknownToken
	}
	return err
}

// mayWiden lets a device keep to what it has, and an operator to what he
// holds.
func mayWiden(ctx context.Context, d *Device, scopes []string) error {
	if _, only := self(ctx); !only {
		return mayGrant(ctx, scopes)
	}
	for _, scope := range scopes {
		if !within(operator, []string{scope}, d.Scopes) {
			return beyond(scope)
		}
	}
	return nil
}

// lastScopes are those of the newest token, else the device's. Only operators
// have any.
func (s *Service) lastScopes(ctx context.Context, q store.Querier, d *Device, role string) ([]string, error) {
	if role != operator {
		return nil, nil
	}
	var scopes string
	err := q.QueryRowContext(ctx, `SELECT scopes FROM device_tokens WHERE device_id = ? AND role = ? ORDER BY created_at_ms DESC LIMIT 1`, d.DeviceID, role).Scan(&scopes)
	if errors.Is(err, sql.ErrNoRows) {
		return d.Scopes, nil
	}
	return list(scopes), err
}

// endConnections closes what a device has open in a role, once the answer is
// on its way.
func (s *Service) endConnections(ctx context.Context, id, role string) {
	s.ended.Add(1) // for handshakes that are under way: none of their connections can be found yet
	server.After(ctx, func() {
		s.conns.Disconnect(func(p *server.Peer) bool { return p.Device == id && p.Role.String() == role }, "device token revoked")
	})
}

package devices

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// self is the one device that a caller in role device may see and change; ""
// means all.
func self(ctx context.Context) (id string, only bool) {
	if p := server.PeerFrom(ctx); p != nil && p.Role == protocol.RoleDevice {
		return p.Device, true
	}
	return "", false
}

// DevicePairList lists the devices that wait and those that are paired.
func (s *Service) DevicePairList(ctx context.Context, _ *protocol.DevicePairListParams) (*protocol.DevicePairListResult, error) {
	res := &protocol.DevicePairListResult{Pending: []protocol.DevicePairRequest{}, Paired: []protocol.PairedDevice{}}
	mine, only := self(ctx)
	err := s.store.Read(ctx, func(q store.Querier) error {
		waiting, err := s.waiting(ctx, q)
		if err != nil {
			return err
		}
		for _, p := range waiting {
			if p.PublicKey != "" && (!only || p.DeviceID == mine) {
				res.Pending = append(res.Pending, *p.wire())
			}
		}
		paired, err := s.paired(ctx, q)
		if err != nil {
			return err
		}
		for _, d := range paired {
			if d.PublicKey == "" || only && d.DeviceID != mine {
				continue
			}
			w, err := d.wire(ctx, q)
			if err != nil {
				return err
			}
			res.Paired = append(res.Paired, *w)
		}
		return nil
	})
	return res, err
}

// waiting lists the requests that have not expired, newest first.
func (s *Service) waiting(ctx context.Context, q store.Querier) ([]*pending, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+pendingColumns+` FROM device_pending WHERE expires_at_ms > ? ORDER BY created_at_ms DESC`, s.now().UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*pending
	for rows.Next() {
		p, err := scanPending(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// paired lists the paired devices, latest approval first.
func (s *Service) paired(ctx context.Context, q store.Querier) ([]*Device, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+deviceColumns+` FROM devices ORDER BY approved_at_ms DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*Device
	for rows.Next() {
		d, err := scanDevice(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// wire is the device as operators see it.
func (d *Device) wire(ctx context.Context, q store.Querier) (*protocol.PairedDevice, error) {
	tokens, err := tokensOf(ctx, q, d.DeviceID)
	return &protocol.PairedDevice{
		DeviceID: d.DeviceID, PublicKey: d.PublicKey, DisplayName: optional(d.Title()), Platform: optional(d.Platform), ClientID: optional(d.ClientID),
		ClientMode: optional(d.ClientMode), Role: optional(d.Role), Roles: orEmpty(d.Roles), Scopes: orEmpty(d.Scopes), RemoteIP: optional(d.RemoteIP),
		Tokens: tokens, CreatedAtMs: d.CreatedAtMs, ApprovedAtMs: d.ApprovedAt}, err
}

package devices

import (
	"context"
	"database/sql"
	"errors"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const deviceColumns = `id, public_key, display_name, platform, client_id, client_mode, role, roles, scopes, remote_ip, created_at_ms, approved_at_ms`

func scanDevice(row interface{ Scan(...any) error }) (*Device, error) {
	d := &Device{}
	var roles, scopes string
	err := row.Scan(&d.DeviceID, &d.PublicKey, &d.DisplayName, &d.Platform, &d.ClientID, &d.ClientMode, &d.Role, &roles, &scopes, &d.RemoteIP, &d.CreatedAtMs, &d.ApprovedAt)
	d.Roles, d.Scopes = list(roles), list(scopes)
	return d, err
}

// Find returns a paired device, or nil.
func (s *Service) Find(ctx context.Context, id string) (*Device, error) {
	var found *Device
	err := s.store.Read(ctx, func(q store.Querier) error {
		var err error
		found, err = find(ctx, q, id)
		return err
	})
	return found, err
}

func find(ctx context.Context, q store.Querier, id string) (*Device, error) {
	d, err := scanDevice(q.QueryRowContext(ctx, `SELECT `+deviceColumns+` FROM devices WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return d, err
}

const pendingColumns = `request_id, device_id, public_key, display_name, platform, client_id, client_mode, role, scopes, remote_ip, is_repair, created_at_ms`

// pending is a request that waits.
type pending struct {
	Request
	ID     string
	Repair bool
	Ts     int64
}

func scanPending(row interface{ Scan(...any) error }) (*pending, error) {
	p := &pending{}
	var scopes string
	err := row.Scan(&p.ID, &p.DeviceID, &p.PublicKey, &p.DisplayName, &p.Platform, &p.ClientID, &p.ClientMode, &p.Role, &scopes, &p.RemoteIP, &p.Repair, &p.Ts)
	p.Scopes = list(scopes)
	return p, err
}

// Ask records that a device waits for an operator and returns the request's
// id. A repeat that asks for the same keeps its request; another one takes its
// place.
func (s *Service) Ask(ctx context.Context, r Request) (string, error) {
	p := &pending{Request: r, ID: newID(), Ts: s.now().UnixMilli()}
	isNew := false
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		isNew = false
		if err := expire(ctx, tx, p.Ts); err != nil {
			return err
		}
		old, err := scanPending(tx.QueryRowContext(ctx, `SELECT `+pendingColumns+` FROM device_pending WHERE device_id = ?`, r.DeviceID))
		switch {
		case err == nil && old.PublicKey == r.PublicKey && old.Role == r.Role && text(old.Scopes) == text(r.Scopes):
			p = old
			return extend(ctx, tx, p.ID, s.now().Add(pendingFor).UnixMilli())
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		}
		isNew = true
		return s.insertPending(ctx, tx, p)
	})
	if err != nil {
		return "", err
	}
	if isNew {
		s.events.Publish(ctx, protocol.NewEventDevicePairRequested(p.wire()))
	}
	return p.ID, nil
}

func expire(ctx context.Context, tx *store.Tx, now int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM device_pending WHERE expires_at_ms <= ?`, now)
	return err
}

func extend(ctx context.Context, tx *store.Tx, id string, until int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE device_pending SET expires_at_ms = ? WHERE request_id = ?`, until, id)
	return err
}

func (s *Service) insertPending(ctx context.Context, tx *store.Tx, p *pending) error {
	known, err := find(ctx, tx, p.DeviceID)
	if err != nil {
		return err
	}
	p.Repair = known != nil
	if _, err := tx.ExecContext(ctx, `DELETE FROM device_pending WHERE device_id = ?`, p.DeviceID); err != nil {
		return err
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM device_pending`).Scan(&n); err != nil {
		return err
	}
	if n >= maxPending {
		return errFull
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO device_pending (`+pendingColumns+`, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.DeviceID, p.PublicKey, p.DisplayName, p.Platform, p.ClientID, p.ClientMode, p.Role, text(p.Scopes), p.RemoteIP, p.Repair, p.Ts, s.now().Add(pendingFor).UnixMilli())
	return err
}

// Pair pairs a device at once, because its connection proved that it may be.
// With that a request of the device that waits is resolved.
func (s *Service) Pair(ctx context.Context, r Request) (*Device, error) {
	var d *Device
	var request string
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		var err error
		if d, err = s.join(ctx, tx, r); err != nil {
			return err
		}
		request = newID()
		err = tx.QueryRowContext(ctx, `DELETE FROM device_pending WHERE device_id = ? RETURNING request_id`, r.DeviceID).Scan(&request)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err == nil {
		s.resolved(ctx, request, r.DeviceID, protocol.PairDecisionApproved)
	}
	return d, err
}

// join pairs a device, or adds to what it is paired for. Another key under the
// same id cannot be: the id follows from the key.
func (s *Service) join(ctx context.Context, tx *store.Tx, r Request) (*Device, error) {
	now := s.now().UnixMilli()
	d, err := find(ctx, tx, r.DeviceID)
	if err != nil {
		return nil, err
	}
	if d == nil {
		d = &Device{CreatedAtMs: now}
	}
	roles, scopes := union(d.Roles, []string{r.Role}), union(d.Scopes, r.Scopes)
	created := d.CreatedAtMs
	d = &Device{Request: r, Roles: roles, CreatedAtMs: created, ApprovedAt: now}
	d.Scopes = scopes
	_, err = tx.ExecContext(ctx, `INSERT INTO devices (`+deviceColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key, display_name = excluded.display_name, platform = excluded.platform,
		client_id = excluded.client_id, client_mode = excluded.client_mode, role = excluded.role, roles = excluded.roles, scopes = excluded.scopes,
		remote_ip = excluded.remote_ip, approved_at_ms = excluded.approved_at_ms`,
		d.DeviceID, d.PublicKey, d.DisplayName, d.Platform, d.ClientID, d.ClientMode, d.Role, text(d.Roles), text(d.Scopes), d.RemoteIP, d.CreatedAtMs, d.ApprovedAt)
	return d, err
}

// Seen records how a paired device looked when it last connected.
func (s *Service) Seen(ctx context.Context, r Request) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE devices SET display_name = ?, platform = ?, client_id = ?, client_mode = ?, role = ?, remote_ip = ?, last_seen_ms = ? WHERE id = ?`,
			r.DisplayName, r.Platform, r.ClientID, r.ClientMode, r.Role, r.RemoteIP, s.now().UnixMilli(), r.DeviceID)
		return err
	})
}

func (s *Service) resolved(ctx context.Context, request, device string, d protocol.PairDecision) {
	s.events.Publish(ctx, protocol.NewEventDevicePairResolved(&protocol.DevicePairResolved{
		RequestID: request, DeviceID: device, Decision: d, Ts: s.now().UnixMilli()}))
}

func optional(text string) wire.Opt[string] { return wire.Opt[string]{V: text, Set: text != ""} }

// wire is the request as operators see it.
func (p *pending) wire() *protocol.DevicePairRequest {
	return &protocol.DevicePairRequest{
		RequestID: p.ID, DeviceID: p.DeviceID, PublicKey: p.PublicKey, DisplayName: optional(p.DisplayName), Platform: optional(p.Platform),
		ClientID: optional(p.ClientID), ClientMode: optional(p.ClientMode), Role: optional(p.Role), Roles: []string{p.Role}, Scopes: orEmpty(p.Scopes),
		RemoteIP: optional(p.RemoteIP), Silent: wire.Some(false), IsRepair: wire.Some(p.Repair), Ts: p.Ts}
}

func orEmpty(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

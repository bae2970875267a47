package devices

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

const deviceColumns = `id, public_key, display_name, platform, client_id, client_mode, role, roles, scopes, remote_ip, node, name, node_connected_ms, created_at_ms, approved_at_ms`

func scanDevice(row interface{ Scan(...any) error }) (*Device, error) {
	d := &Device{}
	var roles, scopes, node string
	err := row.Scan(&d.DeviceID, &d.PublicKey, &d.DisplayName, &d.Platform, &d.ClientID, &d.ClientMode, &d.Role, &roles, &scopes, &d.RemoteIP,
		&node, &d.Name, &d.NodeConnectedMs, &d.CreatedAtMs, &d.ApprovedAt)
	d.Roles, d.Scopes, d.Node = list(roles), list(scopes), facts(node)
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

const pendingColumns = `request_id, device_id, public_key, display_name, platform, client_id, client_mode, role, scopes, remote_ip, node, asked_by, silent, is_repair, created_at_ms`

// How a request was made.
const (
	byHandshake = "handshake"
	byNode      = "node" // node.pair.request
)

// pending is a request that waits.
type pending struct {
	Request
	ID      string
	AskedBy string
	Silent  bool
	Repair  bool
	Ts      int64
}

func scanPending(row interface{ Scan(...any) error }) (*pending, error) {
	p := &pending{}
	var scopes, node string
	err := row.Scan(&p.ID, &p.DeviceID, &p.PublicKey, &p.DisplayName, &p.Platform, &p.ClientID, &p.ClientMode, &p.Role, &scopes, &p.RemoteIP,
		&node, &p.AskedBy, &p.Silent, &p.Repair, &p.Ts)
	p.Scopes, p.Node = list(scopes), facts(node)
	return p, err
}

// Ask records that a device waits for an operator and returns the request's
// id. A repeat that asks for the same keeps its request; another one takes its
// place.
func (s *Service) Ask(ctx context.Context, r Request) (string, error) {
	p := &pending{Request: r, ID: newID(), AskedBy: byHandshake, Ts: s.now().UnixMilli()}
	isNew := false
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		isNew = false
		old, err := s.waitingOf(ctx, tx, r.DeviceID)
		switch {
		case err != nil:
			return err
		case old != nil && old.sameAs(&r):
			p = old
			return s.again(ctx, tx, old, &r)
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

// waitingOf is the request of a device that waits; nil when there is none.
func (s *Service) waitingOf(ctx context.Context, tx *store.Tx, id string) (*pending, error) {
	if err := expire(ctx, tx, s.now().UnixMilli()); err != nil {
		return nil, err
	}
	p, err := scanPending(tx.QueryRowContext(ctx, `SELECT `+pendingColumns+` FROM device_pending WHERE device_id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return p, err
}

// sameAs reports whether a device asks again for what it waits for. It may have
// been asked for in the name of the device, by its id alone.
func (p *pending) sameAs(r *Request) bool {
	return (p.PublicKey == r.PublicKey || p.PublicKey == "") && p.Role == r.Role && text(p.Scopes) == text(r.Scopes)
}

// again gives a request new time, and the key that the device has proved.
func (s *Service) again(ctx context.Context, tx *store.Tx, p *pending, r *Request) error {
	p.PublicKey = r.PublicKey
	_, err := tx.ExecContext(ctx, `UPDATE device_pending SET expires_at_ms = ?, public_key = ? WHERE request_id = ?`, s.until(), p.PublicKey, p.ID)
	return err
}

// until is when a request of now lapses.
func (s *Service) until() int64 { return s.now().Add(pendingFor).UnixMilli() }

func (s *Service) insertPending(ctx context.Context, tx *store.Tx, p *pending) error {
	known, err := find(ctx, tx, p.DeviceID)
	if err != nil {
		return err
	}
	if p.Repair = known != nil; p.Repair && p.PublicKey == "" {
		p.PublicKey = known.PublicKey
	}
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
	_, err = tx.ExecContext(ctx, `INSERT INTO device_pending (`+pendingColumns+`, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.DeviceID, p.PublicKey, p.DisplayName, p.Platform, p.ClientID, p.ClientMode, p.Role, text(p.Scopes), p.RemoteIP, p.Node.text(), p.AskedBy, p.Silent,
		p.Repair, p.Ts, s.until())
	return err
}

// Pair pairs a device at once, because its connection proved that it may be.
// With that a request of the device that waits for no more is resolved.
func (s *Service) Pair(ctx context.Context, r Request) (*Device, error) {
	var d *Device
	var request *pending
	now := s.now().UnixMilli()
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		var err error
		if d, err = s.join(ctx, tx, r); err != nil {
			return err
		}
		if request, err = s.waitingOf(ctx, tx, r.DeviceID); err != nil {
			return err
		}
		if request == nil || !d.Covers(d.PublicKey, request.Role, request.Scopes) {
			request = &pending{ID: newID(), AskedBy: byHandshake, Request: r}
		}
		if r.Role == node {
			if _, err = tx.ExecContext(ctx, `UPDATE devices SET node_connected_ms = ? WHERE id = ?`, now, r.DeviceID); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM device_pending WHERE request_id = ?`, request.ID)
		return err
	})
	if err == nil {
		s.decided(ctx, request, byHandshake, protocol.PairDecisionApproved)
		s.endImpostors(d)
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
	before := *d
	d = &Device{Request: r, Name: before.Name, Roles: union(before.Roles, []string{r.Role}), CreatedAtMs: before.CreatedAtMs, ApprovedAt: now, NodeConnectedMs: before.NodeConnectedMs}
	d.Scopes = union(before.Scopes, r.Scopes)
	d.PublicKey, d.DisplayName, d.Platform = cmp.Or(r.PublicKey, before.PublicKey), cmp.Or(r.DisplayName, before.DisplayName), cmp.Or(r.Platform, before.Platform)
	d.ClientID, d.ClientMode, d.RemoteIP = cmp.Or(r.ClientID, before.ClientID), cmp.Or(r.ClientMode, before.ClientMode), cmp.Or(r.RemoteIP, before.RemoteIP)
	if r.Role != node || r.Node.empty() {
		d.Node = before.Node
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO devices (`+deviceColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key, display_name = excluded.display_name, platform = excluded.platform,
		client_id = excluded.client_id, client_mode = excluded.client_mode, role = excluded.role, roles = excluded.roles, scopes = excluded.scopes,
		remote_ip = excluded.remote_ip, node = excluded.node, approved_at_ms = excluded.approved_at_ms`,
		d.DeviceID, d.PublicKey, d.DisplayName, d.Platform, d.ClientID, d.ClientMode, d.Role, text(d.Roles), text(d.Scopes), d.RemoteIP,
		d.Node.text(), d.Name, d.NodeConnectedMs, d.CreatedAtMs, d.ApprovedAt)
	return d, err
}

// endImpostors closes connections that came without a device identity under
// the id that is a device's now.
func (s *Service) endImpostors(d *Device) {
	if d.PublicKey != "" {
		s.conns.Disconnect(func(p *server.Peer) bool {
			return p.Device == "" && p.Role == protocol.RoleNode && p.Node() == d.DeviceID
		}, "device identity required")
	}
}

// Seen records how a paired device looked when it last connected.
func (s *Service) Seen(ctx context.Context, r Request) error {
	now := s.now().UnixMilli()
	return s.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE devices SET public_key = ?, display_name = ?, platform = ?, client_id = ?, client_mode = ?, role = ?, remote_ip = ?, last_seen_ms = ? WHERE id = ?`,
			r.PublicKey, r.DisplayName, r.Platform, r.ClientID, r.ClientMode, r.Role, r.RemoteIP, now, r.DeviceID)
		if err == nil && r.Role == node {
			_, err = tx.ExecContext(ctx, `UPDATE devices SET node = ?, node_connected_ms = ? WHERE id = ?`, r.Node.text(), now, r.DeviceID)
		}
		return err
	})
}

// decided tells what became of a request: those who heard of it, and those who
// know of the method by which it was decided.
func (s *Service) decided(ctx context.Context, p *pending, by string, d protocol.PairDecision) {
	now := s.now().UnixMilli()
	if p.AskedBy == byHandshake || by == byHandshake {
		s.events.Publish(ctx, protocol.NewEventDevicePairResolved(&protocol.DevicePairResolved{RequestID: p.ID, DeviceID: p.DeviceID, Decision: d, Ts: now}))
	}
	if p.AskedBy == byNode || by == byNode {
		s.events.Publish(ctx, protocol.NewEventNodePairResolved(&protocol.NodePairResolved{RequestID: p.ID, NodeID: p.DeviceID, Decision: d, Ts: now}))
	}
}

func optional(text string) wire.Opt[string] { return wire.Opt[string]{V: text, Set: text != ""} }

// wire is the request as operators see it.
func (p *pending) wire() *protocol.DevicePairRequest {
	return &protocol.DevicePairRequest{
		RequestID: p.ID, DeviceID: p.DeviceID, PublicKey: p.PublicKey, DisplayName: optional(p.DisplayName), Platform: optional(p.Platform),
		ClientID: optional(p.ClientID), ClientMode: optional(p.ClientMode), Role: optional(p.Role), Roles: []string{p.Role}, Scopes: orEmpty(p.Scopes),
		RemoteIP: optional(p.RemoteIP), Silent: wire.Some(p.Silent), IsRepair: wire.Some(p.Repair), Ts: p.Ts}
}

func orEmpty(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

package devices

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// maxTokens is how many valid tokens a device may have for a role. The oldest
// goes first, so that a client that keeps losing its token cannot fill the
// table.
const maxTokens = 4

// Token is a valid device token.
type Token struct {
	Device, Role string
	Scopes       []string
	IssuedAtMs   int64
}

// Check finds the valid token of a device that has this text; nil when there
// is none. Using it is recorded.
func (s *Service) Check(ctx context.Context, device, role, presented string) (*Token, error) {
	t := &Token{Device: device, Role: role}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		var scopes string
		err := tx.QueryRowContext(ctx, `SELECT scopes, COALESCE(rotated_at_ms, created_at_ms) FROM device_tokens WHERE hash = ? AND device_id = ? AND role = ? AND revoked_at_ms IS NULL`,
			hash(presented), device, role).Scan(&scopes, &t.IssuedAtMs)
		if err != nil {
			return err
		}
		t.Scopes = list(scopes)
		_, err = tx.ExecContext(ctx, `UPDATE device_tokens SET last_used_at_ms = ? WHERE hash = ?`, s.now().UnixMilli(), hash(presented))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return t, err
}

// Endings counts how often tokens were ended. Who saw a token valid, and the
// same count before and after, knows that nothing happened to it meanwhile.
func (s *Service) Endings() uint64 { return s.ended.Load() }

// Issue makes a token for a paired device. Earlier ones stay valid, up to
// maxTokens.
func (s *Service) Issue(ctx context.Context, device, role string, scopes []string) (token string, issuedAt int64, err error) {
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		token, issuedAt, err = s.issue(ctx, tx, device, role, scopes, false)
		return err
	})
	return token, issuedAt, err
}

func (s *Service) issue(ctx context.Context, tx *store.Tx, device, role string, scopes []string, rotated bool) (string, int64, error) {
	token := newID()
	// Later than all there are, also when the clock was put back: the newest
	// token must not be taken for the oldest.
	var last int64
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(created_at_ms), 0) FROM device_tokens WHERE device_id = ? AND role = ?`, device, role).Scan(&last)
	if err != nil {
		return "", 0, err
	}
	now := max(s.now().UnixMilli(), last+1)
	var rotatedAt any
	if rotated {
		rotatedAt = now
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO device_tokens (id, device_id, role, hash, scopes, created_at_ms, rotated_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		newID(), device, role, hash(token), text(slices.Sorted(slices.Values(scopes))), now, rotatedAt)
	if err != nil {
		return "", 0, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM device_tokens WHERE device_id = ? AND role = ? AND id NOT IN
		(SELECT id FROM device_tokens WHERE device_id = ? AND role = ? AND revoked_at_ms IS NULL ORDER BY created_at_ms DESC, id LIMIT ?)`,
		device, role, device, role, maxTokens)
	return token, now, err
}

// tokensOf lists a device's tokens without their texts.
func tokensOf(ctx context.Context, q store.Querier, device string) ([]protocol.DeviceTokenSummary, error) {
	rows, err := q.QueryContext(ctx, `SELECT role, scopes, created_at_ms, rotated_at_ms, revoked_at_ms, last_used_at_ms FROM device_tokens WHERE device_id = ? ORDER BY role, created_at_ms`, device)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []protocol.DeviceTokenSummary{}
	for rows.Next() {
		var t protocol.DeviceTokenSummary
		var scopes string
		var rotated, revoked, used sql.NullInt64
		if err := rows.Scan(&t.Role, &scopes, &t.CreatedAtMs, &rotated, &revoked, &used); err != nil {
			return nil, err
		}
		t.Scopes = orEmpty(list(scopes))
		t.RotatedAtMs, t.RevokedAtMs, t.LastUsedAtMs = moment(rotated), moment(revoked), moment(used)
		out = append(out, t)
	}
	return out, rows.Err()
}

func moment(n sql.NullInt64) wire.Opt[protocol.Timestamp] {
	return wire.Opt[protocol.Timestamp]{V: n.Int64, Set: n.Valid}
}

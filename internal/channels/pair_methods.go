package channels

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

const senderColumns = `channel, account, sender, name, code, requested_at_ms, approved_at_ms`

func scanSender(row interface{ Scan(...any) error }) (protocol.ChannelSender, error) {
	var s protocol.ChannelSender
	var channel, name, code string
	var requested int64
	var approved sql.NullInt64
	err := row.Scan(&channel, &s.AccountID, &s.SenderID, &name, &code, &requested, &approved)
	s.Channel, s.Name, s.RequestedAt = protocol.ChannelID(channel), said(name), wire.Some(protocol.Timestamp(requested))
	if approved.Valid {
		s.ApprovedAt = wire.Some(protocol.Timestamp(approved.Int64))
	} else {
		s.Code, s.ExpiresAt = wire.Some(code), wire.Some(protocol.Timestamp(requested+codeFor.Milliseconds()))
	}
	return s, err
}

// ChannelsPairList lists the senders whom the configuration does not name.
func (s *Service) ChannelsPairList(ctx context.Context, _ *protocol.ChannelsPairListParams) (*protocol.ChannelsPairListResult, error) {
	out := &protocol.ChannelsPairListResult{Pending: []protocol.ChannelSender{}, Approved: []protocol.ChannelSender{}}
	valid := s.now().Add(-codeFor).UnixMilli()
	err := s.o.Store.Read(ctx, func(q store.Querier) error {
		rows, err := q.QueryContext(ctx, `SELECT `+senderColumns+` FROM channel_senders ORDER BY COALESCE(approved_at_ms, requested_at_ms) DESC, sender`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			x, err := scanSender(rows)
			switch {
			case err != nil:
				return err
			case x.ApprovedAt.Set:
				out.Approved = append(out.Approved, x)
			case int64(x.RequestedAt.V) > valid:
				out.Pending = append(out.Pending, x)
			}
		}
		return rows.Err()
	})
	return out, err
}

// ChannelsPairApprove lets a sender talk to the agent, and tells them so.
func (s *Service) ChannelsPairApprove(ctx context.Context, p *protocol.ChannelsPairApproveParams) (*protocol.ChannelSender, error) {
	code := strings.ToUpper(strings.TrimSpace(p.Code))
	var x protocol.ChannelSender
	err := s.o.Store.Write(ctx, func(tx *store.Tx) error {
		var chat string
		err := tx.QueryRowContext(ctx, `SELECT chat FROM channel_senders WHERE code = ? AND code <> ''`, code).Scan(&chat)
		if err != nil {
			return err
		}
		x, err = scanSender(tx.QueryRowContext(ctx, `UPDATE channel_senders SET approved_at_ms = ?, code = '' WHERE code = ? AND code <> '' AND approved_at_ms IS NULL AND requested_at_ms > ?
			RETURNING `+senderColumns, s.nowMs(), code, s.now().Add(-codeFor).UnixMilli()))
		if err != nil {
			return err
		}
		if m := s.member(string(x.Channel), x.AccountID); m != nil && m.account != nil {
			return m.welcome(ctx, tx, chat, code)
		}
		return nil
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "unknown code")
	}
	return &x, err
}

// welcome tells a sender that they were approved. Where that cannot be, they find
// out when they write.
func (m *member) welcome(ctx context.Context, tx *store.Tx, chat, code string) error {
	_, err := m.put(ctx, tx, &outgoing{id: "welcome:" + m.info.ID + ":" + m.settings.ID + ":" + code, message: Message{To: Target{Chat: chat}, Text: "You were approved: write to me."}})
	if _, refused := errors.AsType[*protocol.Error](err); refused {
		return nil
	}
	return err
}

// ChannelsPairRemove takes back that a sender was approved.
func (s *Service) ChannelsPairRemove(ctx context.Context, p *protocol.ChannelsPairRemoveParams) (*protocol.ChannelsPairRemoveResult, error) {
	channel := strings.ToLower(strings.TrimSpace(p.Channel))
	account := s.accountID(channel, p.AccountID.V)
	out := &protocol.ChannelsPairRemoveResult{}
	err := s.o.Store.Write(ctx, func(tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM channel_senders WHERE channel = ? AND account = ? AND sender = ?`, channel, account, p.SenderID)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		out.Removed = n > 0
		return err
	})
	return out, err
}

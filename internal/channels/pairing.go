package channels

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
)

// Codes of senders whom nobody approved yet.
const (
	codeFor  = time.Hour // how long one is valid
	maxCodes = 20        // that wait, of one account: more senders are not told one
)

// approved reports whether a sender was approved.
func approved(ctx context.Context, q store.Querier, channel, account, sender string) (ok bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM channel_senders WHERE channel = ? AND account = ? AND sender = ? AND approved_at_ms IS NOT NULL)`,
		channel, account, sender).Scan(&ok)
	return ok, err
}

// codeLetters are those that nobody takes for another.
const codeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

func newCode() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails
	for k := range b {
		b[k] = codeLetters[int(b[k])%len(codeLetters)]
	}
	return string(b)
}

// challenge tells an unknown sender a code, once while it is valid.
func (in *inbox) challenge(ctx context.Context, tx *store.Tx, m *Inbound) error {
	var requested sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT requested_at_ms FROM channel_senders WHERE channel = ? AND account = ? AND sender = ?`,
		in.info.ID, in.settings.ID, m.Sender.ID).Scan(&requested)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	now := in.svc.now()
	valid := now.Add(-codeFor).UnixMilli()
	if requested.Valid && requested.Int64 > valid {
		return nil // he has one
	}
	var waiting int
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM channel_senders WHERE channel = ? AND account = ? AND approved_at_ms IS NULL AND requested_at_ms > ?`,
		in.info.ID, in.settings.ID, valid).Scan(&waiting)
	if err != nil {
		return err
	}
	if waiting >= maxCodes {
		in.log.Warn("an unknown sender gets no code, because too many have one", "sender", m.Sender.ID, "codes", waiting)
		return nil
	}
	code := newCode()
	name := clip(strings.ReplaceAll(strings.TrimSpace(m.Sender.Name+" "+handle(m.Sender.Username)), "\x00", ""), 200)
	_, err = tx.ExecContext(ctx, `INSERT INTO channel_senders (channel, account, sender, chat, name, code, requested_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (channel, account, sender) DO UPDATE SET chat = excluded.chat, name = excluded.name, code = excluded.code, requested_at_ms = excluded.requested_at_ms`,
		in.info.ID, in.settings.ID, m.Sender.ID, m.Chat.ID, name, code, now.UnixMilli())
	if err != nil {
		return err
	}
	in.log.Info("an unknown sender was told a code: approve it with gateway channels approve", "sender", m.Sender.ID)
	text := fmt.Sprintf("This assistant answers only people whom its owner approved.\n\nYour code: `%s`\n\nThe owner approves it with:\n`gateway channels approve %s`", code, code)
	_, err = in.put(ctx, tx, &outgoing{id: "pair:" + in.info.ID + ":" + in.settings.ID + ":" + code, message: Message{To: Target{Chat: m.Chat.ID, Thread: m.Chat.Thread}, Text: text}})
	return err
}

func handle(username string) string {
	if username == "" {
		return ""
	}
	return "(@" + strings.TrimPrefix(username, "@") + ")"
}

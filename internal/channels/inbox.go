package channels

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// keepInbox is how long a message is known that came in: services bring one again
// after days.
const keepInbox = 7 * 24 * time.Hour

// What of a message is kept.
const (
	maxInboundText  = 100_000
	maxInboundMedia = 20
	maxInboundID    = 256
)

// inbox is where one run of an account brings what it receives.
type inbox struct {
	*member
	cancel context.CancelCauseFunc // of the run
	err    error                   // of the run, read after it ended

	mu     sync.Mutex
	closed bool
	last   time.Time
}

var _ Inbox = (*inbox)(nil)

// heard is when something was last heard of the service.
func (in *inbox) heard() time.Time {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.last
}

// close keeps out what the run brings from now on.
func (in *inbox) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
}

func (in *inbox) stale() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.closed
}

// Alive notes that something was heard of the service.
func (in *inbox) Alive() {
	now := in.svc.now()
	in.mu.Lock()
	closed := in.closed
	in.last = now
	in.mu.Unlock()
	if closed {
		return
	}
	connected := false
	in.note(func(s *state) {
		s.lastEvent = now
		if !s.connected {
			connected, s.connected, s.lastConnected, s.lastError = true, true, now, ""
		}
		if now.Sub(s.lastConnected) >= steady {
			s.attempts = 0
		}
	})
	if connected {
		in.log.Info("a channel is connected")
		in.out.hurry()
	}
}

// Lost notes that the connection broke.
func (in *inbox) Lost(err error) {
	if in.stale() {
		return
	}
	now := in.svc.now()
	in.note(func(s *state) {
		if s.connected {
			s.connected, s.lastLostAt = false, now
		}
		s.attempts++
		s.lastLost, s.lastError = fmt.Sprint(err), fmt.Sprint(err)
	})
}

// Receive takes a message over.
func (in *inbox) Receive(ctx context.Context, m *Inbound) error {
	if in.stale() {
		return errStale
	}
	in.Alive()
	if err := m.clean(); err != nil {
		in.log.Warn("a message that makes no sense was dropped", "error", err)
		return nil
	}
	v, err := in.judge(ctx, m)
	if err != nil {
		return err
	}
	if v == ignore {
		in.log.Debug("a message of somebody who may not talk to the agent was ignored", "sender", m.Sender.ID, "chat", m.Chat.ID)
		return nil
	}
	if in.in.length() >= maxQueued {
		return fmt.Errorf("%d messages wait to be handed to the agent: this one has to be brought again", maxQueued)
	}
	taken := false
	err = in.svc.o.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if in.stale() {
			return errStale
		}
		if v == ask {
			ok, err := approved(ctx, tx, in.info.ID, in.settings.ID, m.Sender.ID)
			if err != nil || !ok && m.Chat.Type != Direct {
				return err
			}
			if !ok {
				return in.challenge(ctx, tx, m)
			}
		}
		taken, err = in.insert(ctx, tx, m)
		return err
	})
	if err == nil && taken {
		in.note(func(s *state) { s.lastInbound = in.svc.now() })
	}
	return err
}

// judge decides whether a message is for the agent. Whether a group's has to name
// the bot may be set in its session, too.
func (in *inbox) judge(ctx context.Context, m *Inbound) (v verdict, err error) {
	if m.Chat.Type == Direct {
		return judge(in.settings.Access, m), nil
	}
	if _, listens := groupOf(in.settings.Access, m.Chat.ID); !listens {
		return ignore, nil
	}
	err = in.svc.o.Store.Read(ctx, func(q store.Querier) error {
		sess, err := in.svc.o.Sessions.Get(ctx, q, in.svc.sessionOf(in.member, in.agentFor(m), &m.Chat))
		activation := protocol.GroupActivation("")
		if sess != nil {
			activation = sess.Entry.GroupActivation.V
		}
		v = judgeGroup(in.settings.Access, m, activation)
		return err
	})
	return v, err
}

// insert adds a message that is the agent's business, unless it is there already.
func (in *inbox) insert(ctx context.Context, tx *store.Tx, m *Inbound) (taken bool, err error) {
	text, err := json.Marshal(m)
	if err != nil {
		return false, err
	}
	var seq int64
	err = tx.QueryRowContext(ctx, `INSERT INTO channel_inbox (seq, channel, account, chat, message_id, message, received_at_ms)
		VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM channel_inbox), ?, ?, ?, ?, ?, ?)
		ON CONFLICT (channel, account, chat, message_id) DO NOTHING RETURNING seq`,
		in.info.ID, in.settings.ID, m.Chat.ID, m.ID, string(text), in.svc.nowMs()).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	in.in.add(m.Chat.ID, seq)
	return true, nil
}

// clean bounds a message, and finds what makes no sense.
func (m *Inbound) clean() error {
	for _, id := range []*string{&m.ID, &m.Chat.ID, &m.Sender.ID, &m.Chat.Thread} {
		*id = strings.ReplaceAll(strings.ToValidUTF8(*id, "�"), "\x00", "")
		if len(*id) > maxInboundID {
			return fmt.Errorf("an id of %d bytes is too long", len(*id))
		}
	}
	switch {
	case m.ID == "" || m.Chat.ID == "" || m.Sender.ID == "":
		return errors.New("it has no id, no chat or no sender")
	case m.Chat.Type != Direct && m.Chat.Type != Group && m.Chat.Type != Channel:
		return fmt.Errorf("its chat is of type %q", m.Chat.Type)
	case strings.TrimSpace(m.Text) == "" && len(m.Media) == 0:
		return errors.New("it says nothing")
	}
	m.Text, m.Quoted = clip(m.Text, maxInboundText), clip(m.Quoted, maxInboundText/10)
	m.Media = m.Media[:min(len(m.Media), maxInboundMedia)]
	return nil
}

// clip shortens a text to so many bytes, between characters.
func clip(text string, most int) string {
	text = strings.ToValidUTF8(text, "�")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

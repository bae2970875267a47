package channels

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/attachments"
	"github.com/gatesmith/gatesmith/internal/egress"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

const (
	fetchTries = 3 // of a file that came with a message, before it is left out
	takeTries  = 8 // of a message that cannot be handed on for a reason nobody knows
	fetchTime  = time.Minute
)

// take hands a message that came in to the agent. A result above zero says when to
// try again.
func (m *member) take(ctx context.Context, seq int64) (again time.Duration) {
	var chat, id, text string
	var attempts int
	err := m.svc.o.Store.Write(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT chat, message_id, message, attempts FROM channel_inbox WHERE seq = ? AND channel = ? AND account = ? AND ended_at_ms IS NULL`,
			seq, m.info.ID, m.settings.ID).Scan(&chat, &id, &text, &attempts)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return 0
	}
	var msg Inbound
	if err == nil {
		err = json.Unmarshal([]byte(text), &msg)
	}
	if err != nil {
		m.log.Error("a message that came in cannot be read", "error", err)
		return lastRetry
	}
	images, notes, err := m.fetch(ctx, &msg, attempts)
	reply := ""
	if err == nil {
		reply, err = m.svc.o.Agent.Take(ctx, m.request(&msg, text, images, notes))
	}
	if again, reply = m.outcome(ctx, err, attempts, reply); again == 0 {
		if err = m.taken(ctx, seq, &msg, reply); err == nil {
			return 0
		}
		again = firstRetry
	}
	m.log.Warn("a message that came in cannot be handed to the agent yet", "message", id, "chat", chat, "attempt", attempts+1, "again", again, "error", err)
	err = m.svc.o.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE channel_inbox SET attempts = attempts + 1 WHERE seq = ?`, seq)
		return err
	})
	if err != nil && ctx.Err() == nil {
		m.log.Error("the inbox cannot be written", "error", err)
	}
	return again
}

// outcome says what an error of handing a message on means: another try, an answer
// to its sender, or nothing.
func (m *member) outcome(ctx context.Context, err error, attempts int, reply string) (time.Duration, string) {
	if err == nil {
		return 0, reply
	}
	wait := min(lastRetry, firstRetry<<min(attempts, 10))
	refused, ok := errors.AsType[*protocol.Error](err)
	switch {
	case ctx.Err() != nil:
		return firstRetry, ""
	case ok && refused.Code == protocol.CodeInvalidRequest:
		m.log.Info("a message that came in is not answered", "reason", refused.Message)
		return 0, ""
	case ok:
		return max(refused.RetryAfter, wait), ""
	case attempts+1 >= takeTries:
		m.log.Error("a message that came in could not be handed to the agent: it is given up", "error", err)
		return 0, "The gateway could not take this message. Please send it again later."
	}
	return wait, ""
}

// taken notes that a message was handed on, with the reply that the gateway gives
// itself.
func (m *member) taken(ctx context.Context, seq int64, msg *Inbound, reply string) error {
	return m.svc.o.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if reply != "" {
			_, err := m.put(ctx, tx, &outgoing{id: "run:" + m.runID(msg), message: Message{To: Target{Chat: msg.Chat.ID, Thread: msg.Chat.Thread, Type: msg.Chat.Type}, Text: reply, ReplyTo: msg.replyTo()}})
			if _, told := errors.AsType[*protocol.Error](err); err != nil && !told {
				return err
			}
		}
		if m.leads(msg) {
			keys := m.svc.o.Sessions.Keys()
			_, err := m.svc.o.Sessions.Open(ctx, tx, keys.Main(m.agentFor(msg)), func(e *protocol.SessionEntry) { m.lead(e, &msg.Chat) })
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE channel_inbox SET message = '', ended_at_ms = ? WHERE seq = ?`, m.svc.nowMs(), seq)
		return err
	})
}

// leads reports whether what the agent says by itself goes to this chat from now
// on: to the person who is named in the configuration, and where nobody is, to
// whoever wrote directly.
func (m *member) leads(msg *Inbound) bool {
	if msg.Chat.Type != Direct {
		return false
	}
	a := m.settings.Access
	if a == nil || len(a.AllowFrom) == 0 {
		return a == nil || a.Dm.V != protocol.ChannelAccessConfigDmOpen
	}
	return listed(a.AllowFrom, &msg.Sender)
}

func (m *member) agentFor(msg *Inbound) string {
	if msg.Chat.Type != Direct {
		if g, ok := groupOf(m.settings.Access, msg.Chat.ID); ok && g.Agent.V != "" {
			return g.Agent.V
		}
	}
	return m.settings.Agent
}

// runID names the run that answers a message, the same for each try.
func (m *member) runID(msg *Inbound) string {
	return storedKey(strings.Join([]string{m.info.ID, m.settings.ID, msg.Chat.ID, msg.ID}, ":"))
}

// replyTo is the message that an answer refers to: where many talk, the one that
// it answers.
func (msg *Inbound) replyTo() string {
	if msg.Chat.Type == Direct {
		return ""
	}
	return msg.ID
}

// request is a message as the agent gets it.
func (m *member) request(msg *Inbound, params string, images []attachments.Image, notes []string) agent.Request {
	session := m.svc.sessionOf(m, m.agentFor(msg), &msg.Chat)
	place := "a direct chat"
	if msg.Chat.Type != Direct {
		place = "a group in which several people talk; who said what stands before each message"
	}
	return agent.Request{
		ID: m.runID(msg), Kind: agent.KindChat, Params: []byte(params), Session: session, Said: session,
		Message: msg.forAgent(notes), Images: images, Policy: true, Deliver: true,
		Extra:  fmt.Sprintf("You talk to people through %s, in %s. Your answer is sent there as a message; write Markdown, and no tables.", m.info.Label, place),
		Source: agent.Source{Origin: agent.FromChannel, Name: m.info.ID + ":" + msg.Sender.ID, Scopes: scopesOf(m.settings.Access)},
		Route:  agent.Route{Channel: m.info.ID, To: msg.Chat.ID, Account: m.settings.ID, Thread: msg.Chat.Thread, Message: msg.replyTo()},
		Change: func(e *protocol.SessionEntry) { m.describe(e, &msg.Chat, &msg.Sender) },
	}
}

// forAgent is the text of a message as the agent reads it. Commands stay as they
// are.
func (msg *Inbound) forAgent(notes []string) string {
	text := strings.TrimSpace(msg.Text)
	if strings.HasPrefix(text, "/") && len(notes) == 0 {
		return text
	}
	for _, n := range notes {
		text = strings.TrimSpace(text + "\n[" + n + "]")
	}
	if msg.Chat.Type != Direct {
		text = strings.TrimSpace(oneLine(msg.Sender.Name)+" "+handle(oneLine(msg.Sender.Username))) + ": " + text
	}
	if msg.Quoted != "" {
		text = "[in reply to " + cmp.Or(oneLine(msg.QuotedBy), "a message") + ": " + clip(oneLine(msg.Quoted), 1000) + "]\n" + text
	}
	return text
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// fetch gets the pictures that came with a message; for what is none, or cannot be
// had, the agent is told that it was there.
func (m *member) fetch(ctx context.Context, msg *Inbound, attempts int) (images []attachments.Image, notes []string, err error) {
	for k := range msg.Media {
		media := &msg.Media[k]
		what := cmp.Or(media.Kind, "file")
		if media.Name != "" {
			what += " " + oneLine(clip(media.Name, 100))
		}
		if media.MIME != "" && !strings.HasPrefix(media.MIME, "image/") {
			notes = append(notes, what+", which you cannot see")
			continue
		}
		f, err := m.get(ctx, media)
		_, refused := errors.AsType[*egress.RefusedError](err)
		switch {
		case err == nil && strings.HasPrefix(f.MIME, "image/") && len(f.Data) <= attachments.MaxBytes:
			images = append(images, attachments.Image{MIME: f.MIME, Name: f.Name, Data: f.Data})
		case err == nil:
			notes = append(notes, what+", which you cannot see")
		case refused || attempts+1 >= fetchTries:
			m.log.Warn("a file that came with a message cannot be fetched", "error", err)
			notes = append(notes, what+", which could not be fetched")
		default:
			return nil, nil, err
		}
	}
	return images, notes, nil
}

func (m *member) get(ctx context.Context, media *Media) (*egress.File, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	if f, ok := m.account.(Fetcher); ok {
		return f.Fetch(ctx, media)
	}
	return m.svc.download(ctx, media.Ref)
}

package channels

import (
	"cmp"
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// webchat is the gateway's own channel: its clients see every reply.
const webchat = "webchat"

// outgoing is a message for the outbox.
type outgoing struct {
	id      string
	params  []byte // what a repeat has to repeat
	message Message
	mirror  *mirror
}

// put accepts a message: from now on it is sent, and nobody has to ask again. When
// one of this id is there already, it is given.
func (m *member) put(ctx context.Context, tx *store.Tx, o *outgoing) (*outRow, error) {
	if m.out.length() >= maxQueued {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "%d messages wait to be sent through %s: try again later", maxQueued, m.info.Label)
	}
	o.message.ID = o.id
	parts, err := m.account.Split(&o.message)
	if err != nil {
		e := protocol.Errorf(protocol.CodeUnavailable, "Error: %s", err.Error())
		e.Final = true
		return nil, e
	}
	if len(parts) == 0 {
		e := protocol.Errorf(protocol.CodeUnavailable, "Error: the message says nothing")
		e.Final = true
		return nil, e
	}
	row := &outRow{id: o.id, hash: hashOf(o.params), channel: m.info.ID, account: m.settings.ID, chat: o.message.To.Chat, parts: parts, mirror: o.mirror, acceptedAt: m.svc.nowMs()}
	added, err := insertOut(ctx, tx, row)
	if err != nil {
		return nil, err
	}
	if !added {
		return findOut(ctx, tx, o.id)
	}
	m.out.add(row.chat, row.seq)
	return row, nil
}

// Enqueue takes a reply over for delivery.
func (s *Service) Enqueue(ctx context.Context, tx *store.Tx, d agent.Delivery) error {
	route, err := s.route(ctx, tx, &d)
	if err != nil || route.Channel == webchat {
		return err
	}
	info, known := s.kind(route.Channel)
	if !known {
		return protocol.Errorf(protocol.CodeNotLinked, "the channel %s is not part of this gateway: the reply cannot be delivered", info.ID)
	}
	m, err := s.linked(ctx, info, route.Account)
	if err != nil {
		return err
	}
	to, err := m.target(route.To)
	if err != nil {
		return err
	}
	to.Thread = cmp.Or(route.Thread, to.Thread)
	_, err = m.put(ctx, tx, &outgoing{id: "run:" + d.RunID, message: Message{To: to, Text: d.Text, ReplyTo: route.Message}})
	return err
}

// route is where a reply goes: as was said, else where the session's last message
// came from, else where that of the agent's main session did.
func (s *Service) route(ctx context.Context, tx *store.Tx, d *agent.Delivery) (agent.Route, error) {
	r := d.Route
	r.Channel = strings.ToLower(strings.TrimSpace(r.Channel))
	last := r.Channel == "" || r.Channel == "last"
	if r.To != "" && !last || r.Channel == webchat {
		return r, nil
	}
	keys := s.o.Sessions.Keys()
	for _, key := range []string{d.SessionKey, keys.Main(keys.Agent(d.SessionKey))} {
		sess, err := s.o.Sessions.Get(ctx, tx, key)
		if err != nil {
			return r, err
		}
		if sess == nil {
			continue
		}
		c := sess.Entry.DeliveryContext.V
		if c.Channel.V == "" || c.To.V == "" || !last && c.Channel.V != r.Channel {
			continue
		}
		to := agent.Route{Channel: c.Channel.V, To: c.To.V, Account: cmp.Or(r.Account, c.AccountID.V), Thread: cmp.Or(r.Thread, threadOf(&c)), Message: r.Message}
		if r.To != "" {
			to.To, to.Thread = r.To, r.Thread
		}
		return to, nil
	}
	if last {
		return r, protocol.Errorf(protocol.CodeNotLinked, "no channel is linked that the reply could be delivered by")
	}
	return r, nil
}

// target reads a recipient.
func (m *member) target(to string) (Target, error) {
	t, err := m.account.Target(strings.TrimSpace(to))
	if err != nil {
		return t, protocol.Errorf(protocol.CodeInvalidRequest, "Error: Delivering to %s requires target %s: %v", m.info.Label, m.info.Target, err)
	}
	return t, nil
}

package client

import (
	"context"
	"slices"
	"sync"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// subscribers are who wants to hear of what.
type subscribers struct {
	typed  [protocol.EventUnknown]list[func(wire.Appender)]
	any    list[func(name string, payload []byte, seq int64)]
	gaps   list[func(expected, got int64)]
	states list[func(State)]

	// Where the numbers stand; used by the inbox's goroutine alone.
	counted *session
	last    int64 // number of the last event
}

// list is replaced, never changed, so that a subscriber may subscribe others
// and stop itself while it is called.
type list[F any] struct {
	mu  sync.Mutex
	all []*F
}

// add gives what takes f out again.
func (l *list[F]) add(f F) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry := &f
	l.all = append(slices.Clone(l.all), entry)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all = slices.DeleteFunc(slices.Clone(l.all), func(e *F) bool { return e == entry })
	}
}

func (l *list[F]) get() []*F {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all
}

// on is what typed subscriptions are made of.
func (c *Client) on(event protocol.EventID, f func(wire.Appender)) (stop func()) {
	return c.subs.typed[event].add(f)
}

// OnAny calls f for each event, also those that are not in the schema, by the
// name that the gateway calls it: with its payload as JSON, nil when there is
// none, and its number, 0 when it has none. The payload is f's to keep but not
// to change. It hears of an event before typed subscribers do.
func (c *Client) OnAny(f func(name string, payload []byte, seq int64)) (stop func()) {
	return c.subs.any.add(f)
}

// OnGap calls f when events are missing: it was number expected's turn, and
// got came. The gateway left them out because this client, or a subscriber of
// it, was too slow. What they told has to be fetched anew. f comes before the
// event with the number got.
func (c *Client) OnGap(f func(expected, got int64)) (stop func()) { return c.subs.gaps.add(f) }

// OnState calls f for each change of the connection, in order with the events:
// what comes after Connected came over that connection. Events that were sent
// while there was none are lost without a gap being reported, so this is where
// state is fetched anew.
func (c *Client) OnState(f func(State)) (stop func()) { return c.subs.states.add(f) }

// Heard returns when subscribers have heard of all that came before it was called,
// such as the events before an answer. A subscriber must not call it, for it would
// wait for itself.
func (c *Client) Heard(ctx context.Context) error {
	select {
	case <-c.inbox.after():
		return nil
	case <-c.inbox.empty:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// deliver calls the subscribers of an item.
func (c *Client) deliver(it item) {
	s := &c.subs
	if it.mark != nil {
		close(it.mark)
		return
	}
	if it.state != nil {
		for _, f := range s.states.get() {
			(*f)(*it.state)
		}
		return
	}
	if expected, gap := s.count(it); gap {
		for _, f := range s.gaps.get() {
			(*f)(expected, it.seq)
		}
	}
	for _, f := range s.any.get() {
		(*f)(it.name, it.payload, it.seq)
	}
	if it.event == protocol.EventUnknown {
		return
	}
	for _, f := range s.typed[it.event].get() {
		// Each gets a payload of its own, since it may keep and change it.
		if p := c.payload(it); p != nil {
			(*f)(p)
		}
	}
}

// count notes an event's number; it gives the one whose turn it was, and
// whether there is a gap between. A canonical connection counts from 1;
// gateways in the field count for all their connections together, so that the
// first number tells nothing.
func (s *subscribers) count(it item) (expected int64, gap bool) {
	if !it.numbered {
		return 0, false
	}
	known := s.counted == it.session || it.session.client.opts.Dialect == protocol.DialectCanonical
	if s.counted != it.session {
		s.counted, s.last = it.session, 0
	}
	expected, s.last = s.last+1, it.seq
	return expected, known && it.seq > expected
}

// payload decodes an event in the canonical form, if it can be had.
func (c *Client) payload(it item) wire.Appender {
	data := it.payload
	if data == nil {
		data = []byte("null")
	}
	p, err := protocol.DecodeAliasPayload(it.event, c.opts.Dialect, data, wire.Lenient)
	if err != nil {
		c.opts.Logger.Debug("payload not understood", "event", it.name, "error", err)
		return nil
	}
	if c.opts.Adapter != nil && c.opts.Dialect != protocol.DialectCanonical {
		return protocol.Event{ID: it.event, Payload: p}.PayloadIn(protocol.DialectCanonical, c.opts.Adapter)
	}
	return p
}

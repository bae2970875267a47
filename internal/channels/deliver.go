package channels

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
)

// How deliveries are tried.
const (
	deliveries   = 8 // chats of an account at a time
	firstRetry   = time.Second
	lastRetry    = time.Minute
	callTime     = 2 * time.Minute // one call to a service
	saveTime     = 30 * time.Second
	whileUnready = 30 * time.Second // until an account that cannot deliver is asked again
)

// errInterrupted is what is known of a call that the last process made.
var errInterrupted = errors.New("the gateway stopped while it was being sent")

// deliver takes a message as far as it goes. A result above zero says when to try
// again.
func (m *member) deliver(ctx context.Context, seq int64) (again time.Duration) {
	if m.pace(ctx) != nil {
		return firstRetry
	}
	row, interrupted, again, err := m.claim(seq)
	switch {
	case err != nil:
		m.log.Error("the outbox cannot be used: a message waits", "error", err)
		return lastRetry
	case row == nil:
		return again
	}
	for {
		var receipt *Receipt
		if interrupted {
			interrupted = false
			receipt, err = m.unclear(ctx, row, errInterrupted)
		} else {
			receipt, err = m.call(ctx, row)
		}
		if again, done := m.settle(row, receipt, err); done || again > 0 {
			return again
		}
		if m.pace(ctx) != nil {
			return firstRetry
		}
		row.attempt(m.svc.nowMs())
		if err := m.save(row); err != nil {
			m.log.Error("an attempt to send cannot be written down: it waits", "message", row.id, "error", err)
			return lastRetry
		}
	}
}

func (r *outRow) attempt(now int64) {
	r.state, r.attemptedAt = outSending, now
	r.attempts++
}

// claim gives a row that is to be sent now, the attempt written down, or says when
// to look again. A row that says it is being sent while nobody else works in its
// chat was left so by a call whose end is not known.
func (m *member) claim(seq int64) (row *outRow, interrupted bool, again time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), saveTime)
	defer cancel()
	var expired *outRow
	err = m.svc.o.Store.Write(ctx, func(tx *store.Tx) error {
		var r *outRow
		row, expired, interrupted, again = nil, nil, false, 0
		if r, err = outBySeq(ctx, tx, seq); err != nil || r == nil || r.state.ended() || r.channel != m.info.ID || r.account != m.settings.ID {
			return err
		}
		now := m.svc.now()
		interrupted = r.state == outSending
		switch {
		case interrupted && m.unusable() == "":
			row = r
			return nil
		case now.Sub(time.UnixMilli(r.acceptedAt)) > tryFor:
			r.state, r.fault = outFailed, fmt.Sprintf("%s did not take it for %s: %s", m.info.Label, tryFor, cmp.Or(r.fault, m.unusable()))
			expired = r
			return saveOut(ctx, tx, r, now.UnixMilli())
		case m.unusable() != "":
			again = whileUnready
			return nil
		}
		if again = max(0, time.UnixMilli(r.notBefore).Sub(now), m.hold()); again > 0 {
			return nil
		}
		row = r
		row.attempt(now.UnixMilli())
		return saveOut(ctx, tx, row, now.UnixMilli())
	})
	if err == nil && expired != nil {
		m.ended(expired)
	}
	return row, interrupted, again, err
}

// call delivers a part; what is not known of its end is found out where that can
// be.
func (m *member) call(ctx context.Context, row *outRow) (*Receipt, error) {
	calling, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	receipt, err := m.account.Deliver(calling, row.part())
	if err == nil && receipt == nil {
		err = errors.New("the channel gave no receipt")
	}
	if _, known := verdictOf(err); err == nil || known {
		return receipt, err
	}
	return m.unclear(ctx, row, err)
}

// unclear finds out about a part that may have arrived.
func (m *member) unclear(ctx context.Context, row *outRow, cause error) (*Receipt, error) {
	if m.info.Idempotent {
		return nil, &Failure{Verdict: NotSent, Err: cause}
	}
	r, ok := m.account.(Reconciler)
	if !ok {
		return nil, cause
	}
	asking, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	receipt, err := r.Reconcile(asking, row.part(), time.UnixMilli(row.attemptedAt))
	if _, known := verdictOf(err); err == nil && receipt != nil || known {
		return receipt, err
	}
	return nil, cause
}

// settle writes down what became of a part. It is done when the message has come
// to its end.
func (m *member) settle(row *outRow, receipt *Receipt, err error) (again time.Duration, done bool) {
	f, known := verdictOf(err)
	var t *Terminal
	if errors.As(err, &t) {
		m.terminate(t)
	}
	switch {
	case err == nil:
		row.receipt, row.next, row.attempts, row.notBefore, row.fault = receipt, row.next+1, 0, 0, ""
		row.state = outQueued
		if row.next == len(row.parts) {
			row.state = outSent
		}
		m.sent()
	case !known:
		row.state, row.fault = outUnknown, err.Error()
	case f.Verdict == Refused:
		row.state, row.fault = outFailed, err.Error()
	default:
		again = max(f.RetryAfter, min(lastRetry, firstRetry<<min(row.attempts-1, 10)), firstRetry/10)
		if f.RetryAfter > 0 {
			again = f.RetryAfter
		}
		row.state, row.fault = outQueued, err.Error()
		row.notBefore = m.svc.now().Add(again).UnixMilli()
		if f.Account {
			m.holdFor(again)
		}
		m.log.Warn("a message could not be sent yet", "message", row.id, "attempt", row.attempts, "again", again, "error", err)
	}
	for k := 0; ; k++ {
		err := m.save(row)
		if err == nil {
			break
		}
		// The row still says that it is being sent, which is what the next process
		// makes of it, too.
		m.log.Error("what became of a message cannot be written down", "message", row.id, "state", row.state, "error", err)
		if k == 3 || m.out.ctx.Err() != nil {
			return lastRetry, false
		}
	}
	if row.state.ended() {
		m.ended(row)
		return 0, true
	}
	return again, false
}

// save writes a row; of one that was sent, its text is kept in the same commit.
func (m *member) save(row *outRow) error {
	ctx, cancel := context.WithTimeout(context.Background(), saveTime)
	defer cancel()
	return m.svc.o.Store.Write(ctx, func(tx *store.Tx) error {
		if row.state == outSent && row.mirror != nil {
			if err := m.reflect(ctx, tx, row.mirror); err != nil {
				return err
			}
		}
		return saveOut(ctx, tx, row, m.svc.nowMs())
	})
}

// ended tells those who wait, and the log, of a message's end.
func (m *member) ended(row *outRow) {
	switch row.state {
	case outFailed:
		m.log.Warn("a message could not be sent", "message", row.id, "chat", row.chat, "error", row.fault)
	case outUnknown:
		m.log.Warn("it is not known whether a message arrived: it is not sent again", "message", row.id, "chat", row.chat, "error", row.fault)
	}
	if row.state != outSent {
		m.note(func(s *state) { s.lastError = row.fault })
	}
	m.svc.tell(row.id)
}

package approvals

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

const (
	// DefaultTimeout is how long a question waits where nothing else is said.
	DefaultTimeout = 2 * time.Minute
	maxTimeout     = 24 * time.Hour
	maxWaiting     = 256
	maxQuestion    = 64 << 10 // bytes of one, as approvers get it
)

// Question is what people are to decide.
type Question struct {
	ID      string // "": one is made
	Command policy.Command
	Details protocol.ExecApprovalDetails
	Timeout time.Duration // 0: DefaultTimeout
	// Told is called once approvers can see the question; nil: nobody wants to know.
	Told func(id string, expiresAtMs int64)
}

// Answer is what came of a question.
type Answer struct {
	ID          string
	Decision    protocol.ExecDecision // "": nobody decided in time
	By          string                // who decided
	CreatedAtMs int64
	ExpiresAtMs int64
}

// question is one on its way.
type question struct {
	id, digest         string
	details            protocol.ExecApprovalDetails
	createdAt, expires int64
	conn               string // that it came over, while that lasts; ""
	announced          bool   // approvers can see it; the service's lock is for this

	// deciding is held while somebody decides, or the time is up: what comes of it
	// is written before anybody else has a look.
	deciding sync.Mutex
	asked    bool // who asked is there
	over     bool
	answer   Answer
	done     chan struct{} // closed when it is over
}

func (q *question) live(now time.Time) bool { return now.UnixMilli() < q.expires }

func (q *question) event() protocol.Event {
	return protocol.NewEventExecApprovalRequested(&protocol.ExecApprovalRequested{ID: q.id, Request: q.details,
		CreatedAtMs: protocol.Timestamp(q.createdAt), ExpiresAtMs: protocol.Timestamp(q.expires)})
}

// inOrder lists the questions, the oldest first. The lock is held.
func (s *Service) inOrder() []*question {
	list := make([]*question, 0, len(s.waiting))
	for _, q := range s.waiting {
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b *question) int {
		return cmp.Or(cmp.Compare(a.createdAt, b.createdAt), cmp.Compare(a.id, b.id))
	})
	return list
}

// Ask asks the operators, and waits until one decides or the time is up. What was
// asked before in the same words, by somebody who is gone, is not asked again.
func (s *Service) Ask(ctx context.Context, conn string, a Question) (*Answer, error) {
	a.ID = cmp.Or(a.ID, policy.NewID())
	if len(a.ID)+len(a.Details.AppendJSON(nil)) > maxQuestion {
		return nil, errLarge
	}
	q, answer, err := s.enter(ctx, conn, &a)
	if q == nil {
		return answer, err
	}
	if a.Told != nil {
		a.Told(q.id, q.expires)
	}
	timer := time.NewTimer(time.UnixMilli(q.expires).Sub(s.now()))
	defer timer.Stop()
	select {
	case <-q.done:
	case <-timer.C:
		s.expire(q)
	case <-ctx.Done():
		if s.leave(ctx, q) {
			return nil, ctx.Err()
		}
	}
	return &q.answer, nil
}

// leave lets go of a question that is not over: somebody may come back for the
// answer. That of a run ends with it, for nobody would.
func (s *Service) leave(ctx context.Context, q *question) bool {
	q.deciding.Lock()
	defer q.deciding.Unlock()
	if q.over {
		return false
	}
	q.asked, q.conn = false, ""
	if q.details.RunID.Set {
		s.forget(q)
		ctx = context.WithoutCancel(ctx)
		if err := s.o.Store.Write(ctx, func(tx *store.Tx) error { return withdraw(ctx, tx, q, s.now()) }); err != nil {
			s.log.Warn("a question could not be withdrawn: it ends with its time", "approval", q.id, "error", err)
		}
	}
	return true
}

// forget takes a question out of those that wait, with no decision.
func (s *Service) forget(q *question) {
	q.end(Answer{ID: q.id, CreatedAtMs: q.createdAt, ExpiresAtMs: q.expires})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[q.id] == q {
		delete(s.waiting, q.id)
	}
}

// enter gives the question that is to be waited for, or the answer that is there
// already.
func (s *Service) enter(ctx context.Context, conn string, a *Question) (*question, *Answer, error) {
	timeout := min(cmp.Or(a.Timeout, DefaultTimeout), maxTimeout)
	now := s.now()
	q := &question{id: a.ID, digest: a.Command.Digest(), details: a.Details, createdAt: now.UnixMilli(), expires: now.Add(timeout).UnixMilli(),
		conn: conn, asked: true, done: make(chan struct{})}
	for {
		s.mu.Lock()
		s.sweep(now)
		before := s.waiting[q.id]
		if before == nil {
			break
		}
		s.mu.Unlock()
		if err := before.join(q.digest, conn); err == nil {
			return before, nil, nil
		} else if err != errOver {
			return nil, nil, err
		}
	}
	if len(s.waiting) >= maxWaiting {
		s.mu.Unlock()
		return nil, nil, errFull
	}
	s.waiting[q.id] = q
	s.mu.Unlock()

	var answer *Answer
	ctx = context.WithoutCancel(ctx) // what was begun is known to be there or not
	err := s.o.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if answer, err = collect(ctx, tx, q, now); err != nil || answer != nil {
			return err
		}
		if err := tidy(ctx, tx, now); err != nil {
			return err
		}
		return insert(ctx, tx, q)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || answer != nil {
		delete(s.waiting, q.id)
		return nil, answer, err
	}
	q.announced = true
	s.o.Events.Publish(ctx, q.event())
	return q, nil, nil
}

// sweep forgets questions whose time is up. The lock is held.
func (s *Service) sweep(now time.Time) {
	for id, q := range s.waiting {
		if !q.live(now) {
			delete(s.waiting, id)
		}
	}
}

// errOver is a question that ended just now.
var errOver = protocol.Errorf(protocol.CodeUnavailable, "the question is over")

// join has somebody wait for a question that nobody waits for.
func (q *question) join(digest, conn string) error {
	q.deciding.Lock()
	defer q.deciding.Unlock()
	switch {
	case q.over:
		return errOver
	case q.asked || q.digest != digest:
		return errPending
	}
	q.asked, q.conn = true, conn
	return nil
}

// expire ends a question that nobody decided.
func (s *Service) expire(q *question) {
	q.deciding.Lock()
	defer q.deciding.Unlock()
	if !q.over {
		s.forget(q)
	}
}

// end tells who waits what came of it. The question's lock is held.
func (q *question) end(a Answer) {
	q.over, q.answer = true, a
	close(q.done)
}

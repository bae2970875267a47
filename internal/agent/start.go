package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// Ticket is what asking for a run gives: the run, when it is new or goes on, or
// how it ended before.
type Ticket struct {
	Run        *Run // nil when it has ended
	New        bool
	AcceptedAt int64
	Outcome    *Outcome // when it has ended
}

// Start accepts a run. When it returns without error the run is committed; a
// new one is to be released once that is answered. A repeat of an id gives the
// run of that id, if it asks for the same.
func (s *Service) Start(ctx context.Context, req Request) (*Ticket, error) {
	if req.Lane == "" {
		req.Lane = mainLane
	}
	unclaim, err := s.claim(ctx, req.ID)
	if err != nil {
		return nil, err
	}
	defer unclaim()
	if live := s.live(req.ID); live != nil {
		if !live.repeats(&req) {
			return nil, conflict(req.ID)
		}
		return &Ticket{Run: live, AcceptedAt: live.AcceptedAt}, nil
	}
	r := s.newRun(req)
	now, err := s.enter(r, false)
	if err != nil {
		return nil, err
	}
	before, history, err := s.look(ctx, r, now)
	if err != nil || before != nil {
		s.drop(r)
		return before, err
	}
	if now {
		// The model is asked while the commit is under way; nobody hears of
		// it before.
		s.wg.Go(func() { r.execute(history) })
	}
	// A caller who goes away does not take back what he asked for.
	if err := s.commit(context.WithoutCancel(ctx), r, now); err != nil {
		s.drop(r)
		return nil, err
	}
	close(r.committed)
	return &Ticket{Run: r, New: true, AcceptedAt: r.AcceptedAt}, nil
}

func conflict(id string) error {
	return protocol.Errorf(protocol.CodeInvalidRequest, "idempotencyKey %q was used before with other params: use a new key for a new request", clip(id, 80))
}

// claim makes the caller the only one to look at an id.
func (s *Service) claim(ctx context.Context, id string) (unclaim func(), err error) {
	for {
		s.mu.Lock()
		busy := s.claimed[id]
		if busy == nil {
			mine := make(chan struct{})
			s.claimed[id] = mine
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.claimed, id)
				s.mu.Unlock()
				close(mine)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *Service) live(id string) *Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[id]
}

// enter puts a run into its session's queue.
func (s *Service) enter(r *Run, force bool) (now bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		e := protocol.Errorf(protocol.CodeUnavailable, "the gateway is stopping")
		e.RetryAfter = 2 * time.Second
		return false, e
	}
	now, err = s.sched.add(r.Session, r.Lane, r, force)
	if errors.Is(err, errFull) {
		e := protocol.Errorf(protocol.CodeUnavailable, "%v", err)
		e.RetryAfter = time.Second
		return false, e
	}
	if now {
		r.started.Store(true)
	}
	s.runs[r.ID] = r
	return now, err
}

// look finds out about the run what the database knows: whether its id was used
// before, whether messages may be sent into its session, and, if its turn has
// come, what was said there.
func (s *Service) look(ctx context.Context, r *Run, withHistory bool) (before *Ticket, history *history, err error) {
	err = s.o.Store.Read(ctx, func(q store.Querier) error {
		x, err := find(ctx, q, r.ID)
		if err != nil {
			return err
		}
		if x != nil {
			before, err = repeat(x, &r.Request)
			return err
		}
		sess, err := s.o.Sessions.Get(ctx, q, r.Session)
		if err != nil {
			return err
		}
		if r.Policy && !s.o.Sessions.SendAllowed(orNew(sess, r.Session)) {
			return protocol.Errorf(protocol.CodeInvalidRequest, "send blocked by session policy")
		}
		if withHistory {
			history, err = s.read(ctx, q, r, sess)
		}
		return err
	})
	return before, history, err
}

func orNew(sess *session, key string) *session {
	if sess == nil {
		return &session{Key: key}
	}
	return sess
}

// repeat answers an id that was used before.
func repeat(x *row, r *Request) (*Ticket, error) {
	hash := r.hash()
	if !bytes.Equal(hash[:], x.paramsHash) {
		return nil, conflict(r.ID)
	}
	if !x.state.Ended() {
		// It was interrupted and not taken up: this process is too new to
		// have done so, or could not.
		return nil, fmt.Errorf("run %q was interrupted and has not been taken up yet: try again", clip(r.ID, 80))
	}
	return &Ticket{AcceptedAt: x.acceptedAt, Outcome: &x.outcome}, nil
}

// commit writes down that the run is accepted and, if its turn has come, its
// message.
func (s *Service) commit(ctx context.Context, r *Run, now bool) error {
	return s.o.Store.Write(ctx, func(tx *store.Tx) error {
		if err := insert(ctx, tx, &r.Request, r.AcceptedAt); err != nil {
			return err
		}
		sess, err := s.o.Sessions.Open(ctx, tx, r.Session, r.change)
		if err != nil || !now || r.Fault != "" {
			return err
		}
		return s.record(ctx, tx, r, sess)
	})
}

// change is what acceptance does to the session's record.
func (r *Run) change(e *protocol.SessionEntry) {
	if r.SessionID != "" && e.UpdatedAt == 0 {
		e.SessionID = r.SessionID
	}
	if r.Change != nil {
		r.Change(e)
	}
}

// record writes the run's message into the transcript: the run begins.
func (s *Service) record(ctx context.Context, tx *store.Tx, r *Run, sess *session) error {
	at := s.nowMs()
	id, err := s.o.Sessions.Append(ctx, tx, sess.Entry.SessionID, r.userMessage(at))
	if err != nil {
		return err
	}
	r.sessionID, r.messageID = sess.Entry.SessionID, id
	return began(ctx, tx, r.ID, sess.Entry.SessionID, at)
}

// drop forgets a run that was not accepted.
func (s *Service) drop(r *Run) {
	r.cancel(errNotTaken)
	s.leave(r)
}

// leave takes a run out of its session's queue and begins those whose turn has
// come.
func (s *Service) leave(r *Run) {
	s.mu.Lock()
	turn := s.sched.remove(r.Session, r)
	delete(s.runs, r.ID)
	s.mu.Unlock()
	s.begin(turn)
}

// begin starts runs that have not started.
func (s *Service) begin(turn []*Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range turn {
		if !s.closing && r.started.CompareAndSwap(false, true) {
			s.wg.Go(r.later)
		}
	}
}

// clip shortens what a caller sent, for a message.
func clip(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + "…"
}

package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// serviceRestart is why connections are closed at the end.
const serviceRestart = "service restart"

const (
	// closing is how much of the time for a shutdown is kept for the closing
	// itself.
	closing = 2 * time.Second
	// lastAnswers is how long requests may take to answer that they were
	// cancelled.
	lastAnswers = 250 * time.Millisecond
)

// Shutdown announces the end, lets requests finish, cancels those that take too
// long, and closes every connection. All of it is over when ctx is. A positive
// restart is when clients may come back.
func (s *Server) Shutdown(ctx context.Context, reason string, restart time.Duration) error {
	s.mu.Lock()
	again := s.closing
	s.closing = true
	s.mu.Unlock()
	if !again {
		close(s.stop)
		s.ticker.Wait()
		s.announce(ctx, reason, restart)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.drain(ctx)
		s.conns.Wait()
		s.workers.all.Wait()
		s.writers.stop()
	}()
	select {
	case <-done:
		s.giveUp()
		return nil
	case <-ctx.Done():
	}
	s.giveUp()
	for _, c := range s.everyone() {
		c.cancel()
		c.link.Close()
	}
	select {
	case <-done:
		return ctx.Err()
	case <-time.After(lastWords):
		return fmt.Errorf("%w: %d connections have requests that do not end", ctx.Err(), len(s.everyone()))
	}
}

func (s *Server) announce(ctx context.Context, reason string, restart time.Duration) {
	e := &protocol.Shutdown{Reason: reason}
	if restart > 0 {
		e.RestartExpectedMs.Set, e.RestartExpectedMs.V = true, restart.Milliseconds()
	}
	s.Publish(ctx, protocol.NewEventShutdown(e))
}

// drain gives requests their time and closes all connections.
func (s *Server) drain(ctx context.Context) {
	all := s.everyone()
	for _, c := range all {
		if !s.hub.has(c) {
			c.close(closeRestart, serviceRestart)
		}
	}
	patient, cancel := reserve(ctx)
	defer cancel()
	for _, c := range all {
		c.requests.wait(patient)
	}
	for _, c := range all {
		c.cancel()
	}
	brief, cancel := context.WithTimeout(ctx, lastAnswers)
	defer cancel()
	for _, c := range all {
		c.requests.wait(brief)
		c.blocking.wait(brief)
		c.accepted.wait(brief)
	}
	for _, c := range s.everyone() {
		c.close(closeRestart, serviceRestart)
	}
}

// reserve ends earlier than ctx, so that there is time left for the closing.
func reserve(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-min(closing, time.Until(end)/2)))
}

// everyone lists the connections there are, whether past the handshake or not.
func (s *Server) everyone() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.all))
}

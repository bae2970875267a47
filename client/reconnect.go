package client

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// run connects, and keeps the connection up until the client ends. It owns
// everything that the client starts, except what delivers events.
func (c *Client) run(ctx context.Context, first chan<- error) {
	s, err := c.begin(ctx)
	if err != nil {
		c.end(err)
		first <- err
		return
	}
	first <- nil
	for {
		since := time.Now()
		select {
		case <-s.done:
		case <-c.ctx.Done():
			s.end(ErrClosed, closeNormal, "")
		}
		s.finish(c.hard)
		if c.ctx.Err() != nil {
			c.end(ErrClosed)
			return
		}
		c.announce(State{Phase: Disconnected, Cause: s.cause})
		if c.opts.Reconnect.Off {
			c.end(s.cause)
			return
		}
		if s, err = c.again(s, time.Since(since)); err != nil {
			c.end(err)
			return
		}
	}
}

func (c *Client) announce(st State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell(st)
}

// begin makes the first connection within a caller's context.
func (c *Client) begin(ctx context.Context) (*session, error) {
	both, cancel := context.WithCancel(c.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	for attempt := 1; ; attempt++ {
		s, err := c.attempt(both)
		if err == nil {
			return s, nil
		}
		if c.ctx.Err() != nil {
			return nil, ErrClosed
		}
		if ctx.Err() != nil {
			return nil, timely(ctx, err)
		}
		if !c.opts.Reconnect.First || c.final(err) {
			return nil, err
		}
		if !c.pause(both, attempt, 0, err) {
			if c.ctx.Err() != nil {
				return nil, ErrClosed
			}
			return nil, timely(ctx, err)
		}
	}
}

// again makes the next connection after one that has ended and was up for a
// time.
func (c *Client) again(last *session, up time.Duration) (*session, error) {
	// A connection that held shows that all is well. One that was lost at once
	// is a failed attempt like others, or the gateway would never get rid of
	// clients that it accepts and then cannot serve.
	if up > c.opts.Reconnect.Max {
		c.failed = 0
	}
	cause := last.cause
	floor := time.Duration(last.restart.Load())
	for {
		c.failed++
		if !c.pause(c.ctx, c.failed, floor, cause) {
			return nil, ErrClosed
		}
		s, err := c.attempt(c.ctx)
		switch {
		case err == nil:
			return s, nil
		case c.ctx.Err() != nil:
			return nil, ErrClosed
		case c.final(err):
			return nil, fmt.Errorf("connect to %s: %w", c.url.Host, err)
		}
		cause, floor = err, 0
	}
}

// final reports whether an attempt failed for a reason that trying again does
// not cure.
func (c *Client) final(err error) bool { return lasting(err) && !c.opts.Reconnect.Refused }

// pause waits before an attempt; it reports whether the time passed.
func (c *Client) pause(ctx context.Context, attempt int, floor time.Duration, cause error) bool {
	delay := c.opts.Reconnect.delay(attempt, max(floor, retryAfter(cause)), rand.Float64())
	c.announce(State{Phase: Reconnecting, Cause: cause, Attempt: attempt, Delay: delay})
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// delay is how long to wait before an attempt, numbered from 1. Chance is from
// 0 to 1. Where the gateway said when to come, it is not earlier than that.
func (r Reconnect) delay(attempt int, floor time.Duration, chance float64) time.Duration {
	d := r.Min
	for k := 1; k < attempt && d < r.Max; k++ {
		d *= 2
	}
	d = min(d, r.Max)
	d = d/2 + time.Duration(chance*float64(d/2))
	if d < floor {
		d = floor + time.Duration(chance*float64(r.Min))
	}
	return d
}

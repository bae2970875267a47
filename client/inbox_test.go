package client

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A subscriber that hangs must not let anything grow: events have a limit, and
// states that nobody heard of give way to later ones.
func TestInboxIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var got []item
		b := newInbox(10*itemOverhead, func(it item) {
			<-release
			got = append(got, it)
		})
		b.put(item{seq: 1, payload: make([]byte, 1<<20)}) // larger than the limit, but alone
		synctest.Wait()
		taken := 0
		for seq := range 20 {
			if b.put(item{seq: int64(seq + 2)}) {
				taken++
			}
		}
		for attempt := range 1000 {
			b.put(item{state: &State{Attempt: attempt}})
		}
		if taken != 10 || len(b.items) != 11 {
			t.Errorf("%d events taken, %d items wait", taken, len(b.items))
		}
		last := item{state: &State{Phase: Ended}}
		b.close(last, false)
		b.close(last, false)
		if !b.put(item{seq: 99}) {
			t.Error("an event after the end was missed")
		}
		close(release)
		<-b.empty
		if n := len(got); n != 13 || got[11].state.Attempt != 999 || got[12].state.Phase != Ended {
			t.Errorf("%d items delivered", n)
		}
		if b.bytes != 0 {
			t.Errorf("%d bytes left", b.bytes)
		}
	})
}

func TestInboxLeavesEventsOutAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		events, states := 0, 0
		b := newInbox(1<<20, func(it item) {
			<-release
			if it.state != nil {
				states++
			} else {
				events++
			}
		})
		for range 5 {
			b.put(item{})
			b.put(item{state: &State{}})
		}
		synctest.Wait() // the first one is being delivered
		b.close(item{state: &State{Phase: Ended}}, true)
		close(release)
		<-b.empty
		if events != 1 || states != 6 || b.bytes != 0 {
			t.Errorf("%d events and %d states delivered, %d bytes left", events, states, b.bytes)
		}
	})
}

func TestDelay(t *testing.T) {
	r := Reconnect{Min: time.Second, Max: 30 * time.Second}
	for _, c := range []struct {
		attempt          int
		floor, low, high time.Duration
	}{
		{1, 0, 500 * time.Millisecond, time.Second},
		{2, 0, time.Second, 2 * time.Second},
		{5, 0, 8 * time.Second, 16 * time.Second},
		{6, 0, 15 * time.Second, 30 * time.Second},
		{1000, 0, 15 * time.Second, 30 * time.Second},
		{1, time.Minute, time.Minute, time.Minute + time.Second},
		{6, 10 * time.Second, 15 * time.Second, 30 * time.Second},
	} {
		if low, high := r.delay(c.attempt, c.floor, 0), r.delay(c.attempt, c.floor, 1); low != c.low || high != c.high {
			t.Errorf("attempt %d with floor %v: %v to %v, want %v to %v", c.attempt, c.floor, low, high, c.low, c.high)
		}
	}
}

func TestWhichFailuresLast(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&RefusedError{&Error{Code: "NOT_PAIRED"}}, true},
		{&RefusedError{&Error{Code: "UNAVAILABLE", Retryable: true}}, false},
		{&CloseError{Code: 1008}, true},
		{&CloseError{Code: 1002}, true},
		{&CloseError{Code: 1000}, false},
		{&CloseError{Code: 1012}, false},
		{&HTTPError{Status: 403}, true},
		{&HTTPError{Status: 429}, false},
		{&HTTPError{Status: 503}, false},
		{errors.New("connection refused"), false},
	} {
		if got := lasting(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
		if c.err.Error() == "" {
			t.Errorf("%T has no text", c.err)
		}
	}
}

func TestPhaseNames(t *testing.T) {
	for p, want := range map[Phase]string{Idle: "idle", Connected: "connected", Disconnected: "disconnected", Reconnecting: "reconnecting", Ended: "ended", 9: "unknown"} {
		if p.String() != want {
			t.Errorf("%d is %s", p, p)
		}
	}
}

// What was put before is delivered before a mark, and a mark that never comes ends
// with the client.
func TestHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := &Client{}
		var got atomic.Int64
		c.inbox = newInbox(1<<20, func(it item) {
			<-release
			if it.mark == nil {
				got.Add(1)
			}
			c.deliver(it)
		})
		for seq := range 3 {
			c.inbox.put(item{seq: int64(seq + 1)})
		}
		heard := make(chan error)
		go func() { heard <- c.Heard(t.Context()) }()
		synctest.Wait()
		c.inbox.put(item{seq: 4})
		close(release)
		if err := <-heard; err != nil || got.Load() < 3 {
			t.Errorf("%v after %d", err, got.Load())
		}
		c.inbox.close(item{state: &State{}}, true)
		if err := c.Heard(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("%v at the end", err)
		}
	})
}

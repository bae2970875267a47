package server

import (
	"context"
	"sync"
)

// requests bounds and counts what a connection has in flight.
type requests struct {
	slots chan struct{}
	wg    sync.WaitGroup
}

func (r *requests) init(limit int) { r.slots = make(chan struct{}, limit) }

// enter takes a slot. With wait it blocks until there is one, which stops the
// reading and so the peer; else it reports whether there was one.
func (r *requests) enter(wait bool) bool {
	if wait {
		r.slots <- struct{}{}
		r.wg.Add(1)
		return true
	}
	select {
	case r.slots <- struct{}{}:
		r.wg.Add(1)
		return true
	default:
		return false
	}
}

func (r *requests) leave() {
	<-r.slots
	r.wg.Done()
}

// busy counts what is in flight now.
func (r *requests) busy() int { return len(r.slots) }

// wait returns when nothing is in flight, or ctx is done.
func (r *requests) wait(ctx context.Context) {
	if ctx.Done() == nil {
		r.wg.Wait()
		return
	}
	for range cap(r.slots) {
		select {
		case r.slots <- struct{}{}:
			defer func() { <-r.slots }()
		case <-ctx.Done():
			return
		}
	}
}

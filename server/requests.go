package server

import (
	"context"
	"sync"
)

// requests bounds and counts what a connection has in flight. The connection's
// reader enters; who serves a request leaves.
type requests struct {
	mu    sync.Mutex
	limit int
	n     int
	left  chan struct{} // closed when one leaves; nil while nobody waits for that
}

func (r *requests) init(limit int) { r.limit = limit }

// enter takes a place. With wait it blocks until there is one, which stops the
// reading and so the peer; else it reports whether there was one.
func (r *requests) enter(wait bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.n >= r.limit {
		if !wait {
			return false
		}
		left := r.leaving()
		r.mu.Unlock()
		<-left
		r.mu.Lock()
	}
	r.n++
	return true
}

// add takes a place whether there is one or not.
func (r *requests) add() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
}

func (r *requests) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n--
	if r.left != nil {
		close(r.left)
		r.left = nil
	}
}

// leaving is closed when the next one leaves.
func (r *requests) leaving() <-chan struct{} {
	if r.left == nil {
		r.left = make(chan struct{})
	}
	return r.left
}

// busy counts what is in flight now.
func (r *requests) busy() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

// wait returns when nothing is in flight, or ctx is done.
func (r *requests) wait(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.n > 0 {
		left := r.leaving()
		r.mu.Unlock()
		select {
		case <-left:
		case <-ctx.Done():
			r.mu.Lock()
			return
		}
		r.mu.Lock()
	}
}

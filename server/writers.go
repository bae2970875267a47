package server

import (
	"runtime"
	"sync"
)

// writers write for the queues of many connections: what a peer takes at once
// needs no goroutine of its connection's own. An event to thousands of idle
// connections would else make thousands of stacks and buffers at a time.
type writers struct {
	mu      sync.Mutex
	work    sync.Cond
	ready   []*queue // that have something to write, first come first served
	next    int      // index of the first of them
	running int
	waiting int
	stopped bool
	all     sync.WaitGroup
}

func (w *writers) init() { w.work.L = &w.mu }

// add has a queue written. It must not be there already.
func (w *writers) add(q *queue) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready = append(w.ready, q)
	switch {
	case w.waiting > 0:
		w.work.Signal()
	case w.running < runtime.GOMAXPROCS(0) && !w.stopped:
		w.running++
		w.all.Go(w.run)
	}
}

// take gives the next queue; nil at the end.
func (w *writers) take() *queue {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.next == len(w.ready) {
		if cap(w.ready) > maxKept {
			w.ready = nil
		}
		w.ready, w.next = w.ready[:0], 0
		if w.stopped {
			return nil
		}
		w.waiting++
		w.work.Wait()
		w.waiting--
	}
	q := w.ready[w.next]
	w.ready[w.next] = nil
	w.next++
	return q
}

func (w *writers) run() {
	b := batches.Get().(*batch)
	for q := w.take(); q != nil; q = w.take() {
		var again bool
		if b, again = q.pass(b, rounds); again {
			w.add(q)
		}
	}
	b.free()
}

// rounds is how often a queue is written before others have their turn.
const rounds = 4

// stop ends the writers when nothing is left to write.
func (w *writers) stop() {
	w.mu.Lock()
	w.stopped = true
	w.work.Broadcast()
	w.mu.Unlock()
	w.all.Wait()
}

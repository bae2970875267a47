package server

import (
	"sync"
	"sync/atomic"
)

// workers run handlers. Goroutines are kept for a while because a new one has a
// small stack, which decoding and encoding would make it copy several times for
// every request.
type workers struct {
	jobs chan job // unbuffered: taken by a worker that waits, or not at all
	stop <-chan struct{}
	idle atomic.Int32
	all  sync.WaitGroup
}

// job is a request to serve.
type job struct {
	conn *conn
	call *call
}

// maxIdle is how many workers are kept.
const maxIdle = 64

// run gives a job to a worker that waits, or to a new one.
func (w *workers) run(j job) {
	select {
	case w.jobs <- j:
	default:
		w.all.Go(func() { w.work(j) })
	}
}

// work serves one job after the other. It ends when enough others wait, or the
// server stops.
func (w *workers) work(j job) {
	for {
		b := j.conn.serve(j.call)
		j.call.lane.leave()
		if b != nil {
			// To write here costs less than to wake someone who does.
			j.conn.out.write(b)
		}
		j = job{} // nothing of it is kept while waiting
		if w.idle.Add(1) > maxIdle {
			w.idle.Add(-1)
			return
		}
		select {
		case j = <-w.jobs:
			w.idle.Add(-1)
		case <-w.stop:
			w.idle.Add(-1)
			return
		}
	}
}

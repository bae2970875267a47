package channels

import (
	"context"
	"sync"
	"time"
)

// lines has work done that stands in line: in order within a line, those of
// different lines at the same time, up to a bound. Work is a row, by its number.
type lines struct {
	// do does a piece of work; a result above zero says after how long it is to be
	// tried again, and whatever stands behind it waits.
	do       func(ctx context.Context, seq int64) (again time.Duration)
	ctx      context.Context
	cancel   context.CancelFunc
	slots    chan struct{}
	stopping chan struct{}
	wg       sync.WaitGroup

	mu      sync.Mutex
	waiting map[string][]int64
	count   int
	open    bool
	closed  bool
	wake    chan struct{} // closed to have another try now
}

func newLines(atATime int, do func(ctx context.Context, seq int64) time.Duration) *lines {
	l := &lines{do: do, slots: make(chan struct{}, atATime), stopping: make(chan struct{}), waiting: map[string][]int64{}, wake: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// add puts work at the end of a line. Before the start, and after the end, it is
// left to the rows.
func (l *lines) add(line string, seq int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open && !l.closed {
		l.put(line, seq)
	}
}

func (l *lines) put(line string, seq int64) {
	l.waiting[line] = append(l.waiting[line], seq)
	l.count++
	if len(l.waiting[line]) == 1 {
		l.wg.Go(func() { l.work(line) })
	}
}

// start lets work begin, with what the rows have. It is called where no row can
// be added meanwhile.
func (l *lines) start(rows []place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open || l.closed {
		return
	}
	l.open = true
	for _, p := range rows {
		l.put(p.line, p.seq)
	}
}

// length is how much waits or is being done.
func (l *lines) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// hurry ends the waiting for another try.
func (l *lines) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.wake)
	l.wake = make(chan struct{})
}

// close lets what is being done end within a time, interrupts it then, and
// returns when nothing is done any more. What waits stays undone.
func (l *lines) close(budget time.Duration) {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.stopping)
	}
	l.mu.Unlock()
	late := time.AfterFunc(budget, l.cancel)
	l.wg.Wait()
	late.Stop()
	l.cancel()
}

// work does what stands in a line until nothing does.
func (l *lines) work(line string) {
	for {
		l.mu.Lock()
		seq, wake := l.waiting[line][0], l.wake
		l.mu.Unlock()
		select {
		case <-l.stopping:
			return
		default:
		}
		select {
		case <-l.stopping:
			return
		case l.slots <- struct{}{}:
		}
		again := l.do(l.ctx, seq)
		<-l.slots
		if again > 0 {
			timer := time.NewTimer(again)
			select {
			case <-timer.C:
			case <-wake:
			case <-l.stopping:
			}
			timer.Stop()
			continue
		}
		if l.next(line) {
			return
		}
	}
}

// next takes what was done out of its line, and reports whether that was all.
func (l *lines) next(line string) (empty bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	if rest := l.waiting[line][1:]; len(rest) > 0 {
		l.waiting[line] = rest
		return false
	}
	delete(l.waiting, line)
	return true
}

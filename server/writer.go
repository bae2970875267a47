package server

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"sync"
)

// batch is what a writer needs while it writes. Writers come and go; what they
// need stays.
type batch struct {
	frames []byte
	items  []item // taken out of the queue
	spare  []item // for the queue to go on with

	attempt attempt
}

// New ones are small: an event to many idle connections needs one for each of
// them at the same time.
var batches = sync.Pool{New: func() any {
	return &batch{frames: make([]byte, 0, 512), items: make([]item, 0, 2), spare: make([]item, 0, 2)}
}}

const (
	// maxBatch is how many bytes are laid out at a time.
	maxBatch = 128 << 10
	// maxKept is the longest list that is kept for other writers.
	maxKept = 4 << 10
)

func (b *batch) free() {
	if cap(b.frames) > 2*maxBatch || cap(b.items) > maxKept || cap(b.spare) > maxKept {
		return
	}
	batches.Put(b)
}

// write writes until nothing is left, or until the peer does not take what there
// is at once: then a goroutine of the queue's own goes on.
func (q *queue) write(b *batch) {
	// Whoever queued something may have more: what is there by its turn goes out
	// with one system call.
	runtime.Gosched()
	b, _ = q.pass(b, 0)
	b.free()
}

// pass takes all there is, lays the frames one behind the other, and writes them
// with one system call, so many times, or without limit. It gives a batch back to
// go on with, and reports whether something may be left for it to write.
func (q *queue) pass(b *batch, times int) (next *batch, again bool) {
	for n := 0; times == 0 || n < times; n++ {
		if !q.take(b) {
			return b, false
		}
		last := false
		b.frames, last = q.assemble(b.frames[:0], b.items)
		sent, o, err := q.link.try(&b.attempt, b.frames, last)
		if o != done {
			go q.wait(b, sent, last, o == begun)
			return batches.Get().(*batch), false
		}
		q.wrote(b, err)
	}
	return b, true
}

// wait goes on where the peer did not take all of a batch, with the link's lock
// when a part of it was taken. It ends when nothing is left to write.
func (q *queue) wait(b *batch, sent int, last, locked bool) {
	for {
		if !locked {
			q.link.mu.Lock()
		}
		patience := stall
		if last {
			patience = lastWords
		}
		n, err := q.link.sendLocked(b.frames[sent:], patience, last)
		sent += n
		if !last && errors.Is(err, os.ErrDeadlineExceeded) {
			q.abandon()
			q.farewell(b.frames, sent)
		}
		q.link.mu.Unlock()
		q.wrote(b, err)
		if !q.take(b) {
			break
		}
		sent = 0
		locked = false
		b.frames, last = q.assemble(b.frames[:0], b.items)
	}
	b.free()
}

// wrote notes what became of a batch.
func (q *queue) wrote(b *batch, err error) {
	if err != nil {
		q.abandon()
	}
	q.written(b)
	if err != nil && !errors.Is(err, errClosing) {
		q.fail(err)
	}
}

// take gives the writer what it writes next. It reports false when that is
// nothing: then there is no writer any more.
func (q *queue) take(b *batch) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		b.spare, q.items, q.places = q.items[:0], nil, nil
		q.writing = false
		q.idle.Broadcast()
		return false
	}
	n, size := 0, 0
	for n < len(q.items) && (n == 0 || size < maxBatch) {
		size += q.items[n].size()
		n++
	}
	if n == len(q.items) {
		b.items, q.items = q.items, b.items[:0]
		q.holes, q.places = 0, nil
	} else {
		b.items = append(b.items[:0], q.items[:n]...)
		rest := copy(q.items, q.items[n:])
		clear(q.items[rest:])
		q.items = q.items[:rest]
	}
	q.taken += n
	return true
}

// written takes what the writer had out of the account.
func (q *queue) written(b *batch) {
	q.mu.Lock()
	for k := range b.items {
		q.bytes -= b.items[k].size()
	}
	q.idle.Broadcast()
	q.mu.Unlock()
	for k := range b.items {
		if m := b.items[k].message; m != nil && m.answer {
			m.free()
		}
	}
	clear(b.items)
	b.items = b.items[:0]
}

// farewell tells a peer that takes nothing why it is left: what it has half of,
// and a close frame, if it takes them soon.
func (q *queue) farewell(frames []byte, sent int) {
	rest := frames[sent:boundary(frames, sent)]
	q.link.hasten()
	_, _ = q.link.sendLocked(appendClose(append([]byte(nil), rest...), closePolicy, slowConsumer), lastWords, true)
}

// assemble lays frames one behind the other and gives events their numbers:
// only what is really written takes one. It reports whether a close frame is
// the last of them.
func (q *queue) assemble(b []byte, items []item) ([]byte, bool) {
	for k := range items {
		it := &items[k]
		q.seq += it.skip
		switch {
		case it.message == nil:
		case it.close:
			return append(b, it.message.body...), true
		case it.source == nil:
			b = appendHeader(b, opText, len(it.message.body))
			b = append(b, it.message.body...)
		default:
			var scratch [32]byte
			tail := append(scratch[:0], '}')
			if it.numbered {
				q.seq++
				tail = append(strconv.AppendUint(append(tail[:0], `,"seq":`...), q.seq, 10), '}')
			}
			body := q.body(it)
			b = appendHeader(b, opText, len(body)+len(tail))
			b = append(b, body...)
			b = append(b, tail...)
		}
	}
	return b, false
}

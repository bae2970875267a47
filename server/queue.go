package server

import (
	"sync"

	"github.com/gatesmith/gatesmith/protocol"
)

// queue holds what waits to be written to one connection, bounded in bytes. A
// writer goroutine exists only while there is something to write.
type queue struct {
	link    *link
	limit   int
	fail    func(error)      // called once when the peer cannot be written to
	dialect protocol.Dialect // of the peer, once it is known
	writers *writers         // that write what is taken at once, or nil

	mu      sync.Mutex
	idle    sync.Cond
	items   []item
	holes   int            // items that were superseded
	taken   int            // how many items were taken out, ever: positions count from there
	places  map[string]int // the last position of each message that is about something
	bytes   int            // what waits and what is being written
	seq     uint64         // number of the last event written
	skip    uint64         // numbers of events lost since the last one queued
	held    bool           // nothing is written before the handshake's answer
	writing bool
	ended   bool // nothing more is taken
}

// item is a message in a queue.
type item struct {
	*message
	skip   uint64  // numbers to leave out before it
	merged *merged // what it says beside the message's own, or nil
}

// overhead is what an item is taken to cost beside its body.
const overhead = 48

func (it *item) size() int {
	if it.message == nil {
		return 0
	}
	n := len(it.body) + overhead
	if it.merged != nil {
		n += it.merged.more
	}
	return n
}

func newQueue(l *link, limit int, fail func(error)) *queue {
	q := &queue{link: l, limit: limit, fail: fail, held: true}
	q.idle.L = &q.mu
	return q
}

// verdict is what became of a message.
type verdict uint8

const (
	queued   verdict = iota
	dropped          // the connection's numbers show a hole for it
	overflow         // it must not be dropped, and there is no room
	refused          // the connection is ending
)

// answer queues an answer. Answers are never dropped: the reader waits for
// room before it takes another request. When it gives a batch, nobody writes
// yet, and the caller sees to it that write is called with that.
func (q *queue) answer(body []byte) *batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return nil
	}
	b := q.wake()
	q.append(item{message: response(body)})
	return b
}

// event queues an event whose message other connections share.
func (q *queue) event(m *message) verdict {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return refused
	}
	it := item{message: m}
	if m.about != "" {
		q.supersede(&it)
		q.compact()
	}
	if q.bytes+it.size() > q.limit {
		if !m.droppable {
			return overflow
		}
		if m.numbered {
			q.skip++
		}
		return dropped
	}
	it.skip, q.skip = q.skip, 0
	q.put(it)
	if m.about != "" {
		q.place(m.about)
	}
	return queued
}

// put appends and sees that someone writes.
func (q *queue) put(it item) {
	q.start()
	q.append(it)
}

func (q *queue) append(it item) {
	q.items = append(q.items, it)
	q.bytes += it.size()
}

func (q *queue) start() {
	switch {
	case q.writing || q.held:
	case q.writers != nil:
		q.writing = true
		q.writers.add(q)
	default:
		go q.write(q.wake())
	}
}

// wake gives what a writer needs, when there has to be one and is none.
func (q *queue) wake() *batch {
	if q.writing || q.held {
		return nil
	}
	q.writing = true
	b := batches.Get().(*batch)
	if q.items == nil {
		q.items, b.spare = b.spare, nil
	}
	return b
}

// now writes a frame at once, although the handshake is not answered yet. It
// starts no writer: that one would go on with whatever is queued meanwhile.
func (q *queue) now(body []byte) {
	frame := append(appendHeader(nil, opText, len(body)), body...)
	if _, err := q.link.send(frame, stall, false); err != nil {
		q.abandon()
		q.fail(err)
	}
}

// release puts the handshake's answer first and lets the writer go.
func (q *queue) release(first []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return
	}
	if first != nil {
		it := item{message: response(first)}
		q.items = append([]item{it}, q.items...)
		q.bytes += it.size()
		q.taken-- // what is queued keeps its position
	}
	q.held = false
	if len(q.items) > 0 {
		q.start()
	}
}

// end queues a close frame as the last thing. With discard, what waits before
// it is not written any more.
func (q *queue) end(code int, reason string, discard bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return
	}
	// Events that wait for the handshake's answer are not to come without it.
	if discard || q.held {
		q.clear()
	}
	q.ended, q.held = true, false
	q.put(item{message: &message{body: appendClose(nil, code, reason), event: protocol.EventUnknown, close: true}})
}

// clear forgets what waits.
func (q *queue) clear() {
	for k := range q.items {
		q.bytes -= q.items[k].size()
	}
	clear(q.items)
	q.taken += len(q.items)
	q.items, q.holes, q.places = q.items[:0], 0, nil
}

// abandon drops what is queued: the peer is gone.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.clear()
	q.idle.Broadcast()
}

// drained waits until nothing is queued or being written.
func (q *queue) drained() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.writing {
		q.idle.Wait()
	}
}

// waiting is how many bytes are queued or being written.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}

// room waits until less than the limit is queued, or the connection ends.
func (q *queue) room() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.bytes > q.limit && !q.ended {
		q.idle.Wait()
	}
}

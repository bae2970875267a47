package server

import (
	"strconv"
	"sync"
	"time"
)

// queue holds what waits to be written to one connection, bounded in bytes. A
// writer goroutine exists only while there is something to write; it takes all
// there is and writes it with as few system calls as it can.
type queue struct {
	link  *link
	limit int
	fail  func(error) // called once when the peer cannot be written to

	mu      sync.Mutex
	items   []item
	bytes   int
	seq     uint64 // number of the last event written
	skip    uint64 // numbers of events lost since the last one queued
	held    bool   // nothing is written before the handshake's answer
	writing bool
	ended   bool // nothing more is taken
	idle    *sync.Cond
}

// item is one frame to write.
type item struct {
	body     []byte // an event's body lacks its closing brace
	event    bool
	numbered bool   // the event carries a sequence number
	skip     uint64 // numbers to leave out before it
	latest   string // what a newer item supersedes it by, or ""
	op       byte   // 0 is a text message
}

// overhead is what an item is taken to cost beside its body.
const overhead = 48

func newQueue(l *link, limit int, fail func(error)) *queue {
	q := &queue{link: l, limit: limit, fail: fail, held: true}
	q.idle = sync.NewCond(&q.mu)
	return q
}

// verdict is what became of an item.
type verdict uint8

const (
	queued   verdict = iota
	dropped          // the connection's numbers show a hole for it
	overflow         // it must not be dropped, and there is no room
	refused          // the connection is ending
)

// response queues an answer. Answers are never dropped: the reader waits for
// room before it takes another request.
func (q *queue) response(body []byte) verdict {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return refused
	}
	q.put(item{body: body})
	return queued
}

// event queues an event whose body other connections share.
func (q *queue) event(it item, droppable bool) verdict {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return refused
	}
	if it.latest != "" {
		q.supersede(it.latest)
	}
	if q.bytes+len(it.body)+overhead > q.limit {
		if !droppable {
			return overflow
		}
		if it.numbered {
			q.skip++
		}
		return dropped
	}
	it.skip, q.skip = q.skip, 0
	q.put(it)
	return queued
}

// supersede removes a queued event that a newer one replaces. It never had a
// number, so no hole is seen; holes before it pass on to what follows.
func (q *queue) supersede(key string) {
	for k := range q.items {
		if q.items[k].latest != key {
			continue
		}
		q.bytes -= len(q.items[k].body) + overhead
		if k+1 < len(q.items) {
			q.items[k+1].skip += q.items[k].skip
		} else {
			q.skip += q.items[k].skip
		}
		q.items = append(q.items[:k], q.items[k+1:]...)
		return
	}
}

// put appends and sees that someone writes.
func (q *queue) put(it item) {
	q.items = append(q.items, it)
	q.bytes += len(it.body) + overhead
	q.start()
}

func (q *queue) start() {
	if !q.writing && !q.held && len(q.items) > 0 {
		q.writing = true
		go q.write()
	}
}

// now writes a frame at once, although the handshake is not answered yet. It
// starts no writer: that one would go on with whatever is queued meanwhile.
func (q *queue) now(body []byte) {
	frame := append(appendHeader(nil, opText, len(body)), body...)
	if err := q.link.send(frame, stall); err != nil {
		q.abandon()
		q.fail(err)
	}
}

// release puts the handshake's answer first and lets the writer go.
func (q *queue) release(first []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if first != nil {
		q.items = append([]item{{body: first}}, q.items...)
		q.bytes += len(first) + overhead
	}
	q.held = false
	q.start()
}

// end queues a close frame as the last thing.
func (q *queue) end(code int, reason string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return
	}
	q.ended, q.held = true, false
	q.put(item{body: appendClose(nil, code, reason), op: opClose})
}

// abandon drops what is queued: the peer is gone.
func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended, q.items, q.bytes = true, nil, 0
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

// write runs until nothing is left.
func (q *queue) write() {
	batch := batches.Get().(*[]byte)
	defer func() {
		if cap(*batch) <= maxBatch {
			batches.Put(batch)
		}
	}()
	for {
		q.mu.Lock()
		items := q.items
		if len(items) == 0 {
			q.writing = false
			q.idle.Broadcast()
			q.mu.Unlock()
			return
		}
		q.items = nil
		patience := stall
		if q.ended {
			patience = lastWords
		}
		q.mu.Unlock()

		*batch = q.assemble((*batch)[:0], items)
		err := q.link.send(*batch, patience)

		q.mu.Lock()
		for _, it := range items {
			q.bytes -= len(it.body) + overhead
		}
		q.idle.Broadcast()
		q.mu.Unlock()
		if err != nil {
			q.abandon()
			q.fail(err)
		}
	}
}

// lastWords is how long a peer may take for its close frame.
const lastWords = time.Second

// maxBatch is the largest buffer that is kept for another batch.
const maxBatch = 256 << 10

var batches = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// assemble lays frames one behind the other and gives events their numbers:
// only what is really written takes one.
func (q *queue) assemble(b []byte, items []item) []byte {
	for _, it := range items {
		q.seq += it.skip
		switch {
		case it.op == opClose:
			b = append(b, it.body...)
		case !it.event:
			b = appendHeader(b, opText, len(it.body))
			b = append(b, it.body...)
		default:
			var scratch [32]byte
			tail := append(scratch[:0], '}')
			if it.numbered {
				q.seq++
				tail = append(strconv.AppendUint(append(tail[:0], `,"seq":`...), q.seq, 10), '}')
			}
			b = appendHeader(b, opText, len(it.body)+len(tail))
			b = append(b, it.body...)
			b = append(b, tail...)
		}
	}
	return b
}

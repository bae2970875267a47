package client

import (
	"sync"

	"github.com/gatesmith/gatesmith/protocol"
)

// inbox holds what waits for subscribers, bounded in bytes. A goroutine takes
// it out while there is something; so subscribers hear of one thing at a time,
// in the order in which it came, and the connection never waits for them.
type inbox struct {
	limit   int
	deliver func(item)

	mu     sync.Mutex
	items  []item
	bytes  int
	busy   bool          // the goroutine runs
	closed bool          // nothing more is taken
	empty  chan struct{} // closed when nothing will be delivered any more
}

// item is an event, or a change of state.
type item struct {
	session  *session // that the event came over
	event    protocol.EventID
	name     string
	payload  []byte
	seq      int64
	numbered bool
	state    *State
	mark     chan struct{} // instead of all that: closed when it is its turn
}

// itemOverhead is what an item is taken to cost beside its payload.
const itemOverhead = 128

func (i item) size() int { return len(i.payload) + len(i.name) + itemOverhead }

func newInbox(limit int, deliver func(item)) *inbox {
	return &inbox{limit: limit, deliver: deliver, empty: make(chan struct{})}
}

// put queues an item. It reports false for an event for which there is no
// room; a single one that is too large by itself finds room when nothing else
// waits.
func (b *inbox) put(it item) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return true // nobody misses it
	}
	full := len(b.items) > 0 && b.bytes+it.size() > b.limit
	switch {
	case full && it.state == nil:
		return false
	case full && b.items[len(b.items)-1].state != nil:
		// States are never left out, but of those in a row that nobody has had
		// time for, the last one is enough.
		b.items[len(b.items)-1] = it
		return true
	}
	b.push(it)
	return true
}

func (b *inbox) push(it item) {
	b.items = append(b.items, it)
	b.bytes += it.size()
	if !b.busy {
		b.busy = true
		go b.run()
	}
}

// after gives a channel that is closed once what waits now is delivered. Nothing
// closes it when it is left out at the end.
func (b *inbox) after() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	mark := make(chan struct{})
	if b.closed {
		return mark
	}
	b.push(item{mark: mark})
	return mark
}

// close takes the last item. With discard, events that still wait are left
// out.
func (b *inbox) close(last item, discard bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if discard {
		b.discard()
	}
	if b.closed {
		return
	}
	b.push(last)
	b.closed = true
}

// discard leaves out the events that wait.
func (b *inbox) discard() {
	kept := b.items[:0]
	b.bytes = 0
	for _, it := range b.items {
		if it.state != nil {
			kept = append(kept, it)
			b.bytes += it.size()
		}
	}
	clear(b.items[len(kept):])
	b.items = kept
}

// run delivers until nothing waits.
func (b *inbox) run() {
	for {
		b.mu.Lock()
		if len(b.items) == 0 {
			b.items = nil
			b.busy = false
			if b.closed {
				close(b.empty)
			}
			b.mu.Unlock()
			return
		}
		it := b.items[0]
		b.items[0] = item{}
		b.items = b.items[1:]
		b.bytes -= it.size()
		b.mu.Unlock()
		b.deliver(it)
	}
}

package nodehost

import (
	"bytes"
	"context"
	"sync"

	"github.com/gatesmith/gatesmith/protocol"
)

// Bounds of what is kept for repeated requests.
const (
	maxKept      = 256
	maxKeptBytes = 16 << 20
)

// repeats knows what was done for which key, so that a request that comes again,
// from a gateway that was restarted or over another connection, is not carried
// out twice.
type repeats struct {
	mu    sync.Mutex
	byKey map[string]*deed
	order []string // keys of those that are done, oldest first
	bytes int
}

type deed struct {
	command string
	params  []byte
	done    chan struct{}
	payload []byte
	failure *Failure
}

func newRepeats() *repeats { return &repeats{byKey: map[string]*deed{}} }

// once does something for a key, or waits for who does it, or gives what came of
// it.
func (r *repeats) once(ctx context.Context, key, command string, params []byte, do func() ([]byte, *Failure)) ([]byte, *Failure) {
	if key == "" {
		return do()
	}
	r.mu.Lock()
	d := r.byKey[key]
	if d == nil {
		d = &deed{command: command, params: params, done: make(chan struct{})}
		r.byKey[key] = d
		r.mu.Unlock()
		d.payload, d.failure = do()
		r.keep(key, d)
		return d.payload, d.failure
	}
	r.mu.Unlock()
	if d.command != command || !bytes.Equal(d.params, params) {
		return nil, invalid("idempotencyKey was used before with another command or other params")
	}
	select {
	case <-d.done:
		return d.payload, d.failure
	case <-ctx.Done():
		return nil, failed(protocol.NodeErrorCodeUnavailable, "the node is stopping")
	}
}

// keep has a deed known for a while.
func (r *repeats) keep(key string, d *deed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(d.done)
	r.order = append(r.order, key)
	r.bytes += d.size()
	for len(r.order) > maxKept || r.bytes > maxKeptBytes {
		oldest := r.order[0]
		r.bytes -= r.byKey[oldest].size()
		delete(r.byKey, oldest)
		r.order = r.order[1:]
	}
}

func (d *deed) size() int { return len(d.params) + len(d.payload) + 256 }

package auth

import (
	"sync"
	"time"
)

// replays remembers signatures without nonce while they would still be
// accepted, so that each counts once.
type replays struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

// maxReplays bounds the memory; beyond it nothing without nonce is accepted
// until the oldest have expired.
const maxReplays = 10_000

func newReplays() *replays { return &replays{seen: map[string]time.Time{}} }

// first reports whether a signature has not been used yet, and remembers it.
func (r *replays) first(device, signature string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := device + "|" + signature
	if _, used := r.seen[key]; used {
		return false
	}
	if len(r.seen) >= maxReplays {
		for k, at := range r.seen {
			if now.Sub(at) > 2*skew {
				delete(r.seen, k)
			}
		}
	}
	if len(r.seen) >= maxReplays {
		return false
	}
	r.seen[key] = now
	return true
}

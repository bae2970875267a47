package load

import (
	"math/bits"
	"time"
)

// Histogram counts durations in steps of three percent, so that any number of
// them takes the same room.
type Histogram struct {
	counts [64 * steps]uint64
	n      uint64
}

const steps = 32 // in each doubling

// Add counts a duration.
func (h *Histogram) Add(d time.Duration) {
	h.counts[slot(uint64(max(d, 0)))]++
	h.n++
}

// Merge counts what another one did.
func (h *Histogram) Merge(o *Histogram) {
	for k, n := range o.counts {
		h.counts[k] += n
	}
	h.n += o.n
}

// Count is how many durations were counted.
func (h *Histogram) Count() uint64 { return h.n }

// Quantile is the duration that so much of all are not longer than; zero when
// there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := uint64(q * float64(h.n))
	for k, n := range h.counts {
		if rank < n {
			return time.Duration(upper(k))
		}
		rank -= n
	}
	return time.Duration(upper(len(h.counts) - 1))
}

func slot(v uint64) int {
	if v < steps {
		return int(v)
	}
	shift := bits.Len64(v) - 6 // leaves 32 to 63
	return (shift+1)*steps + int(v>>shift) - steps
}

// upper is the largest value of a slot.
func upper(k int) uint64 {
	if k < steps {
		return uint64(k)
	}
	shift := k/steps - 1
	return (uint64(k%steps)+steps+1)<<shift - 1
}

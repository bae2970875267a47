package usage

import (
	"sync"
	"time"
)

// Sums are kept for a while, for as many spans of days as anyone asks for.
const (
	keepFor = 30 * time.Second
	maxKept = 64
)

// kept are results by a number. While a new one is made in the place of one
// that is too old, all who ask get the old one, but the one who found it so.
type kept[T any] struct {
	mu      sync.Mutex
	results map[int64]*result[T]
}

type result[T any] struct {
	value  T
	at     time.Time
	making bool // a newer one is being made
}

// get gives the result for a number, made by f unless it is there.
func (k *kept[T]) get(key int64, now time.Time, f func() (T, error)) (T, error) {
	k.mu.Lock()
	old := k.results[key]
	if old != nil && (old.making || now.Sub(old.at) < keepFor) {
		defer k.mu.Unlock()
		return old.value, nil
	}
	if old != nil {
		old.making = true
	}
	k.mu.Unlock()

	value, err := f()

	k.mu.Lock()
	defer k.mu.Unlock()
	if old != nil {
		old.making = false
	}
	if err != nil {
		return value, err
	}
	if k.results == nil || len(k.results) >= maxKept {
		k.results = map[int64]*result[T]{}
	}
	k.results[key] = &result[T]{value: value, at: now}
	return value, nil
}

//go:build whatsapp

package whatsapp

import "sync"

// recent keeps so many values, the newest.
type recent[T any] struct {
	mu     sync.Mutex
	most   int
	values map[string]T
	order  []string
}

func newRecent[T any](most int) *recent[T] {
	return &recent[T]{most: most, values: map[string]T{}}
}

func (r *recent[T]) put(key string, v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.values[key]; !ok {
		if len(r.order) == r.most {
			delete(r.values, r.order[0])
			r.order = r.order[1:]
		}
		r.order = append(r.order, key)
	}
	r.values[key] = v
}

func (r *recent[T]) get(key string) (T, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.values[key]
	return v, ok
}

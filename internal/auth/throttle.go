package auth

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// Throttle counts credentials that were presented and wrong. Over the limit an
// unknown client is turned away before anything is compared, so that guessing
// gains nothing by being fast.
type Throttle struct {
	each, overall int
	window        time.Duration
	now           func() time.Time

	mu      sync.Mutex
	all     []time.Time
	buckets map[string]*list.Element
	recent  *list.List // of *bucket, most recently used first
}

type bucket struct {
	key   string
	wrong []time.Time
}

// maxBuckets bounds the memory that an attacker with many addresses can take.
const maxBuckets = 4096

// NewThrottle allows so many wrong credentials a minute for each key and
// overall.
func NewThrottle(each, overall int) *Throttle {
	return &Throttle{each: each, overall: overall, window: time.Minute, now: time.Now,
		buckets: map[string]*list.Element{}, recent: list.New()}
}

// client is what counts as one client: an IPv4 address, an IPv6 network.
func client(a netip.Addr) string {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p.String()
}

// Wait is how long a client has to wait before its credentials are looked at;
// zero is not at all.
func (t *Throttle) Wait(key string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wait(key)
}

func (t *Throttle) wait(key string) time.Duration {
	now := t.now()
	t.all = since(t.all, now.Add(-t.window))
	wait := t.left(t.all, t.overall, now)
	if e := t.buckets[key]; e != nil {
		b := e.Value.(*bucket)
		b.wrong = since(b.wrong, now.Add(-t.window))
		wait = max(wait, t.left(b.wrong, t.each, now))
	}
	return wait
}

// Try looks at a credential, unless the client has to wait, and counts it when
// it is wrong. Clients that come all at once gain nothing: the next one is
// looked at when this one is counted.
func (t *Throttle) Try(key string, wrong func() bool) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := t.wait(key); wait > 0 {
		return wait
	}
	if wrong() {
		t.count(key)
	}
	return 0
}

// left is the time until fewer than limit remain in the window.
func (t *Throttle) left(wrong []time.Time, limit int, now time.Time) time.Duration {
	if len(wrong) < limit {
		return 0
	}
	return wrong[len(wrong)-limit].Add(t.window).Sub(now)
}

// Wrong counts a wrong credential.
func (t *Throttle) Wrong(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(key)
}

func (t *Throttle) count(key string) {
	now := t.now()
	t.all = keep(append(t.all, now), t.overall)
	e := t.buckets[key]
	if e == nil {
		if t.recent.Len() >= maxBuckets {
			oldest := t.recent.Remove(t.recent.Back()).(*bucket)
			delete(t.buckets, oldest.key)
		}
		e = t.recent.PushFront(&bucket{key: key})
		t.buckets[key] = e
	}
	t.recent.MoveToFront(e)
	b := e.Value.(*bucket)
	b.wrong = keep(append(b.wrong, now), t.each)
}

// since drops the times up to a moment.
func since(times []time.Time, from time.Time) []time.Time {
	k := 0
	for k < len(times) && !times[k].After(from) {
		k++
	}
	return times[k:]
}

// keep bounds a list to its newest entries: older ones cannot matter.
func keep(times []time.Time, n int) []time.Time {
	if len(times) > n {
		return append([]time.Time(nil), times[len(times)-n:]...)
	}
	return times
}

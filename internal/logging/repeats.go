package logging

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// repeatFor is for how long a line that comes again and again is counted
// instead of written.
const repeatFor = 10 * time.Second

// repeats counts lines that are the same as the one before. The first is
// written at once; how often it came again is written when another one comes, or
// after a while.
type repeats struct {
	next slog.Handler

	mu    sync.Mutex
	last  slog.Record
	since time.Time
	count int
	timer *time.Timer // writes the count; nil when there is none
}

// Enabled asks the next handler.
func (h *repeats) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// WithAttrs and WithGroup are not used: the handler before this one keeps what
// they add.
func (h *repeats) WithAttrs(attrs []slog.Attr) slog.Handler { return h.next.WithAttrs(attrs) }

// WithGroup see WithAttrs.
func (h *repeats) WithGroup(name string) slog.Handler { return h.next.WithGroup(name) }

// Handle writes a line or counts it.
func (h *repeats) Handle(ctx context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if !h.since.IsZero() && now.Sub(h.since) < repeatFor && same(&h.last, &r) {
		h.last.Time = r.Time
		if h.count++; h.timer == nil {
			h.timer = time.AfterFunc(h.since.Add(repeatFor).Sub(now), h.late)
		}
		return nil
	}
	h.tell(ctx)
	h.last, h.since = r.Clone(), now
	return h.next.Handle(ctx, r)
}

// late writes the count when no other line has come.
func (h *repeats) late() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tell(context.Background())
	h.since = time.Time{}
}

// tell writes how often the last line came again.
func (h *repeats) tell(ctx context.Context) {
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
	if h.count == 0 {
		return
	}
	r := h.last.Clone()
	r.AddAttrs(slog.Int("repeated", h.count))
	h.count = 0
	_ = h.next.Handle(ctx, r) // as of any line that cannot be written, there is nobody to tell
}

// same reports whether two lines differ in nothing but their time.
func same(a, b *slog.Record) bool {
	if a.Level != b.Level || a.Message != b.Message || a.NumAttrs() != b.NumAttrs() {
		return false
	}
	var attrs []slog.Attr
	a.Attrs(func(x slog.Attr) bool { attrs = append(attrs, x); return true })
	equal := true
	b.Attrs(func(x slog.Attr) bool {
		equal = attrs[0].Key == x.Key && attrs[0].Value.String() == x.Value.String()
		attrs = attrs[1:]
		return equal
	})
	return equal
}

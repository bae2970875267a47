package load

import (
	"context"
	"sync"
)

// each does f for 0 to n-1 in so many goroutines. The first error ends it.
func each(ctx context.Context, workers, n int, f func(ctx context.Context, k int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var done sync.WaitGroup
	for range min(workers, n) {
		done.Go(func() {
			for k := range next {
				if err := f(ctx, k); err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for k := range n {
		select {
		case next <- k:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	done.Wait()
	return context.Cause(ctx)
}

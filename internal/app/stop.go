package app

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// Stop ends the gateway: it takes no more connections, announces the end, lets
// requests finish until ctx is done, closes every connection, and flushes the
// state. A positive restart tells clients when to come back. It may be called
// again, also meanwhile: each call waits for the end.
func (g *Gateway) Stop(ctx context.Context, restart time.Duration) error {
	g.stopping.Store(true)
	reason := "gateway stopping"
	if restart > 0 {
		reason = "gateway restarting"
	}
	// A plain request that takes its time must not take that of the others.
	var accepting, shutdown error
	var wg sync.WaitGroup
	wg.Go(func() { accepting = g.stopAccepting(ctx) })
	wg.Go(func() { shutdown = g.server.Shutdown(ctx, reason, restart) })
	wg.Wait()
	return errors.Join(accepting, shutdown, g.close(ctx))
}

// stopAccepting closes the listeners and waits for the plain HTTP requests,
// which end with ctx.
func (g *Gateway) stopAccepting(ctx context.Context) error {
	var errs []error
	for _, s := range []*http.Server{g.http, g.owner} {
		if s == nil {
			continue
		}
		err := s.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			err = s.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// close ends what was opened, once; who comes later waits for it.
func (g *Gateway) close(ctx context.Context) error {
	g.closing.Do(func() { g.closed = g.closeAll(ctx) })
	return g.closed
}

// closeAll goes in the reverse order of the opening.
func (g *Gateway) closeAll(ctx context.Context) error {
	g.stopping.Store(true)
	errs := []error{g.takeAddress(), g.stopAccepting(ctx)}
	for _, l := range g.listeners {
		_ = l.Close()
	}
	if g.console != nil {
		_ = g.console.Close()
	}
	g.serving.Wait()
	if g.wizard != nil {
		g.wizard.Close()
	}
	if g.cron != nil {
		g.cron.Close() // its turns go on without it
	}
	if g.assistant != nil {
		g.assistant.close()
	}
	if g.rest != nil {
		g.rest()
	}
	g.running.Wait()
	if g.store != nil {
		errs = append(errs, g.store.Close())
	}
	return errors.Join(errs...)
}

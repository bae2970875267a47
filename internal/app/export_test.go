package app

import "github.com/gatesmith/gatesmith/internal/config"

// BreakStore has every write fail from now on.
func BreakStore(g *Gateway) { _ = g.store.Close() }

// ForgetReadiness has the next look at the readiness be a new one.
func ForgetReadiness(g *Gateway) {
	g.ready.mu.Lock()
	defer g.ready.mu.Unlock()
	g.ready.last = Check{}
}

// BreakListener ends a listener as a fault of the system would.
func BreakListener(g *Gateway) { _ = g.listeners[0].Close() }

// Follow takes a configuration that was read anew.
func Follow(g *Gateway, next *config.Loaded) error {
	_, err := g.follow(next)
	return err
}

package app

import (
	"context"
	"runtime/debug"
	"time"
)

const (
	memoryLook = 10 * time.Second
	// memoryChange is how many connections must have come or gone before memory
	// is given back; less is not worth a collection.
	memoryChange = 100
)

// trim gives memory back to the system when many connections have come or gone
// and it has become quiet since. A handshake takes several times what a
// connection does that is idle, and the runtime would keep most of it.
func (g *Gateway) trim(ctx context.Context) {
	look := time.NewTicker(memoryLook)
	defer look.Stop()
	trimmed, last := 0, 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		now := g.server.Load().Connections
		if now == last && (now-trimmed >= memoryChange || trimmed-now >= memoryChange) {
			debug.FreeOSMemory()
			trimmed = now
		}
		last = now
	}
}

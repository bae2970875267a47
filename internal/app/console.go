package app

import (
	"context"
	"net/http"

	"github.com/gatesmith/gatesmith/internal/console"
)

// openConsole opens the owner's door. The gateway works without one, so that a
// state folder where none can be is no reason not to start.
func (g *Gateway) openConsole(ctx context.Context) {
	l, err := console.Listen(ctx, g.opts.StateDir, g.log)
	if err != nil {
		g.log.Warn("there is no console socket: the commands on this machine need the token", "error", err)
		return
	}
	g.console = l
}

// fromConsole gives requests the name that the log knows the console by: such a
// socket's other end has no address.
func fromConsole(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "console"
		next.ServeHTTP(w, r)
	})
}

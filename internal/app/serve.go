package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gatesmith/gatesmith/internal/auth"
)

// serve begins to accept connections.
func (g *Gateway) serve() {
	routes := g.routes()
	g.http = g.newHTTP(g.guard(routes))
	for _, l := range g.listeners {
		g.accept(g.http, g.tls.wrap(l))
	}
	if g.console != nil {
		g.owner = g.newHTTP(fromConsole(routes))
		g.owner.BaseContext = func(net.Listener) context.Context { return auth.AsOwner(context.Background()) }
		g.accept(g.owner, g.console)
	}
}

// What a plain HTTP client may take its time for. Connections of the protocol
// have times of their own.
const (
	headerTime = 10 * time.Second // until its request is there
	readTime   = 30 * time.Second // with a body, which nothing here wants
	writeTime  = time.Minute      // until it has taken the answer
	idleTime   = 2 * time.Minute  // until its next request
	maxHeader  = 32 << 10
)

func (g *Gateway) newHTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
}

// accept takes connections until the server is shut down. A listener that ends
// before that is a failure of the gateway: it would be there, and nobody could
// reach it.
func (g *Gateway) accept(s *http.Server, l net.Listener) {
	g.serving.Go(func() {
		err := s.Serve(l)
		if errors.Is(err, http.ErrServerClosed) || g.stopping.Load() {
			return
		}
		select {
		case g.failed <- fmt.Errorf("cannot listen on %s any more: %w", l.Addr(), err):
		default: // the first failure is told already
		}
	})
}

// Failed gives the error for which the gateway has to end. Stop it then.
func (g *Gateway) Failed() <-chan error { return g.failed }

// Package app puts the gateway together: it opens the state, joins services
// and server, listens, and ends everything in order. It is the only place
// that knows all the parts.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/auth"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/devices"
	"github.com/gatesmith/gatesmith/internal/dialect"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/system"
	"github.com/gatesmith/gatesmith/internal/tailscale"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// The built-in agent and the key of main sessions, until configuration says
// otherwise.
const (
	mainAgent = "main"
	mainKey   = "main"
)

// Options say what to run.
type Options struct {
	Config    *config.Loaded
	StateDir  string
	Plaintext bool // beyond loopback without TLS
	Logger    *slog.Logger
	Version   string
	Commit    string
	// TailscaleSocket is where the Tailscale daemon is asked; empty: where the
	// system has it.
	TailscaleSocket string
}

// Gateway is a running gateway.
type Gateway struct {
	opts    Options
	log     *slog.Logger
	store   *store.Store
	server  *server.Server
	system  *system.Service
	auth    *auth.Authenticator
	tailnet tailscale.Daemon
	http    *http.Server
	owner   *http.Server // of the console
	edge    edge

	// NewToken is where a token was written that Start made; "" when there
	// was a secret already.
	NewToken string

	listeners []net.Listener
	console   net.Listener // nil where there can be none
	serving   sync.WaitGroup
	tls       *certificate

	addressLeft bool
}

// Start opens the state and begins to listen. On an error nothing is left
// open.
func Start(ctx context.Context, o Options) (*Gateway, error) {
	g := &Gateway{opts: o, log: o.Logger}
	ok := false
	defer func() {
		if !ok {
			_ = g.close(context.Background())
		}
	}()
	cfg := o.Config.Config
	if err := g.ensureToken(); err != nil {
		return nil, err
	}
	if err := o.Config.Locate(config.Check(cfg, o.Plaintext)).Err(); err != nil {
		return nil, err
	}
	var err error
	if g.tls, err = loadTLS(&cfg.Gateway.V, o.StateDir); err != nil {
		return nil, err
	}
	if g.listeners, err = listen(ctx, &cfg.Gateway.V); err != nil {
		return nil, err
	}
	if g.store, err = store.Open(ctx, store.Options{Dir: o.StateDir, URL: cfg.Store.V.URL.V, Logger: o.Logger}); err != nil {
		return nil, err
	}
	g.openConsole(ctx)
	g.join(cfg)
	g.serve()
	if err := g.leaveAddress(); err != nil {
		return nil, err
	}
	ok = true
	return g, nil
}

// hub lets services publish before the server exists.
type hub struct{ *server.Server }

// join makes the services and the server.
func (g *Gateway) join(cfg *protocol.Config) {
	h := &hub{}
	dev := devices.New(g.store, h, h)
	g.system = system.New(system.Facts{Version: g.opts.Version, ConfigPath: g.opts.Config.Path, StateDir: g.opts.StateDir, MainAgent: mainAgent, MainKey: mainKey}, h)
	gw := &cfg.Gateway.V
	g.tailnet = tailscale.NewDaemon(g.opts.TailscaleSocket)
	g.auth = auth.New(g.authSettings(gw), dev, g.log)
	limits := &gw.Limits.V
	h.Server = server.New(server.Options{
		Handlers:      &protocol.Handlers{System: g.system, Devices: dev},
		Adapter:       dialect.Adapter{},
		Admit:         g.auth,
		Snapshot:      func(ctx context.Context, _ *server.Peer) protocol.HelloSnapshot { return g.system.Snapshot(ctx) },
		Opened:        g.system.Opened,
		Closed:        g.system.Closed,
		Logger:        g.log,
		Version:       g.opts.Version,
		Commit:        g.opts.Commit,
		MaxPayload:    int(limits.MaxPayload.V),
		MaxUnadmitted: int(limits.MaxHandshakePayload.V),
		MaxBuffered:   int(limits.MaxBufferedBytes.V),
		MaxInFlight:   int(limits.MaxInFlight.V),
	})
	g.server = h.Server
	g.edge = newEdge(gw, config.TrustedProxies(gw))
}

// authSettings are what the configuration says of who may connect.
func (g *Gateway) authSettings(gw *protocol.GatewayConfig) auth.Settings {
	a := &gw.Auth.V
	s := auth.Settings{
		Mode: auth.Mode(config.AuthMode(a)), Token: auth.NewSecret(a.Token.V), Password: auth.NewSecret(a.Password.V),
		DefaultScopes: config.DefaultScopes(a), Proxies: config.TrustedProxies(gw), Origins: gw.Origins,
	}
	if config.AllowTailscale(a) {
		s.Identity = &tailscale.Identifier{Daemon: g.tailnet, Logins: config.TailscaleLogins(a), Default: s.DefaultScopes}
	}
	return s
}

// serve begins to accept connections.
func (g *Gateway) serve() {
	routes := g.routes()
	g.http = g.newHTTP(g.edge.guard(routes))
	for _, l := range g.listeners {
		g.accept(g.http, g.tls.wrap(l))
	}
	if g.console != nil {
		g.owner = g.newHTTP(fromConsole(routes))
		g.owner.BaseContext = func(net.Listener) context.Context { return auth.AsOwner(context.Background()) }
		g.accept(g.owner, g.console)
	}
}

func (g *Gateway) newHTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
}

// accept takes connections until the server is shut down.
func (g *Gateway) accept(s *http.Server, l net.Listener) {
	g.serving.Go(func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			g.log.Error("listener failed", "address", l.Addr().String(), "error", err)
		}
	})
}

// Addresses lists where the gateway listens.
func (g *Gateway) Addresses() []string {
	var out []string
	for _, l := range g.listeners {
		out = append(out, l.Addr().String())
	}
	return out
}

// URL is how clients on this machine reach the gateway.
func (g *Gateway) URL() string {
	scheme := "ws"
	if g.tls != nil {
		scheme = "wss"
	}
	return scheme + "://" + g.listeners[0].Addr().String() + server.GuidePath
}

// Stop announces the end, closes every connection, and flushes the state. A
// positive restart tells clients when to come back.
func (g *Gateway) Stop(ctx context.Context, restart time.Duration) error {
	reason := "gateway stopping"
	if restart > 0 {
		reason = "gateway restarting"
	}
	accepting := g.stopAccepting(ctx)
	return errors.Join(accepting, g.server.Shutdown(ctx, reason, restart), g.close(ctx))
}

// stopAccepting closes the listeners and waits for the plain HTTP requests.
func (g *Gateway) stopAccepting(ctx context.Context) error {
	var errs []error
	for _, s := range []*http.Server{g.http, g.owner} {
		if s != nil {
			errs = append(errs, s.Shutdown(ctx))
		}
	}
	return errors.Join(errs...)
}

// close ends what was opened, in the reverse order.
func (g *Gateway) close(ctx context.Context) error {
	errs := []error{g.takeAddress(), g.stopAccepting(ctx)}
	for _, l := range g.listeners {
		_ = l.Close()
	}
	if g.console != nil {
		_ = g.console.Close()
	}
	g.serving.Wait()
	if g.store != nil {
		errs = append(errs, g.store.Close())
	}
	return errors.Join(errs...)
}

// ensureToken makes a token when nothing else proves who may connect. It is
// kept in the state folder, so that it is the same the next time.
func (g *Gateway) ensureToken() error {
	gw := &g.opts.Config.Config.Gateway.V
	if config.AuthMode(&gw.Auth.V) != protocol.GatewayAuthConfigModeToken || config.Secret(&gw.Auth.V) != "" {
		return nil
	}
	path := TokenPath(g.opts.StateDir)
	token, err := ReadToken(g.opts.StateDir)
	if errors.Is(err, os.ErrNotExist) {
		if token, err = makeToken(path); err == nil {
			g.NewToken = path
		}
	}
	if err != nil {
		return err
	}
	g.opts.Config.UseToken(token, path)
	return nil
}

// TokenPath is where the created token is.
func TokenPath(stateDir string) string { return filepath.Join(stateDir, "token") }

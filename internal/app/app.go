// Package app puts the gateway together: it opens the state, joins services
// and server, listens, and ends everything in order. It is the only place
// that knows all the parts.
package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatesmith/gatesmith/internal/approvals"
	"github.com/gatesmith/gatesmith/internal/auth"
	"github.com/gatesmith/gatesmith/internal/backup"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/cron"
	"github.com/gatesmith/gatesmith/internal/devices"
	"github.com/gatesmith/gatesmith/internal/dialect"
	"github.com/gatesmith/gatesmith/internal/heartbeat"
	"github.com/gatesmith/gatesmith/internal/logging"
	"github.com/gatesmith/gatesmith/internal/logs"
	"github.com/gatesmith/gatesmith/internal/metrics"
	"github.com/gatesmith/gatesmith/internal/nodes"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/system"
	"github.com/gatesmith/gatesmith/internal/tailscale"
	"github.com/gatesmith/gatesmith/internal/tools"
	"github.com/gatesmith/gatesmith/internal/voice"
	"github.com/gatesmith/gatesmith/internal/wizard"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// mainAgent is the agent that is there without any configuration.
const mainAgent = "main"

// Options say what to run.
type Options struct {
	Config    *config.Loaded
	StateDir  string
	Plaintext bool   // beyond loopback without TLS
	Port      string // preferred where the configuration takes any
	Logger    *slog.Logger
	Level     *slog.LevelVar   // of the logger, set when the configuration changes; nil: it stays
	Secrets   *logging.Secrets // of the logger, which learns of new ones
	Version   string
	Commit    string
	// Restart is called when the gateway is to be started anew after a while; nil:
	// it never is.
	Restart func(after time.Duration, reason string)
	// TailscaleSocket is where the Tailscale daemon is asked; empty: where the
	// system has it.
	TailscaleSocket string
	// Channels stand in for those with the same ids.
	Channels []channels.Kind
}

// Gateway is a running gateway.
type Gateway struct {
	opts Options
	log  *slog.Logger

	// NewToken is where a token was written that Start made; "" when there
	// was a secret already.
	NewToken string

	store   *store.Store
	server  *server.Server
	system  *system.Service
	auth    *auth.Authenticator
	tailnet tailscale.Daemon
	metrics *metrics.Metrics
	ready   readiness

	assistant *assistant
	cron      *cron.Service
	heartbeat *heartbeat.Service
	nodes     *nodes.Service
	settings  *config.Service
	approvals *approvals.Service
	voice     *voice.Service
	wizard    *wizard.Service

	config atomic.Pointer[protocol.Config] // in force
	edge   atomic.Pointer[edge]

	listeners   []net.Listener
	console     net.Listener // nil where there can be none
	http        *http.Server
	owner       *http.Server // of the console
	serving     sync.WaitGroup
	failed      chan error
	stopping    atomic.Bool
	closing     sync.Once
	closed      error // what closing gave
	tls         *certificate
	addressLeft bool

	// What services do by themselves runs until this is called.
	rest    context.CancelFunc
	running sync.WaitGroup
}

// Start opens the state and begins to listen. On an error nothing is left
// open.
func Start(ctx context.Context, o Options) (*Gateway, error) {
	if o.Secrets == nil {
		o.Secrets = new(logging.Secrets)
	}
	g := &Gateway{opts: o, log: o.Logger, failed: make(chan error, 1)}
	if err := g.start(ctx); err != nil {
		if g.server != nil {
			_ = g.Stop(context.Background(), 0) // somebody may have connected already
		} else {
			_ = g.close(context.Background())
		}
		return nil, err
	}
	return g, nil
}

func (g *Gateway) start(ctx context.Context) (err error) {
	loaded := g.opts.Config
	if err := backup.Interrupted(g.opts.StateDir); err != nil {
		return err
	}
	if err := g.ensureToken(loaded); err != nil {
		return err
	}
	if err := loaded.Locate(config.Check(loaded.Config, g.opts.Plaintext)).Err(); err != nil {
		return err
	}
	gw := &loaded.Config.Gateway.V
	if g.tls, err = loadTLS(gw, g.opts.StateDir); err != nil {
		return err
	}
	if g.listeners, err = listen(ctx, gw, g.opts.Port); err != nil {
		return err
	}
	if g.store, err = store.Open(ctx, store.Options{Dir: g.opts.StateDir, URL: loaded.Config.Store.V.URL.V, Logger: g.log}); err != nil {
		return err
	}
	g.openConsole(ctx)
	g.join(loaded.Config)
	for _, begin := range []func(context.Context) error{g.beginApprovals, g.keepNotes, g.assistant.agent.Resume, g.assistant.channels.Start, g.cron.Start} {
		if err = begin(ctx); err != nil {
			return err
		}
	}
	g.reportRestart(ctx)
	g.serve()
	return g.leaveAddress()
}

// hub lets services publish before the server exists.
type hub struct {
	*server.Server
	copy func(protocol.Event) // to nodes that follow a session
}

// Publish sends an event to all who may have it, and to nodes that follow its
// session.
func (h *hub) Publish(ctx context.Context, e protocol.Event) {
	h.Server.Publish(ctx, e)
	h.copy(e)
}

// join makes the services and the server.
func (g *Gateway) join(cfg *protocol.Config) {
	h := &hub{}
	dev := devices.New(g.store, h, h)
	g.settings = g.newSettings()
	g.assistant = newAssistant(cfg, g.opts.Config.Path, g.opts.StateDir, g.opts.Version, g.store, h, channelKinds(g.opts.Channels), g.settings, g.log, tools.NodeTools(agentNodes{g}, agentNodes{g})...)
	g.system = system.New(system.Facts{Version: g.opts.Version, ConfigPath: g.opts.Config.Path, StateDir: g.opts.StateDir, Store: g.assistant.where, Heartbeat: g.heartbeatConfig,
		Fallbacks: g.settings.StatusFallbacks}, overview{g.assistant}, h)
	g.metrics = metrics.New(g.opts.Version, g.opts.Commit, func() server.Load { return h.Load() })
	g.tailnet = tailscale.NewDaemon(g.opts.TailscaleSocket)
	g.auth = auth.New(g.authSettings(&cfg.Gateway.V), dev, g.log, g.metrics.AuthFailed)
	g.ready.ping = g.store.Ping
	handlers := &protocol.Handlers{System: g.system, Devices: dev, Config: g.settings, Logs: logs.New(logs.Path(g.opts.StateDir))}
	g.assistant.handlers(handlers)
	g.joinHeartbeat()
	g.joinCron(h, handlers)
	g.joinApprovals(h, handlers)
	g.joinNodes(h, dev, handlers) // which asks the approvals
	g.joinWizard(handlers)
	limits := &cfg.Gateway.V.Limits.V
	h.Server = server.New(server.Options{
		Handlers:      handlers,
		Adapter:       dialect.Adapter{},
		Loosen:        dialect.Adapter{}.Loosen,
		Rules:         dialect.Rules{},
		Admit:         g.auth,
		Snapshot:      func(ctx context.Context, _ *server.Peer) protocol.HelloSnapshot { return g.system.Snapshot(ctx) },
		Opened:        g.opened,
		Closed:        g.left,
		Observer:      g.metrics,
		Logger:        g.log,
		Version:       g.opts.Version,
		Commit:        g.opts.Commit,
		MaxPayload:    int(limits.MaxPayload.V),
		MaxUnadmitted: int(limits.MaxHandshakePayload.V),
		MaxBuffered:   int(limits.MaxBufferedBytes.V),
		MaxInFlight:   int(limits.MaxInFlight.V),
	})
	g.server = h.Server
	ctx, cancel := context.WithCancel(context.Background())
	g.rest = cancel
	g.running.Go(func() { g.system.Run(ctx) })
	g.running.Go(func() { g.trim(ctx) })
	g.running.Go(func() { dev.Run(ctx) })
	g.running.Go(func() { g.heartbeat.Run(ctx) })
	g.running.Go(func() { g.settings.Watch(ctx) })
	g.apply(cfg)
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

package app

import (
	"fmt"
	"log/slog"

	"github.com/gatesmith/gatesmith/internal/auth"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/tailscale"
	"github.com/gatesmith/gatesmith/protocol"
)

// Reload reads the configuration again. What takes effect while the gateway runs
// does so; for the rest the gateway asks to be restarted. What is wrong is
// logged, and changes nothing.
func (g *Gateway) Reload(reason string) { g.settings.Follow(reason) }

// follow takes a configuration that was read anew, and reports whether a part of
// it waits for a restart. On an error nothing has changed.
func (g *Gateway) follow(next *config.Loaded) (restart bool, err error) {
	g.opts.Secrets.Pin(next.Secrets()...)
	if err := g.ensureToken(next); err != nil {
		return false, err
	}
	change, err := config.ChangeTo(g.config.Load(), next)
	if err != nil {
		return false, err
	}
	// Neither what is in force from now on nor what the next start finds may be
	// unsafe.
	for _, cfg := range []*protocol.Config{change.Config, next.Config} {
		if err := next.Locate(config.Check(cfg, g.opts.Plaintext)).Err(); err != nil {
			return false, err
		}
	}
	if err := g.tls.reload(); err != nil {
		return false, fmt.Errorf("the old certificate stays in use: %w", err)
	}
	g.apply(change.Config)
	g.assistant.apply(change.Config)
	g.cron.Reconfigured()
	g.log.Info("configuration reloaded", "changed", keyPaths(change.Live))
	for _, key := range change.Restart {
		g.log.Warn("this setting takes effect with the next start", "setting", key.Path)
	}
	return len(change.Restart) > 0, nil
}

// mayStart refuses a configuration that a gateway would not start with.
func (g *Gateway) mayStart(next *config.Loaded) error {
	return next.Startable(g.opts.Plaintext)
}

// newSettings makes the service of the configuration.
func (g *Gateway) newSettings() *config.Service {
	file := g.opts.Config.File()
	file.History.Dir = config.HistoryDir(g.opts.StateDir)
	file.Check = g.mayStart
	return config.New(config.Options{File: file, Loaded: g.opts.Config, StateDir: g.opts.StateDir, Version: g.opts.Version, Logger: g.log,
		Reload: g.follow, Restart: g.opts.Restart})
}

func keyPaths(keys []config.Key) []string {
	paths := make([]string, len(keys))
	for k, key := range keys {
		paths[k] = key.Path
	}
	return paths
}

// apply puts a configuration into force where it can change at run time.
func (g *Gateway) apply(cfg *protocol.Config) {
	g.config.Store(cfg)
	gw := &cfg.Gateway.V
	g.edge.Store(newEdge(gw))
	g.auth.Configure(g.authSettings(gw))
	var level slog.Level
	if g.opts.Level != nil && level.UnmarshalText([]byte(string(cfg.Log.V.Level.V))) == nil {
		g.opts.Level.Set(level)
	}
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

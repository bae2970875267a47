package app

import (
	"fmt"
	"log/slog"

	"github.com/gatesmith/gatesmith/internal/auth"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/tailscale"
	"github.com/gatesmith/gatesmith/protocol"
)

// Reload takes a configuration that was read anew. What takes effect while the
// gateway runs does so, the rest is logged as waiting for a restart. On an error
// nothing has changed.
func (g *Gateway) Reload(next *config.Loaded) error {
	g.reloading.Lock()
	defer g.reloading.Unlock()
	if err := g.ensureToken(next); err != nil {
		return err
	}
	change, err := config.ChangeTo(g.config.Load(), next)
	if err != nil {
		return err
	}
	if err := next.Locate(config.Check(change.Config, g.opts.Plaintext)).Err(); err != nil {
		return err
	}
	if err := g.tls.reload(); err != nil {
		return fmt.Errorf("the old certificate stays in use: %w", err)
	}
	g.apply(change.Config)
	g.assistant.apply(change.Config)
	g.cron.Reconfigured()
	g.log.Info("configuration reloaded", "changed", keyPaths(change.Live))
	for _, key := range change.Restart {
		g.log.Warn("this setting takes effect with the next start", "setting", key.Path)
	}
	return nil
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

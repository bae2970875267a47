// Package apptest runs a whole gateway in a test's process.
package apptest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
)

// Version is the version of the gateways of tests.
const Version = "v1.2.3"

// Start runs a gateway until the test ends, on a free loopback port unless
// flags name one. The configuration comes from configPath and flags; what o
// leaves out is Version, and no log.
func Start(t testing.TB, o app.Options, configPath string, flags map[string][]string) *app.Gateway {
	t.Helper()
	g, err := TryStart(t, o, configPath, flags)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Stop(t, g) })
	return g
}

// TryStart does the same for a gateway that may not start; whoever gets one
// stops it.
func TryStart(t testing.TB, o app.Options, configPath string, flags map[string][]string) (*app.Gateway, error) {
	t.Helper()
	all := map[string][]string{"port": {"0"}}
	for k, v := range flags {
		all[k] = v
	}
	var err error
	if o.Config, err = config.Load(config.Sources{Path: configPath, Flags: all}); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Version = Version
	return app.Start(t.Context(), o)
}

// Stop stops a gateway within 5 s.
func Stop(t testing.TB, g *app.Gateway) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := g.Stop(ctx, 0); err != nil {
		t.Errorf("stop: %v", err)
	}
}

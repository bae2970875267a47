package app_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(asGateway); dir != "" {
		os.Exit(runGateway(dir))
	}
	goleak.VerifyTestMain(m)
}

// gateway runs a whole gateway on a free loopback port until the test ends.
func gateway(t *testing.T, dir string, flags map[string][]string) (*app.Gateway, string) {
	t.Helper()
	g := gatewayWith(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), flags)
	return g, wsURL(g)
}

// gatewayWith runs a gateway with options of its own.
func gatewayWith(t *testing.T, o app.Options, configPath string, flags map[string][]string) *app.Gateway {
	t.Helper()
	g, err := tryGateway(t, o, configPath, flags)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, g) })
	return g
}

func tryGateway(t *testing.T, o app.Options, configPath string, flags map[string][]string) (*app.Gateway, error) {
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
	o.Version = "v1.2.3"
	return app.Start(t.Context(), o)
}

// wsURL is where the gateway's paths begin.
func wsURL(g *app.Gateway) string { return strings.TrimSuffix(g.URL(), "/v1/connect") }

func stop(t *testing.T, g *app.Gateway) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := g.Stop(ctx, 0); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func writeConfig(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

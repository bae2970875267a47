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

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gateway runs a whole gateway on a free loopback port until the test ends.
func gateway(t *testing.T, dir string, flags map[string][]string) (*app.Gateway, string) {
	t.Helper()
	all := map[string][]string{"port": {"0"}}
	for k, v := range flags {
		all[k] = v
	}
	loaded, err := config.Load(config.Sources{Path: filepath.Join(dir, "gateway.json5"), Flags: all})
	if err != nil {
		t.Fatal(err)
	}
	g, err := app.Start(t.Context(), app.Options{Config: loaded, StateDir: dir, Logger: slog.New(slog.DiscardHandler), Version: "v1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, g) })
	return g, strings.TrimSuffix(g.URL(), "/v1/connect")
}

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

package vendored

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
)

// gateway runs a whole gateway on a free loopback port until the test ends, and
// returns its address and token.
func gateway(t *testing.T) (url, token string) {
	t.Helper()
	const secret = "the-token-of-this-test"
	dir := t.TempDir()
	loaded, err := config.Load(config.Sources{Path: filepath.Join(dir, "gateway.json5"), Flags: map[string][]string{"port": {"0"}, "token": {secret}}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := app.Start(t.Context(), app.Options{Config: loaded, StateDir: dir, Logger: slog.New(slog.DiscardHandler), Version: "v1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := g.Stop(ctx, 0); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return g.URL(), secret
}

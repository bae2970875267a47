package vendored

import (
	"path/filepath"
	"testing"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
)

// gateway runs a whole gateway on a free loopback port until the test ends, and
// returns its address and token.
func gateway(t *testing.T) (url, token string) {
	t.Helper()
	const secret = "the-token-of-this-test"
	dir := t.TempDir()
	g := apptest.Start(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), map[string][]string{"token": {secret}})
	return g.URL(), secret
}

package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(asGateway); dir != "" {
		os.Exit(runGateway(dir))
	}
	// The clock of the regular expressions that the reference is highlighted with
	// ends by itself, a second after the last of them.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

// gateway runs a whole gateway on a free loopback port until the test ends.
func gateway(t *testing.T, dir string, flags map[string][]string) (*app.Gateway, string) {
	t.Helper()
	g := apptest.Start(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), flags)
	return g, wsURL(g)
}

// wsURL is where the gateway's paths begin.
func wsURL(g *app.Gateway) string { return strings.TrimSuffix(g.URL(), "/v1/connect") }

func writeConfig(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

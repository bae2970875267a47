package app_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/config"
)

// A gateway that nobody can reach any more ends.
func TestListenerFails(t *testing.T) {
	g, _ := gateway(t, t.TempDir(), nil)
	select {
	case err := <-g.Failed():
		t.Fatalf("it failed by itself: %v", err)
	default:
	}
	app.BreakListener(g)
	select {
	case err := <-g.Failed():
		if !strings.Contains(err.Error(), "cannot listen on 127.0.0.1:") {
			t.Errorf("failed with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("nobody is told")
	}
}

// A gateway that is stopped has not failed.
func TestStopIsNoFailure(t *testing.T) {
	g, _ := gateway(t, t.TempDir(), nil)
	apptest.Stop(t, g)
	select {
	case err := <-g.Failed():
		t.Errorf("failed with %v", err)
	default:
	}
}

// A plain request that takes its time does not take that of the others, and
// ends with the budget.
func TestSlowRequestDoesNotHoldUpTheEnd(t *testing.T) {
	dir := t.TempDir()
	g, err := apptest.TryStart(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), map[string][]string{"token": {secret}})
	if err != nil {
		t.Fatal(err)
	}
	p := dial(t, wsURL(g)+"/v1/connect", nil)
	p.send(connectParams(object{"token": secret}))
	p.next()
	slow := rawDial(t, wsURL(g))
	slow.write("GET /livez HTTP/1.1\r\nHost: localhost\r\n")
	if res, _ := get(t, "GET", httpURL(wsURL(g))+"/livez", nil); res.StatusCode != http.StatusOK { // the slow one was accepted before
		t.Fatal(res.Status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- g.Stop(ctx, time.Second) }()
	for {
		if v := p.next(); v["event"] == "shutdown" {
			if e := v["payload"].(object); e["reason"] != "gateway restarting" || e["restartExpectedMs"] != 1000.0 {
				t.Errorf("told %v", v)
			}
			break
		}
	}
	if code, reason := p.closed(); code != 1012 || reason != "service restart" || ctx.Err() != nil {
		t.Errorf("closed with %d %q, budget: %v", code, reason, ctx.Err())
	}
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
}

// What a start that fails had opened is closed again.
func TestFailedStartLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	g, _ := gateway(t, dir, nil)
	if _, err := apptest.TryStart(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), nil); err == nil || !strings.Contains(err.Error(), "state folder") {
		t.Errorf("a second gateway on the same state: %v", err)
	}
	if _, err := app.ReadAddress(dir); err != nil {
		t.Errorf("it took the first one's address: %v", err)
	}
	p := dialConsole(t, dir, "/v1/connect", nil)
	p.send(connectParams(object{}))
	p.next()
	apptest.Stop(t, g)
	gateway(t, dir, nil)
}

// So it is with one that fails at its very end, when it serves already.
func TestLateFailureLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(app.AddressPath(dir), "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := apptest.TryStart(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), nil); err == nil || !strings.Contains(err.Error(), "cannot leave the address") {
		t.Errorf("got %v", err)
	}
	// What ran on would be found as a leak at the end of the tests.
	if err := os.RemoveAll(app.AddressPath(dir)); err != nil {
		t.Fatal(err)
	}
	gateway(t, dir, nil)
}

// A reload replaces a renewed certificate, and keeps the old one while the new
// one is broken.
func TestReloadReadsCertificate(t *testing.T) {
	dir := t.TempDir()
	writeConfig(t, dir, `{ gateway: { tls: { selfSigned: true } } }`)
	g, _ := gateway(t, dir, nil)
	first := g.Fingerprint()
	reload := func() error {
		t.Helper()
		loaded, err := config.Load(config.Sources{Path: filepath.Join(dir, "gateway.json5"), Flags: map[string][]string{"port": {"0"}}})
		if err != nil {
			t.Fatal(err)
		}
		return app.Follow(g, loaded)
	}
	cert := filepath.Join(dir, "tls-cert.pem")
	_, err := os.Stat(cert)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cert, []byte("half a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := reload(); err == nil || !strings.Contains(err.Error(), "cannot load the TLS certificate") || g.Fingerprint() != first {
		t.Errorf("a broken certificate: %v", err)
	}
	other := t.TempDir()
	writeConfig(t, other, `{ gateway: { tls: { selfSigned: true } } }`)
	o, _ := gateway(t, other, nil)
	for _, name := range []string{"tls-cert.pem", "tls-key.pem"} {
		text, err := os.ReadFile(filepath.Join(other, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := reload(); err != nil || g.Fingerprint() != o.Fingerprint() || g.Fingerprint() == first {
		t.Errorf("a renewed certificate: %v", err)
	}
}

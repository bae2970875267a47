package app_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/gatesmith/gatesmith/internal/app"
)

// A gateway leaves its address while it runs.
func TestAddress(t *testing.T) {
	dir := t.TempDir()
	g, url := gateway(t, dir, nil)
	a, err := app.ReadAddress(dir)
	if err != nil || a.URL != url+"/v1/connect" || a.PID != os.Getpid() || a.Fingerprint != "" {
		t.Errorf("the address is %+v, %v: want %s", a, err, url)
	}
	if info, err := os.Stat(app.AddressPath(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	stop(t, g)
	if _, err := app.ReadAddress(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the stop: %v", err)
	}
}

// One that listens everywhere is reached over loopback, and its certificate is
// known.
func TestAddressBeyondLoopback(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/gateway.json5", []byte(`{gateway: {bind: "lan", tls: {selfSigned: true}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	g, _ := gateway(t, dir, map[string][]string{"token": {"the-token-of-this-test"}})
	a, err := app.ReadAddress(dir)
	if err != nil || a.URL[:16] != "wss://127.0.0.1:" || a.Fingerprint != g.Fingerprint() || a.Fingerprint == "" {
		t.Errorf("the address is %+v, %v", a, err)
	}
}

func TestBrokenAddress(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(app.AddressPath(dir), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.ReadAddress(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty address: %v", err)
	}
}

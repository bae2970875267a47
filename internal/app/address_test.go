package app_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/config"
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
	apptest.Stop(t, g)
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

// On what an interrupted restore left, no gateway starts and makes a new state.
func TestInterruptedRestore(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/.restore-1", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/.restore-1/swapping", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(config.Sources{Path: dir + "/gateway.json5", Flags: map[string][]string{"port": {"0"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = app.Start(t.Context(), app.Options{Config: loaded, StateDir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "was interrupted") {
		t.Errorf("it started: %v", err)
	}
	if _, err := os.Stat(dir + "/gateway.db"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it made a database: %v", err)
	}
}

package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/gatesmith/gatesmith/server"
)

// Address is what a running gateway leaves in its state folder, so that
// commands on this machine find it on whatever port it listens.
type Address struct {
	URL         string `json:"url"`
	Fingerprint string `json:"fingerprint,omitempty"` // SHA-256 of the certificate, with TLS
	PID         int    `json:"pid"`
}

// AddressPath is where the address is.
func AddressPath(stateDir string) string { return filepath.Join(stateDir, "gateway.json") }

// ReadAddress gives the address in a state folder: fs.ErrNotExist when no
// gateway runs. One that was killed may have left its own.
func ReadAddress(stateDir string) (Address, error) {
	var a Address
	data, err := os.ReadFile(AddressPath(stateDir))
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(data, &a); err != nil || a.URL == "" {
		return a, fmt.Errorf("%s is not the address of a gateway: remove it, and start the gateway anew", AddressPath(stateDir))
	}
	return a, nil
}

// leaveAddress writes the address at once, so that a reader finds all of it or
// nothing.
func (g *Gateway) leaveAddress() error {
	data, err := json.Marshal(Address{URL: g.localURL(), Fingerprint: g.Fingerprint(), PID: os.Getpid()})
	if err != nil {
		return err
	}
	path := AddressPath(g.opts.StateDir)
	partial := path + ".partial"
	if err := os.WriteFile(partial, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("cannot leave the address: %w", err)
	}
	if err := os.Rename(partial, path); err != nil {
		return errors.Join(fmt.Errorf("cannot leave the address: %w", err), os.Remove(partial))
	}
	g.addressLeft = true
	return nil
}

// takeAddress removes the address again.
func (g *Gateway) takeAddress() error {
	if !g.addressLeft {
		return nil
	}
	g.addressLeft = false
	if err := os.Remove(AddressPath(g.opts.StateDir)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// localURL is how commands on this machine reach the gateway: one that listens
// on every address is reached over loopback.
func (g *Gateway) localURL() string {
	scheme := "ws"
	if g.tls != nil {
		scheme = "wss"
	}
	host, port, err := net.SplitHostPort(g.listeners[0].Addr().String())
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		return scheme + "://" + net.JoinHostPort("127.0.0.1", port) + server.GuidePath
	}
	return g.URL()
}

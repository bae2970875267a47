package app

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
)

// ReadToken gives the token of a state folder.
func ReadToken(stateDir string) (string, error) {
	path := TokenPath(stateDir)
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return "", fmt.Errorf("%s is empty: remove it, and the next start makes a new token", path)
	}
	return token, nil
}

// makeToken writes a new token where only the owner can read it. It is there
// as a whole or not at all, and never takes the place of one that is there.
func makeToken(path string) (string, error) {
	b := make([]byte, 24)
	rand.Read(b) // never fails
	token := hex.EncodeToString(b)
	f, err := os.CreateTemp(filepath.Dir(path), ".token-*.partial") // 0600
	if err != nil {
		return "", fmt.Errorf("cannot keep a token: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(token + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("cannot keep a token: %w", err)
	}
	err = os.Link(f.Name(), path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return ReadToken(filepath.Dir(path)) // another gateway was faster
	case err != nil:
		err = os.Rename(f.Name(), path) // a file system without links
	}
	return token, err
}

// ensureToken makes a token when nothing else proves who may connect. It is
// kept in the state folder, so that it is the same the next time.
func (g *Gateway) ensureToken(l *config.Loaded) error {
	gw := &l.Config.Gateway.V
	if config.AuthMode(&gw.Auth.V) != protocol.GatewayAuthConfigModeToken || config.Secret(&gw.Auth.V) != "" {
		return nil
	}
	path := TokenPath(g.opts.StateDir)
	token, err := ReadToken(g.opts.StateDir)
	if errors.Is(err, fs.ErrNotExist) {
		if token, err = makeToken(path); err == nil {
			g.NewToken = path
		}
	}
	if err != nil {
		return err
	}
	l.UseToken(token, path)
	return nil
}

// TokenPath is where the created token is.
func TokenPath(stateDir string) string { return filepath.Join(stateDir, "token") }

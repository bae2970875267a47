package app

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
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

// makeToken writes a new token where only the owner can read it.
func makeToken(path string) (string, error) {
	b := make([]byte, 24)
	rand.Read(b) // never fails
	token := hex.EncodeToString(b)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("cannot keep a token: %w", err)
	}
	_, err = f.WriteString(token + "\n")
	if syncErr := f.Sync(); err == nil {
		err = syncErr
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return token, err
}

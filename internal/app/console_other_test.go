//go:build !linux && !darwin

package app_test

import (
	"os"
	"testing"
)

const runtimeHasSockets = false

func leaveStale(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("127.0.0.1:1\nold\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

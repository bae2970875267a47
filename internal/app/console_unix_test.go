//go:build linux || darwin

package app_test

import (
	"net"
	"testing"
)

const runtimeHasSockets = true

// leaveStale makes a socket that nobody listens on, as a killed process leaves.
func leaveStale(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

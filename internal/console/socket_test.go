//go:build linux || darwin

package console

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Another user is turned away although the file's mode let him connect, and so
// is one of whom the system cannot say who he is.
func TestOthersAreTurnedAway(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	l, err := Listen(t.Context(), dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	answers := []func() (uint32, error){
		func() (uint32, error) { return uint32(os.Geteuid()) + 1, nil },
		func() (uint32, error) { return 0, errors.New("unknown") },
		func() (uint32, error) { return uint32(os.Geteuid()), nil },
	}
	asked := 0
	l.(*ownersListener).uid = func(*net.UnixConn) (uint32, error) { asked++; return answers[asked-1]() }
	var conns []net.Conn
	for range answers {
		c, err := Dial(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	accepted, err := l.Accept()
	if err != nil || asked != 3 {
		t.Fatalf("accepted after %d of 3 connections: %v", asked, err)
	}
	for _, c := range conns[:2] {
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("a stranger's connection is open: %v", err)
		}
	}
	if n := strings.Count(log.String(), "turned away"); n != 2 {
		t.Errorf("the log tells of %d strangers: %s", n, log.String())
	}
	for _, c := range append(conns, accepted) {
		_ = c.Close()
	}
	_ = l.Close()
}

func TestKernelKnowsWhoConnects(t *testing.T) {
	dir := t.TempDir()
	l, err := Listen(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	if uid, err := peerUID(accepted.(*net.UnixConn)); err != nil || int(uid) != os.Geteuid() {
		t.Errorf("uid %d, %v: want %d", uid, err, os.Geteuid())
	}
}

func TestPathTooLong(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 100))
	var long *PathTooLongError
	if _, err := Listen(t.Context(), dir, slog.New(slog.DiscardHandler)); !errors.As(err, &long) || !strings.Contains(err.Error(), "shorter path") {
		t.Errorf("listen: %v", err)
	}
	if _, err := Dial(t.Context(), dir); !errors.As(err, &long) {
		t.Errorf("dial: %v", err)
	}
}

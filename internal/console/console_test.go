package console_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/internal/console"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listener(t *testing.T, dir string) net.Listener {
	t.Helper()
	l, err := console.Listen(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// echo answers one connection with what it says.
func echo(t *testing.T, l net.Listener) {
	t.Helper()
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(c, c)
		_ = c.Close()
	}()
}

func TestOwnerComesIn(t *testing.T) {
	dir := t.TempDir()
	echo(t, listener(t, dir))
	says(t, func() (net.Conn, error) { return console.Dial(t.Context(), dir) })
}

// says proves that a connection reaches the echo.
func says(t *testing.T, dial func() (net.Conn, error)) {
	t.Helper()
	c, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "hello"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNobodyIsThere(t *testing.T) {
	if _, err := console.Dial(t.Context(), t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is none", err)
	}
}

func TestCloseRemovesTheSocket(t *testing.T) {
	dir := t.TempDir()
	if err := listener(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(console.Path(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestSomethingElseIsInTheWay(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(console.Path(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := console.Listen(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "remove it by hand") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(console.Path(dir)); err != nil {
		t.Errorf("what was there is gone: %v", err)
	}
}

// The console of systems without peer credentials takes nobody without the
// secret of its file, which only the owner can read.
func TestLoopbackNeedsTheSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.sock")
	var log bytes.Buffer
	l, err := console.ListenLoopback(t.Context(), path, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v %v", info, err)
	}
	for _, presented := range []string{strings.Repeat("0", 64), "short"} {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, presented+"hello")
		_ = c.(*net.TCPConn).CloseWrite()
		accepted, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := accepted.Read(make([]byte, 5)); err == nil {
			t.Errorf("%q was let in and read %d bytes", presented, n)
		}
		_ = accepted.Close()
		_ = c.Close()
	}
	if !strings.Contains(log.String(), "turned away") {
		t.Errorf("the log says %q", log.String())
	}
	echo(t, l)
	says(t, func() (net.Conn, error) { return console.DialLoopback(t.Context(), path) })
}

func TestLoopbackFileWithoutSense(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.sock")
	if err := os.WriteFile(path, []byte("127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := console.DialLoopback(context.Background(), path); err == nil || !strings.Contains(err.Error(), "restart the gateway") {
		t.Errorf("got %v", err)
	}
}

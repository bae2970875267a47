package systemd_test

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/systemd"
)

// listen is systemd's side.
func listen(t *testing.T, name string) func() string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there are no datagram sockets of this kind")
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return func() string {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		b := make([]byte, 1000)
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestNotify(t *testing.T) {
	names := []string{filepath.Join(t.TempDir(), "notify")}
	if runtime.GOOS == "linux" {
		names = append(names, "@gatesmith-test-"+strconv.Itoa(os.Getpid()))
	}
	for _, name := range names {
		read := listen(t, name)
		t.Setenv("NOTIFY_SOCKET", name)
		n := systemd.FromEnv()
		if os.Getenv("NOTIFY_SOCKET") != "" {
			t.Error("programs that the service starts could speak for it")
		}
		for _, c := range []struct {
			tell func() error
			want string
		}{
			{func() error { return n.Ready("listens on\nws://x") }, `^READY=1\nSTATUS=listens on ws://x$`},
			{n.Reloading, `^RELOADING=1\nMONOTONIC_USEC=\d+$`},
			{n.Alive, `^WATCHDOG=1$`},
			{n.Stopping, `^STOPPING=1\nSTATUS=stopping$`},
		} {
			if err := c.tell(); err != nil {
				t.Fatal(err)
			}
			if got := read(); !regexp.MustCompile(c.want).MatchString(got) {
				t.Errorf("told %q, want %s", got, c.want)
			}
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	n := systemd.FromEnv()
	if err := n.Ready("x"); err != nil || n.Watchdog() != 0 {
		t.Errorf("without systemd: %v, %v", err, n.Watchdog())
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "none"))
	if err := systemd.FromEnv().Ready("x"); err == nil {
		t.Error("a socket that nobody reads is taken for one")
	}
	for _, odd := range []string{"relative", "vsock:2:1234"} {
		t.Setenv("NOTIFY_SOCKET", odd)
		if n := systemd.FromEnv(); n != nil {
			t.Errorf("%s is taken for a socket", odd)
		}
	}
}

func TestWatchdog(t *testing.T) {
	me := strconv.Itoa(os.Getpid())
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"2000000", me, time.Second}, {"2000000", "", time.Second}, {"2000000", "1", 0}, {"", me, 0}, {"x", me, 0}, {"-5", me, 0},
	} {
		t.Setenv("NOTIFY_SOCKET", "/run/none")
		t.Setenv("WATCHDOG_USEC", c.usec)
		t.Setenv("WATCHDOG_PID", c.pid)
		if got := systemd.FromEnv().Watchdog(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

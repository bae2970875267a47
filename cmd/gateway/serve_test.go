//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/console"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// SIGTERM and SIGINT come to the same end: clients are told, requests are
// answered, connections are closed with 1012, and the state is flushed.
func TestStopsInOrder(t *testing.T) {
	for name, s := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			p := run(t, t.TempDir(), nil)
			c := p.connect()
			told := make(chan string, 1)
			c.OnShutdown(func(e *protocol.Shutdown) { told <- e.Reason })
			var calls sync.WaitGroup
			var answered atomic.Int64
			first := make(chan struct{})
			for range 4 {
				calls.Go(func() {
					for {
						// Each writes what a restart would find again.
						if _, err := c.SystemEvent(t.Context(), &protocol.SystemEventParams{Text: "Node: test"}); err != nil {
							// Calls that come behind the announcement are refused.
							late, refused := errors.AsType[*client.Error](err)
							refused = refused && late.Code == protocol.CodeUnavailable && late.Message == "the gateway is stopping"
							if !refused && !errors.Is(err, client.ErrConnectionLost) && !errors.As(err, new(*client.CloseError)) {
								t.Errorf("a call ended with %v", err)
							}
							return
						}
						if answered.Add(1) == 1 {
							close(first)
						}
					}
				})
			}
			<-first
			p.signal(s)
			if status := p.exit(); status != 0 {
				t.Errorf("exit status %d\n%s", status, p.logs())
			}
			calls.Wait()
			if reason := <-told; reason != "gateway stopping" {
				t.Errorf("clients were told %q", reason)
			}
			<-c.Done()
			var closed *client.CloseError
			if !errors.As(c.Err(), &closed) || closed.Code != 1012 || closed.Reason != "service restart" {
				t.Errorf("the connection was closed with %v", c.Err())
			}
			left, err := filepath.Glob(filepath.Join(p.dir, "*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range left {
				switch filepath.Base(path) {
				case "gateway.db", "gateway.lock", "token", "backups", "logs":
				default:
					t.Errorf("it left %s behind", path)
				}
			}
		})
	}
}

// A second signal does not wait for what the first one waits for.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := run(t, t.TempDir(), nil)
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	// A request that never becomes complete holds up the end.
	slow, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET /livez HTTP/1.1\r\nHost: localhost\r\n"); err != nil {
		t.Fatal(err)
	}
	if res, err := http.Get("http://" + u.Host + "/livez"); err != nil { // the slow one is accepted before
		t.Fatal(err)
	} else {
		_ = res.Body.Close()
	}
	p.signal(syscall.SIGTERM)
	p.waitLog("stopping")
	select {
	case <-p.done:
		t.Fatal("it ended although a request is under way")
	case <-time.After(100 * time.Millisecond):
	}
	start := time.Now()
	p.signal(syscall.SIGTERM)
	if p.exit(); !signalled(p.err, syscall.SIGTERM) || time.Since(start) > 2*time.Second {
		t.Errorf("it ended with %v after %v", p.err, time.Since(start))
	}
}

// SIGHUP takes over what can change at run time, and keeps what is in force when
// the file is wrong.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{}`)
	p := run(t, dir, nil)
	live := p.connect()
	u, _ := url.Parse(p.url)
	status := func(header, value string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+u.Host+"/version", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(header, value)
		if header == "Host" {
			r.Host = value
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	const origin = "https://chat.example"
	if got := status("Origin", origin); got != 403 {
		t.Errorf("an origin that nobody allowed: %d", got)
	}
	write(`{ gateway: { origins: ["` + origin + `"], hosts: ["gw.example"] }, log: { level: "debug" } }`)
	p.signal(syscall.SIGHUP)
	p.waitLog("configuration reloaded")
	if o, h := status("Origin", origin), status("Host", "gw.example"); o != 200 || h != 200 {
		t.Errorf("the new origin %d, the new host %d", o, h)
	}
	// That it ends is told on debug.
	if err := p.connect().Close(context.Background()); err != nil {
		t.Error(err)
	}
	p.waitLog("level=DEBUG")

	write(`{ gateway: { origins: [ } }`)
	p.signal(syscall.SIGHUP)
	p.waitLog("was not reloaded")
	if got := status("Origin", origin); got != 200 {
		t.Errorf("after a file that is wrong: %d", got)
	}
	write(`{ gateway: { auth: { allowTailscale: true, tailscale: { mode: "funnel" } } } }`)
	p.signal(syscall.SIGHUP)
	p.waitLog("gateway.auth.tailscale.mode")
	if _, err := live.Health(t.Context(), &protocol.HealthParams{}); err != nil {
		t.Errorf("a connection did not survive the reloads: %v", err)
	}
}

// What cannot change at run time has the gateway restart in its process: clients
// are told, and find it again with what is new.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := run(t, dir, nil)
	live := p.connect()
	told := make(chan protocol.Shutdown, 1)
	live.OnShutdown(func(e *protocol.Shutdown) { told <- *e.Clone() })
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(`{ gateway: { auth: { token: "another token of the test" }, limits: { maxInFlight: 7 } } }`), 0o600); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGHUP)
	p.waitLog("gateway.limits.maxInFlight")
	select {
	case e := <-told:
		if e.RestartExpectedMs.V != 1500 {
			t.Errorf("told %+v", e)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("clients are not told of the restart")
	}
	// It is back where it was, with what is new.
	c, err := client.Dial(t.Context(), p.url, client.Options{Token: "another token of the test",
		Reconnect: client.Reconnect{First: true, Refused: true, Min: 10 * time.Millisecond, Max: 50 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	if log := p.logs(); !strings.Contains(log, "gateway.auth.token") || strings.Contains(log, "another token of the test") {
		t.Errorf("the log:\n%s", log)
	}
	// A configuration that it does not start with leaves it as it was.
	again := make(chan struct{}, 1)
	c.OnShutdown(func(*protocol.Shutdown) { again <- struct{}{} })
	if _, err := c.ConfigPatch(t.Context(), &protocol.ConfigPatchParams{Raw: `{gateway:{tls:{cert:"none.pem",key:"none.pem"}}}`,
		BaseHash: wire.Some(hashOf(t, c)), RestartDelayMs: wire.Some(int64(0))}); err != nil {
		t.Fatal(err)
	}
	<-again
	p.waitLog("it starts with the one before")
	p.signal(syscall.SIGTERM)
	if status := p.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func hashOf(t *testing.T, c *client.Client) string {
	t.Helper()
	res, err := c.ConfigGet(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return res.Hash.V
}

// systemd is told of every step.
func TestSystemd(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	expect := func(want string) {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 1000)
		for {
			n, err := c.Read(b)
			if err != nil {
				t.Fatalf("%s did not come: %v", want, err)
			}
			if strings.HasPrefix(string(b[:n]), want) {
				return
			}
			if got := string(b[:n]); got != "WATCHDOG=1" {
				t.Fatalf("told %q, want %s", got, want)
			}
		}
	}
	p := run(t, dir, []string{"NOTIFY_SOCKET=" + name, "WATCHDOG_USEC=100000"})
	expect("READY=1\nSTATUS=listens on ws://127.0.0.1:")
	expect("WATCHDOG=1")
	p.signal(syscall.SIGHUP)
	expect("RELOADING=1\nMONOTONIC_USEC=")
	expect("READY=1")
	p.signal(syscall.SIGTERM)
	expect("STOPPING=1")
	if status := p.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// A second gateway on the same state is refused, and leaves the first one's
// door alone.
func TestSecondGatewayIsRefused(t *testing.T) {
	p := run(t, t.TempDir(), nil)
	out, err := command(t, nil, "serve", "--state-dir", p.dir, "--port", "0").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "state folder") {
		t.Errorf("%v\n%s", err, out)
	}
	door, err := console.Dial(t.Context(), p.dir)
	if err != nil {
		t.Fatalf("the first gateway's console is gone: %v", err)
	}
	_ = door.Close()
	if a, err := app.ReadAddress(p.dir); err != nil || a.PID != p.cmd.Process.Pid {
		t.Errorf("the first gateway's address is %+v, %v", a, err)
	}
	u, _ := url.Parse(p.url)
	out, err = command(t, nil, "serve", "--state-dir", t.TempDir(), "--port", u.Port()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is another gateway running") {
		t.Errorf("the same port: %v\n%s", err, out)
	}
}

// The owner needs nothing but to be on the machine.
func TestConsoleClient(t *testing.T) {
	p := run(t, t.TempDir(), nil)
	c, err := client.Dial(t.Context(), "ws://console/", client.Options{Reconnect: client.Reconnect{Off: true},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return console.Dial(ctx, p.dir) }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.DevicePairList(t.Context(), &protocol.DevicePairListParams{}); err != nil {
		t.Error(err)
	}
}

// The first start tells how to connect. The secret is for terminals only.
func TestFirstStart(t *testing.T) {
	p := run(t, t.TempDir(), nil)
	token, err := app.ReadToken(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGTERM)
	p.exit()
	said := p.said.String()
	if strings.Contains(said+p.logs(), token) {
		t.Error("the token is in a pipe")
	}
	for _, want := range []string{"A token was made", app.TokenPath(p.dir), "gateway status", "no configuration file yet"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	again := run(t, p.dir, nil)
	again.signal(os.Interrupt)
	again.exit()
	if strings.Contains(again.said.String(), "token") {
		t.Errorf("the second start says\n%s", again.said.String())
	}
}

// From exec to ready on an empty state folder takes less than 150 ms. What is
// measured is the processor's time, which does not depend on who else uses the
// machine: the waiting in between is for a few writes to the disk.
func TestReadySoon(t *testing.T) {
	best := time.Hour
	for range 3 {
		p := run(t, filepath.Join(t.TempDir(), "state"), nil)
		p.signal(syscall.SIGKILL)
		p.exit()
		best = min(best, p.cmd.ProcessState.UserTime()+p.cmd.ProcessState.SystemTime())
	}
	if best > 150*time.Millisecond {
		t.Errorf("at best it took %v", best)
	}
	t.Logf("at best it took %v", best)
}

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
)

// startGateway runs a gateway on a free port until it is stopped, in a state
// folder that commands of this test find.
func startGateway(t *testing.T, dir, port string) *app.Gateway {
	t.Helper()
	g, err := apptest.TryStart(t, app.Options{StateDir: dir}, filepath.Join(dir, "gateway.json5"), map[string][]string{"port": {port}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func stopGateway(t *testing.T, g *app.Gateway) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := g.Stop(ctx, time.Millisecond); err != nil {
		t.Error(err)
	}
}

// alone takes away what the environment says of gateways.
func alone(t *testing.T, stateDir string) {
	t.Helper()
	for _, name := range []string{"GATEWAY_TOKEN", "GATEWAY_PASSWORD", "GATEWAY_URL", "GATEWAY_PORT", "STATE_DIRECTORY", "CLAWDBOT_GATEWAY_TOKEN", "CLAWDBOT_GATEWAY_PASSWORD"} {
		t.Setenv(name, "")
	}
	t.Setenv("GATEWAY_CONFIG", filepath.Join(stateDir, "gateway.json5"))
	t.Setenv("GATEWAY_STATE_DIR", stateDir)
}

// running is a command that runs beside the test.
type running struct {
	lines *bufio.Scanner
	stop  context.CancelFunc
	done  chan int
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	r := &running{lines: bufio.NewScanner(out), stop: cancel, done: make(chan int, 1)}
	r.lines.Buffer(nil, 1<<20)
	go func() {
		r.done <- execute(ctx, func() {}, args, streams{strings.NewReader(""), in, in})
		in.Close()
	}()
	t.Cleanup(func() {
		cancel()
		_, _ = io.Copy(io.Discard, out)
	})
	return r
}

// next is the next line, as an object.
func (r *running) next(t *testing.T) line {
	t.Helper()
	var l line
	if !r.lines.Scan() {
		t.Fatal("the output ended")
	}
	if err := json.Unmarshal(r.lines.Bytes(), &l); err != nil {
		t.Fatalf("%s: %v", r.lines.Text(), err)
	}
	return l
}

func ask(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	if status := execute(t.Context(), func() {}, args, streams{strings.NewReader(""), &out, &errs}); status != 0 {
		t.Fatalf("gateway %s: exit status %d: %s", strings.Join(args, " "), status, errs.String())
	}
	return out.String()
}

// watch prints what was asked for, goes on over a restart, and says that there
// was one.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	alone(t, dir)
	g := startGateway(t, dir, "0")
	address := g.Addresses()[0]
	w := start(t, "watch", "--json", "presence", "shutdown")
	if l := w.next(t); l.Type != "state" || l.State != "connected" {
		t.Errorf("the first line is %+v", l)
	}
	ask(t, "call", "system-event", "text=one", "deviceId=d-1")
	// Health is told with every connection; it takes a number, too.
	if l := w.next(t); l.Event != "presence" || l.Seq < 1 || !strings.Contains(string(l.Payload), `"deviceId":"d-1"`) || l.At.IsZero() {
		t.Errorf("the event is %+v", l)
	}
	stopGateway(t, g)
	l := w.next(t)
	for l.Event == "presence" { // of clients that left
		l = w.next(t)
	}
	if l.Event != "shutdown" {
		t.Errorf("then came %+v", l)
	}
	if l := w.next(t); l.State != "disconnected" || !strings.Contains(l.Cause, "1012") {
		t.Errorf("then came %+v", l)
	}
	g = startGateway(t, dir, address[strings.LastIndexByte(address, ':')+1:])
	defer stopGateway(t, g)
	if l := w.next(t); l.State != "connected" {
		t.Errorf("then came %+v", l)
	}
	ask(t, "call", "system-event", "text=two")
	if l := w.next(t); l.Event != "presence" {
		t.Errorf("then came %+v", l)
	}
	w.stop()
	if status := <-w.done; status != exitOK {
		t.Errorf("interrupted, watch ended with %d", status)
	}
}

// With a count, it ends by itself; for people, a line is the time, the event
// and its payload.
func TestWatchForPeople(t *testing.T) {
	dir := t.TempDir()
	alone(t, dir)
	g := startGateway(t, dir, "0")
	defer stopGateway(t, g)
	w := start(t, "watch", "-n", "1", "presence")
	if !w.lines.Scan() || w.lines.Text() != "Connected; Ctrl-C ends it." {
		t.Fatalf("the first line is %q", w.lines.Text())
	}
	ask(t, "call", "system-event", "text=one")
	if !w.lines.Scan() || !strings.Contains(w.lines.Text(), `  presence  {"presence":[`) {
		t.Errorf("the event is %q", w.lines.Text())
	}
	if status := <-w.done; status != exitOK {
		t.Errorf("watch ended with %d", status)
	}
}

func TestWatchSaysGaps(t *testing.T) {
	var out strings.Builder
	w := &watcher{screen: &screen.Screen{Out: &out, Now: func() time.Time { return time.Unix(0, 0).UTC() }}, enough: make(chan struct{})}
	w.gap(3, 5)
	w.event("tick", []byte(`{}`), 5)
	w.event("node.pair.later", []byte(`{"nodeId":"n","token":"0123456789"}`), 6)
	w.screen.JSON = true
	w.gap(3, 5)
	want := `00:00:00  2 events are missing: the gateway left them out, for this client was too slow
00:00:00  node.pair.later  {"nodeId":"n","token":"***"}
{"type":"gap","at":"1970-01-01T00:00:00Z","missing":2}
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

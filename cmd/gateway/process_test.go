//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
)

// process is a gateway in a process of its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	dir string // its state folder, with its configuration in gateway.json5
	url string

	stdout *bufio.Reader
	said   strings.Builder // on stdout, up to the line with the address
	log    logged
	done   chan struct{}
	err    error // of its end
}

// logged is what the process writes to stderr, for tests to wait for lines.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed and made anew with each write
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
	return len(p), nil
}

func (l *logged) read() (string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more == nil {
		l.more = make(chan struct{})
	}
	return l.text.String(), l.more
}

// command is one that runs the gateway, as this test binary.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = "gateway"
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GATEWAY_") && !strings.HasPrefix(v, "CLAWDBOT_") && !strings.HasPrefix(v, "NOTIFY_") && !strings.HasPrefix(v, "WATCHDOG_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// run starts a gateway and waits until it listens.
func run(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, dir: dir, done: make(chan struct{})}
	p.cmd = command(t, env, append([]string{"serve", "--state-dir", dir, "--config", filepath.Join(dir, "gateway.json5"), "--port", "0"}, args...)...)
	p.cmd.Stderr = &p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
	for p.url == "" {
		line, err := p.stdout.ReadString('\n')
		p.said.WriteString(line)
		if after, ok := strings.CutPrefix(line, "The gateway listens on "); ok {
			p.url = strings.TrimSpace(after)
		}
		if err != nil {
			break
		}
	}
	go func() {
		defer close(p.done)
		rest, _ := io.ReadAll(p.stdout)
		p.said.Write(rest)
		p.err = p.cmd.Wait()
	}()
	if p.url == "" {
		<-p.done
		t.Fatalf("it did not start: %v\n%s%s", p.err, p.said.String(), p.logs())
	}
	return p
}

func (p *process) logs() string { text, _ := p.log.read(); return text }

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// waitLog waits for a text in the log.
func (p *process) waitLog(text string) {
	p.t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		log, more := p.log.read()
		if strings.Contains(log, text) {
			return
		}
		select {
		case <-more:
		case <-timeout:
			p.t.Fatalf("%q is not in the log:\n%s", text, log)
		}
	}
}

// exit waits for the end and gives the exit status, -1 for a signal.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(15 * time.Second):
		p.t.Fatalf("it does not end:\n%s", p.logs())
	}
	var e *exec.ExitError
	if errors.As(p.err, &e) {
		return e.ExitCode()
	}
	if p.err != nil {
		p.t.Fatal(p.err)
	}
	return 0
}

// connect opens a client that does not come back when it is closed.
func (p *process) connect() *client.Client {
	p.t.Helper()
	token, err := app.ReadToken(p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, p.url, client.Options{Token: token, Reconnect: client.Reconnect{Off: true}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// signalled reports whether a signal ended the process.
func signalled(err error, s syscall.Signal) bool {
	var e *exec.ExitError
	if !errors.As(err, &e) {
		return false
	}
	status, ok := e.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == s
}

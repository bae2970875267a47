package load

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// Target is a gateway to load.
type Target struct {
	URL   string
	Token string
	PID   int // of its process, when it is known; else nothing is said of CPU and memory

	// Ready is how long the process took to listen, with an empty state folder,
	// when it was started for the load.
	Ready time.Duration

	stop func() error
}

// Existing makes a target of a gateway that runs already. It must be on this
// machine.
func Existing(address, token string) (*Target, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "ws" {
		return nil, fmt.Errorf("%q is no address to load: give ws://127.0.0.1:PORT", address)
	}
	host := u.Hostname()
	ip, err := netip.ParseAddr(host)
	if host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is not on this machine: only a gateway on loopback may be loaded", host)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/connect"
	}
	return &Target{URL: u.String(), Token: token}, nil
}

var listening = regexp.MustCompile(`listens on (wss?://\S+)`)

// startTime is how long a gateway may take to listen.
const startTime = 30 * time.Second

// Start runs a gateway of its own for the load: the program's serve command on
// a free port, with a state folder that is removed by Stop.
func Start(ctx context.Context, program string) (*Target, error) {
	dir, err := os.MkdirTemp("", "gateway-bench-")
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 16)
	rand.Read(secret) // never fails
	t := &Target{Token: hex.EncodeToString(secret)}
	cmd := exec.Command(program, "serve", "--state-dir", dir, "--config", dir+"/gateway.json5", "--port", "0")
	cmd.Env = append(withoutGateway(os.Environ()), "GATEWAY_TOKEN="+t.Token)
	if err := os.WriteFile(dir+"/gateway.json5", []byte("{log: {level: \"error\"}}\n"), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	begin := time.Now()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	t.PID = cmd.Process.Pid
	t.stop = func() error {
		_ = cmd.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		_, _ = io.Copy(io.Discard, out)
		return errors.Join(cmd.Wait(), os.RemoveAll(dir))
	}
	late := time.AfterFunc(startTime, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	defer context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			t.URL, t.Ready = m[1], time.Since(begin)
			return t, nil
		}
	}
	_ = t.stop()
	return nil, fmt.Errorf("the gateway did not start: %s", strings.TrimSpace(said.String()))
}

// withoutGateway leaves out what would configure the gateway otherwise.
func withoutGateway(env []string) []string {
	var out []string
	for _, e := range env {
		if !strings.HasPrefix(e, "GATEWAY_") && !strings.HasPrefix(e, "STATE_DIRECTORY=") {
			out = append(out, e)
		}
	}
	return out
}

// Stop ends the gateway that Start made, and removes its state.
func (t *Target) Stop() error {
	if t.stop == nil {
		return nil
	}
	return t.stop()
}

func (t *Target) address() (host, path string) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return "", ""
	}
	host = u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "18789")
	}
	return host, u.Path
}

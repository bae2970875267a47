package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// guideLines is what the guide's clients send, without waiting for anything.
func guideLines(t *testing.T, token string) string {
	t.Helper()
	handshake := object{"minProtocol": 1, "maxProtocol": 3, "caps": []string{}, "commands": []string{}, "auth": object{"token": token},
		"client": object{"id": "my-app-v1", "displayName": "My Custom Client", "version": "1.0.0", "platform": "web", "mode": "operator", "instanceId": "unique-instance-id"}}
	var lines strings.Builder
	e := json.NewEncoder(&lines)
	for _, m := range []object{handshake,
		{"type": "req", "id": "agent", "method": "agent", "params": object{"message": "Hello", "idempotencyKey": "k-1"}},
		{"type": "req", "id": "sessions", "method": "sessions.list", "params": object{}},
		{"type": "req", "id": "channels", "method": "channels.status", "params": object{}},
		{"type": "req", "id": "health", "method": "health"},
	} {
		if err := e.Encode(m); err != nil {
			t.Fatal(err)
		}
	}
	return lines.String()
}

// guideClient runs a client of the guide's that others wrote, and looks at what
// it got: a hello, and an answer to each request.
func guideClient(t *testing.T, command ...string) {
	t.Helper()
	const token = "token-for-the-guides-clients"
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {token}})
	const messages = 100 // it is ended as soon as it has all answers
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], url+"/v1/connect", strconv.Itoa(messages))...)
	cmd.Stdin = strings.NewReader(guideLines(t, token))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	waiting := map[string]bool{"agent": true, "sessions": true, "channels": true, "health": true}
	lines := bufio.NewScanner(out)
	for first := true; len(waiting) > 0 && lines.Scan(); first = false {
		var m object
		if json.Unmarshal(lines.Bytes(), &m) != nil {
			t.Fatalf("it got %q", lines.Text())
		}
		if first && (m["type"] != "hello-ok" || m["protocol"] != 3.0) {
			t.Errorf("the first message is %s", lines.Text())
		}
		if id, isText := m["id"].(string); isText && m["type"] == "res" {
			delete(waiting, id)
		}
	}
	_ = cmd.Process.Kill()
	err = cmd.Wait()
	for id := range waiting {
		t.Errorf("%s was not answered (%v, %s)", id, err, complaints.String())
	}
}

func TestGuidePythonClient(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: there is no python3")
	}
	if exec.CommandContext(t.Context(), python, "-c", "import websockets").Run() != nil {
		python = virtualPython(t, python)
	}
	guideClient(t, python, filepath.Join("testdata", "clients", "guide.py"))
}

// virtualPython makes an environment that has the guide's package, once for all
// runs on a machine.
func virtualPython(t *testing.T, python string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	dir := filepath.Join(cache, "gatesmith-tests", "python")
	bin := filepath.Join(dir, "bin", "python")
	if runtime.GOOS == "windows" {
		bin = filepath.Join(dir, "Scripts", "python.exe")
	}
	if exec.CommandContext(t.Context(), bin, "-c", "import websockets").Run() == nil {
		return bin
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for _, c := range [][]string{{python, "-m", "venv", dir}, {bin, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "websockets"}} {
		if out, err := exec.CommandContext(ctx, c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Skipf("SKIPPED: the package websockets cannot be had: %v: %s", err, out)
		}
	}
	return bin
}

func TestGuideBrowserClient(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED: there is no node")
	}
	flags := []string{node}
	if exec.CommandContext(t.Context(), node, "-e", "WebSocket").Run() != nil {
		flags = append(flags, "--experimental-websocket", "--no-warnings")
		if exec.CommandContext(t.Context(), node, "--experimental-websocket", "-e", "WebSocket").Run() != nil {
			t.Skip("SKIPPED: this node has no WebSocket")
		}
	}
	guideClient(t, append(flags, filepath.Join("testdata", "clients", "guide.mjs"))...)
}

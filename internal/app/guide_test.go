package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/app"
)

// Every request that the guide prints, of the groups that are served, is
// answered as the guide has it; what the guide's own state would be needed for
// is answered by the error that says so.
func TestGuideRequests(t *testing.T) {
	want := map[string]string{ // the error's code where it is not ok
		"send":                "NOT_LINKED",
		"poll":                "NOT_LINKED",
		"channels.logout":     "NOT_LINKED",
		"device.pair.approve": "INVALID_REQUEST",
		"cron.run":            "UNAVAILABLE",
		"skills.install":      "UNAVAILABLE",     // there is no such skill
		"nodes.describe":      "INVALID_REQUEST", // the guide's node is none of ours
		"nodes.invoke":        "UNAVAILABLE",
		"nodes.pair.approve":  "INVALID_REQUEST",
		"nodes.pair.reject":   "INVALID_REQUEST",
		"nodes.rename":        "INVALID_REQUEST",
		"config.apply":        "INVALID_REQUEST", // its baseHash is an example's
	}
	served := []string{"agent", "agent.wait", "agents.list", "chat.send", "chat.history", "chat.abort", "sessions.list", "sessions.patch", "sessions.reset",
		"sessions.delete", "sessions.compact", "models.list", "usage.status", "usage.cost", "channels.status", "send", "poll", "channels.logout", "health", "status", "last-heartbeat",
		"config.get", "config.set", "config.apply", "config.schema", "cron.list", "cron.add", "cron.run", "logs.tail",
		"skills.status", "skills.bins", "skills.install",
		"nodes.list", "nodes.describe", "nodes.invoke", "nodes.pair.list", "nodes.pair.approve", "nodes.pair.reject", "nodes.rename",
		"wizard.start", "wizard.next", "wizard.cancel"}
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": token}))
	if hello := p.next(); hello["type"] != "hello-ok" {
		t.Fatalf("hello: %v", hello)
	}
	f, err := os.Open("../../protocol/testdata/guide/guide-frames.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var line struct {
			Kind  string
			Frame object
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		method, _ := line.Frame["method"].(string)
		if line.Kind != "req" || !contains(served, method) {
			continue
		}
		seen[method] = true
		if method == "agent.wait" {
			line.Frame["params"].(object)["timeoutMs"] = 10 // the guide's run is none of ours
		}
		p.send(line.Frame)
		answer := p.answer(line.Frame["id"].(string))
		code := ""
		if e, failed := answer["error"].(object); failed {
			code = e["code"].(string)
		}
		if code != want[method] {
			t.Errorf("%s: %v, want %q", method, answer, want[method])
		}
	}
	for _, method := range served {
		if !seen[method] {
			t.Errorf("the guide has no request %s", method)
		}
	}
}

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// The guide's client, unchanged but for its address and token, talks to the
// gateway. The guide is not part of the repository: without it there is nothing
// to run.
func TestGuideClient(t *testing.T) {
	guide, err := os.ReadFile("../../../shared/reference/guide.ru.md")
	if err != nil {
		t.Skip("the guide is not beside the repository")
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip("SKIPPED, the guide's client was not run: ", err)
		}
	}
	script := ""
	for _, block := range strings.Split(string(guide), "```javascript\n") {
		if code, _, ok := strings.Cut(block, "```"); ok && strings.Contains(code, "class GatewayClient") {
			script = code
		}
	}
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	for old, to := range map[string]string{"ws://127.0.0.1:18789": url, "your-token": token} {
		if !strings.Contains(script, old) {
			t.Fatalf("the guide's client has no %q", old)
		}
		script = strings.ReplaceAll(script, old, to)
	}
	work := t.TempDir()
	if err := os.WriteFile(filepath.Join(work, "client.js"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	install := exec.Command("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", work, "ws@8")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install ws: %v\n%s", err, out)
	}
	var out bytes.Buffer
	node := exec.Command("node", "client.js")
	node.Dir, node.Stdout, node.Stderr = work, &out, &out
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	// The guide's client never ends by itself.
	timer := time.AfterFunc(10*time.Second, func() { _ = node.Process.Kill() })
	defer timer.Stop()
	_ = node.Wait()
	text := out.String()
	for _, want := range []string{"status: 'accepted'", "agent:main:main", "whatsapp", "chat.event"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in what the guide's client prints:\n%s", want, text)
		}
	}
}

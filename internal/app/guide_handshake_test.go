package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGuideHandshake runs the device of docs/handshake.md, which must say what the
// page prints.
func TestGuideHandshake(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no node: tools/needs.sh installs it")
		}
		t.Skip("SKIPPED: there is no node")
	}
	page, err := os.ReadFile("../../docs/handshake.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(language string) string {
		found := regexp.MustCompile("(?s)\n```"+language+"\n(.*?)\n```\n").FindAllStringSubmatch(string(page), -1)
		if len(found) != 1 {
			t.Fatalf("the page has %d blocks of %s", len(found), language)
		}
		return found[0][1]
	}
	const token = "token-for-the-guides-device"
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {token}})
	file := filepath.Join(t.TempDir(), "device.mjs")
	if err := os.WriteFile(file, []byte(block("js")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "--no-warnings", "--experimental-websocket", file) // on 20, too
	cmd.Env = append(os.Environ(), "GATEWAY_URL="+url, "GATEWAY_TOKEN="+token)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != block("text") {
		t.Errorf("%v\n%s", err, out)
	}
}

package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGuideGo runs the programs of docs/clients/go.md, which print what stands
// below them.
func TestGuideGo(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles programs")
	}
	page, err := os.ReadFile("../../docs/clients/go.md")
	if err != nil {
		t.Fatal(err)
	}
	programs := regexp.MustCompile("(?s)\n```go\n(.*?)\n```\n\n```text\n(.*?)\n```\n").FindAllStringSubmatch(string(page), -1)
	if len(programs) != strings.Count(string(page), "```go\n") || len(programs) < 4 {
		t.Fatalf("%d programs have an output", len(programs))
	}
	const token = "token-for-the-guides-programs"
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {token}})
	for _, p := range programs {
		dir := t.TempDir()
		file := filepath.Join(dir, "main.go")
		if err := os.WriteFile(file, []byte(p[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "go", "run", file)
		cmd.Env = append(os.Environ(), "GATEWAY_URL="+url, "GATEWAY_TOKEN="+token, "STATE_DIR="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != p[2] {
			t.Errorf("%v\n%s\nThe page says\n%s\nof\n%s", err, out, p[2], p[1])
		}
	}
}

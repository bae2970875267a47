//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Whoever follows the log sees what comes, also after its file was deleted, until
// he has had enough.
func TestFollowLogs(t *testing.T) {
	dir := t.TempDir()
	p := run(t, dir, nil)
	var out logged
	follow := command(t, nil, "logs", "-f", "--level", "info", "--state-dir", dir)
	follow.Stdout, follow.Stderr = &out, &out
	if err := follow.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- follow.Wait() }()
	t.Cleanup(func() { _ = follow.Process.Kill() })
	sees := func(text string) {
		t.Helper()
		for end := time.After(20 * time.Second); ; {
			said, more := out.read()
			if strings.Contains(said, text) {
				return
			}
			select {
			case <-more:
			case <-end:
				t.Fatalf("%q is not told:\n%s\nthe gateway says\n%s", text, said, p.logs())
			}
		}
	}
	change := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change(`{ gateway: { hosts: ["one.example"] } }`)
	sees(`configuration reloaded changed=["gateway.hosts"]`)
	if err := os.Remove(filepath.Join(dir, "logs", "gateway.log")); err != nil {
		t.Fatal(err)
	}
	// That the file is gone is looked at once a second, so that one line may be lost.
	begun := func() bool {
		_, err := os.Stat(filepath.Join(dir, "logs", "gateway.log"))
		return err == nil
	}
	for n := 3; !begun(); n++ {
		change(fmt.Sprintf(`{ agents: { maxConcurrent: %d } }`, n))
		if n > 100 {
			t.Fatal("the log is not begun anew")
		}
		<-time.After(300 * time.Millisecond)
	}
	change(`{ agents: { maxQueued: 7 } }`)
	sees("agents.maxQueued")
	if _, err := p.connect().Health(t.Context(), nil); err != nil {
		t.Errorf("health: %v", err)
	}
	if said, _ := out.read(); strings.Count(said, "gateway.hosts\"]") != 1 {
		t.Errorf("lines come twice, or not at all:\n%s", said)
	}
	if err := follow.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("interrupted, it ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
}

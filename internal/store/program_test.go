package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// helperPrograms are what the test binary can be run as.
var helperPrograms = map[string]func(arg string) error{
	"open":  helperOpen,
	"crash": helperCrash,
}

// helperOpen holds a store open until its input ends.
func helperOpen(dir string) error {
	s, err := Open(context.Background(), helperOptions(dir))
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

// helperOptions are for a folder or a URL.
func helperOptions(arg string) Options {
	if strings.Contains(arg, "://") {
		return Options{URL: arg}
	}
	return Options{Dir: arg}
}

// helper is a running helper program.
type helper struct {
	t     testing.TB
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
	said  strings.Builder // on stderr; after it ended
	once  sync.Once
}

func startHelper(t testing.TB, name, arg string, prepare ...func(*exec.Cmd)) *helper {
	t.Helper()
	cmd := exec.Command(os.Args[0], arg)
	cmd.Env = append(os.Environ(), helperVariable+"="+name)
	h := &helper{t: t, cmd: cmd}
	cmd.Stderr = &h.said
	for _, f := range prepare {
		f(cmd)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	h.stdin, h.lines = stdin, bufio.NewScanner(stdout)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.kill)
	return h
}

func (h *helper) pid() int { return h.cmd.Process.Pid }

func (h *helper) waitFor(line string) {
	h.t.Helper()
	if !h.lines.Scan() || h.lines.Text() != line {
		h.kill()
		h.t.Fatalf("the helper said %q, not %q: %s", h.lines.Text(), line, h.said.String())
	}
}

// kill gives it no chance to clean up.
func (h *helper) kill() {
	_ = h.cmd.Process.Kill()
	h.wait()
}

// wait is for after its output was read to the end.
func (h *helper) wait() {
	h.once.Do(func() {
		for h.lines.Scan() {
		}
		_ = h.cmd.Wait()
	})
}

//go:build unix

package installer

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scripted runs this test's binary in place of any program.
func scripted(t *testing.T) (*Installer, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := new(bytes.Buffer)
	set := map[string]string{"PATH": os.Getenv("PATH"), "GATEWAY_TOKEN": "c4nary", "ANTHROPIC_API_KEY": "c4nary", "HTTPS_PROXY": "http://ada:c4nary@127.0.0.1:9",
		"GOPROXY": "off"}
	return &Installer{Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(log, nil)), Limits: Limits{Grace: 100 * time.Millisecond},
		LookPath: func(string) (string, error) { return self, nil }, Env: func(name string) (string, bool) { v, ok := set[name]; return v, ok }}, log
}

// ask installs with the script of a name.
func ask(ctx context.Context, i *Installer, name string) (Outcome, error) {
	c, err := i.goInstall("example.com/" + name)
	if err != nil {
		return Outcome{}, err
	}
	c.env = append(c.env, "GATESMITH_TEST_PROGRAM=1")
	return i.run(ctx, c)
}

func TestRun(t *testing.T) {
	i, log := scripted(t)
	out, err := ask(t.Context(), i, "says")
	if err != nil || out.Code == nil || *out.Code != 0 || !strings.HasPrefix(out.Stdout, "one\n") || !strings.HasPrefix(out.Stderr, "two") {
		t.Fatalf("%+v %v", out, err)
	}
	if strings.Contains(out.Stdout, "c4nary") || !strings.Contains(out.Stdout, "env PATH=") || !strings.Contains(out.Stdout, "env GOPROXY=off\n") || !strings.Contains(out.Stdout, "env HOME="+i.Dir) {
		t.Errorf("the program gets %s", out.Stdout)
	}
	if text := log.String(); !strings.Contains(text, "msg=installer stdout=one\n") || !strings.Contains(text, "stderr=two[31m\n") {
		t.Errorf("the log has %s", text)
	}
	out, err = ask(t.Context(), i, "fails")
	if err == nil || err.Error() != "the installer ended with status 7: no such package" || *out.Code != 7 || out.Stdout != "trying\n" {
		t.Errorf("%+v %v", out, err)
	}
}

func TestMuchOutput(t *testing.T) {
	i, log := scripted(t)
	out, err := ask(t.Context(), i, "floods")
	if err != nil || len(out.Stdout) > defaults.Output+100 || !strings.HasPrefix(out.Stdout, "[19") || !strings.HasSuffix(out.Stdout, "\nthe end\n") {
		t.Errorf("%d bytes, %q, %v", len(out.Stdout), out.Stdout[:60], err)
	}
	if n := strings.Count(log.String(), "\n"); n > maxLines+10 {
		t.Errorf("%d lines in the log", n)
	}
}

// An installer that takes too long is ended, also when it does not listen, and so
// is what it started.
func TestTooLong(t *testing.T) {
	i, _ := scripted(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	out, err := ask(ctx, i, "hangs")
	if err == nil || !strings.Contains(err.Error(), "took too long") || out.Code != nil {
		t.Errorf("%+v %v", out, err)
	}
	gone(t, out)
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if _, err := ask(ctx, i, "hangs"); err == nil || !strings.Contains(err.Error(), "whoever asked for it is gone") {
		t.Error(err)
	}
}

// What an installer leaves behind ends with it.
func TestLeftBehind(t *testing.T) {
	i, _ := scripted(t)
	out, err := ask(t.Context(), i, "leaves")
	if err != nil || out.Code == nil || *out.Code != 0 {
		t.Errorf("%+v %v", out, err)
	}
	gone(t, out)
}

// gone waits until the child that a script told of has ended.
func gone(t *testing.T, out Outcome) {
	t.Helper()
	_, text, _ := strings.Cut(out.Stdout, "child ")
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatalf("%q: %v", out.Stdout, err)
	}
	for range 200 {
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) || zombie(pid) {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Errorf("the process %d, which the installer started, still runs", pid)
}

// zombie reports whether a process has ended and only waits to be looked at.
func zombie(pid int) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && strings.Contains(string(text), ") Z ")
}

func TestCommands(t *testing.T) {
	i, _ := scripted(t)
	for _, c := range []struct {
		way  Way
		args string // the last
		err  string
	}{
		{Way{Kind: Go, Module: "example.com/a/cmd/b"}, "example.com/a/cmd/b@latest", ""},
		{Way{Kind: Go, Module: "example.com/a@v1.2.3-rc.1"}, "example.com/a@v1.2.3-rc.1", ""},
		{Way{Kind: Go, Module: "-toolexec=x"}, "", "invalid install command"},
		{Way{Kind: Go, Module: "./local"}, "", "invalid install command"},
		{Way{Kind: Go, Module: "example.com/a@-x"}, "", "invalid install command"},
		{Way{Kind: Go, Module: "example.com/a b"}, "", "invalid install command"},
		{Way{Kind: Go}, "", "invalid install command"},
		{Way{Kind: Node, Package: "@scope/tool@^1.2.0"}, "@scope/tool@^1.2.0", ""},
		{Way{Kind: Node, Package: "tool"}, "tool", ""},
		{Way{Kind: Node, Package: "--prefix=/"}, "", "invalid install command"},
		{Way{Kind: Node, Package: "../tool"}, "", "invalid install command"},
		{Way{Kind: Node, Package: "git+ssh://host/x"}, "", "invalid install command"},
		{Way{Kind: Node, Package: "a@file:../x"}, "", "invalid install command"},
		{Way{Kind: UV, Package: "ruff==0.5"}, "", "does not run it; run it on the gateway's machine: uv tool install ruff==0.5"},
		{Way{Kind: UV, Package: "--python"}, "", "invalid install command"},
		{Way{Kind: Brew, Formula: "owner/tap/tool@2"}, "", "run it on the gateway's machine: brew install owner/tap/tool@2"},
		{Way{Kind: Brew, Formula: "a; rm"}, "", "invalid install command"},
		{Way{Kind: "apt"}, "", "there is no kind"},
	} {
		cmd, err := i.command(&c.way)
		switch {
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%+v: %v", c.way, err)
		case c.err == "" && (err != nil || cmd.args[len(cmd.args)-1] != c.args):
			t.Errorf("%+v: %v %v", c.way, cmd, err)
		}
	}
	i.LookPath = func(string) (string, error) { return "", exec.ErrNotFound }
	for kind, want := range map[string]string{Go: "go not installed", Node: "npm not installed", Brew: "brew not installed; ", UV: "uv not installed; "} {
		_, err := i.Install(t.Context(), &Way{Kind: kind, Module: "example.com/a", Package: "a", Formula: "a"})
		if err == nil || !strings.HasPrefix(err.Error(), want) || NotRun(err) != (kind == Brew || kind == UV) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

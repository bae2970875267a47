package policy_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/protocol"
)

func TestFileIsMadeAndReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", policy.FileName)
	f := policy.Open(path)
	made, err := f.Snapshot(t.Context())
	if err != nil || !made.Exists || made.Path != path {
		t.Fatalf("%+v, %v", made, err)
	}
	next := fileOf(t, `{"version":1,"socket":{"path":"/s","token":"t0ken"},"defaults":{"security":"allowlist"},"agents":{"main":{"allowlist":[{"pattern":"/bin/ls"}]}}}`)
	for base, want := range map[string]error{"": policy.HashRequired, "stale": policy.HashChanged} {
		if _, err := f.Set(t.Context(), next, base); !errors.Is(err, want) {
			t.Errorf("base %q: %v", base, err)
		}
	}
	set, err := f.Set(t.Context(), next, made.Hash)
	if err != nil || set.Hash == made.Hash {
		t.Fatalf("%+v, %v", set, err)
	}
	if set.File.Socket.V.Token.Set || set.File.Agents["main"].Allowlist[0].ID.V == "" {
		t.Errorf("shown: %s", set.AppendJSON(nil))
	}
	again, err := f.Snapshot(t.Context())
	if err != nil || again.Hash != set.Hash {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := f.Set(t.Context(), fileOf(t, `{"version":1}`), set.Hash); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "t0ken") || strings.Contains(string(text), "/bin/ls") {
		t.Errorf("%s, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// A file that cannot be understood allows nothing, and is not written over.
func TestBrokenFile(t *testing.T) {
	for _, text := range []string{`{"version":1,`, `{"version":2}`, `{"version":1,"defaults":{"security":"full"},"x":1}`, strings.Repeat(" ", 2<<20)} {
		path := filepath.Join(t.TempDir(), policy.FileName)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f := policy.Open(path)
		broken := (*policy.BrokenError)(nil)
		if r, err := f.Rules("main"); !errors.As(err, &broken) || r.Evaluate(&policy.Command{}, "/bin/ls", policy.Machine{}).Outcome != policy.Deny {
			t.Errorf("%.40s: %v", text, err)
		}
		if _, err := f.Set(t.Context(), fileOf(t, `{"version":1}`), "any"); !errors.Is(err, policy.HashUnavailable) {
			t.Errorf("%.40s: %v", text, err)
		}
		if err := f.Remember(t.Context(), "main", "/bin/ls", policy.Machine{}); !errors.As(err, &broken) {
			t.Errorf("%.40s: %v", text, err)
		}
		if now, _ := os.ReadFile(path); string(now) != text {
			t.Errorf("%.40s became %.40s", text, now)
		}
	}
}

func TestRemember(t *testing.T) {
	f := policy.Open(filepath.Join(t.TempDir(), policy.FileName))
	for range 2 {
		if err := f.Remember(t.Context(), "helper", "/usr/bin/uname", policy.Machine{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range []string{"/bin/sh", "uname", "", "/opt/a*b"} {
		if err := f.Remember(t.Context(), "helper", program, policy.Machine{}); err == nil {
			t.Errorf("%q was remembered", program)
		}
	}
	s, err := f.Snapshot(t.Context())
	if err != nil || len(s.File.Agents) != 1 || len(s.File.Agents["helper"].Allowlist) != 1 {
		t.Fatalf("%s, %v", s.AppendJSON(nil), err)
	}
}

func TestUsed(t *testing.T) {
	f := policy.Open(filepath.Join(t.TempDir(), policy.FileName))
	if err := f.Remember(t.Context(), "*", "/usr/bin/uname", policy.Machine{}); err != nil {
		t.Fatal(err)
	}
	use := func(command string, at time.Time) protocol.ExecAllowlistEntry {
		r, err := f.Rules("main")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Used(t.Context(), "main", &r.Allowlist[0], command, "/usr/bin/uname", at); err != nil {
			t.Fatal(err)
		}
		if r, err = f.Rules("main"); err != nil {
			t.Fatal(err)
		}
		return r.Allowlist[0]
	}
	at := time.UnixMilli(1_700_000_000_000)
	if e := use("uname -a", at); e.LastUsedAt.V != at.UnixMilli() || e.LastUsedCommand.V != "uname -a" || e.LastResolvedPath.V != "/usr/bin/uname" {
		t.Errorf("%+v", e)
	}
	if e := use("uname -r", at.Add(time.Second)); e.LastUsedCommand.V != "uname -a" {
		t.Errorf("written again at once: %+v", e)
	}
	if e := use("uname -r", at.Add(time.Hour)); e.LastUsedCommand.V != "uname -r" {
		t.Errorf("%+v", e)
	}
}

// Of writers on one text, one wins, and the others are told.
func TestConcurrentWriters(t *testing.T) {
	f := policy.Open(filepath.Join(t.TempDir(), policy.FileName))
	s, err := f.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	won := 0
	var writers sync.WaitGroup
	for range 8 {
		next := fileOf(t, `{"version":1,"defaults":{"security":"full"}}`)
		writers.Go(func() {
			_, err := f.Set(context.Background(), next, s.Hash)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, policy.HashChanged) {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if won != 1 {
		t.Errorf("%d writers won", won)
	}
}

func TestResolve(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("programs are told by their names there")
	}
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"tool": 0o755, "text": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	tool := filepath.Join(dir, "tool")
	for _, c := range []struct{ name, folder, path, want string }{
		{"tool", "/", dir, tool},
		{"tool", dir, "/nowhere", ""},
		{"tool", dir, ".:", ""}, // what is in a folder is not run by its name
		{"./tool", dir, "", tool},
		{tool, "/", "", tool},
		{"text", "/", dir, ""},
		{"", "/", dir, ""},
		{"none", "/", "/nowhere:" + dir, ""},
	} {
		got, err := policy.Resolve(c.name, c.folder, c.path)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q in %q by %q: %q, %v", c.name, c.folder, c.path, got, err)
		}
	}
}

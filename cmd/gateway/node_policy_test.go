package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/internal/nodehost"
)

// A node decides by its file: by what is on the list, by what people said, and
// for nobody when the file cannot be read.
func TestNodePolicy(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs are a Unix system's")
	}
	bin := t.TempDir()
	for _, name := range []string{"listed", "other"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	id, err := device.New()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	o := &nodehost.Options{Client: client.Options{Device: id}, Logger: slog.New(slog.DiscardHandler)}
	nodePolicy(o, folder)
	decide := func(name, approval string, env map[string]string) string {
		d, err := o.Policy.Decide(t.Context(), &nodehost.Run{Argv: []string{name}, Env: env, Approval: approval, Search: bin, Home: folder})
		switch {
		case err != nil:
			return "error " + err.Error()
		case d.Allowed:
			return strings.TrimPrefix(d.Program, bin+"/")
		}
		return d.Reason
	}
	put := func(text string) {
		if err := os.WriteFile(filepath.Join(folder, "exec-approvals.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	expect("without a file", decide("listed", "allow-once", nil), "security=deny")
	put(`{"version":1,"agents":{"*":{"security":"allowlist","allowlist":[{"pattern":"` + bin + `/listed"}]}}}`)
	expect("listed", decide("listed", "", nil), "listed")
	expect("with a variable", decide("listed", "", map[string]string{"LD_PRELOAD": "x"}), "approval required")
	expect("not listed", decide("other", "", nil), "approval required")
	expect("denied by people", decide("other", "deny", nil), "user denied")
	expect("nobody answered", decide("other", "timeout", nil), "approval timed out")
	expect("allowed once", decide("other", "allow-once", nil), "other")
	expect("once is once", decide("other", "", nil), "approval required")
	expect("allowed always", decide("other", "allow-always", nil), "other")
	expect("always is always", decide("other", "", nil), "other")
	expect("no program", decide("nothing", "allow-once", nil), "")
	text, err := os.ReadFile(filepath.Join(folder, "exec-approvals.json"))
	if err != nil || !strings.Contains(string(text), `"lastUsedCommand": "listed"`) {
		t.Errorf("the use is not in %s, %v", text, err)
	}
	put("{")
	if got := decide("listed", "allow-once", nil); !strings.HasPrefix(got, "error ") {
		t.Errorf("a broken file: %s", got)
	}
}

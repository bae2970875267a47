package skills

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func (m *machine) install(t *testing.T, name, id string) (*protocol.SkillsInstallResult, *protocol.Error) {
	t.Helper()
	res, err := m.SkillsInstall(t.Context(), &protocol.SkillsInstallParams{Name: name, InstallID: id, TimeoutMs: wire.Some(int64(60_000))})
	if err == nil {
		return res, nil
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || e.Code != protocol.CodeUnavailable {
		t.Fatalf("%s %s: %v", name, id, err)
	}
	if p, ok := e.Payload.(*protocol.SkillsInstallFailure); !ok || p.Message != e.Message {
		t.Errorf("%s %s: payload %v", name, id, e.Payload)
	}
	return nil, e
}

// What a skill lacks is there after it was installed, and the skill can be used.
func TestInstallMakesEligible(t *testing.T) {
	tool := []byte("#!/bin/sh\n")
	digest := sha256.Sum256(tool)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(tool) }))
	defer shop.Close()
	m := newMachine(t)
	add(t, m.managed, "s", "Does it.", "requires: {bins: [op]}, install: [{kind: download, url: '"+shop.URL+"/op-linux', sha256: "+hex.EncodeToString(digest[:])+", bins: [op]}]")
	if m.all(t)["s"].Eligible {
		t.Fatal("it has what it needs before")
	}
	if _, e := m.install(t, "s", "download-0"); e == nil || !e.Final || !strings.Contains(e.Message, "gateway.config.allowExec") {
		t.Errorf("without consent: %v", e)
	}
	m.mayInstall = true
	res, e := m.install(t, "s", "download-0")
	if e != nil || res.Message != "Installed" || res.Code.Valid {
		t.Fatalf("%v %v", res, e)
	}
	if s := m.all(t)["s"]; !s.Eligible {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(m.log.String(), "installed for a skill") {
		t.Error("the log does not tell of it")
	}
}

func TestInstallFailures(t *testing.T) {
	m := newMachine(t)
	m.mayInstall = true
	add(t, m.managed, "s", "Does it.", "install: [{kind: go, module: ./x}, {kind: node, package: op}, {kind: brew, formula: op}, {kind: uv, package: op, os: [darwin]}, {kind: download, url: 'https://127.0.0.1:1/x.zip', extract: false}]")
	for _, c := range []struct {
		name, id, want string
		final          bool
	}{
		{"x", "go-0", "Skill not found: x", false},
		{"s", "x", "Installer not found: x", true},
		{"s", "go-0", "invalid install command: module", false},
		{"s", "node-1", "npm not installed", false},
		{"s", "brew-2", "brew not installed; ", true},
		{"s", "uv-3", "this way to install is for darwin", true},
		{"s", "download-4", "invalid install command: a download needs sha256", false},
	} {
		if _, e := m.install(t, c.name, c.id); e == nil || !strings.HasPrefix(e.Message, c.want) || e.Final != c.final {
			t.Errorf("%v: %v", c, e)
		}
	}
	m.busy.Store(true)
	if _, e := m.install(t, "s", "go-0"); e == nil || e.Final || !strings.Contains(e.Message, "another installation") {
		t.Error(e)
	}
}

// A skill of another agent's workspace can be installed too.
func TestInstallForAnotherAgent(t *testing.T) {
	m := newMachine(t)
	m.mayInstall = true
	other := filepath.Join(t.TempDir(), "other")
	m.o.Workspaces = func() []string { return []string{m.workspace, other} }
	add(t, filepath.Join(other, folderName), "theirs", "Does it.", "install: [{kind: brew, formula: op}]")
	if _, e := m.install(t, "theirs", "brew-0"); e == nil || !strings.HasPrefix(e.Message, "brew not installed") {
		t.Error(e)
	}
}

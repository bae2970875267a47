package skills

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// machine is a gateway's surroundings as a test has them.
type machine struct {
	*Service
	managed, workspace string
	config             protocol.SkillsConfig
	env                map[string]string
	programs, settings []string
	mayInstall         bool
	log                bytes.Buffer
}

func newMachine(t *testing.T) *machine {
	dir := t.TempDir()
	m := &machine{managed: filepath.Join(dir, "state", "skills"), workspace: filepath.Join(dir, "work"), env: map[string]string{}}
	m.Service = New(Options{Managed: m.managed, Workspaces: func() []string { return []string{m.workspace} }, Config: func() *protocol.SkillsConfig { return &m.config },
		Tools: filepath.Join(dir, "state", "tools"), MayInstall: func() bool { return m.mayInstall },
		Settings: m, Logger: slog.New(slog.NewTextHandler(&m.log, nil)), OS: "linux", Env: func(name string) string { return m.env[name] },
		LookPath: func(name string) (string, error) {
			for _, p := range m.programs {
				if p == name {
					return "/bin/" + name, nil
				}
			}
			return "", errors.New("not found")
		}})
	return m
}

func (m *machine) Setting(_ context.Context, path string) (wire.Raw, bool) {
	for _, s := range m.settings {
		if s == path {
			return wire.Raw(`"set"`), true
		}
	}
	return nil, false
}

func (m *machine) Patch(context.Context, string, []byte) (*protocol.Config, error) {
	return nil, errors.New("not in these tests")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// add puts a skill into a folder of skills.
func add(t *testing.T, folder, name, description, metadata string) {
	t.Helper()
	write(t, filepath.Join(folder, name, fileName), "---\nname: "+name+"\ndescription: "+description+"\nmetadata: {gatesmith: {"+metadata+"}}\n---\nDo it.\n")
}

func (m *machine) all(t *testing.T) map[string]protocol.SkillStatus {
	t.Helper()
	res, err := m.SkillsStatus(t.Context(), &protocol.SkillsStatusParams{})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]protocol.SkillStatus{}
	for _, s := range res.Skills {
		by[s.Name] = s
	}
	return by
}

func TestPrecedence(t *testing.T) {
	m := newMachine(t)
	own := filepath.Join(m.workspace, folderName)
	if s := m.all(t)["skill-writing"]; s.Source != fromBundled || !s.Eligible || s.FilePath != "bundled:skill-writing/SKILL.md" {
		t.Errorf("%+v", s)
	}
	add(t, m.managed, "skill-writing", "Managed.", "")
	add(t, m.managed, "b", "Managed.", "")
	add(t, own, "b", "Own.", "")
	all := m.all(t)
	if s := all["skill-writing"]; s.Source != fromManaged || s.Description != "Managed." {
		t.Errorf("%+v", s)
	}
	if s := all["b"]; s.Source != fromWorkspace || s.BaseDir != filepath.Join(own, "b") || s.FilePath != filepath.Join(own, "b", fileName) {
		t.Errorf("%+v", s)
	}
}

func TestEligible(t *testing.T) {
	off, on := wire.Some(false), wire.Some("key")
	for _, c := range []struct {
		name, needs string
		set         func(m *machine)
		eligible    bool
		missing     protocol.SkillRequirements
	}{
		{"nothing", "", nil, true, protocol.SkillRequirements{}},
		{"program", "requires: {bins: [op, jq]}", func(m *machine) { m.programs = []string{"jq"} }, false, protocol.SkillRequirements{Bins: []string{"op"}}},
		{"programs there", "requires: {bins: [op, jq]}", func(m *machine) { m.programs = []string{"jq", "op"} }, true, protocol.SkillRequirements{}},
		{"any program", "requires: {anyBins: [rg, grep]}", func(m *machine) { m.programs = []string{"grep"} }, true, protocol.SkillRequirements{}},
		{"no program", "requires: {anyBins: [rg, grep]}", nil, false, protocol.SkillRequirements{AnyBins: []string{"rg", "grep"}}},
		{"variable", "requires: {env: [A, B]}", func(m *machine) { m.env["A"] = "x" }, false, protocol.SkillRequirements{Env: []string{"B"}}},
		{"variables of settings", "primaryEnv: A, requires: {env: [A, B]}", func(m *machine) {
			m.config.Entries = map[string]protocol.SkillEntryConfig{"s": {APIKey: on, Env: map[string]string{"B": "x"}}}
		}, true, protocol.SkillRequirements{}},
		{"key for another variable", "primaryEnv: A, requires: {env: [B]}", func(m *machine) {
			m.config.Entries = map[string]protocol.SkillEntryConfig{"s": {APIKey: on}}
		}, false, protocol.SkillRequirements{Env: []string{"B"}}},
		{"setting", "requires: {config: [a.b, c]}", func(m *machine) { m.settings = []string{"a.b"} }, false, protocol.SkillRequirements{Config: []string{"c"}}},
		{"system", "os: [darwin]", nil, false, protocol.SkillRequirements{Os: []string{"darwin"}}},
		{"this system", "requires: {os: [darwin, linux]}", nil, true, protocol.SkillRequirements{}},
		{"always", "always: true, requires: {bins: [op]}", nil, true, protocol.SkillRequirements{Bins: []string{"op"}}},
		{"switched off", "always: true", func(m *machine) {
			m.config.Entries = map[string]protocol.SkillEntryConfig{"s": {Enabled: off}}
		}, false, protocol.SkillRequirements{}},
		{"other key", "skillKey: k", func(m *machine) {
			m.config.Entries = map[string]protocol.SkillEntryConfig{"k": {Enabled: off}}
		}, false, protocol.SkillRequirements{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			add(t, m.managed, "s", "Does it.", c.needs)
			if c.set != nil {
				c.set(m)
			}
			s := m.all(t)["s"]
			for _, l := range []*[]string{&c.missing.Bins, &c.missing.AnyBins, &c.missing.Env, &c.missing.Config, &c.missing.Os} {
				*l = list(*l)
			}
			if s.Eligible != c.eligible || !reflect.DeepEqual(s.Missing, c.missing) {
				t.Errorf("%+v", s)
			}
			if told := strings.Contains(m.Prompt(t.Context(), m.workspace), "- s: Does it. ("); told != c.eligible {
				t.Errorf("in the prompt: %v", told)
			}
			if _, err := m.Read(t.Context(), m.workspace, "s", ""); (err == nil) != c.eligible {
				t.Errorf("read: %v", err)
			}
		})
	}
}

func TestAllowlist(t *testing.T) {
	m := newMachine(t)
	m.config.AllowBundled = []string{"other"}
	add(t, m.managed, "mine", "Mine.", "")
	all := m.all(t)
	if s := all["skill-writing"]; !s.BlockedByAllowlist || s.Eligible {
		t.Errorf("%+v", s)
	}
	if !all["mine"].Eligible {
		t.Error("the list blocks a managed skill")
	}
	m.config.AllowBundled = []string{"skill-writing"}
	if !m.all(t)["skill-writing"].Eligible {
		t.Error("the list blocks what is in it")
	}
}

func TestInstallOptions(t *testing.T) {
	const ways = "install: [{kind: go, module: example.com/op}, {id: b, kind: brew, formula: op, bins: [op]}, {kind: node, package: op, os: [darwin]}]"
	m := newMachine(t)
	add(t, m.managed, "s", "Does it.", ways)
	add(t, m.managed, "d", "Does it.", "install: [{kind: download, url: 'https://example.com/a.zip'}, {kind: download}]")
	labels := func() (out []string) {
		all := m.all(t)
		for _, o := range append(all["s"].Install, all["d"].Install...) {
			out = append(out, o.ID+" "+o.Label)
		}
		return out
	}
	want := []string{"b Install op (brew)", "download-0 Download a.zip", "download-1 Download download-1"}
	if got := labels(); !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	add(t, m.managed, "s", "Does it.", strings.Replace(ways, "darwin", "linux", 1))
	want[0] = "node-2 Install op (npm)"
	if got := labels(); !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}

func TestBins(t *testing.T) {
	m := newMachine(t)
	add(t, m.managed, "a", "A.", "requires: {bins: [op], anyBins: [rg, grep]}, os: [darwin]")
	add(t, filepath.Join(m.workspace, folderName), "b", "B.", "requires: {bins: [op]}, install: [{kind: uv, bins: [uvx]}]")
	res, err := m.SkillsBins(t.Context(), &protocol.SkillsBinsParams{})
	if err != nil || !reflect.DeepEqual(res.Bins, []string{"grep", "op", "rg", "uvx"}) {
		t.Errorf("%v %v", res, err)
	}
}

// What is broken is left out and said once; the rest is there.
func TestBroken(t *testing.T) {
	m := newMachine(t)
	add(t, m.managed, "good", "Good.", "")
	write(t, filepath.Join(m.managed, "bad", fileName), "# no header")
	write(t, filepath.Join(m.managed, "twin", fileName), "---\nname: good\ndescription: Another.\n---\n")
	write(t, filepath.Join(m.managed, "long", fileName), "---\ndescription: x\n"+strings.Repeat("# x\n", maxHeader/4)+"---\n")
	write(t, filepath.Join(m.managed, "folder", fileName, "x"), "")
	write(t, filepath.Join(m.managed, "README.md"), "")
	write(t, filepath.Join(m.managed, "empty", "x"), "")
	for range 2 {
		if all := m.all(t); len(all) != 2 || all["good"].Description != "Good." {
			t.Errorf("%v", all)
		}
	}
	if n := strings.Count(m.log.String(), "a skill is left out"); n != 4 {
		t.Errorf("%d warnings:\n%s", n, &m.log)
	}
}

func TestManySkills(t *testing.T) {
	m := newMachine(t)
	for k := range maxSkills + 3 {
		add(t, m.managed, fmt.Sprintf("s%03d", k), strings.Repeat("d", 500), "")
	}
	if n := len(m.all(t)); n != maxSkills+1 {
		t.Errorf("%d skills", n)
	}
	if p := m.Prompt(t.Context(), m.workspace); len(p) > maxPrompt+1000 || !strings.Contains(p, "more skills are not listed here") {
		t.Errorf("%d bytes", len(p))
	}
}

// No link and no path leads out of a folder of skills.
func TestNoWayOut(t *testing.T) {
	m := newMachine(t)
	outside := t.TempDir()
	const secret = "---\ndescription: A secret.\n---\n"
	write(t, filepath.Join(outside, "out", fileName), secret)
	add(t, m.managed, "in", "In.", "")
	add(t, m.managed, "next", "Next.", "")
	write(t, filepath.Join(m.managed, "in", "more", "a.md"), "More.")
	write(t, filepath.Join(filepath.Dir(m.managed), "token"), "secret")
	write(t, filepath.Join(m.managed, "in", "data"), "\xff\xfe")
	link := func(to, at string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, at); err != nil {
			t.Skip(err)
		}
	}
	link(filepath.Join(outside, "out"), filepath.Join(m.managed, "out"))
	link(filepath.Join(outside, "out", fileName), filepath.Join(m.managed, "out2", fileName))
	link("../../token", filepath.Join(m.managed, "in", "token"))
	link("../next/SKILL.md", filepath.Join(m.managed, "in", "next"))
	link(outside, filepath.Join(m.workspace, folderName))
	if all := m.all(t); len(all) != 3 {
		t.Errorf("%v", all)
	}
	if text, err := m.Read(t.Context(), m.workspace, "in", "more/a.md"); err != nil || text != "More." {
		t.Errorf("%q %v", text, err)
	}
	for _, file := range []string{"../next/SKILL.md", "../../token", "token", "next", "/etc/passwd", `..\x`, "more", "data", "absent", "."} {
		if text, err := m.Read(t.Context(), m.workspace, "in", file); err == nil {
			t.Errorf("%s: %q", file, text)
		}
	}
	if _, err := m.Read(t.Context(), m.workspace, "absent", ""); err == nil {
		t.Error("a skill that is not there was read")
	}
	if text, err := m.Read(t.Context(), m.workspace, "skill-writing", ""); err != nil || !strings.Contains(text, "# Writing a skill") {
		t.Errorf("%q %v", text, err)
	}
}

package skills

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/skills/installer"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// SkillsStatus lists the skills of the default agent.
func (s *Service) SkillsStatus(ctx context.Context, _ *protocol.SkillsStatusParams) (*protocol.SkillsStatusResult, error) {
	workspace := s.o.Workspaces()[0]
	res := &protocol.SkillsStatusResult{WorkspaceDir: workspace, ManagedSkillsDir: s.o.Managed, Skills: []protocol.SkillStatus{}}
	for _, k := range s.find(workspace) {
		res.Skills = append(res.Skills, s.status(ctx, k))
	}
	return res, nil
}

// status tells of a skill whether it can be used, and what it lacks.
func (s *Service) status(ctx context.Context, k *skill) protocol.SkillStatus {
	c := s.o.Config()
	settings := c.Entries[k.Key]
	st := protocol.SkillStatus{
		Name: k.Name, Description: k.Description, Source: k.Source, FilePath: k.file(), BaseDir: k.Dir, SkillKey: k.Key,
		PrimaryEnv: some(k.PrimaryEnv), Emoji: some(k.Emoji), Homepage: some(k.Homepage), Always: k.Always,
		Disabled:           settings.Enabled.Set && !settings.Enabled.V,
		BlockedByAllowlist: k.Source == fromBundled && len(c.AllowBundled) > 0 && !slices.Contains(c.AllowBundled, k.Key) && !slices.Contains(c.AllowBundled, k.Name),
		Requirements: protocol.SkillRequirements{
			Bins: list(k.Requires.Bins), AnyBins: list(k.Requires.AnyBins), Env: list(k.Requires.Env), Config: list(k.Requires.Config), Os: list(k.Requires.OS),
		},
		ConfigChecks: []protocol.SkillConfigCheck{},
		Install:      s.installs(k),
	}
	r := k.Requires
	st.Missing = protocol.SkillRequirements{
		Bins:    lacking(r.Bins, s.hasProgram),
		AnyBins: []string{},
		Env:     lacking(r.Env, func(name string) bool { return s.hasVariable(name, k, &settings) }),
		Config:  []string{},
		Os:      []string{},
	}
	if len(r.AnyBins) > 0 && !slices.ContainsFunc(r.AnyBins, s.hasProgram) {
		st.Missing.AnyBins = list(r.AnyBins)
	}
	if !s.runsOn(r.OS) {
		st.Missing.Os = list(r.OS)
	}
	for _, place := range r.Config {
		value, set := s.o.Settings.Setting(ctx, place)
		st.ConfigChecks = append(st.ConfigChecks, protocol.SkillConfigCheck{Path: place, Value: value, Satisfied: set})
		if !set {
			st.Missing.Config = append(st.Missing.Config, place)
		}
	}
	m := &st.Missing
	st.Eligible = !st.Disabled && !st.BlockedByAllowlist && (k.Always || len(m.Bins)+len(m.AnyBins)+len(m.Env)+len(m.Config)+len(m.Os) == 0)
	return st
}

// hasProgram looks for a program in PATH, and among those that were installed for
// skills.
func (s *Service) hasProgram(name string) bool {
	_, err := s.tools.Find(name)
	return err == nil
}

// hasVariable looks for a variable in the gateway's environment and in the
// settings of the skill.
func (s *Service) hasVariable(name string, k *skill, settings *protocol.SkillEntryConfig) bool {
	return s.o.Env(name) != "" || settings.Env[name] != "" || name == k.PrimaryEnv && settings.APIKey.V != ""
}

// runsOn reports whether this system is one of those named; none is any.
func (s *Service) runsOn(names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool {
		return name == s.o.OS || name == "win32" && s.o.OS == "windows" || name == "macos" && s.o.OS == "darwin"
	})
}

// installs are the ways to install that are offered: all where every one is a
// download, else the one that fits this machine best.
func (s *Service) installs(k *skill) []protocol.SkillInstallOption {
	options := []protocol.SkillInstallOption{}
	downloads := true
	for _, i := range k.Install {
		if s.runsOn(i.OS) {
			downloads = downloads && i.Kind == "download"
			options = append(options, protocol.SkillInstallOption{ID: i.ID, Kind: protocol.SkillInstallOptionKind(i.Kind), Label: i.label(), Bins: list(i.Bins)})
		}
	}
	if downloads || len(options) == 0 {
		return options
	}
	// First what the gateway itself can run here, then what there is a program for.
	var order []string
	for _, kind := range []struct{ name, program string }{{installer.Node, "npm"}, {installer.Go, "go"}, {installer.Brew, "brew"}, {installer.UV, "uv"}} {
		if s.hasProgram(kind.program) {
			order = append(order, kind.name)
		}
	}
	order = append(order, "uv", "node", "brew", "go", "download")
	slices.SortStableFunc(options, func(a, b protocol.SkillInstallOption) int {
		return cmp.Compare(slices.Index(order, string(a.Kind)), slices.Index(order, string(b.Kind)))
	})
	return options[:1]
}

// label names a way to install for people.
func (i *Installer) label() string {
	if i.Label != "" {
		return line(i.Label)
	}
	what, how := "", ""
	switch i.Kind {
	case "brew":
		what, how = i.Formula, "brew"
	case "node":
		what, how = i.Package, "npm"
	case "go":
		what, how = i.Module, "go"
	case "uv":
		what, how = i.Package, "uv"
	case "download":
		return "Download " + line(cmp.Or(strings.TrimPrefix(path.Base(i.URL), "."), i.ID))
	}
	return "Install " + line(cmp.Or(what, strings.Join(i.Bins, ", "))) + " (" + how + ")"
}

// lacking are the names that a test fails for.
func lacking(names []string, has func(string) bool) []string {
	missing := []string{}
	for _, name := range names {
		if !has(name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// list is a list that is never null.
func list(names []string) []string { return append([]string{}, names...) }

func some(text string) wire.Opt[string] { return wire.Opt[string]{V: text, Set: text != ""} }

package skills

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/skills/installer"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// How long an installer may run: unless the call says so, and at most.
const (
	defaultInstallTime = 5 * time.Minute
	maxInstallTime     = 30 * time.Minute
)

// SkillsInstall runs an installer of a skill, where the configuration lets clients
// have that done: it is a program of somebody else's, with the rights of the
// gateway.
func (s *Service) SkillsInstall(ctx context.Context, p *protocol.SkillsInstallParams) (*protocol.SkillsInstallResult, error) {
	k, i, err := s.installer(p.Name, p.InstallID)
	if err != nil {
		return nil, err
	}
	if s.o.MayInstall == nil || !s.o.MayInstall() {
		return nil, final("installers are programs that run on the gateway's machine: they do only where gateway.config.allowExec is set to true in its configuration file", installer.Outcome{})
	}
	if !s.runsOn(i.OS) {
		return nil, final("this way to install is for "+strings.Join(i.OS, " and ")+", and the gateway runs on "+s.o.OS, installer.Outcome{})
	}
	if !s.busy.CompareAndSwap(false, true) {
		return nil, notInstalled("another installation is under way: try again when it has ended", installer.Outcome{})
	}
	defer s.busy.Store(false)
	most := defaultInstallTime
	if p.TimeoutMs.Set {
		most = time.Duration(min(p.TimeoutMs.V, maxInstallTime.Milliseconds())) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	out, err := s.tools.Install(ctx, i.way(k.Key))
	switch {
	case installer.NotRun(err):
		return nil, final(err.Error(), out)
	case err != nil:
		return nil, notInstalled(err.Error(), out)
	}
	res := &protocol.SkillsInstallResult{Message: "Installed", Stdout: out.Stdout, Stderr: out.Stderr}
	res.Code = exitStatus(out)
	return res, nil
}

// installer finds a way to install of a skill.
func (s *Service) installer(name, id string) (*skill, *Installer, error) {
	for _, workspace := range s.o.Workspaces() {
		found := s.find(workspace)
		at := slices.IndexFunc(found, func(k *skill) bool { return k.Name == name })
		if at < 0 {
			continue
		}
		k := found[at]
		i := slices.IndexFunc(k.Install, func(i Installer) bool { return i.ID == id })
		if i < 0 {
			return nil, nil, final("Installer not found: "+id, installer.Outcome{})
		}
		return k, &k.Install[i], nil
	}
	return nil, nil, notInstalled("Skill not found: "+name, installer.Outcome{})
}

// way is what there is to install, as the installer takes it.
func (i *Installer) way(key string) *installer.Way {
	w := &installer.Way{Kind: i.Kind, Skill: key, Bins: i.Bins, Module: i.Module, Package: i.Package, Formula: i.Formula,
		URL: i.URL, SHA256: i.SHA256, Archive: i.Archive, Strip: i.StripComponents, Folder: i.TargetDir}
	if i.Extract != nil && !*i.Extract {
		w.Archive = "none"
	}
	return w
}

// notInstalled is a failure, with what the installer said.
func notInstalled(message string, out installer.Outcome) *protocol.Error {
	err := protocol.Errorf(protocol.CodeUnavailable, "%s", message)
	failure := &protocol.SkillsInstallFailure{Message: message, Stdout: out.Stdout, Stderr: out.Stderr}
	failure.Code = exitStatus(out)
	err.Payload = failure
	return err
}

// final is a failure that a repeat does not help.
func final(message string, out installer.Outcome) *protocol.Error {
	err := notInstalled(message, out)
	err.Final = true
	return err
}

// exitStatus is null where nothing ended by itself.
func exitStatus(out installer.Outcome) (code wire.Null[int64]) {
	if out.Code != nil {
		code.V, code.Valid = int64(*out.Code), true
	}
	return code
}

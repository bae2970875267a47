package app

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/skills"
	"github.com/gatesmith/gatesmith/protocol"
)

// joinSkills makes the service of skills, before the agents that use them.
func (a *assistant) joinSkills(settings *config.Service, log *slog.Logger) {
	a.skills = skills.New(skills.Options{Managed: filepath.Join(a.stateDir, "skills"), Workspaces: a.workspaces, Settings: settings, Logger: log,
		Config: func() *protocol.SkillsConfig { return &a.config.Load().Skills.V },
		Tools:  a.toolsDir(), MayInstall: func() bool { return a.config.Load().Gateway.V.Config.V.AllowExec.V }})
}

// toolsDir is where what skills need is installed.
func (a *assistant) toolsDir() string { return filepath.Join(a.stateDir, "tools") }

func (a *assistant) workspaces() (folders []string) {
	for _, p := range a.agent.Roster().All() {
		folders = append(folders, p.Workspace)
	}
	return folders
}

// skillPrompt is what an agent is told of its skills.
func (a *assistant) skillPrompt(p *agent.Profile) string {
	return a.skills.Prompt(context.Background(), p.Workspace)
}

// agentSkills gives agents the skills of their workspaces.
type agentSkills struct{ *assistant }

func (s agentSkills) Read(ctx context.Context, agentID, skill, file string) (string, error) {
	p, ok := s.agent.Roster().Find(agentID)
	if !ok {
		p = s.agent.Roster().Default()
	}
	return s.skills.Read(ctx, p.Workspace, skill, file)
}

package app

import (
	"os"
	"path/filepath"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/wizard"
	"github.com/gatesmith/gatesmith/protocol"
)

// joinWizard makes the service of the guided setup.
func (g *Gateway) joinWizard(handlers *protocol.Handlers) {
	g.wizard = wizard.New(wizard.Options{Settings: g.settings, StateDir: g.opts.StateDir, Workspace: WorkspaceIn(g.opts.Config.Path, g.opts.StateDir),
		Channels: SetupChannels(os.Getenv), Hide: g.opts.Secrets.Add, Logger: g.log})
	handlers.Wizard = g.wizard
}

// WorkspaceIn tells in which folder the default agent of a configuration works.
func WorkspaceIn(configPath, stateDir string) func(c *protocol.Config) string {
	return func(c *protocol.Config) string {
		return agent.NewRoster(c, filepath.Dir(configPath), stateDir).Default().Workspace
	}
}

// Package skills finds what agents know how to do. A skill is a folder with a
// SKILL.md, whose header says what the skill is for and what it needs; the text
// below it is read by the agent that uses it.
//
// Skills come with the gateway, lie in its state folder for all agents, or in the
// workspace of one. They are read anew each time: whoever puts a folder there
// sees it at once, and there is nothing to go stale.
package skills

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gatesmith/gatesmith/internal/skills/installer"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Settings is the gateway's configuration as skills see it.
type Settings interface {
	// Setting gives the value at a path, with secrets masked for whoever may not
	// see them, and whether it is set to something.
	Setting(ctx context.Context, path string) (value wire.Raw, set bool)
	// Patch changes the file by a merge patch and puts it into force.
	Patch(ctx context.Context, by string, patch []byte) (*protocol.Config, error)
}

// Options say what a service works with.
type Options struct {
	Managed string // folder of the skills for all agents
	// Workspaces are the folders of the agents, the default one's first.
	Workspaces func() []string
	Config     func() *protocol.SkillsConfig
	Settings   Settings
	Logger     *slog.Logger

	Tools string // folder that installers install into
	// MayInstall reports whether clients may have installers run.
	MayInstall func() bool

	Env      func(name string) string // os.Getenv when nil
	LookPath func(name string) (string, error)
	OS       string // runtime.GOOS when empty
}

// Service serves the group skills.
type Service struct {
	o     Options
	log   *slog.Logger
	tools *installer.Installer
	busy  atomic.Bool // an installer runs

	mu   sync.Mutex
	told map[string]string // what was said of a broken skill, by path
}

var _ protocol.SkillsHandler = (*Service)(nil)

// New makes the service.
func New(o Options) *Service {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.LookPath == nil {
		o.LookPath = exec.LookPath
	}
	if o.OS == "" {
		o.OS = runtime.GOOS
	}
	return &Service{o: o, log: o.Logger, tools: &installer.Installer{Dir: o.Tools, Logger: o.Logger, LookPath: o.LookPath}, told: make(map[string]string)}
}

// maxTold bounds what is remembered of broken skills.
const maxTold = 1000

// warn tells of a skill that can't be used, once.
func (s *Service) warn(path string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told[path] == err.Error() {
		return
	}
	if len(s.told) >= maxTold {
		clear(s.told)
	}
	s.told[path] = err.Error()
	s.log.Warn("a skill is left out", "path", path, "error", err)
}

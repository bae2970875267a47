package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/chat"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/internal/dialect"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/mcp"
	"github.com/gatesmith/gatesmith/internal/models"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/skills"
	"github.com/gatesmith/gatesmith/internal/skills/installer"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/tools"
	"github.com/gatesmith/gatesmith/internal/usage"
	"github.com/gatesmith/gatesmith/protocol"
)

// assistant is what answers people: agents and the models behind them, their
// sessions, and what they cost.
type assistant struct {
	config   atomic.Pointer[protocol.Config]
	store    *store.Store
	base     string // folder of the configuration file
	stateDir string
	where    string // what stands for the place of sessions in answers

	models   *models.Service
	mcp      *mcp.Servers
	sessions *sessions.Service
	usage    *usage.Service
	agent    *agent.Service
	chat     *chat.Service
	channels *channels.Service
	skills   *skills.Service
	jobs     jobs // joined later: jobs have the agents take turns

	keeping     sync.WaitGroup // the housekeeping
	stopKeeping context.CancelFunc
}

func newAssistant(cfg *protocol.Config, configPath, stateDir, version string, st *store.Store, events agent.Publisher, kinds []channels.Kind, settings *config.Service, log *slog.Logger, more ...tools.Tool) *assistant {
	a := &assistant{store: st, base: filepath.Dir(configPath), stateDir: stateDir, where: filepath.Join(stateDir, "gateway.db")}
	a.config.Store(cfg)
	if cfg.Store.V.URL.V != "" {
		a.where = "postgresql" // its URL may hold a password
	}
	a.models = models.New(models.Options{Config: cfg, Env: os.Getenv, Logger: log})
	a.mcp = mcp.New(mcp.Options{Dir: filepath.Join(stateDir, "workspace"), Version: version, Path: installer.Folders(a.toolsDir()), Logger: log})
	a.mcp.Apply(&cfg.MCP.V)
	runs := &runs{}
	a.sessions = sessions.New(st, sessions.Options{Keys: a.keys, Config: func() *protocol.SessionConfig { return &a.config.Load().Session.V }, Models: sessionModels{a},
		Runs: runs, Path: a.where, Logger: log})
	a.usage = usage.New(st, usage.Options{})
	a.chat = chat.New(chat.Options{Store: st, Sessions: a.sessions, Events: events, Runs: runs, Thinking: a.thinking, Logger: log})
	a.joinChannels(cfg, kinds, settings, log)
	a.joinSkills(settings, log)
	own := slices.Concat(tools.SessionTools(a.sessions, a.chat, runs), tools.SkillTools(agentSkills{a}), tools.CronTools(&a.jobs, dialect.LooseJob), tools.ChannelTools(a.channels), more)
	box := tools.New(tools.Options{Own: own, MCP: a.mcp, Config: func() *protocol.ToolsConfig { return &a.config.Load().Tools.V }})
	a.agent = agent.New(agent.Options{Store: st, Sessions: a.sessions, Usage: a.usage, Models: a.models, Events: events, Tools: box, Deliver: a.channels, Skills: a.skillPrompt, Limits: a.limits, Logger: log}, a.roster(cfg))
	runs.Service = a.agent
	ctx, stop := context.WithCancel(context.Background())
	a.stopKeeping = stop
	a.keeping.Go(func() { a.sessions.KeepHouse(ctx) })
	a.keeping.Go(func() { a.channels.KeepHouse(ctx) })
	return a
}

// close ends the runs, which the next process takes up, and what they use.
func (a *assistant) close() {
	a.stopKeeping()
	a.channels.Close() // what comes in now, the next process takes
	a.agent.Close()
	a.keeping.Wait()
	a.mcp.Close()
	a.models.Close()
}

// runs stands for the engine before it exists.
type runs struct{ *agent.Service }

func (a *assistant) roster(cfg *protocol.Config) *agent.Roster {
	return agent.NewRoster(cfg, a.base, a.stateDir)
}

// apply puts another configuration in force.
func (a *assistant) apply(cfg *protocol.Config) {
	a.config.Store(cfg)
	a.models.Reconfigure(cfg)
	a.mcp.Apply(&cfg.MCP.V)
	a.agent.SetRoster(a.roster(cfg))
	a.channels.Reconfigure(context.Background(), &cfg.Channels.V)
}

// keys are the rules for session keys as configured now.
func (a *assistant) keys() sessions.Keys {
	k := sessions.Keys{DefaultAgent: mainAgent}
	if a.agent != nil {
		roster := a.agent.Roster()
		k.DefaultAgent, k.DefaultTaken = roster.Default().ID, roster.Knows("default")
	}
	return k.Configured(&a.config.Load().Session.V)
}

func (a *assistant) limits() agent.Limits {
	c := &a.config.Load().Agents.V
	l := agent.Limits{Concurrent: int(c.MaxConcurrent.V), Queued: int(c.MaxQueued.V), Lanes: map[string]int{cronLane: int(a.config.Load().Cron.V.MaxConcurrent.V)}}
	for name, size := range c.Lanes {
		l.Lanes[name] = int(size)
	}
	return l
}

// thinking is the level of an agent's sessions that set none.
func (a *assistant) thinking(agentID string) protocol.ThinkingLevel {
	roster := a.agent.Roster()
	p, ok := roster.Find(agentID)
	if !ok {
		p = roster.Default()
	}
	if p.Thinking != "" {
		return protocol.ThinkingLevel(p.Thinking)
	}
	m := a.models.Default()
	if p.Model != "" {
		if found, err := a.models.Lookup(p.Model); err == nil {
			m = found
		}
	}
	if m.Reasoning {
		return protocol.ThinkingLevel(m.Nearest(llm.LevelLow))
	}
	return protocol.ThinkingLevelOff
}

// sessionModels shows sessions the catalogue.
type sessionModels struct{ *assistant }

func (a sessionModels) Find(_ context.Context, name string) (sessions.Model, error) {
	m, err := a.models.Lookup(name)
	var unknown *llm.UnknownModel
	if errors.As(err, &unknown) {
		return sessions.Model{}, fmt.Errorf("%w: %w", sessions.ErrUnknownModel, err)
	}
	return sessionModel(m), err
}

func (a sessionModels) Default(agentID string) (sessions.Model, bool) {
	p, ok := a.agent.Roster().Find(agentID)
	if !ok || p.Model == "" {
		return sessionModel(a.models.Default()), true
	}
	m, err := a.models.Lookup(p.Model)
	return sessionModel(m), err == nil
}

func sessionModel(m llm.Model) sessions.Model {
	return sessions.Model{Provider: m.Provider, ID: m.ID, ContextWindow: m.ContextWindow}
}

// handlers adds the groups that the assistant serves.
func (a *assistant) handlers(h *protocol.Handlers) {
	h.Agent, h.Chat, h.Sessions, h.Usage, h.Models, h.Channels, h.Skills = a.agent, a.chat, a.sessions, a.usage, a.models, a.channels, a.skills
}

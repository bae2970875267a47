package agent

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// mainAgent is the agent that is there without any configuration.
const mainAgent = "main"

// Profile is an agent as configured.
type Profile struct {
	ID           string
	Name         string // "" when none is configured
	Identity     protocol.AgentIdentityConfig
	Model        string   // as configured; "" leaves it to the catalogue
	Fallbacks    []string // in order
	Thinking     string   // level; "" leaves it to the model
	Verbose      string
	Timeout      time.Duration
	Workspace    string // folder
	SystemPrompt string // in place of the built-in one; "" for that one
	MaxOutput    int64  // tokens; 0 leaves it to the model
	CompactAt    int64  // percent of the context window
	MaxSteps     int
	ToolTimeout  time.Duration
	ToolOutput   int // bytes
}

// Roster is the agents there are. It never changes.
type Roster struct {
	agents []Profile // the default one first, the others by id
}

// NewRoster reads the agents out of a configuration. Relative workspaces begin
// at base; without any, agents work in a folder of the state folder.
func NewRoster(c *protocol.Config, base, stateDir string) *Roster {
	r := &Roster{}
	defaults := defaultProfile(c, base, stateDir)
	chosen := 0
	for k := range c.Agents.V.List {
		e := &c.Agents.V.List[k]
		p := entryProfile(e, defaults, base)
		if r.has(p.ID) {
			continue // the first of two counts; the configuration's check tells of it
		}
		if e.Default.V && !defaultBefore(c.Agents.V.List[:k]) {
			chosen = len(r.agents)
		}
		r.agents = append(r.agents, p)
	}
	if len(r.agents) == 0 {
		defaults.ID = mainAgent
		r.agents = []Profile{defaults}
	}
	r.agents[0], r.agents[chosen] = r.agents[chosen], r.agents[0]
	slices.SortFunc(r.agents[1:], func(a, b Profile) int { return strings.Compare(a.ID, b.ID) })
	for k := range r.agents {
		if r.agents[k].Workspace == "" {
			r.agents[k].Workspace = defaults.Workspace
			if k > 0 {
				r.agents[k].Workspace = filepath.Join(defaults.Workspace, r.agents[k].ID)
			}
		}
	}
	return r
}

func defaultBefore(list []protocol.AgentEntryConfig) bool {
	return slices.ContainsFunc(list, func(e protocol.AgentEntryConfig) bool { return e.Default.V })
}

func defaultProfile(c *protocol.Config, base, stateDir string) Profile {
	d, t := &c.Agents.V.Defaults.V, &c.Tools.V
	return Profile{
		Model: cmp.Or(d.Model.V, c.Agent.V.Model.V), Fallbacks: d.Fallbacks, Thinking: string(d.ThinkingDefault.V), Verbose: string(d.VerboseDefault.V),
		Timeout: time.Duration(d.TimeoutSeconds.V) * time.Second, Workspace: cmp.Or(folder(d.Workspace.V, base), filepath.Join(stateDir, "workspace")),
		SystemPrompt: d.SystemPrompt.V, MaxOutput: d.MaxOutputTokens.V, CompactAt: d.CompactAtPercent.V,
		MaxSteps: int(t.MaxSteps.V), ToolTimeout: time.Duration(t.TimeoutSeconds.V) * time.Second, ToolOutput: int(t.MaxOutputBytes.V),
	}
}

func entryProfile(e *protocol.AgentEntryConfig, p Profile, base string) Profile {
	p.ID, p.Name, p.Identity = strings.ToLower(e.ID), e.Name.V, e.Identity.V
	p.Model = cmp.Or(e.Model.V, p.Model)
	if e.Fallbacks != nil {
		p.Fallbacks = e.Fallbacks
	}
	p.Thinking = cmp.Or(string(e.ThinkingDefault.V), p.Thinking)
	if e.TimeoutSeconds.Set {
		p.Timeout = time.Duration(e.TimeoutSeconds.V) * time.Second
	}
	p.Workspace = folder(e.Workspace.V, base)
	p.SystemPrompt = cmp.Or(e.SystemPrompt.V, p.SystemPrompt)
	return p
}

// Default is the agent that calls mean which name none.
func (r *Roster) Default() *Profile { return &r.agents[0] }

// All lists the agents, the default one first.
func (r *Roster) All() []Profile { return r.agents }

// Find gives an agent by its id; "" and, unless an agent has that name,
// "default" are the default one.
func (r *Roster) Find(id string) (*Profile, bool) {
	id = strings.ToLower(strings.TrimSpace(id))
	for k := range r.agents {
		if r.agents[k].ID == id {
			return &r.agents[k], true
		}
	}
	if id == "" || id == "default" {
		return r.Default(), true
	}
	return nil, false
}

func (r *Roster) has(id string) bool {
	return slices.ContainsFunc(r.agents, func(p Profile) bool { return p.ID == id })
}

// Knows reports whether an agent is configured by this very name.
func (r *Roster) Knows(id string) bool { return r.has(strings.ToLower(id)) }

// title is what the agent is called in a chat.
func (p *Profile) title() string {
	return cmp.Or(strings.TrimSpace(p.Identity.Name.V), p.Name, "Assistant")
}

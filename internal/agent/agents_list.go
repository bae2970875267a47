package agent

import (
	"context"
	"sync"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// AgentsList lists the agents, the default one first.
func (s *Service) AgentsList(context.Context, *protocol.AgentsListParams) (*protocol.AgentsListResult, error) {
	roster, keys := s.Roster(), s.o.Sessions.Keys()
	out := &protocol.AgentsListResult{DefaultID: roster.Default().ID, MainKey: mainKeyOf(keys.MainKey), Scope: protocol.SessionScopePerSender, Agents: []protocol.AgentSummary{}}
	if keys.Global {
		out.Scope = protocol.SessionScopeGlobal
	}
	for _, p := range roster.All() {
		row := protocol.AgentSummary{ID: p.ID, Name: some(p.Name)}
		if id := s.identity(&p); id != (protocol.AgentIdentity{}) {
			row.Identity = wire.Some(id)
		}
		out.Agents = append(out.Agents, row)
	}
	return out, nil
}

func mainKeyOf(configured string) string {
	if configured == "" {
		return "main"
	}
	return configured
}

func some(text string) wire.Opt[string] { return wire.Opt[string]{V: text, Set: text != ""} }

// identity is how an agent appears, its picture as an address.
func (s *Service) identity(p *Profile) protocol.AgentIdentity {
	i := &p.Identity
	return protocol.AgentIdentity{Name: some(i.Name.V), Theme: some(i.Theme.V), Emoji: some(i.Emoji.V), Avatar: some(i.Avatar.V), AvatarURL: some(s.avatars.of(i.Avatar.V, p.Workspace))}
}

// avatarCache keeps pictures: reading one each time an agent is listed would be
// work for nothing. It has one entry an agent.
type avatarCache struct {
	mu   sync.Mutex
	seen map[[2]string]string
}

func (c *avatarCache) of(avatar, workspace string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := [2]string{avatar, workspace}
	if url, ok := c.seen[key]; ok {
		return url
	}
	if len(c.seen) > 1000 || c.seen == nil {
		c.seen = map[[2]string]string{}
	}
	c.seen[key] = avatarURL(avatar, workspace)
	return c.seen[key]
}

func (c *avatarCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = nil
}

package app

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/system"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// overview shows the assistant to those who sum the gateway up.
type overview struct{ *assistant }

var _ system.Assistant = overview{}

func (o overview) Agents() []system.Agent {
	var out []system.Agent
	for _, p := range o.agent.Roster().All() {
		out = append(out, system.Agent{ID: p.ID, Name: p.Name})
	}
	return out
}

func (o overview) Sessions() protocol.HelloSessionDefaults {
	keys := o.keys()
	d := protocol.HelloSessionDefaults{DefaultAgentID: keys.DefaultAgent, MainKey: keys.MainKey, MainSessionKey: keys.Main(""), Scope: wire.Some(protocol.HelloSessionDefaultsScopePerSender)}
	if keys.Global {
		d.Scope = wire.Some(protocol.HelloSessionDefaultsScopeGlobal)
	}
	return d
}

func (o overview) Model() (name string, contextTokens int64) {
	m, ok := sessionModels(o).Default("")
	if !ok {
		return "", 0
	}
	return m.Provider + "/" + m.ID, m.ContextWindow
}

func (o overview) Recent(ctx context.Context, agentID string, most int) (int64, []protocol.SessionRow, error) {
	list, err := o.sessions.SessionsList(ctx, &protocol.SessionsListParams{AgentID: wire.Some(agentID), Limit: wire.Some(int64(most))})
	if err != nil {
		return 0, nil, err
	}
	count, err := o.sessionCount(ctx, agentID)
	return count, list.Sessions, err
}

func (o overview) sessionCount(ctx context.Context, agentID string) (count int64, err error) {
	err = o.store.Read(ctx, func(q store.Querier) error {
		b, err := o.sessions.Brief(ctx, q, agentID, 0)
		count = int64(b.Count)
		return err
	})
	return count, err
}

func (o overview) Channels() []system.Channel {
	var out []system.Channel
	for _, c := range o.channels.Overview() {
		x := system.Channel{ID: c.ID, Label: c.Label, Account: c.Account, Configured: c.Configured, Linked: c.Linked}
		for _, a := range c.Accounts {
			x.Accounts = append(x.Accounts, system.ChannelAccount(a))
		}
		out = append(out, x)
	}
	return out
}

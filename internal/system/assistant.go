package system

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Agent is an agent as overviews tell of it.
type Agent struct {
	ID, Name string // Name is "" when none is configured
}

// Channel is a channel as overviews tell of it.
type Channel struct {
	ID, Label, Account string
	Configured, Linked bool
	Accounts           []ChannelAccount
}

// ChannelAccount is an account of a channel, likewise.
type ChannelAccount struct {
	ID                          string
	Configured, Linked, Running bool
	Error                       string   // the last fault; "" none
	Probe                       wire.Raw // what the last probe found; nil: there was none
	ProbedAt                    int64    // 0: never
}

// health is how the account is.
func (a *ChannelAccount) health() protocol.ChannelAccountHealth {
	h := protocol.ChannelAccountHealth{AccountID: a.ID, Configured: wire.Some(a.Configured), Linked: wire.Some(a.Linked), Probe: a.Probe, LastProbeAt: wire.ExplicitNull[protocol.Timestamp]()}
	if a.ProbedAt != 0 {
		h.LastProbeAt = wire.SomeOrNull(protocol.Timestamp(a.ProbedAt))
	}
	h.Extra = wire.Extra{{Name: "running", Value: wire.AppendBool(nil, a.Running)}}
	if a.Error != "" {
		h.Extra = append(h.Extra, wire.Member{Name: "lastError", Value: wire.AppendString(nil, a.Error)})
	}
	return h
}

// health is how the channel is: its default account, and each of them.
func (c *Channel) health() protocol.ChannelHealth {
	h := protocol.ChannelHealth{AccountID: c.Account, Configured: wire.Some(c.Configured), Linked: wire.Some(c.Linked)}
	for _, a := range c.Accounts {
		if h.Accounts == nil {
			h.Accounts = map[string]protocol.ChannelAccountHealth{}
		}
		of := a.health()
		h.Accounts[a.ID] = of
		if a.ID == c.Account {
			h.Probe, h.LastProbeAt = of.Probe, of.LastProbeAt
		}
	}
	return h
}

// Assistant knows the agents, their sessions and the channels.
type Assistant interface {
	// Agents are the agents, the default one first.
	Agents() []Agent
	// Sessions says how sessions are named by default.
	Sessions() protocol.HelloSessionDefaults
	// Model is what the default agent's sessions use that choose nothing else.
	Model() (name string, contextTokens int64)
	// Recent gives the number of an agent's sessions and the last used ones.
	Recent(ctx context.Context, agentID string, most int) (count int64, rows []protocol.SessionRow, err error)
	// Channels are the channels in the order to show them.
	Channels() []Channel
}

// glance is a summary that is good for a moment, so that a client that asks
// again and again is no burden.
type glance struct {
	mu    sync.Mutex
	taken time.Time
	brief map[string]protocol.SessionsBrief
}

const (
	glanceTime  = time.Second
	briefRecent = 5
	statusRows  = 10
)

// briefs sums up the sessions of each agent. What cannot be read is told as
// none: health has to answer whatever else fails.
func (s *Service) briefs(ctx context.Context, agents []Agent) map[string]protocol.SessionsBrief {
	s.glance.mu.Lock()
	defer s.glance.mu.Unlock()
	now := s.now()
	if s.glance.brief != nil && now.Sub(s.glance.taken) < glanceTime && now.After(s.glance.taken.Add(-glanceTime)) {
		return s.glance.brief
	}
	brief := map[string]protocol.SessionsBrief{}
	for _, a := range agents {
		b := protocol.SessionsBrief{Path: s.facts.Store, Recent: []protocol.SessionBrief{}}
		if count, rows, err := s.assistant.Recent(ctx, a.ID, briefRecent); err == nil {
			b.Count = count
			for k := range rows {
				b.Recent = append(b.Recent, protocol.SessionBrief{Key: string(rows[k].Key), UpdatedAt: rows[k].UpdatedAt, Age: age(rows[k].UpdatedAt, now)})
			}
		}
		brief[a.ID] = b
	}
	s.glance.taken, s.glance.brief = now, brief
	return brief
}

func age(at wire.Null[protocol.Timestamp], now time.Time) wire.Null[int64] {
	if !at.Valid {
		return wire.Null[int64]{}
	}
	return wire.Value(max(0, now.UnixMilli()-int64(at.V)))
}

// statusSessions are the sessions as the overview for people tells of them.
func (s *Service) statusSessions(ctx context.Context) (protocol.StatusSessions, error) {
	out := protocol.StatusSessions{Paths: []string{s.facts.Store}, Recent: []protocol.StatusSession{}, ByAgent: []protocol.StatusAgentSessions{}}
	if model, window := s.assistant.Model(); model != "" {
		out.Defaults.Model = wire.Value(model)
		out.Defaults.ContextTokens = wire.Null[int64]{V: window, Valid: window > 0}
	}
	for _, a := range s.assistant.Agents() {
		count, rows, err := s.assistant.Recent(ctx, a.ID, statusRows)
		if err != nil {
			return out, err
		}
		own := protocol.StatusAgentSessions{AgentID: a.ID, Path: s.facts.Store, Count: count, Recent: []protocol.StatusSession{}}
		for k := range rows {
			own.Recent = append(own.Recent, s.statusSession(a.ID, &rows[k]))
		}
		out.Count += count
		out.ByAgent = append(out.ByAgent, own)
		out.Recent = append(out.Recent, own.Recent...)
	}
	slices.SortStableFunc(out.Recent, func(a, b protocol.StatusSession) int { return int(b.UpdatedAt.V - a.UpdatedAt.V) })
	out.Recent = out.Recent[:min(len(out.Recent), statusRows)]
	return out, nil
}

func (s *Service) statusSession(agent string, r *protocol.SessionRow) protocol.StatusSession {
	x := protocol.StatusSession{AgentID: wire.Some(agent), Key: string(r.Key), Kind: protocol.StatusSessionKind(r.Kind), SessionID: r.SessionID, UpdatedAt: r.UpdatedAt,
		Age: age(r.UpdatedAt, s.now()), ThinkingLevel: r.ThinkingLevel, VerboseLevel: r.VerboseLevel, ReasoningLevel: r.ReasoningLevel, ElevatedLevel: r.ElevatedLevel,
		SystemSent: r.SystemSent, AbortedLastRun: r.AbortedLastRun, InputTokens: r.InputTokens, OutputTokens: r.OutputTokens, Flags: flags(r)}
	x.TotalTokens = wire.Null[int64]{V: r.TotalTokens.V, Valid: r.TotalTokens.Set}
	x.ContextTokens = wire.Null[int64]{V: r.ContextTokens.V, Valid: r.ContextTokens.Set}
	x.Model = wire.Null[string]{V: r.Model.V, Valid: r.Model.Set}
	if r.TotalTokens.Set && r.ContextTokens.V > 0 {
		x.RemainingTokens = wire.Value(max(0, r.ContextTokens.V-r.TotalTokens.V))
		x.PercentUsed = wire.Value(min(999, r.TotalTokens.V*100/r.ContextTokens.V))
	}
	return x
}

// flags say in a word each what is special about a session.
func flags(r *protocol.SessionRow) []string {
	out := []string{}
	level := func(name, value string) {
		if value != "" {
			out = append(out, name+":"+value)
		}
	}
	level("think", string(r.ThinkingLevel.V))
	level("verbose", string(r.VerboseLevel.V))
	level("reasoning", string(r.ReasoningLevel.V))
	level("elevated", string(r.ElevatedLevel.V))
	if r.SystemSent.V {
		out = append(out, "system")
	}
	if r.AbortedLastRun.V {
		out = append(out, "aborted")
	}
	if r.SessionID.Set {
		out = append(out, "id:"+r.SessionID.V)
	}
	return out
}

// channelLines tell of each channel that somebody set up, in a line.
func (s *Service) channelLines() []string {
	out := []string{}
	for _, c := range s.assistant.Channels() {
		if !c.Configured {
			continue
		}
		state := "not linked"
		if c.Linked {
			state = "linked"
		}
		out = append(out, fmt.Sprintf("%s: %s", c.Label, state))
	}
	return out
}

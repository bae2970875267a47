package usage

import (
	"context"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// maxGroups is how many models and agents are told, and maxSessions how many
// sessions.
const (
	maxGroups   = 1000
	maxSessions = 50
)

// UsageStatus tells what was spent in the last 30 days, and the quotas at
// providers.
func (s *Service) UsageStatus(ctx context.Context, _ *protocol.UsageStatusParams) (*protocol.UsageStatusResult, error) {
	now := s.now()
	spent, err := s.groups.get(defaultDays, now, func() (*protocol.UsageStatusResult, error) { return s.spent(ctx, now) })
	if err != nil {
		return nil, err
	}
	res := *spent // what is kept stays as it is
	if res.Providers = s.providers(); res.Providers == nil {
		res.Providers = []protocol.UsageProvider{}
	}
	return &res, nil
}

// spent adds up by model, agent and session.
func (s *Service) spent(ctx context.Context, now time.Time) (*protocol.UsageStatusResult, error) {
	res := &protocol.UsageStatusResult{UpdatedAt: now.UnixMilli(), Models: []protocol.ModelUsage{},
		Agents: []protocol.AgentUsage{}, Sessions: []protocol.SessionUsage{}}
	var total counts
	each := func(q store.Querier, by dimension, limit int, f func(row)) error {
		for r, err := range sums(ctx, q, s.since(now, defaultDays), by, limit) {
			if err != nil {
				return err
			}
			f(r)
		}
		return nil
	}
	err := s.store.Read(ctx, func(q store.Querier) error {
		err := each(q, byModel, maxGroups, func(r row) {
			total.add(r.counts)
			u := r.wire()
			res.Models = append(res.Models, protocol.ModelUsage{Provider: r.names[0], Model: r.names[1], Input: u.Input, Output: u.Output,
				CacheRead: u.CacheRead, CacheWrite: u.CacheWrite, TotalTokens: u.TotalTokens, TotalCost: u.TotalCost, MissingCostEntries: u.MissingCostEntries})
		})
		if err != nil {
			return err
		}
		err = each(q, byAgent, maxGroups, func(r row) {
			u := r.wire()
			res.Agents = append(res.Agents, protocol.AgentUsage{AgentID: r.names[0], Input: u.Input, Output: u.Output,
				CacheRead: u.CacheRead, CacheWrite: u.CacheWrite, TotalTokens: u.TotalTokens, TotalCost: u.TotalCost, MissingCostEntries: u.MissingCostEntries})
		})
		if err != nil {
			return err
		}
		return each(q, bySession, maxSessions, func(r row) {
			u := r.wire()
			res.Sessions = append(res.Sessions, protocol.SessionUsage{Key: r.names[0], Input: u.Input, Output: u.Output,
				CacheRead: u.CacheRead, CacheWrite: u.CacheWrite, TotalTokens: u.TotalTokens, TotalCost: u.TotalCost, MissingCostEntries: u.MissingCostEntries})
		})
	})
	res.Totals = wire.Some(total.wire())
	return res, err
}

package usage

import (
	"context"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// defaultDays is what is looked at unless told otherwise; maxDays keeps dates
// within the calendar.
const (
	defaultDays = 30
	maxDays     = 36_500
)

// UsageCost adds up tokens and cost by day.
func (s *Service) UsageCost(ctx context.Context, p *protocol.UsageCostParams) (*protocol.UsageCostResult, error) {
	return s.cost(ctx, daysOf(p))
}

func daysOf(p *protocol.UsageCostParams) int64 {
	days := p.Days.V.Number
	if p.Days.V.Kind == protocol.UsageCostParamsDaysIsString {
		var err error
		if days, err = strconv.ParseInt(strings.TrimSpace(p.Days.V.String), 10, 64); err != nil {
			return defaultDays
		}
	}
	if !p.Days.Set {
		return defaultDays
	}
	return min(max(days, 1), maxDays)
}

func (s *Service) cost(ctx context.Context, days int64) (*protocol.UsageCostResult, error) {
	now := s.now()
	return s.costs.get(days, now, func() (*protocol.UsageCostResult, error) {
		res := &protocol.UsageCostResult{UpdatedAt: now.UnixMilli(), Days: days, Daily: []protocol.UsageDay{}}
		var total counts
		err := s.store.Read(ctx, func(q store.Querier) error {
			for r, err := range sums(ctx, q, s.since(now, days), byDay, maxDays) {
				if err != nil {
					return err
				}
				total.add(r.counts)
				u := r.wire()
				res.Daily = append(res.Daily, protocol.UsageDay{Date: r.names[0], Input: u.Input, Output: u.Output,
					CacheRead: u.CacheRead, CacheWrite: u.CacheWrite, TotalTokens: u.TotalTokens, TotalCost: u.TotalCost, MissingCostEntries: u.MissingCostEntries})
			}
			return nil
		})
		res.Totals = total.wire()
		return res, err
	})
}

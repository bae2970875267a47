package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func usageCommand() *cobra.Command {
	var days int64
	var by string
	cmd := &cobra.Command{
		Use:   "usage",
		Short: "Tells what models took, in tokens and money",
		Long: `Tells what models took, in tokens and money: by day, or for the last 30 days by
model, agent or session. Costs of models whose prices are not known are missing,
which a + after the cost says.`,
		Example: examples("gateway usage", "gateway usage --days 7", "gateway usage --by model"),
		Args:    noArgs,
	}
	asks(cmd, func(ctx context.Context, c *conversation, _ []string) error {
		switch by {
		case "day":
			if days < 1 {
				return usagef("--days is %d: expected 1 or more", days)
			}
			return c.usageByDay(ctx, days)
		case "model", "agent", "session":
			if cmd.Flags().Changed("days") {
				return usagef("--days goes with --by day only: the others are about the last 30 days")
			}
			return c.usageBy(ctx, by)
		}
		return usagef("--by is %q: expected day, model, agent or session", by)
	})
	cmd.Flags().Int64Var(&days, "days", 30, "how many days to look back, today included")
	cmd.Flags().StringVar(&by, "by", "day", "what to add up by: day, model, agent or session")
	return cmd
}

func (c *conversation) usageByDay(ctx context.Context, days int64) error {
	cost, err := c.gateway.UsageCost(ctx, &protocol.UsageCostParams{Days: wire.Some(protocol.UsageCostParamsDays{
		Kind: protocol.UsageCostParamsDaysIsNumber, Number: days})})
	if err != nil {
		return err
	}
	if c.screen.JSON {
		return c.screen.Raw(cost.AppendJSON(nil))
	}
	t := c.usageTable("day")
	for _, d := range cost.Daily {
		t.row(d.Date, protocol.UsageTotals{Input: d.Input, Output: d.Output, CacheRead: d.CacheRead, CacheWrite: d.CacheWrite,
			TotalTokens: d.TotalTokens, TotalCost: d.TotalCost, MissingCostEntries: d.MissingCostEntries})
	}
	t.print(cost.Totals)
	return nil
}

func (c *conversation) usageBy(ctx context.Context, by string) error {
	status, err := c.gateway.UsageStatus(ctx, &protocol.UsageStatusParams{})
	if err != nil {
		return err
	}
	if c.screen.JSON {
		return c.screen.Raw(status.AppendJSON(nil))
	}
	t := c.usageTable(by)
	switch by {
	case "model":
		for _, u := range status.Models {
			t.row(u.Provider+"/"+u.Model, protocol.UsageTotals{Input: u.Input, Output: u.Output, CacheRead: u.CacheRead, CacheWrite: u.CacheWrite,
				TotalTokens: u.TotalTokens, TotalCost: u.TotalCost, MissingCostEntries: u.MissingCostEntries})
		}
	case "agent":
		for _, u := range status.Agents {
			t.row(u.AgentID, protocol.UsageTotals{Input: u.Input, Output: u.Output, CacheRead: u.CacheRead, CacheWrite: u.CacheWrite,
				TotalTokens: u.TotalTokens, TotalCost: u.TotalCost, MissingCostEntries: u.MissingCostEntries})
		}
	case "session":
		for _, u := range status.Sessions {
			t.row(u.Key, protocol.UsageTotals{Input: u.Input, Output: u.Output, CacheRead: u.CacheRead, CacheWrite: u.CacheWrite,
				TotalTokens: u.TotalTokens, TotalCost: u.TotalCost, MissingCostEntries: u.MissingCostEntries})
		}
	}
	t.print(status.Totals.V)
	return nil
}

// usageTable is a table of tokens and money.
type usageTable struct {
	*screen.Table
	rows int
	say  func(format string, args ...any)
}

func (c *conversation) usageTable(by string) *usageTable {
	return &usageTable{Table: c.screen.Table(by, "input", "output", "cache read", "cache write", "tokens", "cost"), say: c.screen.Line}
}

func (t *usageTable) row(name any, u protocol.UsageTotals) {
	t.rows++
	t.Row(name, u.Input, u.Output, u.CacheRead, u.CacheWrite, u.TotalTokens, money(u))
}

// print ends the table with the sums.
func (t *usageTable) print(total protocol.UsageTotals) {
	if t.rows == 0 {
		t.say("Nothing was used.")
		return
	}
	t.row(screen.Styled(screen.Strong, "together"), total)
	t.Print()
}

// money is a cost in dollars; it is higher where answers have no price.
func money(u protocol.UsageTotals) string {
	text := fmt.Sprintf("$%.4f", u.TotalCost)
	if u.MissingCostEntries > 0 {
		text += "+"
	}
	return text
}

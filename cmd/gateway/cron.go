package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/cron/schedule"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func cronCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cron",
		Short: "Lists, adds, changes and runs scheduled jobs",
		Long: `Lists, adds, changes and runs scheduled jobs.

JOB is a job's id, the beginning of it, or its name.`,
	}
	chooses(cmd)
	cmd.AddCommand(cronListCommand(), cronAddCommand(), cronEditCommand(), cronRunCommand(), cronRemoveCommand(), cronRunsCommand(), cronNextCommand())
	return cmd
}

func cronListCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Lists jobs, the next to run first",
		Example: examples("gateway cron list", "gateway cron list --all --json"),
		Args:    noArgs,
	}
	asks(cmd, func(ctx context.Context, c *conversation, _ []string) error {
		list, err := c.gateway.CronList(ctx, &protocol.CronListParams{IncludeDisabled: wire.Some(all)})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(list.AppendJSON(nil))
		}
		status, err := c.gateway.CronStatus(ctx, &protocol.CronStatusParams{})
		if err != nil {
			return err
		}
		if len(list.Jobs) == 0 {
			c.screen.Line("There is no job.")
		}
		t := c.screen.Table("job", "name", "when", "does", "next", "last", "ended")
		for i := range list.Jobs {
			j := &list.Jobs[i]
			next := c.screen.Ago(j.State.NextRunAtMs.V)
			switch {
			case j.State.RunningAtMs.Set:
				next = "running"
			case !j.Enabled:
				next = "disabled"
			}
			t.Row(screen.Styled(screen.Strong, screen.Short(j.ID)), brief(j.Name, 30), scheduleText(j.Schedule), brief(payloadText(j.Payload), 40), next,
				c.screen.Ago(j.State.LastRunAtMs.V), string(j.State.LastStatus.V))
		}
		t.Print()
		if !status.Enabled {
			c.screen.Line("No job runs when it is due: cron.enabled is false in the gateway's configuration.")
		}
		return nil
	})
	cmd.Flags().BoolVar(&all, "all", false, "also those that are disabled")
	return cmd
}

// scheduleText is when a job runs, in words.
func scheduleText(s protocol.CronSchedule) string {
	switch s := s.(type) {
	case *protocol.CronScheduleAt:
		return "at " + time.UnixMilli(s.AtMs).Format(time.RFC3339)
	case *protocol.CronScheduleEvery:
		return "every " + screen.Span(time.Duration(s.EveryMs)*time.Millisecond)
	case *protocol.CronScheduleCron:
		return strings.TrimSpace(s.Expr + " " + s.Tz.V)
	}
	return "?"
}

// payloadText is what a job does, in words.
func payloadText(p protocol.CronPayload) string {
	switch p := p.(type) {
	case *protocol.CronPayloadSystemEvent:
		return "note: " + p.Text
	case *protocol.CronPayloadAgentTurn:
		return "ask: " + p.Message
	}
	return "?"
}

// job finds a job by id, the beginning of it, or name.
func (c *conversation) job(ctx context.Context, name string) (*protocol.CronJob, error) {
	list, err := c.gateway.CronList(ctx, &protocol.CronListParams{IncludeDisabled: wire.Some(true)})
	if err != nil {
		return nil, err
	}
	var found []*protocol.CronJob
	for i := range list.Jobs {
		j := &list.Jobs[i]
		if j.ID == name {
			return j, nil
		}
		if j.Name == name || len(name) >= 4 && strings.HasPrefix(j.ID, name) {
			found = append(found, j)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("there is no job %q: gateway cron list --all shows those there are", name)
	}
	return nil, fmt.Errorf("%d jobs are called %q: name one by its id, %s or %s", len(found), name, found[0].ID, found[1].ID)
}

func cronRunCommand() *cobra.Command {
	var due bool
	cmd := &cobra.Command{
		Use:   "run JOB",
		Short: "Runs a job now and waits for its end",
		Long: `Runs a job now and waits for its end, as long as --timeout says. The run goes on
when nobody waits for it any more; gateway cron runs shows how it ended.`,
		Example: examples("gateway cron run 'Morning report' --timeout 10m"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		j, err := c.job(ctx, args[0])
		if err != nil {
			return err
		}
		mode := protocol.CronRunParamsModeForce
		if due {
			mode = protocol.CronRunParamsModeDue
		}
		done, err := c.gateway.CronRun(ctx, &protocol.CronRunParams{ID: wire.Some(j.ID), Mode: wire.Some(mode)})
		switch {
		case err != nil:
			return err
		case !done.Ran && c.screen.JSON:
			return c.screen.Raw(done.AppendJSON(nil))
		case !done.Ran:
			c.screen.Line("%s did not run: %s.", j.Name, strings.ReplaceAll(string(done.Reason.V), "-", " "))
			return nil
		}
		runs, err := c.gateway.CronRuns(ctx, &protocol.CronRunsParams{ID: wire.Some(j.ID), Limit: wire.Some(int64(1))})
		if err != nil {
			return err
		}
		if len(runs.Entries) == 0 {
			return fmt.Errorf("%s ran, and the gateway has no record of how it ended", j.Name)
		}
		e := &runs.Entries[0]
		if c.screen.JSON {
			return c.screen.Raw(e.AppendJSON(nil))
		}
		if e.Status.V != protocol.CronRunStatusOk {
			return fmt.Errorf("%s ended with %s: %s", j.Name, e.Status.V, e.Error.V)
		}
		c.screen.Line("%s", screen.Clean(e.Summary.V))
		return nil
	})
	cmd.Flags().BoolVar(&due, "due", false, "only if its time has come")
	return cmd
}

func cronRemoveCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:     "rm JOB",
		Aliases: []string{"remove"},
		Short:   "Deletes a job",
		Args:    takes(1, 1),
	}, func(ctx context.Context, c *conversation, args []string) error {
		j, err := c.job(ctx, args[0])
		if err != nil {
			return err
		}
		done, err := c.gateway.CronRemove(ctx, &protocol.CronRemoveParams{ID: wire.Some(j.ID)})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("Deleted %s.", screen.Clean(j.Name))
		return nil
	})
}

func cronRunsCommand() *cobra.Command {
	var limit int64
	cmd := &cobra.Command{
		Use:     "runs JOB",
		Short:   "Shows how a job's runs ended, the last one at the end",
		Example: examples("gateway cron runs 'Morning report' -n 5"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		if limit < 1 || limit > 5000 {
			return usagef("-n is %d: expected 1 to 5000", limit)
		}
		id := args[0]
		j, unknown := c.job(ctx, id)
		if unknown == nil {
			id = j.ID
		}
		runs, err := c.gateway.CronRuns(ctx, &protocol.CronRunsParams{ID: wire.Some(id), Limit: wire.Some(limit)})
		switch {
		case err != nil:
			return err
		case unknown != nil && len(runs.Entries) == 0:
			return unknown // the log of a deleted job would be there by its id
		}
		if c.screen.JSON {
			return c.screen.Raw(runs.AppendJSON(nil))
		}
		if len(runs.Entries) == 0 {
			c.screen.Line("There were no runs of %s.", args[0])
		}
		t := c.screen.Table("began", "took", "ended", "late", "said")
		for i := range runs.Entries {
			e := &runs.Entries[i]
			late := ""
			if e.SlotAtMs.Set {
				late = screen.Span(time.Duration(e.RunAtMs.V-e.SlotAtMs.V) * time.Millisecond)
			}
			said := e.Summary.V
			if e.Error.Set {
				said = e.Error.V
			}
			t.Row(time.UnixMilli(e.RunAtMs.V).Format(time.RFC3339), screen.Span(time.Duration(e.DurationMs.V)*time.Millisecond), string(e.Status.V), late, brief(said, 60))
		}
		t.Print()
		return nil
	})
	cmd.Flags().Int64VarP(&limit, "lines", "n", 20, "how many runs")
	return cmd
}

func cronNextCommand() *cobra.Command {
	var zone string
	var count int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "next EXPR",
		Short: "Shows when a cron expression is due, without a gateway",
		Long: `Shows when a cron expression is due, without a gateway.

EXPR has five fields, or six with seconds first: minute, hour, day of month, month,
day of week. It may be @hourly, @daily, @weekly, @monthly or @yearly as well.`,
		Example: examples("gateway cron next '0 8 * * MON-FRI' --tz Europe/Berlin", "gateway cron next '30 2 L * *' -n 3"),
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if count < 1 || count > 1000 {
				return usagef("-n is %d: expected 1 to 1000", count)
			}
			out := screenOf(cmd, asJSON)
			s, err := schedule.New(&protocol.CronScheduleCron{Expr: args[0], Tz: given(zone)}, time.Local)
			if err != nil {
				return usagef("%w", err)
			}
			times := []string{}
			for t, ok := s.Next(out.Now()); ok && len(times) < count; t, ok = s.Next(t) {
				times = append(times, t.Format(time.RFC3339))
			}
			if asJSON {
				return out.Value(times)
			}
			for _, t := range times {
				out.Line("%s", t)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&zone, "tz", "", "IANA time `zone`, such as Europe/Berlin; without it, this machine's")
	f.IntVarP(&count, "lines", "n", 10, "how many times")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

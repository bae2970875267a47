package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// jobFlags are what a job is described by.
type jobFlags struct {
	description, agent, at, cron, zone, message, note, model, thinking, channel, to, session, missed string
	every, limit                                                                                     time.Duration
	deliver, now, remove, disabled                                                                   bool
}

func (j *jobFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&j.at, "at", "", "run once, at this `time` (2026-01-31T08:00:00Z) or after it (90m)")
	f.DurationVar(&j.every, "every", 0, "run at this interval")
	f.StringVar(&j.cron, "cron", "", "run by this `expression`: gateway cron next shows what it means")
	f.StringVar(&j.zone, "tz", "", "time `zone` of --cron, such as Europe/Berlin; without it, the gateway's")
	f.StringVar(&j.message, "message", "", "have the agent answer this `text`")
	f.StringVar(&j.note, "note", "", "leave this `text` in the agent's main session")
	f.StringVar(&j.session, "session", "", "where the agent answers: `main`, or isolated, in a fresh session of the job's own")
	f.StringVar(&j.agent, "agent", "", "the `agent`; without it, the default one")
	f.StringVar(&j.model, "model", "", "the `model`; without it, the agent's")
	f.StringVar(&j.thinking, "thinking", "", "the thinking `level`; without it, the agent's")
	f.DurationVar(&j.limit, "run-timeout", 0, "how long a run may take; without it, as the agent's")
	f.BoolVar(&j.deliver, "deliver", false, "send the reply to a channel")
	f.StringVar(&j.channel, "channel", "", "the `channel`, or last for the session's last one")
	f.StringVar(&j.to, "to", "", "the `recipient` on the channel")
	f.StringVar(&j.description, "description", "", "what the job is for, as `text`")
	f.StringVar(&j.missed, "missed", "", "what happens when its time was missed: `once`, late, or skip")
	f.BoolVar(&j.now, "now", false, "have the agent look at it at once, not at its next heartbeat")
	f.BoolVar(&j.remove, "delete-after-run", false, "delete a job of --at once it ran")
	f.BoolVar(&j.disabled, "disabled", false, "do not run it when it is due")
}

// schedule is when the job runs; nil when nothing is said.
func (j *jobFlags) schedule(now time.Time) (protocol.CronSchedule, error) {
	var out []protocol.CronSchedule
	if j.at != "" {
		at, err := time.Parse(time.RFC3339, j.at)
		if d, failed := time.ParseDuration(j.at); failed == nil && d >= 0 {
			at, err = now.Add(d), nil
		}
		if err != nil {
			return nil, usagef("--at is %q: expected a time such as %s, or a duration such as 90m", j.at, now.Format(time.RFC3339))
		}
		out = append(out, &protocol.CronScheduleAt{AtMs: at.UnixMilli()})
	}
	if j.every != 0 {
		if j.every < time.Second {
			return nil, usagef("--every is %v: expected a second or more", j.every)
		}
		out = append(out, &protocol.CronScheduleEvery{EveryMs: j.every.Milliseconds()})
	}
	if j.cron != "" {
		out = append(out, &protocol.CronScheduleCron{Expr: j.cron, Tz: given(j.zone)})
	} else if j.zone != "" {
		return nil, usagef("--tz says how --cron is read: say both")
	}
	if len(out) > 1 {
		return nil, usagef("--at, --every and --cron exclude one another")
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out[0], nil
}

func (j *jobFlags) seconds() wire.Opt[int64] {
	return wire.Opt[int64]{V: int64((j.limit + time.Second - 1) / time.Second), Set: j.limit > 0}
}

func (j *jobFlags) wakeMode() protocol.CronWakeMode {
	if j.now {
		return protocol.CronWakeModeNow
	}
	return protocol.CronWakeModeNextHeartbeat
}

func cronAddCommand() *cobra.Command {
	var j jobFlags
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Adds a job",
		Long: `Adds a job: what it does is said by --message or --note, and when by --cron,
--every or --at.`,
		Example: examples("gateway cron add 'Morning report' --cron '0 8 * * MON-FRI' --tz Europe/Berlin --message 'Summarise the night.'",
			"gateway cron add Tea --at 5m --note 'The tea is ready.' --now --delete-after-run"),
		Args: takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		p := &protocol.CronAddParams{Name: args[0], Description: given(j.description), Enabled: wire.Some(!j.disabled),
			DeleteAfterRun: wire.Opt[bool]{V: true, Set: j.remove}, SessionTarget: given(protocol.CronSessionTarget(j.session)),
			WakeMode: wire.Some(j.wakeMode()), Missed: given(protocol.CronMissed(j.missed))}
		if j.agent != "" {
			p.AgentID = wire.SomeOrNull(j.agent)
		}
		var err error
		if p.Schedule, err = j.schedule(c.screen.Now()); err != nil {
			return err
		}
		switch {
		case p.Schedule == nil:
			return usagef("when is it to run? Say --cron, --every or --at")
		case j.message != "" && j.note != "":
			return usagef("--message and --note exclude one another")
		case j.message != "":
			p.Payload = &protocol.CronPayloadAgentTurn{Message: j.message, Model: given(j.model), Thinking: given(j.thinking), TimeoutSeconds: j.seconds(),
				Deliver: wire.Opt[bool]{V: j.deliver, Set: cmd.Flags().Changed("deliver")}, Channel: given(protocol.CronPayloadAgentTurnChannel(j.channel)), To: given(j.to)}
		case j.note != "":
			p.Payload = &protocol.CronPayloadSystemEvent{Text: j.note}
		default:
			return usagef("what is it to do? Say --message or --note")
		}
		job, err := c.gateway.CronAdd(ctx, p)
		return c.changedJob("Added", job, err)
	})
	j.register(cmd)
	return cmd
}

func (c *conversation) changedJob(what string, job *protocol.CronJob, err error) error {
	if err != nil {
		return err
	}
	if c.screen.JSON {
		return c.screen.Raw(job.AppendJSON(nil))
	}
	next := "it does not run by itself"
	if job.State.NextRunAtMs.Set {
		next = "it runs next at " + time.UnixMilli(job.State.NextRunAtMs.V).Format(time.RFC3339)
	}
	c.screen.Line("%s %s, job %s: %s.", what, screen.Clean(job.Name), job.ID, next)
	return nil
}

func cronEditCommand() *cobra.Command {
	var j jobFlags
	var name string
	cmd := &cobra.Command{
		Use:     "edit JOB",
		Short:   "Changes a job: what is not said stays",
		Example: examples("gateway cron edit 'Morning report' --cron '0 7 * * *'", "gateway cron edit Tea --disabled", "gateway cron edit Tea --disabled=false --name Coffee"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		patch, err := j.patch(cmd.Flags().Changed, c.screen.Now())
		if err != nil {
			return err
		}
		patch.Name = given(name)
		job, err := c.job(ctx, args[0])
		if err != nil {
			return err
		}
		if patch.Payload == nil && j.aboutTurn(cmd.Flags().Changed) {
			patch.Payload = j.turnPatch(cmd.Flags().Changed)
		}
		job, err = c.gateway.CronUpdate(ctx, &protocol.CronUpdateParams{ID: wire.Some(job.ID), Patch: *patch})
		return c.changedJob("Changed", job, err)
	})
	j.register(cmd)
	cmd.Flags().StringVar(&name, "name", "", "another `name`")
	return cmd
}

// patch has what was said of a job.
func (j *jobFlags) patch(said func(string) bool, now time.Time) (*protocol.CronJobPatch, error) {
	p := &protocol.CronJobPatch{Description: wire.Opt[string]{V: j.description, Set: said("description")}, Enabled: wire.Opt[bool]{V: !j.disabled, Set: said("disabled")},
		DeleteAfterRun: wire.Opt[bool]{V: j.remove, Set: said("delete-after-run")}, SessionTarget: given(protocol.CronSessionTarget(j.session)),
		WakeMode: wire.Opt[protocol.CronWakeMode]{V: j.wakeMode(), Set: said("now")}, Missed: given(protocol.CronMissed(j.missed))}
	if said("agent") {
		p.AgentID = wire.SomeOrNull(j.agent)
		if j.agent == "" {
			p.AgentID = wire.OptNull[string]{Set: true}
		}
	}
	var err error
	if p.Schedule, err = j.schedule(now); err != nil {
		return nil, err
	}
	switch {
	case j.message != "" && j.note != "":
		return nil, usagef("--message and --note exclude one another")
	case j.note != "":
		p.Payload = &protocol.CronPayloadPatchSystemEvent{Text: wire.Some(j.note)}
	case j.message != "":
		p.Payload = j.turnPatch(said)
	}
	return p, nil
}

// aboutTurn reports whether something was said of how the agent answers.
func (j *jobFlags) aboutTurn(said func(string) bool) bool {
	for _, flag := range []string{"model", "thinking", "run-timeout", "deliver", "channel", "to"} {
		if said(flag) {
			return true
		}
	}
	return false
}

func (j *jobFlags) turnPatch(said func(string) bool) *protocol.CronPayloadPatchAgentTurn {
	return &protocol.CronPayloadPatchAgentTurn{Message: given(j.message), Model: wire.Opt[string]{V: j.model, Set: said("model")},
		Thinking: wire.Opt[string]{V: j.thinking, Set: said("thinking")}, TimeoutSeconds: j.seconds(), Deliver: wire.Opt[bool]{V: j.deliver, Set: said("deliver")},
		Channel: given(protocol.CronPayloadPatchAgentTurnChannel(j.channel)), To: wire.Opt[string]{V: j.to, Set: said("to")}}
}

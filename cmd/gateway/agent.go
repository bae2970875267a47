package main

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/talk"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// agentFlags are what the command agent may be told.
type agentFlags struct {
	message, agent, session, thinking, channel, to, key string
	limit                                               time.Duration
	wait, deliver                                       bool
}

func agentCommand() *cobra.Command {
	settings := &connection.Settings{}
	var f agentFlags
	cmd := &cobra.Command{
		Use:   "agent -m TEXT [--wait]",
		Short: "Gives the agent a message",
		Long: `Gives the agent a message and prints the run that answers it; with --wait the
reply, and the exit status says whether there was one: 1 when the run failed.

The message goes into the main session, or the one that --session names. With
--deliver the reply is also sent through a channel: the session's last one, or
the one that --channel and --to name.`,
		Example: examples(`gateway agent -m "Summarise my notes" --wait`, `gateway agent -m "Ping" --agent work --json`),
		Args:    noArgs,
	}
	settings.Register(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVarP(&f.message, "message", "m", "", "`text` for the agent")
	flags.StringVar(&f.agent, "agent", "", "`id` of the agent")
	flags.StringVar(&f.session, "session", "", "`key` of the session")
	flags.StringVar(&f.thinking, "thinking", "", "`level` of reasoning: off, minimal, low, medium, high or xhigh")
	flags.DurationVar(&f.limit, "limit", 0, "longest `time` that the run may take")
	flags.BoolVar(&f.wait, "wait", false, "wait for the reply and print it")
	flags.BoolVar(&f.deliver, "deliver", false, "send the reply through a channel, too")
	flags.StringVar(&f.channel, "channel", "", "`channel` to deliver through")
	flags.StringVar(&f.to, "to", "", "`recipient` to deliver to")
	flags.StringVar(&f.key, "key", "", "idempotency `key`: a repeat with it starts nothing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f.message == "" {
			return usagef("--message is missing: say what the agent is to do")
		}
		return runAgent(cmd, settings, &f)
	}
	return cmd
}

func (f *agentFlags) params() *protocol.AgentParams {
	some := func(text string) wire.Opt[string] { return wire.Opt[string]{V: text, Set: text != ""} }
	if f.key == "" {
		f.key = "cli-" + rand.Text()
	}
	return &protocol.AgentParams{Message: f.message, AgentID: some(f.agent), SessionKey: some(f.session), Thinking: some(f.thinking), Channel: some(f.channel), To: some(f.to),
		Deliver: wire.Opt[bool]{V: f.deliver, Set: f.deliver}, Timeout: wire.Opt[int64]{V: f.limit.Milliseconds(), Set: f.limit > 0}, IdempotencyKey: protocol.IdempotencyKey(f.key)}
}

// agentReply is what programs are told of a run.
type agentReply struct {
	RunID  string `json:"runId"`
	Status string `json:"status"` // accepted, ok, aborted or error
	Reply  string `json:"reply,omitempty"`
	Error  string `json:"error,omitempty"`
}

func runAgent(cmd *cobra.Command, settings *connection.Settings, f *agentFlags) error {
	ctx, cancel := settings.Bound(cmd.Context())
	defer cancel()
	target, err := settings.Target()
	if err != nil {
		return err
	}
	p := f.params()
	end := make(chan *protocol.ChatEvent, 1)
	c, err := target.Open(ctx, func(c *client.Client) {
		c.OnChat(func(e *protocol.ChatEvent) {
			if e.RunID == f.key && e.State != protocol.ChatStateDelta {
				end <- e
			}
		})
	})
	if err != nil {
		return err
	}
	defer seeOff(ctx, c)
	s := screenOf(cmd, settings.JSON)
	accepted, err := c.Agent(ctx, p)
	if err != nil {
		return err
	}
	if !f.wait {
		if s.JSON {
			return s.Value(agentReply{RunID: accepted.RunID, Status: "accepted"})
		}
		s.Line("%s", accepted.RunID)
		return nil
	}
	reply, err := awaitReply(ctx, c, accepted.RunID, end)
	if err != nil {
		return err
	}
	return showReply(s, reply)
}

// awaitReply waits for a run's end. One that ended before, as a repeat finds
// it, is told by agent.wait.
func awaitReply(ctx context.Context, c *client.Client, run string, end <-chan *protocol.ChatEvent) (*agentReply, error) {
	r := &agentReply{RunID: run, Status: "ok"}
	over := make(chan error, 1)
	go func() {
		for {
			w, err := c.AgentWait(ctx, &protocol.AgentWaitParams{RunID: run, TimeoutMs: wire.Some(int64(600_000))})
			if err == nil && w.Status == protocol.AgentWaitResultStatusTimeout {
				continue
			}
			if err == nil && w.Status == protocol.AgentWaitResultStatusError {
				err = errors.New(w.Error.V)
			}
			over <- err
			return
		}
	}()
	var known error
	select {
	case e := <-end:
		r.take(e)
		return r, nil
	case known = <-over:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// The event is on its way, unless the run ended before this command began.
	grace := time.NewTimer(500 * time.Millisecond)
	defer grace.Stop()
	select {
	case e := <-end:
		r.take(e)
	case <-grace.C:
		if known != nil {
			r.Status, r.Error = "error", known.Error()
		}
	}
	return r, nil
}

func (r *agentReply) take(e *protocol.ChatEvent) {
	r.Reply = e.Message.V.Content
	switch e.State {
	case protocol.ChatStateAborted:
		r.Status = "aborted"
	case protocol.ChatStateError:
		r.Status, r.Error = "error", e.ErrorMessage.V
	}
}

func showReply(s *screen.Screen, r *agentReply) error {
	if s.JSON {
		if err := s.Value(r); err != nil {
			return err
		}
	} else if r.Reply != "" {
		s.Line("%s", talk.Clean(r.Reply))
	}
	switch r.Status {
	case "error":
		if s.JSON {
			return &failure{exitFailed, nil}
		}
		return errors.New(r.Error)
	case "aborted":
		return errors.New("the run was stopped before its end")
	}
	return nil
}

package app

import (
	"context"
	"errors"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/cron"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/system"
	"github.com/gatesmith/gatesmith/protocol"
)

// cronLane is where jobs' turns queue.
const cronLane = "cron"

// joinCron makes the service that runs jobs.
func (g *Gateway) joinCron(events cron.Publisher, handlers *protocol.Handlers) {
	cfg := &g.assistant.config
	g.cron = cron.New(cron.Options{Store: g.store, Events: events, Agent: cronTurns{g.assistant}, Notes: cronNotes{g},
		Config: func() *protocol.CronConfig { return &cfg.Load().Cron.V }, Path: g.assistant.where, Logger: g.log})
	handlers.Cron = g.cron
	g.assistant.jobs.Service = g.cron
}

// jobs stands for the service before it exists.
type jobs struct{ *cron.Service }

// cronNotes leaves notes for the next heartbeat.
type cronNotes struct{ *Gateway }

func (n cronNotes) Note(_ context.Context, key, agentID, text string, now bool) error {
	if err := n.system.Leave(system.Note{Key: key, AgentID: agentID, Text: text}); err != nil {
		return err
	}
	n.heartbeat.Ask(now)
	return nil
}

// cronTurns has the agent take turns for jobs.
type cronTurns struct{ *assistant }

// Turn starts a run, or finds the one that an earlier process started, and waits
// for its end.
func (t cronTurns) Turn(ctx context.Context, x cron.Turn) (string, error) {
	who, known := t.agent.Roster().Find(x.AgentID)
	if !known {
		who = t.agent.Roster().Default()
	}
	session := t.keys().Main(who.ID)
	if x.Isolated {
		session = t.keys().Canonical("agent:" + who.ID + ":cron:" + x.JobID)
		if err := t.refresh(ctx, x.RunID, session); err != nil {
			return "", err
		}
	}
	ticket, err := t.agent.Start(ctx, agent.Request{ID: x.RunID, Kind: agent.KindCron, Params: []byte(x.JobID), Session: session, Said: session, Lane: cronLane,
		Message: x.Message, Model: x.Model, Thinking: x.Thinking, Timeout: x.Timeout, Source: agent.Source{Origin: agent.FromCron, Name: x.JobID},
		Deliver: x.Deliver, Route: agent.Route{Channel: x.Channel, To: x.To}})
	if err != nil {
		return "", err
	}
	o := ticket.Outcome
	if o == nil {
		ticket.Run.Release()
		select {
		case <-ticket.Run.Done():
			o = ticket.Run.Outcome()
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return replyOf(o, x.BestEffort)
}

// refresh gives a job's session a fresh transcript, but where the run has begun
// already.
func (t cronTurns) refresh(ctx context.Context, run, session string) error {
	if t.agent.Live(run) != nil {
		return nil
	}
	before, err := t.agent.AgentWait(ctx, &protocol.AgentWaitParams{RunID: run})
	if err != nil || before.Status != protocol.AgentWaitResultStatusTimeout {
		return err
	}
	return t.store.Write(ctx, func(tx *store.Tx) error {
		_, err := t.sessions.Reset(ctx, tx, session)
		return err
	})
}

// replyOf is what a run said, or why it failed.
func replyOf(o *agent.Outcome, bestEffort bool) (reply string, err error) {
	if o.Result != nil {
		for k, p := range o.Result.Payloads {
			if k > 0 {
				reply += "\n\n"
			}
			reply += p.Text
		}
	}
	switch {
	case o.Error != nil:
		return reply, errors.New(o.Error.Message)
	case o.State == agent.Aborted:
		return reply, errors.New("the run was stopped")
	case o.Undelivered != nil && !bestEffort:
		return reply, o.Undelivered
	}
	return reply, nil
}

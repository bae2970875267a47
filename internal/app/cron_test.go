package app_test

import (
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// A job's turn is one of the agent, in the main session or in a fresh one of the
// job's own.
func TestJobsHaveTheAgentTakeTurns(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	c := connect(t, dir, url, client.Options{})
	for target, times := range map[protocol.CronSessionTarget]int{protocol.CronSessionTargetMain: 4, protocol.CronSessionTargetIsolated: 2} {
		j, err := c.CronAdd(t.Context(), &protocol.CronAddParams{Name: "report", Schedule: &protocol.CronScheduleCron{Expr: "0 8 * * *", Tz: wire.Some("Asia/Shanghai")},
			SessionTarget: wire.Some(target), Payload: &protocol.CronPayloadAgentTurn{Message: "Write today's report", Channel: wire.Some(protocol.CronPayloadAgentTurnChannelLast)}})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if r, err := c.CronRun(t.Context(), &protocol.CronRunParams{ID: wire.Some(j.ID), Mode: wire.Some(protocol.CronRunParamsModeForce)}); err != nil || !r.Ran {
				t.Fatalf("%v %+v", err, r)
			}
		}
		runs, err := c.CronRuns(t.Context(), &protocol.CronRunsParams{ID: wire.Some(j.ID)})
		if err != nil || len(runs.Entries) != 2 || runs.Entries[1].Status.V != "ok" || !strings.Contains(runs.Entries[1].Summary.V, "Write today's report") {
			t.Errorf("%s: %v %+v", target, err, runs)
		}
		session := "main"
		if target == protocol.CronSessionTargetIsolated {
			session = "agent:main:cron:" + j.ID
		}
		history, err := c.ChatHistory(t.Context(), &protocol.ChatHistoryParams{SessionKey: session})
		if err != nil || len(history.Messages) != times {
			t.Errorf("%s: %v, %d messages, want %d", session, err, len(history.Messages), times)
		}
	}
	status, err := c.Status(t.Context(), &protocol.StatusParams{})
	if err != nil || len(status.QueuedSystemEvents) != 2 || !strings.HasPrefix(status.QueuedSystemEvents[0], "Cron: ") {
		t.Errorf("%v, notes %q", err, status.QueuedSystemEvents)
	}
}

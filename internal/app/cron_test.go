package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
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
	wake, err := c.Wake(t.Context(), &protocol.WakeParams{Mode: protocol.CronWakeModeNextHeartbeat, Text: "Look at the mail."})
	if err != nil || !wake.Ok {
		t.Errorf("%v %+v", err, wake)
	}
	status, err := c.Status(t.Context(), &protocol.StatusParams{})
	if err != nil || len(status.QueuedSystemEvents) != 3 || !strings.HasPrefix(status.QueuedSystemEvents[0], "Cron: ") {
		t.Errorf("%v, notes %q", err, status.QueuedSystemEvents)
	}
}

// What is to be looked at now is in the next turn of the main session.
func TestAWakeIsAHeartbeat(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, nil)
	c := connect(t, dir, url, client.Options{})
	beats := make(chan *protocol.HeartbeatEvent, 1)
	c.OnHeartbeat(func(e *protocol.HeartbeatEvent) {
		select {
		case beats <- e.Clone():
		default:
		}
	})
	if _, err := c.Wake(t.Context(), &protocol.WakeParams{Mode: protocol.CronWakeModeNow, Text: "The build is red."}); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-beats:
		if e.Status != "skipped" || e.Reason.V != "no-target" || e.Preview.V == "" {
			t.Errorf("heartbeat %+v", e)
		}
	case <-t.Context().Done():
	}
	last, err := c.LastHeartbeat(t.Context(), &protocol.LastHeartbeatParams{})
	if err != nil || last == nil || last.Status != "skipped" {
		t.Errorf("%v %+v", err, last)
	}
	history, err := c.ChatHistory(t.Context(), &protocol.ChatHistoryParams{SessionKey: "main"})
	if err != nil || len(history.Messages) != 2 || !strings.Contains(history.Messages[0].Content.Array[0].(*protocol.TextBlock).Text, "- The build is red.") {
		t.Errorf("%v %+v", err, history)
	}
	status, err := c.Status(t.Context(), &protocol.StatusParams{})
	if err != nil || len(status.QueuedSystemEvents) != 0 {
		t.Errorf("%v, notes %q", err, status.QueuedSystemEvents)
	}
}

// Jobs in the looser forms of the field are taken on its connections.
func TestLooseJobsOfTheField(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	loose := object{"job": object{"name": "tea", "agentId": "", "enabled": "true", "schedule": object{"at": "2030-01-01T00:00:00Z"},
		"payload": object{"kind": "agentTurn", "message": "tea", "provider": "Telegram"}}}
	field := dial(t, url+"/", nil)
	field.next() // the challenge
	field.send(object{"type": "req", "id": "c", "method": "connect", "params": connectParams(object{"token": secret})})
	field.answer("c")
	job := field.call("cron.add", loose)
	schedule, payload := job["schedule"].(object), job["payload"].(object)
	if schedule["kind"] != "at" || schedule["atMs"] != 1893456000000.0 || payload["channel"] != "telegram" || job["enabled"] != true || job["agentId"] != nil {
		t.Errorf("%v", job)
	}
	changed := field.call("cron.update", object{"id": job["id"], "patch": object{"schedule": object{"everyMs": 60000}}})
	if changed["schedule"].(object)["kind"] != "every" {
		t.Errorf("%v", changed)
	}
	field.call("cron.add", object{"name": "n", "schedule": object{"kind": "every", "everyMs": 60000}, "payload": object{"kind": "agentTurn", "message": "m", "channel": "Slack"}})
	if list := fmt.Sprint(field.call("cron.list", object{})); !strings.Contains(list, "channel:slack") {
		t.Errorf("%s", list)
	}
	guide := dial(t, url+"/v1/connect", nil)
	guide.send(connectParams(object{"token": secret}))
	guide.next()
	if e := guide.refused("cron.add", loose); !strings.Contains(e["message"].(string), "unexpected property 'job'") {
		t.Errorf("the guide's connection: %v", e)
	}
}

// An agent keeps jobs with its tool, as far as the rights of who talks to it go.
func TestAgentKeepsJobs(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	as := func(scope string) func(args string) string {
		p := dial(t, url+"/v1/connect", nil)
		params := connectParams(object{"token": secret})
		params["scopes"] = []string{scope}
		p.send(params)
		p.next()
		n := 0
		return func(args string) string {
			t.Helper()
			n++
			run := fmt.Sprintf("%s-%d", scope, n)
			p.call("agent", object{"message": "/echo tool=cron " + args, "sessionKey": "s-" + scope, "idempotencyKey": run})
			if end := p.call("agent.wait", object{"runId": run, "timeoutMs": 20000}); end["status"] != "ok" {
				t.Fatalf("%s: %v", args, end)
			}
			said := p.call("chat.history", object{"sessionKey": "s-" + scope, "limit": 1})["messages"].([]any)
			return fmt.Sprint(said[0].(object)["content"])
		}
	}
	admin, writer := as("operator.admin"), as("operator.write")
	var job struct{ ID, AgentID string }
	said := admin(`{"action":"add","job":{"name":"tea","schedule":{"at":"2030-01-01T08:00:00Z"},"payload":{"kind":"systemEvent","text":"The tea is ready."}}}`)
	if start := strings.Index(said, "{"); start < 0 || json.Unmarshal([]byte(said[start:strings.LastIndex(said, "}")+1]), &job) != nil || job.ID == "" || job.AgentID != "main" {
		t.Fatalf("added: %s", said)
	}
	if said := writer(`{"action":"list"}`); !strings.Contains(said, job.ID) {
		t.Errorf("a writer's agent sees %s", said)
	}
	if said := writer(`{"action":"remove","id":"` + job.ID + `"}`); !strings.Contains(said, "missing scope: operator.admin") {
		t.Errorf("a writer's agent removes: %s", said)
	}
	if said := admin(`{"action":"run","id":"` + job.ID + `"}`); !strings.Contains(said, `"status":"ok"`) {
		t.Errorf("run: %s", said)
	}
	if said := admin(`{"action":"update","id":"` + job.ID + `","patch":{"enabled":false}}`); !strings.Contains(said, `"enabled":false`) {
		t.Errorf("update: %s", said)
	}
	if said := writer(`{"action":"wake","text":"look at it"}`); !strings.Contains(said, "The note is left.") {
		t.Errorf("wake: %s", said)
	}
	if said := admin(`{"action":"remove","id":"` + job.ID + `"}`); !strings.Contains(said, "The job is removed.") {
		t.Errorf("remove: %s", said)
	}
}

// A note that is acknowledged waits over a restart.
func TestNotesWaitOverARestart(t *testing.T) {
	dir := t.TempDir()
	g, url := gateway(t, dir, map[string][]string{"token": {secret}})
	open := func(url string) *peer {
		p := dial(t, url+"/v1/connect", nil)
		p.send(connectParams(object{"token": secret}))
		p.next()
		return p
	}
	p := open(url)
	p.call("wake", object{"mode": "next-heartbeat", "text": "look at it"})
	p.call("system-event", object{"text": "and at this"})
	apptest.Stop(t, g)
	_, url = gateway(t, dir, map[string][]string{"token": {secret}})
	if got := fmt.Sprint(open(url).call("status", object{})["queuedSystemEvents"]); got != "[look at it and at this]" {
		t.Errorf("waiting: %s", got)
	}
}

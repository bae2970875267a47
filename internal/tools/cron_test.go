package tools

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// calendar notes what it was asked about jobs.
type calendar struct {
	added   *protocol.CronAddParams
	updated *protocol.CronUpdateParams
	woken   *protocol.WakeParams
	asked   []string
	ended   chan bool
	refuses protocol.CronRunResultReason
}

func (c *calendar) CronList(_ context.Context, p *protocol.CronListParams) (*protocol.CronListResult, error) {
	c.asked = append(c.asked, "list")
	return &protocol.CronListResult{Jobs: []protocol.CronJob{}}, nil
}

func (c *calendar) CronAdd(_ context.Context, p *protocol.CronAddParams) (*protocol.CronJob, error) {
	c.added = p
	return &protocol.CronJob{ID: "job-1", Name: p.Name, Schedule: p.Schedule, Payload: p.Payload, SessionTarget: "main", WakeMode: "now"}, nil
}

func (c *calendar) CronUpdate(_ context.Context, p *protocol.CronUpdateParams) (*protocol.CronJob, error) {
	c.updated = p
	return &protocol.CronJob{ID: p.ID.V, Name: "tea", Schedule: &protocol.CronScheduleEvery{EveryMs: 1}, Payload: &protocol.CronPayloadSystemEvent{Text: "x"}, SessionTarget: "main", WakeMode: "now"}, nil
}

func (c *calendar) CronRemove(_ context.Context, p *protocol.CronRemoveParams) (*protocol.CronRemoveResult, error) {
	return &protocol.CronRemoveResult{Removed: p.ID.V == "job-1"}, nil
}

func (c *calendar) CronRuns(_ context.Context, p *protocol.CronRunsParams) (*protocol.CronRunsResult, error) {
	c.asked = append(c.asked, "runs "+p.ID.V)
	return &protocol.CronRunsResult{Entries: []protocol.CronRunLogEntry{{JobID: p.ID.V, Status: wire.Some(protocol.CronRunStatusOk)}}}, nil
}

func (c *calendar) Begin(_ context.Context, id string, force bool) (<-chan bool, protocol.CronRunResultReason, error) {
	if c.refuses != "" {
		return nil, c.refuses, nil
	}
	c.asked = append(c.asked, "run "+id)
	return c.ended, "", nil
}

func (c *calendar) Wake(_ context.Context, p *protocol.WakeParams) (*protocol.WakeResult, error) {
	c.woken = p
	return &protocol.WakeResult{Ok: true}, nil
}

// asksCron gives a run of a caller the tool.
func asksCron(t *testing.T, as *agent.Caller) (*calendar, func(args string) (string, error)) {
	t.Helper()
	c := &calendar{ended: make(chan bool, 1)}
	loosen := func(job []byte) ([]byte, bool) {
		return []byte(strings.Replace(string(job), `{"everyMs"`, `{"kind":"every","everyMs"`, 1)), strings.Contains(string(job), `{"everyMs"`)
	}
	box := New(Options{Own: CronTools(c, loosen), Config: func() *protocol.ToolsConfig {
		return &protocol.ToolsConfig{Sources: wire.Some(protocol.ToolSourcesConfig{})}
	}})
	return c, func(args string) (string, error) {
		out, err := box.Call(t.Context(), as, llm.ToolCall{ID: "c", Name: "cron", Arguments: json.RawMessage(args)})
		if err != nil {
			return "", err
		}
		return out.Text, nil
	}
}

func TestCronTool(t *testing.T) {
	who := caller(agent.FromOperator, "operator.admin")
	who.AgentID = "helper"
	c, ask := asksCron(t, who)
	if out, err := ask(`{"action":"add","job":{"name":"tea","schedule":{"everyMs":60000},"payload":{"kind":"systemEvent","text":"tea"}}}`); err != nil || !strings.Contains(out, `"id":"job-1"`) {
		t.Fatalf("%q %v", out, err)
	}
	if c.added.AgentID.V != "helper" || c.added.Name != "tea" {
		t.Errorf("%+v", c.added)
	}
	if _, err := ask(`{"action":"add","job":{"name":"n","agentId":"main","schedule":{"kind":"every","everyMs":1},"payload":{"kind":"systemEvent","text":"x"}}}`); err != nil || c.added.AgentID.V != "main" {
		t.Errorf("%+v %v", c.added, err)
	}
	if _, err := ask(`{"action":"update","id":"job-1","patch":{"enabled":false,"schedule":{"everyMs":5}}}`); err != nil || c.updated.ID.V != "job-1" || !c.updated.Patch.Enabled.Set || c.updated.Patch.Schedule == nil {
		t.Errorf("%+v %v", c.updated, err)
	}
	if _, err := ask(`{"action":"wake","text":"look"}`); err != nil || c.woken.Mode != protocol.CronWakeModeNextHeartbeat || c.woken.Text != "look" {
		t.Errorf("%+v %v", c.woken, err)
	}
	if out, err := ask(`{"action":"remove","id":"job-1"}`); err != nil || out != "The job is removed." {
		t.Errorf("%q %v", out, err)
	}
	if out, err := ask(`{"action":"list"}`); err != nil || out != `{"jobs":[]}` {
		t.Errorf("%q %v", out, err)
	}
	c.ended <- true
	if out, err := ask(`{"action":"run","id":"job-1"}`); err != nil || !strings.Contains(out, `"status":"ok"`) {
		t.Errorf("%q %v", out, err)
	}
	for args, want := range map[string]string{
		`{"action":"stop"}`:                           "expected list, add",
		`{"action":"remove"}`:                         "remove needs id",
		`{"action":"add"}`:                            "add needs job",
		`{"action":"update","id":"x"}`:                "update needs patch",
		`{"action":"wake","text":" "}`:                "wake needs text",
		`{"action":"wake","text":"x","mode":"later"}`: `mode is "later"`,
		`{"action":"remove","id":"job-2"}`:            `there is no job "job-2"`,
		`{"action":"add","job":{"name":"n","schedule":{"kind":"cron"},"payload":{"kind":"systemEvent","text":"x"}}}`: "invalid cron.add params: at /schedule: must have required property 'expr'",
		`{"action":"update","id":"x","patch":{"colour":1}}`:                                                          "invalid cron.update params: at /patch: unexpected property 'colour'",
		`{"action":"list","colour":1}`:                                                                               "the arguments are not right",
	} {
		if _, err := ask(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	c.refuses = "running"
	if _, err := ask(`{"action":"run","id":"job-1"}`); err == nil || !strings.Contains(err.Error(), "did not run: running") {
		t.Error(err)
	}
}

// A run that goes on is not waited for: it may wait for the one that asks.
func TestCronToolDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ask := asksCron(t, caller(agent.FromOperator, "operator.admin"))
		if out, err := ask(`{"action":"run","id":"job-1"}`); err != nil || !strings.Contains(out, "The run began") {
			t.Errorf("%q %v", out, err)
		}
	})
}

// Each action needs the right of the method that it stands for.
func TestCronToolRights(t *testing.T) {
	for scope, may := range map[string]string{"operator.read": "list runs", "operator.write": "list runs wake", "operator.admin": "list add update remove run runs wake", "operator.pairing": ""} {
		c, ask := asksCron(t, caller(agent.FromOperator, scope))
		c.ended <- true
		for action := range actions {
			_, err := ask(`{"action":"` + action + `","id":"job-1","text":"x","job":{"name":"n","schedule":{"kind":"every","everyMs":1},"payload":{"kind":"systemEvent","text":"x"}},"patch":{}}`)
			allowed := strings.Contains(" "+may+" ", " "+action+" ")
			if allowed != (err == nil) || err != nil && !strings.Contains(err.Error(), "missing scope: ") {
				t.Errorf("%s with %s: %v", action, scope, err)
			}
		}
	}
	if _, ask := asksCron(t, caller(agent.FromCron, "operator.admin")); true {
		if _, err := ask(`{"action":"list"}`); err == nil {
			t.Error("a job's run lists jobs without a right")
		}
	}
}

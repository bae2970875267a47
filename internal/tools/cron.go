package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Jobs are what the tool about scheduled jobs calls.
type Jobs interface {
	CronList(ctx context.Context, p *protocol.CronListParams) (*protocol.CronListResult, error)
	CronAdd(ctx context.Context, p *protocol.CronAddParams) (*protocol.CronJob, error)
	CronUpdate(ctx context.Context, p *protocol.CronUpdateParams) (*protocol.CronJob, error)
	CronRemove(ctx context.Context, p *protocol.CronRemoveParams) (*protocol.CronRemoveResult, error)
	CronRuns(ctx context.Context, p *protocol.CronRunsParams) (*protocol.CronRunsResult, error)
	Begin(ctx context.Context, id string, force bool) (ended <-chan bool, why protocol.CronRunResultReason, err error)
	Wake(ctx context.Context, p *protocol.WakeParams) (*protocol.WakeResult, error)
}

// CronTools is the tool about scheduled jobs. Each of its actions is guarded as the
// method that it stands for. loosen takes jobs in looser forms, which models write
// as clients of the field do.
func CronTools(j Jobs, loosen func(job []byte) ([]byte, bool)) []Tool {
	t := cronTool{j, loosen}
	return []Tool{{
		Name: "cron", Needs: protocol.MethodCronList, Call: t.call,
		Description: `Lists, adds, changes, removes and runs scheduled jobs, and leaves notes. Actions: list; add with job; update with id and patch; remove with id; run with id, now; runs with id, the last runs; wake with text, a note for the next heartbeat (now: at once).
A job is {name, schedule, payload}. schedule: {"kind":"at","at":"2030-01-01T08:00:00Z"}, {"kind":"every","everyMs":3600000} or {"kind":"cron","expr":"0 8 * * MON-FRI","tz":"Europe/Berlin"}. payload: {"kind":"systemEvent","text":"…"} is a note in the main session, {"kind":"agentTurn","message":"…","deliver":true,"channel":"last"} has you do something in a session of the job's own. Further: enabled, deleteAfterRun, description, sessionTarget main or isolated, wakeMode now or next-heartbeat.`,
		Schema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["action"],"properties":{` +
			`"action":{"type":"string","enum":["list","add","update","remove","run","runs","wake"]},` +
			`"id":{"type":"string","description":"The job's id, as list gives it."},` +
			`"job":{"type":"object","description":"The job to add."},` +
			`"patch":{"type":"object","description":"Members of the job to change."},` +
			`"includeDisabled":{"type":"boolean","description":"For list: also jobs that are switched off."},` +
			`"text":{"type":"string","description":"For wake: the note."},` +
			`"mode":{"type":"string","enum":["now","next-heartbeat"],"description":"For wake; next-heartbeat by default."}}}`),
	}}
}

type cronTool struct {
	jobs   Jobs
	loosen func(job []byte) ([]byte, bool)
}

// cronArgs are the tool's arguments.
type cronArgs struct {
	Action          string
	ID              string
	Job, Patch      json.RawMessage
	IncludeDisabled bool
	Text            string
	Mode            protocol.CronWakeMode
}

// actions are what the tool does, each with the method that it stands for.
var actions = map[string]struct {
	stands protocol.MethodID
	needs  string // an argument
	do     func(t cronTool, ctx context.Context, c *agent.Caller, in *cronArgs) (*agent.ToolOutput, error)
}{
	"list":   {protocol.MethodCronList, "", cronTool.list},
	"add":    {protocol.MethodCronAdd, "job", cronTool.add},
	"update": {protocol.MethodCronUpdate, "id", cronTool.update},
	"remove": {protocol.MethodCronRemove, "id", cronTool.remove},
	"run":    {protocol.MethodCronRun, "id", cronTool.run},
	"runs":   {protocol.MethodCronRuns, "id", cronTool.runs},
	"wake":   {protocol.MethodWake, "text", cronTool.wake},
}

func (t cronTool) call(ctx context.Context, c *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
	in := &cronArgs{}
	if err := read(args, in); err != nil {
		return nil, err
	}
	a, known := actions[in.Action]
	if !known {
		return nil, fmt.Errorf("action is %q: expected list, add, update, remove, run, runs or wake", in.Action)
	}
	if denied := protocol.AllowMethod(a.stands, protocol.GrantOf(protocol.RoleOperator, c.Source.Scopes)); denied != nil {
		return nil, fmt.Errorf("the run may not %s jobs: %s", in.Action, denied.Error())
	}
	given := map[string]bool{"": true, "id": in.ID != "", "job": len(in.Job) > 0, "text": strings.TrimSpace(in.Text) != ""}
	if !given[a.needs] {
		return nil, fmt.Errorf("%s needs %s", in.Action, a.needs)
	}
	return a.do(t, ctx, c, in)
}

func (t cronTool) list(ctx context.Context, _ *agent.Caller, in *cronArgs) (*agent.ToolOutput, error) {
	found, err := t.jobs.CronList(ctx, &protocol.CronListParams{IncludeDisabled: wire.Some(in.IncludeDisabled)})
	if err != nil {
		return nil, err
	}
	return &agent.ToolOutput{Text: string(found.AppendJSON(nil))}, nil
}

func (t cronTool) add(ctx context.Context, c *agent.Caller, in *cronArgs) (*agent.ToolOutput, error) {
	p := &protocol.CronAddParams{}
	if err := t.decode(protocol.MethodCronAdd, in.Job, p); err != nil {
		return nil, err
	}
	if !p.AgentID.Set {
		p.AgentID.V, p.AgentID.Set = c.AgentID, c.AgentID != "" // whoever adds it
	}
	return jobOutput(t.jobs.CronAdd(ctx, p))
}

func (t cronTool) update(ctx context.Context, _ *agent.Caller, in *cronArgs) (*agent.ToolOutput, error) {
	if len(in.Patch) == 0 {
		return nil, errors.New("update needs patch")
	}
	patch := in.Patch
	if better, ok := t.loosen(patch); ok {
		patch = better
	}
	args, err := json.Marshal(map[string]any{"id": in.ID, "patch": patch})
	if err != nil {
		return nil, err
	}
	p := &protocol.CronUpdateParams{}
	if err := t.decode(protocol.MethodCronUpdate, args, p); err != nil {
		return nil, err
	}
	return jobOutput(t.jobs.CronUpdate(ctx, p))
}

// decode reads params as the server does, and says what is wrong with them.
func (t cronTool) decode(m protocol.MethodID, args []byte, into interface {
	DecodeAlias(data []byte, mode wire.Mode) error
}) error {
	if better, ok := t.loosen(args); ok {
		args = better
	}
	if err := into.DecodeAlias(args, wire.Strict); err != nil {
		return errors.New(protocol.InvalidParams(m.String(), err).Message)
	}
	return nil
}

func jobOutput(j *protocol.CronJob, err error) (*agent.ToolOutput, error) {
	if err != nil {
		return nil, err
	}
	return &agent.ToolOutput{Text: string(j.AppendJSON(nil)), Meta: j.Name}, nil
}

func (t cronTool) remove(ctx context.Context, _ *agent.Caller, in *cronArgs) (*agent.ToolOutput, error) {
	r, err := t.jobs.CronRemove(ctx, &protocol.CronRemoveParams{ID: wire.Some(in.ID)})
	switch {
	case err != nil:
		return nil, err
	case !r.Removed:
		return nil, fmt.Errorf("there is no job %q", in.ID)
	}
	return &agent.ToolOutput{Text: "The job is removed."}, nil
}

// runWait is how long a run that is begun is waited for: not long, since one in the
// conversation that asks for it begins only when that has ended.
const runWait = 2 * time.Second

func (t cronTool) run(ctx context.Context, _ *agent.Caller, in *cronArgs) (*agent.ToolOutput, error) {
	ended, why, err := t.jobs.Begin(ctx, in.ID, true)
	if err != nil {
		return nil, err
	}
	if ended == nil {
		return nil, fmt.Errorf("the job did not run: %s", why)
	}
	timer := time.NewTimer(runWait)
	defer timer.Stop()
	select {
	case <-ended:
		return t.runs(ctx, nil, in)
	case <-timer.C:
	case <-ctx.Done():
	}
	return &agent.ToolOutput{Text: "The run began; the action runs tells how it ended."}, nil
}

func (t cronTool) runs(ctx context.Context, _ *agent.Caller, in *cronArgs) (*agent.ToolOutput, error) {
	r, err := t.jobs.CronRuns(ctx, &protocol.CronRunsParams{ID: wire.Some(in.ID), Limit: wire.Some(int64(10))})
	if err != nil {
		return nil, err
	}
	return &agent.ToolOutput{Text: string(r.AppendJSON(nil))}, nil
}

func (t cronTool) wake(ctx context.Context, _ *agent.Caller, in *cronArgs) (*agent.ToolOutput, error) {
	mode := in.Mode
	switch mode {
	case "":
		mode = protocol.CronWakeModeNextHeartbeat
	case protocol.CronWakeModeNow, protocol.CronWakeModeNextHeartbeat:
	default:
		return nil, fmt.Errorf("mode is %q: expected now or next-heartbeat", mode)
	}
	if _, err := t.jobs.Wake(ctx, &protocol.WakeParams{Mode: mode, Text: in.Text}); err != nil {
		return nil, err
	}
	return &agent.ToolOutput{Text: "The note is left."}, nil
}

package tools

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/approvals"
	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Nodes are the machines that agents may use.
type Nodes interface {
	NodesList(ctx context.Context, p *protocol.NodesListParams) (*protocol.NodesListResult, error)
	NodesInvoke(ctx context.Context, p *protocol.NodesInvokeParams) (*protocol.NodesInvokeResult, error)
}

// Approvals asks people, and knows what is to be asked about.
type Approvals interface {
	Ask(ctx context.Context, conn string, q approvals.Question) (*approvals.Answer, error)
	// NodeRules are a node's own rules for an agent.
	NodeRules(ctx context.Context, nodeID, agentID string) (policy.Rules, error)
	// Demands are what a session demands beside them, as somebody set it; empty:
	// nothing.
	Demands(ctx context.Context, sessionKey string) (protocol.ExecSecurity, protocol.ExecAsk, error)
}

// NodeTools are the tools about nodes.
func NodeTools(n Nodes, a Approvals) []Tool {
	t := nodeTools{n, a}
	return []Tool{
		{Name: "nodes_list", Needs: protocol.MethodNodesList, Call: t.list,
			Description: "Lists the machines and phones that are paired with this gateway: their names, whether they are connected, and the commands that they take.",
			Schema:      json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{}}`)},
		{Name: "nodes_invoke", Needs: protocol.MethodNodesInvoke, Call: t.invoke, Shown: showInvoke,
			Description: "Has a paired machine or phone carry out one of its commands, such as system.run with {\"command\":[\"uname\",\"-a\"]} or camera.snap. A person may be asked first whether a program may run.",
			Schema:      json.RawMessage(`{"type":"object","additionalProperties":false,"required":["node","command"],"properties":{"node":{"type":"string","minLength":1,"description":"Id or name of the node, from nodes_list."},"command":{"type":"string","minLength":1,"description":"The command, one of those that nodes_list shows for the node."},"params":{"type":"object","description":"Parameters of the command. system.run takes command, a list of words, and cwd, env and timeoutMs."},"timeoutMs":{"type":"integer","minimum":1,"maximum":600000,"description":"How long the node may take; 30000 by default."}}}`)},
	}
}

type nodeTools struct {
	nodes     Nodes
	approvals Approvals
}

func (t nodeTools) list(ctx context.Context, _ *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
	if err := read(args, &struct{}{}); err != nil {
		return nil, err
	}
	found, err := t.nodes.NodesList(ctx, &protocol.NodesListParams{})
	if err != nil {
		return nil, err
	}
	type row struct {
		ID        string   `json:"id"`
		Name      string   `json:"name,omitempty"`
		Platform  string   `json:"platform,omitempty"`
		Connected bool     `json:"connected"`
		Commands  []string `json:"commands,omitempty"`
	}
	rows := []row{}
	for k := range found.Nodes {
		n := &found.Nodes[k]
		rows = append(rows, row{ID: n.NodeID, Name: n.DisplayName.V, Platform: n.Platform.V, Connected: n.Connected, Commands: n.Commands})
	}
	return asJSON(rows)
}

// invocation is what the model asks for.
type invocation struct {
	Node, Command string
	Params        map[string]json.RawMessage
	TimeoutMs     int64
}

func (t nodeTools) invoke(ctx context.Context, c *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
	var in invocation
	if err := read(args, &in); err != nil {
		return nil, err
	}
	node, err := t.find(ctx, in.Node)
	if err != nil {
		return nil, err
	}
	key := c.RunID + "/" + callID(ctx)
	if in.Command != approvals.CommandRun {
		return t.ask(ctx, &in, node.NodeID, key)
	}
	return t.run(ctx, c, &in, node, key)
}

// find takes a node by its id or its name.
func (t nodeTools) find(ctx context.Context, name string) (*protocol.NodeRow, error) {
	list, err := t.nodes.NodesList(ctx, &protocol.NodesListParams{})
	if err != nil {
		return nil, err
	}
	var found *protocol.NodeRow
	var names []string
	for k := range list.Nodes {
		n := &list.Nodes[k]
		switch {
		case n.NodeID == name:
			return n, nil
		case !strings.EqualFold(n.DisplayName.V, name) || name == "":
			names = append(names, n.NodeID+" ("+n.DisplayName.V+")")
		case found != nil:
			return nil, fmt.Errorf("several nodes are called %q: give the id of one, from nodes_list", name)
		default:
			found = n
		}
	}
	if found == nil {
		return nil, fmt.Errorf("there is no node %q: there are %s", name, strings.Join(append(names, "no others"), ", "))
	}
	return found, nil
}

// ask has the node carry out the command.
func (t nodeTools) ask(ctx context.Context, in *invocation, nodeID, key string) (*agent.ToolOutput, error) {
	p := &protocol.NodesInvokeParams{NodeID: nodeID, Command: in.Command, IdempotencyKey: protocol.IdempotencyKey(key), TimeoutMs: wire.Opt[int64]{V: in.TimeoutMs, Set: in.TimeoutMs > 0}}
	if in.Params != nil {
		text, err := json.Marshal(in.Params)
		if err != nil {
			return nil, err
		}
		p.Params = text
	}
	done, err := t.nodes.NodesInvoke(ctx, p)
	if err != nil {
		return nil, err
	}
	return output(in.Command, done.Payload), nil
}

// output is what a node gave, as a model can take it: pictures are shown.
func output(command string, payload wire.Raw) *agent.ToolOutput {
	var members map[string]json.RawMessage
	var picture struct{ Format, Base64 string }
	if json.Unmarshal(payload, &members) == nil && json.Unmarshal(payload, &picture) == nil {
		mime := map[string]string{"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}[strings.ToLower(picture.Format)]
		if data, err := base64.StdEncoding.DecodeString(picture.Base64); mime != "" && err == nil && len(data) > 0 {
			delete(members, "base64")
			text, _ := json.Marshal(members) // it was read as JSON
			return &agent.ToolOutput{Text: string(text), Images: []llm.Image{{MIME: mime, Data: data}}, Meta: command}
		}
	}
	if len(payload) == 0 {
		payload = wire.Raw("null")
	}
	return &agent.ToolOutput{Text: string(payload), Meta: command}
}

// ownParams are those of system.run that say for whom it runs and what was decided:
// they are not the model's to set.
var ownParams = []string{"agentId", "sessionKey", "runId", "approvalDecision", "approved", "rawCommand"}

// run runs a program on a node, and asks people where the node wants that. The
// first try says whether it does: which rules hold is the node's to know.
func (t nodeTools) run(ctx context.Context, c *agent.Caller, in *invocation, node *protocol.NodeRow, key string) (*agent.ToolOutput, error) {
	if in.Params == nil {
		return nil, errors.New(`params are missing: system.run needs {"command":["uname","-a"]}`)
	}
	for _, name := range ownParams {
		delete(in.Params, name)
	}
	in.Params["agentId"], _ = json.Marshal(c.AgentID)
	in.Params["sessionKey"], _ = json.Marshal(c.SessionKey)
	command, err := commandOf(in, node.NodeID, c.AgentID)
	if err != nil {
		return nil, err
	}
	x := &program{t, c, in, command, key, policy.Verdict{Outcome: policy.Allow}}
	if x.verdict, err = t.demanded(ctx, c, command); err != nil {
		return nil, err
	}
	switch x.verdict.Outcome {
	case policy.Deny:
		return nil, fmt.Errorf("this session may not run %s (%s): somebody has set that, and its execSecurity and execAsk say it", command, x.verdict.Reason)
	case policy.Ask:
		return x.afterAsking(ctx)
	}
	out, err := t.ask(ctx, in, node.NodeID, key)
	if wantsApproval(err) {
		return x.afterAsking(ctx)
	}
	return described(out, command), err
}

// program is one that is to run on a node.
type program struct {
	nodeTools
	caller  *agent.Caller
	in      *invocation
	command *policy.Command
	key     string
	verdict policy.Verdict // of what the session demands
}

// afterAsking runs it if people allow that. Where nobody answers, what counts then
// is the session's to say, and the node's, which asks for as much as it wants.
func (x *program) afterAsking(ctx context.Context) (*agent.ToolOutput, error) {
	answer, err := x.approve(ctx, x.caller, x.command)
	if err != nil {
		return nil, err
	}
	said := string(answer.Decision)
	switch {
	case said == string(protocol.ExecDecisionDeny):
		return nil, fmt.Errorf("%s was not allowed: %s denied it", x.command, answer.By)
	case said == "" && x.verdict.After(policy.Unanswered).Outcome != policy.Allow:
		return nil, fmt.Errorf("%s was not allowed: nobody decided in time", x.command)
	}
	x.in.Params["runId"], _ = json.Marshal(answer.ID) // a text always encodes
	out, err := x.ask(ctx, x.in, x.command.Node, x.key+"/approved")
	return described(out, x.command), err
}

// demanded is what a session has to say to a program, by the node's rules made as
// strict as the session's: it never loosens them.
func (t nodeTools) demanded(ctx context.Context, c *agent.Caller, command *policy.Command) (policy.Verdict, error) {
	security, ask, err := t.approvals.Demands(ctx, c.SessionKey)
	if err != nil || !security.Known() && !ask.Known() {
		return policy.Verdict{Outcome: policy.Allow}, err
	}
	rules, err := t.approvals.NodeRules(ctx, command.Node, command.Agent)
	if err != nil {
		return policy.Verdict{}, err
	}
	return rules.Tighten(security, ask).Evaluate(command, t.which(ctx, c, command).V, policy.Machine{}), nil
}

func described(out *agent.ToolOutput, c *policy.Command) *agent.ToolOutput {
	if out != nil {
		out.Meta = c.String()
	}
	return out
}

// commandOf is what is to run.
func commandOf(in *invocation, nodeID, agentID string) (*policy.Command, error) {
	c := &policy.Command{Node: nodeID, Agent: agentID}
	for name, into := range map[string]any{"command": &c.Argv, "cwd": &c.Cwd, "env": &c.Env} {
		if raw := in.Params[name]; raw != nil {
			if err := json.Unmarshal(raw, into); err != nil {
				return nil, fmt.Errorf("params.%s is not right: want a list of words as command, an object of texts as env, and a text as cwd", name)
			}
		}
	}
	if len(c.Argv) == 0 {
		return nil, errors.New(`params.command is missing: want the words to run, as ["uname","-a"]`)
	}
	return c, nil
}

// wantsApproval reports whether a node refused a program because a person is to
// be asked. Nodes of the field say so in words only.
func wantsApproval(err error) bool {
	var e *protocol.Error
	return errors.As(err, &e) && strings.Contains(e.Message, "SYSTEM_RUN_DENIED") && strings.Contains(e.Message, policy.ReasonAsk)
}

// approve asks people, and tells those who follow the run what it waits for and
// what came of it. What the variables are is for those who decide.
func (t nodeTools) approve(ctx context.Context, c *agent.Caller, command *policy.Command) (answer *approvals.Answer, err error) {
	type state struct {
		ID          string   `json:"id"`
		Status      string   `json:"status"` // pending, a decision, or timeout
		NodeID      string   `json:"nodeId"`
		Command     string   `json:"command"`
		Cwd         string   `json:"cwd,omitempty"`
		Env         []string `json:"env,omitempty"` // names
		ExpiresAtMs int64    `json:"expiresAtMs,omitempty"`
		ResolvedBy  string   `json:"resolvedBy,omitempty"`
	}
	now := state{NodeID: command.Node, Command: command.String(), Cwd: command.Cwd, Env: names(command.Env)}
	tell := func() {
		text, _ := json.Marshal(map[string]state{"approval": now}) // always encodes
		agent.Tell(ctx, text)
	}
	rules, unknown := t.approvals.NodeRules(ctx, command.Node, command.Agent) // they only help people to decide
	q := approvals.Question{Command: *command, Details: protocol.ExecApprovalDetails{
		Command: command.String(), Cwd: wire.Null[string]{V: command.Cwd, Valid: command.Cwd != ""}, Host: wire.Value(protocol.ExecApprovalDetailsHostNode),
		Security: wire.Null[protocol.ExecSecurity]{V: rules.Security, Valid: unknown == nil}, Ask: wire.Null[protocol.ExecAsk]{V: rules.Ask, Valid: unknown == nil},
		AgentID: wire.Value(c.AgentID), SessionKey: wire.Value(c.SessionKey), ResolvedPath: t.which(ctx, c, command),
		CommandArgv: command.Argv, Env: command.Env, NodeID: wire.Some(command.Node), RunID: wire.Some(c.RunID)},
		Told: func(id string, expiresAtMs int64) {
			now.ID, now.Status, now.ExpiresAtMs = id, "pending", expiresAtMs
			tell()
		}}
	agent.Unhurried(ctx, func() { answer, err = t.approvals.Ask(ctx, "", q) })
	if err != nil {
		return nil, err
	}
	now.Status, now.ExpiresAtMs, now.ResolvedBy = string(answer.Decision), 0, answer.By
	if answer.Decision == "" {
		now.Status = policy.Unanswered
	}
	tell()
	return answer, nil
}

// whichTime is how long the node may take to say which program a name is. It only
// helps people to decide.
const whichTime = 5 * time.Second

// which asks the node for the path of the program; null where it does not say.
func (t nodeTools) which(ctx context.Context, c *agent.Caller, command *policy.Command) wire.Null[string] {
	name := command.Argv[0]
	if strings.ContainsAny(name, `/\`) {
		return wire.Value(name)
	}
	params, _ := json.Marshal(map[string][]string{"bins": {name}}) // always encodes
	done, err := t.nodes.NodesInvoke(ctx, &protocol.NodesInvokeParams{NodeID: command.Node, Command: "system.which", Params: params,
		TimeoutMs: wire.Some(whichTime.Milliseconds()), IdempotencyKey: protocol.IdempotencyKey(c.RunID + "/" + callID(ctx) + "/which")})
	if err != nil {
		return wire.Null[string]{}
	}
	var found struct{ Bins map[string]string }
	_ = json.Unmarshal(done.Payload, &found) // of another form, it says nothing
	return wire.Null[string]{V: found.Bins[name], Valid: found.Bins[name] != ""}
}

func names(env map[string]string) []string { return slices.Sorted(maps.Keys(env)) }

// showInvoke hides what variables are set to.
func showInvoke(args json.RawMessage) json.RawMessage {
	return inside(args, "params", func(params json.RawMessage) json.RawMessage {
		return inside(params, "env", func(env json.RawMessage) json.RawMessage {
			var all map[string]json.RawMessage
			if json.Unmarshal(env, &all) != nil {
				return hidden
			}
			for name := range all {
				all[name] = hidden
			}
			text, _ := json.Marshal(all) // it was read as JSON
			return text
		})
	})
}

var hidden = json.RawMessage(`"…"`)

// inside changes a member of an object, however its name is spelt: readers take it
// for the same.
func inside(object json.RawMessage, member string, change func(json.RawMessage) json.RawMessage) json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(object, &all) != nil {
		return object
	}
	found := false
	for name, value := range all {
		if strings.EqualFold(name, member) {
			all[name], found = change(value), true
		}
	}
	if !found {
		return object
	}
	text, _ := json.Marshal(all) // it was read as JSON
	return text
}

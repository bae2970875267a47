package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/approvals"
	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// fleet has nodes of which one asks before it runs a program, and people who
// decide.
type fleet struct {
	asked    []string
	question *approvals.Question
	answer   approvals.Answer
	security protocol.ExecSecurity // of the session
	ask      protocol.ExecAsk
	rules    policy.Rules // of the node
}

func (f *fleet) NodeRules(context.Context, string, string) (policy.Rules, error) { return f.rules, nil }

func (f *fleet) Demands(context.Context, string) (protocol.ExecSecurity, protocol.ExecAsk, error) {
	return f.security, f.ask, nil
}

func (f *fleet) NodesList(context.Context, *protocol.NodesListParams) (*protocol.NodesListResult, error) {
	return &protocol.NodesListResult{Nodes: []protocol.NodeRow{
		{NodeID: "n1", DisplayName: wire.Some("Laptop"), Connected: true, Commands: []string{"system.run"}},
		{NodeID: "n2", DisplayName: wire.Some("Twin")}, {NodeID: "n3", DisplayName: wire.Some("twin")}}}, nil
}

func (f *fleet) NodesInvoke(_ context.Context, p *protocol.NodesInvokeParams) (*protocol.NodesInvokeResult, error) {
	f.asked = append(f.asked, fmt.Sprintf("%s %s %s %s", p.NodeID, p.Command, p.Params, p.IdempotencyKey))
	payload := wire.Raw(`{"exitCode":0}`)
	switch {
	case p.Command == "system.which":
		payload = wire.Raw(`{"bins":{"uname":"/usr/bin/uname"}}`)
	case p.Command == "camera.snap":
		payload = wire.Raw(`{"format":"jpg","base64":"AAEC","width":3}`)
	case p.Command == approvals.CommandRun && !strings.Contains(string(p.Params), "runId"):
		return nil, protocol.Errorf(protocol.CodeUnavailable, "SYSTEM_RUN_DENIED: approval required")
	}
	return &protocol.NodesInvokeResult{NodeID: p.NodeID, Command: p.Command, Payload: payload}, nil
}

func (f *fleet) Ask(_ context.Context, conn string, q approvals.Question) (*approvals.Answer, error) {
	f.question = &q
	q.Told("ap-1", 1)
	answer := f.answer
	answer.ID = "ap-1"
	return &answer, nil
}

func use(t *testing.T, f *fleet, name, args string) string {
	t.Helper()
	box := New(Options{Own: NodeTools(f, f), Config: func() *protocol.ToolsConfig { return &protocol.ToolsConfig{} }})
	out, err := box.Call(t.Context(), caller(agent.FromOperator, "operator.write"), llm.ToolCall{ID: "c1", Name: name, Arguments: json.RawMessage(args)})
	if err != nil {
		return "error: " + err.Error()
	}
	for _, i := range out.Images {
		out.Text += fmt.Sprintf(" %s %v", i.MIME, i.Data)
	}
	return out.Text
}

func TestNodeTools(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"nodes_list", `{}`, `[{"id":"n1","name":"Laptop","connected":true,"commands":["system.run"]},{"id":"n2","name":"Twin","connected":false},{"id":"n3","name":"twin","connected":false}]`},
		{"nodes_invoke", `{"node":"n1","command":"camera.snap"}`, `{"format":"jpg","width":3} image/jpeg [0 1 2]`},
		{"nodes_invoke", `{"node":"laptop","command":"location.get","params":{"a":1}}`, `{"exitCode":0}`},
		{"nodes_invoke", `{"node":"twin","command":"x"}`, `error: several nodes are called "twin"`},
		{"nodes_invoke", `{"node":"n9","command":"x"}`, `error: there is no node "n9": there are n1 (Laptop)`},
		{"nodes_invoke", `{"node":"n1","command":"system.run"}`, `error: params are missing`},
		{"nodes_invoke", `{"node":"n1","command":"system.run","params":{"command":"ls"}}`, `error: params.command is not right`},
		{"nodes_invoke", `{"node":"n1","command":"system.run","params":{}}`, `error: params.command is missing`},
	} {
		if got := use(t, &fleet{}, c.name, c.args); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s: %s, want %s", c.name, c.args, got, c.want)
		}
	}
}

func TestAProgramThatPeopleAreAskedAbout(t *testing.T) {
	const args = `{"node":"n1","command":"system.run","params":{"command":["uname","-a"],"env":{"TOKEN":"s3cret"},"approvalDecision":"allow-once","runId":"mine","agentId":"other"}}`
	for _, c := range []struct {
		decision protocol.ExecDecision
		want     string
		calls    int
	}{
		{"allow-once", `{"exitCode":0}`, 3},
		{"", `{"exitCode":0}`, 3}, // what counts then is the node's to say
		{"deny", "error: uname -a was not allowed: ada denied it", 2},
	} {
		f := &fleet{answer: approvals.Answer{Decision: c.decision, By: "ada"}}
		if got := use(t, f, "nodes_invoke", args); got != c.want || len(f.asked) != c.calls {
			t.Errorf("%s: %s after %q", c.decision, got, f.asked)
		}
		if want := `n1 system.run {"agentId":"main","command":["uname","-a"],"env":{"TOKEN":"s3cret"},"sessionKey":"agent:main:main"} run/c1`; f.asked[0] != want {
			t.Errorf("asked %s, want %s", f.asked[0], want)
		}
		if want := `n1 system.run {"agentId":"main","command":["uname","-a"],"env":{"TOKEN":"s3cret"},"runId":"ap-1","sessionKey":"agent:main:main"} run/c1/approved`; c.calls == 3 && f.asked[2] != want {
			t.Errorf("asked %s, want %s", f.asked[2], want)
		}
		d := f.question.Details
		if d.ResolvedPath.V != "/usr/bin/uname" || d.NodeID.V != "n1" || d.RunID.V != "run" || d.Command != "uname -a" || d.Env["TOKEN"] != "s3cret" || !slices.Equal(d.CommandArgv, []string{"uname", "-a"}) {
			t.Errorf("%+v", d)
		}
	}
}

// A session makes the node's rules stricter, never looser.
func TestWhatASessionDemands(t *testing.T) {
	const args = `{"node":"n1","command":"system.run","params":{"command":["uname","-a"]}}`
	listed := []protocol.ExecAllowlistEntry{{Pattern: "/usr/bin/uname"}}
	for _, c := range []struct {
		security protocol.ExecSecurity
		ask      protocol.ExecAsk
		rules    policy.Rules
		decision protocol.ExecDecision
		want     string
		asked    bool
	}{
		{security: "deny", rules: policy.Rules{Security: "full"}, want: "error: this session may not run uname -a (security=deny)"},
		{ask: "always", rules: policy.Rules{Security: "full"}, decision: "allow-once", want: `{"exitCode":0}`, asked: true},
		{ask: "always", rules: policy.Rules{Security: "full", Fallback: "deny"}, want: "error: uname -a was not allowed: nobody decided in time", asked: true},
		{security: "allowlist", rules: policy.Rules{Security: "full", Ask: "on-miss", Fallback: "deny"}, decision: "deny", want: "error: uname -a was not allowed: ada denied it", asked: true},
		{security: "full", ask: "off", rules: policy.Rules{Security: "deny"}, want: "error: this session may not run uname -a (security=deny)"},
		{security: "allowlist", ask: "off", rules: policy.Rules{Security: "full", Ask: "off"}, want: "error: this session may not run uname -a (allowlist miss)"},
		{security: "allowlist", ask: "on-miss", rules: policy.Rules{Security: "allowlist", Ask: "on-miss", Allowlist: listed}, decision: "allow-once", want: `{"exitCode":0}`, asked: true}, // the node asks itself
	} {
		f := &fleet{security: c.security, ask: c.ask, rules: c.rules, answer: approvals.Answer{Decision: c.decision, By: "ada"}}
		if got := use(t, f, "nodes_invoke", args); !strings.HasPrefix(got, c.want) || (f.question != nil) != c.asked {
			t.Errorf("%s %s: %s, asked: %v", c.security, c.ask, got, f.question != nil)
		}
	}
}

// Who follows a run may not see what variables are set to.
func TestShownArguments(t *testing.T) {
	for args, want := range map[string]string{
		`{"node":"n1","params":{"command":["a"],"env":{"TOKEN":"s3cret"}}}`: `{"node":"n1","params":{"command":["a"],"env":{"TOKEN":"…"}}}`,
		`{"params":{"env":"TOKEN=s3cret"}}`:                                 `{"params":{"env":"…"}}`,
		`{"params":{"command":["a"]}}`:                                      `{"params":{"command":["a"]}}`,
		`{"Params":{"ENV":{"TOKEN":"s3cret"}}}`:                             `{"Params":{"ENV":{"TOKEN":"…"}}}`,
		`not JSON`:                                                          `not JSON`,
	} {
		box := New(Options{Own: NodeTools(nil, nil)})
		if got := string(box.Shown(llm.ToolCall{Name: "nodes_invoke", Arguments: json.RawMessage(args)})); got != want {
			t.Errorf("%s: %s", args, got)
		}
		if got := string(box.Shown(llm.ToolCall{Name: "other", Arguments: json.RawMessage(args)})); got != args {
			t.Errorf("%s: %s", args, got)
		}
	}
}

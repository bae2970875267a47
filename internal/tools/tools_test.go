package tools

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// desk answers what the tools call, and notes what it was asked.
type desk struct {
	asked   []string
	started *agent.Request
}

func (d *desk) Keys() sessions.Keys { return sessions.Keys{DefaultAgent: "main"} }

func (d *desk) SessionsList(_ context.Context, p *protocol.SessionsListParams) (*protocol.SessionsListResult, error) {
	d.asked = append(d.asked, "list "+p.Search.V)
	return &protocol.SessionsListResult{Sessions: []protocol.SessionRow{{Key: "agent:main:main", DerivedTitle: wire.Some("Chat"), UpdatedAt: wire.Value(protocol.Timestamp(0))}}}, nil
}

func (d *desk) ChatHistory(_ context.Context, p *protocol.ChatHistoryParams) (*protocol.ChatHistoryResult, error) {
	d.asked = append(d.asked, "history "+string(p.SessionKey))
	text := func(role protocol.MessageRole, s string) protocol.Message {
		return protocol.Message{Role: role, Content: protocol.MessageContent{Kind: protocol.MessageContentIsString, String: s}}
	}
	return &protocol.ChatHistoryResult{Messages: []protocol.Message{text("user", "hi"), text("assistant", "hello")}}, nil
}

func (d *desk) Start(_ context.Context, r agent.Request) (*agent.Ticket, error) {
	d.started = &r
	return &agent.Ticket{Outcome: &agent.Outcome{State: agent.OK, Result: &protocol.AgentRunResult{Payloads: []protocol.AgentRunPayload{{Text: "done"}}}}}, nil
}

// servers stands for MCP servers with a tool each.
type servers []string

func (s servers) Tools(_ context.Context, allowed func(string) bool) []llm.Tool {
	var out []llm.Tool
	for _, name := range s {
		if allowed(name) {
			out = append(out, llm.Tool{Name: name + "__tool"})
		}
	}
	return out
}

func (s servers) Has(name string) bool {
	return slices.Contains(s, strings.TrimSuffix(name, "__tool")) && strings.HasSuffix(name, "__tool")
}

func (s servers) Call(_ context.Context, c llm.ToolCall, allowed func(string) bool) (*agent.ToolOutput, error) {
	if !allowed(strings.TrimSuffix(c.Name, "__tool")) {
		return nil, errors.New("not allowed")
	}
	return &agent.ToolOutput{Text: "from " + c.Name}, nil
}

func newBox(t *testing.T, config string) (*Box, *desk) {
	t.Helper()
	var c protocol.ToolsConfig
	if err := c.DecodeAlias([]byte(config), wire.Strict); err != nil {
		t.Fatal(err)
	}
	d := &desk{}
	return New(Options{Own: SessionTools(d, d, d), MCP: servers{"files", "web"}, Config: func() *protocol.ToolsConfig { return &c }}), d
}

func caller(origin agent.Origin, scopes ...string) *agent.Caller {
	return &agent.Caller{RunID: "run", SessionKey: "agent:main:main", AgentID: "main", Source: agent.Source{Origin: origin, Scopes: scopes}}
}

// TestRights: a run sees and may use what its starter may, and nothing else.
func TestRights(t *testing.T) {
	const config = `{"deny":["web__*"],"sources":{"cron":{"scopes":["operator.read"],"mcp":["files"]},"node":{"mcp":["*"]}}}`
	all := []string{"sessions_list", "session_history", "sessions_send", "files__tool", "web__tool"}
	for name, c := range map[string]struct {
		caller *agent.Caller
		may    []string
	}{
		"an operator with every right": {caller(agent.FromOperator, "operator.admin"), []string{"sessions_list", "session_history", "sessions_send", "files__tool"}},
		"an operator who writes":       {caller(agent.FromOperator, "operator.write"), []string{"sessions_list", "session_history", "sessions_send", "files__tool"}},
		"an operator who reads":        {caller(agent.FromOperator, "operator.read"), []string{"sessions_list", "session_history", "files__tool"}},
		"an operator who pairs":        {caller(agent.FromOperator, "operator.pairing"), []string{"session_history", "files__tool"}},
		"a message from a channel":     {caller(agent.FromChannel, "operator.admin"), []string{"session_history"}},
		"a cron job":                   {caller(agent.FromCron), []string{"sessions_list", "session_history", "files__tool"}},
		"a node":                       {caller(agent.FromNode), []string{"session_history", "files__tool"}},
	} {
		t.Run(name, func(t *testing.T) {
			box, _ := newBox(t, config)
			var listed []string
			for _, x := range box.List(t.Context(), c.caller) {
				listed = append(listed, x.Name)
			}
			if !slices.Equal(listed, c.may) {
				t.Errorf("it sees %q, want %q", listed, c.may)
			}
			for _, name := range all {
				_, err := box.Call(t.Context(), c.caller, llm.ToolCall{ID: "c", Name: name, Arguments: json.RawMessage(`{"sessionKey":"other","message":"x"}`)})
				refused := err != nil && (strings.Contains(err.Error(), "may not") || strings.Contains(err.Error(), "not allowed") || strings.Contains(err.Error(), "switched off"))
				if may := slices.Contains(c.may, name); may == refused && name != "session_history" {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

func TestHistoryOfOthersNeedsARight(t *testing.T) {
	box, d := newBox(t, `{"sources":{"cron":{"scopes":["operator.read"]}}}`)
	read := func(c *agent.Caller, args string) (string, error) {
		out, err := box.Call(t.Context(), c, llm.ToolCall{Name: "session_history", Arguments: json.RawMessage(args)})
		if err != nil {
			return "", err
		}
		return out.Text, nil
	}
	if got, err := read(caller(agent.FromChannel), `{}`); err != nil || got != "user: hi\nassistant: hello\n" {
		t.Errorf("one's own: %q, %v", got, err)
	}
	if _, err := read(caller(agent.FromChannel), `{"sessionKey":"other"}`); err == nil || !strings.Contains(err.Error(), "missing scope: operator.read") {
		t.Errorf("another's from a channel: %v", err)
	}
	if _, err := read(caller(agent.FromCron), `{"sessionKey":"other"}`); err != nil || d.asked[len(d.asked)-1] != "history agent:main:other" {
		t.Errorf("another's from a job that may: %v, %q", err, d.asked)
	}
}

func TestSend(t *testing.T) {
	box, d := newBox(t, `{}`)
	send := func(args string) (*agent.ToolOutput, error) {
		return box.Call(t.Context(), caller(agent.FromOperator, "operator.write"), llm.ToolCall{ID: "call_1", Name: "sessions_send", Arguments: json.RawMessage(args)})
	}
	out, err := send(`{"sessionKey":"work","message":"please","waitSeconds":5}`)
	if err != nil || out.Text != "done" {
		t.Fatalf("%+v, %v", out, err)
	}
	r := d.started
	if r.ID != "run/call_1" || r.Session != "agent:main:work" || r.Parent != "agent:main:main" || r.Lane != agent.SubagentLane || !slices.Equal(r.Source.Scopes, []string{"operator.write"}) {
		t.Errorf("request %+v", r)
	}
	for args, want := range map[string]string{
		`{"sessionKey":"main","message":"x"}`:       "this very conversation",
		`{"sessionKey":"work"}`:                     "are needed",
		`{"sessionKey":"work","message":"x","y":1}`: "arguments are not right",
		`{"sessionKey":5}`:                          "arguments are not right",
	} {
		if _, err := send(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	if _, err := box.Call(t.Context(), caller(agent.FromOperator), llm.ToolCall{Name: "none"}); err == nil || !strings.Contains(err.Error(), "there are session_history, files__tool, web__tool") {
		t.Errorf("a tool that is not there: %v", err)
	}
}

package anthropic

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/exchange"
)

// wire is the request as the service would get it.
func wire(t *testing.T, m llm.Model, r *llm.Request) map[string]json.RawMessage {
	t.Helper()
	m.Provider, r.Model = "anthropic", m.ID
	p := New(Options{Options: exchange.Options{Provider: "anthropic"}, Models: func(id string) (llm.Model, bool) { return m, id == m.ID }})
	defer p.Close()
	text, err := json.Marshal(p.params(r, llm.NewToolNames(r.Tools)))
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

func same(t *testing.T, what string, got json.RawMessage, want string) {
	t.Helper()
	var a, b bytes.Buffer
	if len(got) == 0 {
		got = json.RawMessage("null")
	}
	if json.Compact(&a, got) != nil || json.Compact(&b, []byte(want)) != nil || a.String() != b.String() {
		t.Errorf("%s is\n%s\nwant\n%s", what, a.String(), b.String())
	}
}

func TestRequest(t *testing.T) {
	model := llm.Model{ID: "m", MaxOutput: 64_000, Input: []string{"text", "image"}}
	got := wire(t, model, &llm.Request{
		System: "be brief",
		Tools:  []llm.Tool{{Name: "a.b", Description: "does", Schema: json.RawMessage(`{"type":"object","properties":{"x":{"type":"integer"}},"additionalProperties":false}`)}, {Name: "c", Schema: json.RawMessage(`oops`)}},
		Messages: []llm.Message{
			{Role: llm.RoleUser, Parts: []llm.Part{llm.Text{Text: "look"}, llm.Image{MIME: "image/png", Data: []byte("png")}, llm.Text{Text: " "}}},
			{Role: llm.RoleAssistant, Model: "anthropic/m", Parts: []llm.Part{
				llm.Thinking{Text: "hm", Signature: "s1"}, llm.Thinking{Signature: "sealed", Redacted: true}, llm.Thinking{Text: "cut off"},
				llm.Text{Text: "I look."}, llm.ToolCall{ID: "call:1", Name: "a.b", Arguments: json.RawMessage(`{"x":1}`)}, llm.ToolCall{ID: "2", Name: "c"}}},
			{Role: llm.RoleTool, Parts: []llm.Part{llm.ToolResult{CallID: "call:1", Name: "a.b", Text: "done", Images: []llm.Image{{MIME: "image/gif", Data: []byte("gif")}}}, llm.ToolResult{CallID: "stray", Text: "of another call"}}},
			{Role: llm.RoleUser, Parts: []llm.Part{llm.Text{Text: "and?"}}},
		},
	})
	same(t, "system", got["system"], `[{"text":"be brief","cache_control":{"type":"ephemeral"},"type":"text"}]`)
	same(t, "max_tokens", got["max_tokens"], `32000`)
	same(t, "thinking", got["thinking"], `null`)
	same(t, "tools", got["tools"], `[
		{"input_schema":{"type":"object","properties":{"x":{"type":"integer"}},"additionalProperties":false},"name":"a_b","description":"does"},
		{"input_schema":{"type":"object"},"name":"c","cache_control":{"type":"ephemeral"}}]`)
	same(t, "messages", got["messages"], `[
		{"content":[{"text":"look","type":"text"},{"source":{"data":"cG5n","media_type":"image/png","type":"base64"},"type":"image"}],"role":"user"},
		{"content":[{"signature":"s1","thinking":"hm","type":"thinking"},{"data":"sealed","type":"redacted_thinking"},{"text":"I look.","type":"text"},
			{"id":"call_1","input":{"x":1},"name":"a_b","type":"tool_use"},{"id":"2","input":{},"name":"c","type":"tool_use"}],"role":"assistant"},
		{"content":[{"tool_use_id":"call_1","content":[{"text":"done","type":"text"},{"source":{"data":"Z2lm","media_type":"image/gif","type":"base64"},"type":"image"}],"type":"tool_result"},
			{"tool_use_id":"2","is_error":true,"content":[{"text":"There is no result: the run ended before the tool did.","type":"text"}],"type":"tool_result"}],"role":"user"},
		{"content":[{"text":"and?","cache_control":{"type":"ephemeral"},"type":"text"}],"role":"user"}]`)
}

func TestThinking(t *testing.T) {
	budget := llm.Model{ID: "old", MaxOutput: 64_000, Reasoning: true, Levels: []llm.Level{"off", "minimal", "low", "medium", "high"}}
	effort := llm.Model{ID: "new", MaxOutput: 64_000, Reasoning: true, Adaptive: true, Levels: []llm.Level{"off", "low", "medium", "high", "xhigh"}}
	always := llm.Model{ID: "always", Reasoning: true, Adaptive: true, Levels: []llm.Level{"low", "high"}}
	plain := llm.Model{ID: "plain"}
	user := []llm.Message{llm.UserText("hi")}
	foreign := append(user[:1:1],
		llm.Message{Role: llm.RoleAssistant, Model: "openai/gpt", Parts: []llm.Part{llm.Thinking{Text: "x", Signature: "reasoning"}, llm.ToolCall{ID: "1", Name: "t"}}},
		llm.Message{Role: llm.RoleTool, Parts: []llm.Part{llm.ToolResult{CallID: "1", Text: "r"}}})
	for _, test := range []struct {
		name             string
		model            llm.Model
		level            llm.Level
		max              int
		messages         []llm.Message
		thinking, effort string
	}{
		{"a budget", budget, llm.LevelMedium, 0, user, `{"budget_tokens":8192,"type":"enabled"}`, `null`},
		{"a budget with little room", budget, llm.LevelHigh, 4000, user, `{"budget_tokens":2000,"type":"enabled"}`, `null`},
		{"no room", budget, llm.LevelHigh, 1000, user, `null`, `null`},
		{"off", budget, llm.LevelOff, 0, user, `null`, `null`},
		{"too high", budget, llm.LevelXHigh, 0, user, `{"budget_tokens":16000,"type":"enabled"}`, `null`},
		{"left to the model", budget, "", 0, user, `null`, `null`},
		{"in a round of another model", budget, llm.LevelHigh, 0, foreign, `null`, `null`},
		{"effort", effort, llm.LevelXHigh, 0, user, `{"display":"summarized","type":"adaptive"}`, `{"effort":"xhigh"}`},
		{"the next lower effort", effort, llm.LevelMinimal, 0, user, `{"type":"disabled"}`, `null`},
		{"effort off", effort, llm.LevelOff, 0, user, `{"type":"disabled"}`, `null`},
		{"always", always, llm.LevelOff, 0, user, `{"display":"summarized","type":"adaptive"}`, `{"effort":"low"}`},
		{"never", plain, llm.LevelHigh, 0, user, `null`, `null`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := wire(t, test.model, &llm.Request{Thinking: test.level, MaxTokens: test.max, Messages: test.messages})
			same(t, "thinking", got["thinking"], test.thinking)
			same(t, "effort", got["output_config"], test.effort)
		})
	}
}

// Whatever the history holds, a request can be written.
func TestOddHistories(t *testing.T) {
	for _, messages := range [][]llm.Message{
		nil,
		{{Role: llm.RoleUser}},
		{{Role: llm.RoleAssistant, Parts: []llm.Part{llm.Text{Text: "first"}}}},
		{{Role: llm.RoleTool, Parts: []llm.Part{llm.ToolResult{CallID: "1", Text: "stray"}}}},
		{llm.UserText("x"), {Role: llm.RoleAssistant, Parts: []llm.Part{llm.Thinking{Text: "only", Signature: "s"}}}},
		{llm.UserText("x"), {Role: llm.RoleAssistant, Parts: []llm.Part{llm.ToolCall{ID: "", Name: "", Arguments: json.RawMessage(`[`)}}}},
	} {
		got := wire(t, llm.Model{ID: "m"}, &llm.Request{Messages: messages})
		var list []struct {
			Role    string
			Content []json.RawMessage
		}
		if err := json.Unmarshal(got["messages"], &list); len(got["messages"]) > 0 && string(got["messages"]) != "null" && err != nil {
			t.Fatal(err)
		}
		for k, m := range list {
			if len(m.Content) == 0 || k == 0 && m.Role != "user" {
				t.Errorf("message %d of %s", k, got["messages"])
			}
		}
	}
}

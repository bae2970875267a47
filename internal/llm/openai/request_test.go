package openai

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/exchange"
)

const localURL = "http://127.0.0.1:1/v1"

// wire is the request as the service would get it.
func wire(t *testing.T, baseURL string, m llm.Model, r *llm.Request) map[string]json.RawMessage {
	t.Helper()
	m.Provider, r.Model = "p", m.ID
	p := New(Options{Options: exchange.Options{Provider: "p", BaseURL: baseURL}, Models: func(id string) (llm.Model, bool) { return m, id == m.ID }})
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
	call := func(id string) llm.Message {
		return llm.Message{Role: llm.RoleAssistant, Model: "p/m", Parts: []llm.Part{
			llm.Thinking{Text: "think " + id, Signature: "reasoning_content"}, llm.ToolCall{ID: id, Name: "a.b", Arguments: json.RawMessage(`{"x":1}`)}}}
	}
	got := wire(t, localURL, llm.Model{ID: "m"}, &llm.Request{
		System: "be brief", MaxTokens: 100, SessionID: "s",
		Tools: []llm.Tool{{Name: "a.b", Description: "does", Schema: json.RawMessage(`{"type":"object"}`)}, {Name: "c"}},
		Messages: []llm.Message{
			{Role: llm.RoleUser, Parts: []llm.Part{llm.Text{Text: "look"}, llm.Image{MIME: "image/png", Data: []byte("png")}}},
			call("1"),
			{Role: llm.RoleTool, Parts: []llm.Part{llm.ToolResult{CallID: "1", Text: "done", Images: []llm.Image{{MIME: "image/gif", Data: []byte("gif")}}}}},
			llm.UserText("and?"),
			call("2"),
			{Role: llm.RoleTool, Parts: []llm.Part{llm.ToolResult{CallID: "2", Text: "done again"}}},
		},
	})
	same(t, "max_tokens", got["max_tokens"], `100`)
	same(t, "prompt_cache_key", got["prompt_cache_key"], `null`)
	same(t, "stream_options", got["stream_options"], `{"include_usage":true}`)
	same(t, "tools", got["tools"], `[
		{"function":{"name":"a_b","description":"does","parameters":{"type":"object"}},"type":"function"},
		{"function":{"name":"c","parameters":{"properties":{},"type":"object"}},"type":"function"}]`)
	same(t, "messages", got["messages"], `[
		{"content":"be brief","role":"system"},
		{"content":[{"text":"look","type":"text"},{"image_url":{"url":"data:image/png;base64,cG5n"},"type":"image_url"}],"role":"user"},
		{"tool_calls":[{"id":"1","function":{"arguments":"{\"x\":1}","name":"a_b"},"type":"function"}],"role":"assistant"},
		{"content":"done","tool_call_id":"1","role":"tool"},
		{"content":[{"text":"(Images that the tools returned.)","type":"text"},{"image_url":{"url":"data:image/gif;base64,Z2lm"},"type":"image_url"}],"role":"user"},
		{"content":"and?","role":"user"},
		{"tool_calls":[{"id":"2","function":{"arguments":"{\"x\":1}","name":"a_b"},"type":"function"}],"role":"assistant","reasoning_content":"think 2"},
		{"content":"done again","tool_call_id":"2","role":"tool"}]`)
}

func TestWithoutImages(t *testing.T) {
	got := wire(t, localURL, llm.Model{ID: "m", Input: []string{"text"}}, &llm.Request{
		Messages: []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{llm.Text{Text: "look"}, llm.Image{MIME: "image/png", Data: []byte("png")}}}},
	})
	same(t, "messages", got["messages"], `[{"content":"look(An image is left out here: this model does not read images.)","role":"user"}]`)
}

func TestOfficialService(t *testing.T) {
	got := wire(t, BaseURL, llm.Model{ID: "m"}, &llm.Request{MaxTokens: 100, SessionID: "s", Messages: []llm.Message{llm.UserText("x")}})
	same(t, "max_completion_tokens", got["max_completion_tokens"], `100`)
	same(t, "max_tokens", got["max_tokens"], `null`)
	same(t, "prompt_cache_key", got["prompt_cache_key"], `"s"`)
}

func TestEffort(t *testing.T) {
	five := llm.Model{ID: "gpt-5", Reasoning: true, Levels: []llm.Level{"minimal", "low", "medium", "high"}}
	six := llm.Model{ID: "gpt-6", Reasoning: true, Levels: []llm.Level{"off", "low", "medium", "high", "xhigh"}}
	other := llm.Model{ID: "other", Reasoning: true}
	tools := []llm.Tool{{Name: "t"}}
	for _, test := range []struct {
		name    string
		baseURL string
		model   llm.Model
		level   llm.Level
		tools   []llm.Tool
		want    string
	}{
		{"as asked", BaseURL, six, llm.LevelXHigh, nil, `"xhigh"`},
		{"off", BaseURL, six, llm.LevelOff, nil, `"none"`},
		{"the next lower", BaseURL, six, llm.LevelMinimal, nil, `"none"`},
		{"the lowest", BaseURL, five, llm.LevelOff, nil, `"minimal"`},
		{"beside tools", BaseURL, six, llm.LevelHigh, tools, `"none"`},
		{"beside tools, nothing asked", BaseURL, six, "", tools, `"none"`},
		{"beside tools, an older model", BaseURL, five, llm.LevelHigh, tools, `"high"`},
		{"beside tools, elsewhere", localURL, six, llm.LevelHigh, tools, `"high"`},
		{"nothing asked", BaseURL, six, "", nil, `null`},
		{"levels not known", localURL, other, llm.LevelXHigh, nil, `"high"`},
		{"levels not known, off", localURL, other, llm.LevelOff, nil, `null`},
		{"does not reason", localURL, llm.Model{ID: "plain"}, llm.LevelHigh, nil, `null`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := wire(t, test.baseURL, test.model, &llm.Request{Thinking: test.level, Tools: test.tools, Messages: []llm.Message{llm.UserText("x")}})
			same(t, "reasoning_effort", got["reasoning_effort"], test.want)
		})
	}
}

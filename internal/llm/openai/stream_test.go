package openai

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/exchange"
)

// stream answers with chunks whose choice is given, as a service sends them.
func stream(t *testing.T, choices ...string) (*llm.Answer, error) {
	t.Helper()
	var body strings.Builder
	for _, c := range choices {
		if !strings.HasPrefix(c, "data:") {
			c = fmt.Sprintf(`data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,%s}]}`, c)
		}
		body.WriteString(c + "\n\n")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, body.String())
	}))
	defer server.Close()
	p := New(Options{Options: exchange.Options{Provider: "p", BaseURL: server.URL, Retries: -1}})
	defer p.Close()
	return p.Stream(t.Context(), &llm.Request{Model: "m", Messages: []llm.Message{llm.UserText("x")}}, func(llm.Delta) {})
}

// Services differ in how they stream calls.
func TestKindsOfToolCalls(t *testing.T) {
	for name, chunks := range map[string][]string{
		"by index": {
			`"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\""}},{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}]},"finish_reason":null`,
			`"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}},{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":null`,
			`"delta":{},"finish_reason":"tool_calls"`,
		},
		"whole, all with index 0": {
			`"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},"finish_reason":null`,
			`"delta":{"tool_calls":[{"index":0,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"stop"`,
		},
		"without an index": {
			`"delta":{"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"stop"`,
		},
		"name and id with each piece": {
			`"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]},"finish_reason":null`,
			`"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":":1}"}}]},"finish_reason":null`,
			`"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g"}}]},"finish_reason":"tool_calls"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := stream(t, append(chunks, "data: [DONE]")...)
			if err != nil {
				t.Fatal(err)
			}
			calls := a.ToolCalls()
			if len(calls) != 2 || a.Stop != llm.StopToolUse || calls[0].ID != "a" || calls[0].Name != "f" || string(calls[0].Arguments) != `{"x":1}` || calls[1].ID != "b" || calls[1].Name != "g" || string(calls[1].Arguments) != `{}` {
				t.Errorf("%+v", calls)
			}
		})
	}
}

func TestKindsOfStreams(t *testing.T) {
	for _, test := range []struct {
		name           string
		chunks         []string
		text, thinking string
		kind           llm.ErrorKind
	}{
		{"without DONE", []string{`"delta":{"content":"a"},"finish_reason":"stop"`}, "a", "", ""},
		{"reasoning in two fields", []string{`"delta":{"reasoning":"r","reasoning_content":"r"}`, `"delta":{"content":"a"},"finish_reason":"stop"`, "data: [DONE]"}, "a", "r", ""},
		{"null members", []string{`"delta":{"content":null,"reasoning":null,"tool_calls":null},"finish_reason":null`, `"delta":{"content":"a"},"finish_reason":"stop","logprobs":null`}, "a", "", ""},
		{"DONE without a reason", []string{`"delta":{"content":"a"}`, "data: [DONE]"}, "a", "", llm.ErrNetwork},
		{"an error as OpenRouter tells it", []string{`"delta":{"content":"a"}`, `data: {"id":"x","error":{"code":429,"message":"slow down"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}`}, "a", "", llm.ErrRateLimit},
		{"an error that is a sentence", []string{`data: {"error":"the model crashed"}`}, "", "", llm.ErrServer},
		{"nothing", nil, "", "", llm.ErrNetwork},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := stream(t, test.chunks...)
			e, _ := err.(*llm.Error)
			if test.kind == "" && err != nil || test.kind != "" && (e == nil || e.Kind != test.kind) {
				t.Errorf("%v", err)
			}
			if a.Text() != test.text || a.Thinking() != test.thinking {
				t.Errorf("%q, thinking %q", a.Text(), a.Thinking())
			}
		})
	}
}

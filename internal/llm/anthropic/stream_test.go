package anthropic

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/exchange"
)

// stream answers with events, as a service sends them.
func stream(t testing.TB, events ...string) (*llm.Answer, error) {
	t.Helper()
	var body strings.Builder
	for _, e := range events {
		kind, _, _ := strings.Cut(strings.TrimPrefix(e, `{"type":"`), `"`)
		body.WriteString("event: " + kind + "\ndata: " + e + "\n\n")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, body.String())
	}))
	defer server.Close()
	p := New(Options{Options: exchange.Options{Provider: "p", BaseURL: server.URL + "/v1", Retries: -1}})
	defer p.Close()
	return p.Stream(t.Context(), &llm.Request{Model: "m", Messages: []llm.Message{llm.UserText("x")}}, func(llm.Delta) {})
}

const (
	start = `{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}`
	stop  = `{"type":"message_stop"}`
)

// Blocks may be written side by side, of kinds that are new too.
func TestBlocksSideBySide(t *testing.T) {
	a, err := stream(t, start,
		`{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"sealed"}}`,
		`{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"a"}}`,
		`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}`,
		`{"type":"content_block_start","index":3,"content_block":{"type":"hologram","text":"?"}}`,
		`{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"u","name":"g","input":{"whole":true}}}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"b"}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}}`,
		`{"type":"content_block_delta","index":3,"delta":{"type":"light_delta","text":"?"}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}`,
		`{"type":"content_block_stop","index":1}`, `{"type":"news","index":9}`,
		`{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}`, stop)
	if err != nil {
		t.Fatal(err)
	}
	want := []llm.Part{llm.Thinking{Signature: "sealed", Redacted: true}, llm.Text{Text: "ab"}, llm.NewToolCall("t", "f", `{"x":1}`), llm.NewToolCall("u", "g", `{"whole":true}`)}
	if !reflect.DeepEqual(a.Parts, want) || a.Stop != llm.StopToolUse || a.Usage != (llm.Usage{Input: 3, Output: 9}) {
		t.Errorf("%+v", a)
	}
}

func TestStreamsOutOfOrder(t *testing.T) {
	for name, events := range map[string][]string{
		"a block is left out":      {start, `{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}`},
		"a block is not begun":     {start, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}}`},
		"an index below all":       {start, `{"type":"content_block_delta","index":-1,"delta":{"type":"text_delta","text":"b"}}`},
		"an index above all":       {start, `{"type":"content_block_start","index":9007199254740993,"content_block":{"type":"text","text":""}}`},
		"a member of another type": {start, `{"type":"content_block_start","index":"zero","content_block":7}`, `{"type":"content_block_delta","index":5,"delta":[]}`},
	} {
		a, err := stream(t, events...)
		if e, _ := err.(*llm.Error); e == nil || e.Kind != llm.ErrAnswer && e.Kind != llm.ErrNetwork || a.Stop != llm.StopError {
			t.Errorf("%s: %v", name, err)
		}
	}
}

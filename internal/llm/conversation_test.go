package llm_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// aPart draws any part; some are empty, some belong elsewhere.
func aPart(t *rapid.T) llm.Part {
	text := rapid.SampledFrom([]string{"", " ", "text"})
	id := rapid.SampledFrom([]string{"1", "2", "3"})
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return llm.Text{Text: text.Draw(t, "text")}
	case 1:
		return llm.Thinking{Text: text.Draw(t, "thinking"), Signature: text.Draw(t, "signature")}
	case 2:
		return llm.Image{MIME: "image/png", Data: []byte{1}}
	case 3:
		return llm.ToolCall{ID: id.Draw(t, "call"), Name: "tool", Arguments: json.RawMessage("{}")}
	default:
		return llm.ToolResult{CallID: id.Draw(t, "result"), Text: text.Draw(t, "result text"), Images: []llm.Image{{}}}
	}
}

// Services accept what Conversation makes of any history.
func TestConversation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var history []llm.Message
		for range rapid.IntRange(0, 8).Draw(t, "messages") {
			m := llm.Message{
				Role:  rapid.SampledFrom([]llm.Role{llm.RoleUser, llm.RoleAssistant, llm.RoleTool}).Draw(t, "role"),
				Model: rapid.SampledFrom([]string{"", "p/m", "p/other"}).Draw(t, "model"),
			}
			for range rapid.IntRange(0, 4).Draw(t, "parts") {
				m.Parts = append(m.Parts, aPart(t))
			}
			history = append(history, m)
		}
		before := fmt.Sprint(history)
		images := rapid.Bool().Draw(t, "images")
		got := llm.Conversation(history, "p/m", images)
		if fmt.Sprint(history) != before {
			t.Fatal("the history was changed")
		}
		if len(got) > 0 && got[0].Role != llm.RoleUser {
			t.Fatalf("begins with %s", got[0].Role)
		}
		for k, m := range got {
			if len(m.Parts) == 0 {
				t.Fatalf("message %d is empty", k)
			}
			var want []string // ids of calls that must have their result next
			said := false
			for _, p := range m.Parts {
				switch p := p.(type) {
				case llm.Text:
					said = true
					if strings.TrimSpace(p.Text) == "" {
						t.Fatalf("message %d holds an empty text", k)
					}
				case llm.Thinking:
					if m.Role != llm.RoleAssistant || p.Signature == "" || m.Model == "p/other" {
						t.Fatalf("message %d of %q by %s holds reasoning %+v", k, m.Model, m.Role, p)
					}
				case llm.Image:
					said = true
					if !images || m.Role != llm.RoleUser {
						t.Fatalf("message %d by %s holds an image", k, m.Role)
					}
				case llm.ToolCall:
					said = true
					want = append(want, p.ID)
					if m.Role != llm.RoleAssistant {
						t.Fatalf("message %d by %s holds a call", k, m.Role)
					}
				case llm.ToolResult:
					said = true
					if m.Role != llm.RoleTool || !images && len(p.Images) > 0 {
						t.Fatalf("message %d by %s holds a result", k, m.Role)
					}
				}
			}
			if !said {
				t.Fatalf("message %d says nothing", k)
			}
			if m.Role == llm.RoleAssistant && len(want) > 0 {
				if k+1 >= len(got) || got[k+1].Role != llm.RoleTool || len(got[k+1].Parts) != len(want) {
					t.Fatalf("the calls of message %d have no results", k)
				}
				for n, p := range got[k+1].Parts {
					if r := p.(llm.ToolResult); r.CallID != want[n] {
						t.Fatalf("call %s has the result of %s", want[n], r.CallID)
					}
				}
			}
			if m.Role == llm.RoleTool && (k == 0 || got[k-1].Role != llm.RoleAssistant) {
				t.Fatalf("message %d has results of no call", k)
			}
		}
	})
}

func TestToolNames(t *testing.T) {
	long := strings.Repeat("x", 70)
	tools := []llm.Tool{{Name: "plain_name-1"}, {Name: "a.b"}, {Name: "a/b"}, {Name: "é"}, {Name: ""}, {Name: long}, {Name: long + "y"}}
	for k := range 30 {
		tools = append(tools, llm.Tool{Name: fmt.Sprintf("a%cb", 0x1f600+k)})
	}
	names := llm.NewToolNames(tools)
	seen := make(map[string]bool)
	for _, tool := range tools {
		w := names.Wire(tool.Name)
		if w == "" || len(w) > 64 || seen[w] || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			t.Errorf("%q is %q", tool.Name, w)
		}
		seen[w] = true
		if got := names.Own(w); got != tool.Name {
			t.Errorf("%q is %q is %q", tool.Name, w, got)
		}
	}
	if names.Wire("plain_name-1") != "plain_name-1" || names.Own("never_offered") != "never_offered" {
		t.Error("a name that fits was changed")
	}
}

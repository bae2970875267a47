package agent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Caller is the run that uses a tool. What is done for it is done with the
// rights of who started the run.
type Caller struct {
	RunID, SessionKey, AgentID string

	Source Source
}

// ToolOutput is what a tool gave. It is data: it neither grants nor approves
// anything.
type ToolOutput struct {
	Text    string
	Images  []llm.Image
	IsError bool
	Meta    string // what the call was about, in a few words
}

// Toolbox has the tools that runs may use.
type Toolbox interface {
	// List gives the tools that a run may use.
	List(ctx context.Context, c *Caller) []llm.Tool
	// Call uses one of them. An error is told to the model, as an output with
	// IsError would be.
	Call(ctx context.Context, c *Caller, call llm.ToolCall) (*ToolOutput, error)
	// Shown gives the arguments of a call as everybody may see them who follows
	// the run.
	Shown(call llm.ToolCall) json.RawMessage
}

func (r *Run) caller(agentID string) *Caller {
	return &Caller{RunID: r.ID, SessionKey: r.Session, AgentID: agentID, Source: r.Source}
}

func (s *Service) toolsFor(ctx context.Context, r *Run, agentID string) []llm.Tool {
	if s.o.Tools == nil {
		return nil
	}
	return s.o.Tools.List(ctx, r.caller(agentID))
}

// use calls the tools that the model asked for, one after the other, and writes
// down what each gave before the next is called.
func (x *execution) use(ctx context.Context, calls []llm.ToolCall) error {
	results := llm.Message{Role: llm.RoleTool}
	for _, call := range calls {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		x.stream.toolEvent(false, &protocol.AgentToolStart{Name: call.Name, ToolCallID: call.ID, Args: x.svc.shown(call)})
		out := x.callTool(ctx, call)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := x.save(toolMessage(call, out, x.svc.nowMs())); err != nil {
			return err
		}
		x.stream.toolEvent(false, &protocol.AgentToolResult{Name: call.Name, ToolCallID: call.ID, IsError: out.IsError,
			Meta: wire.Opt[string]{V: out.Meta, Set: out.Meta != ""}, Result: toolReport(out)})
		results.Parts = append(results.Parts, llm.ToolResult{CallID: call.ID, Name: call.Name, Text: out.Text, Images: out.Images, IsError: out.IsError})
	}
	x.since = append(x.since, results)
	return nil
}

// shown are a call's arguments as events have them.
func (s *Service) shown(call llm.ToolCall) protocol.JSONObject {
	args := call.Arguments
	if s.o.Tools != nil {
		args = s.o.Tools.Shown(call)
	}
	if len(args) == 0 {
		args = json.RawMessage("{}")
	}
	return protocol.JSONObject(args)
}

// callTool uses one tool within its time and cuts what it gave to size.
func (x *execution) callTool(ctx context.Context, call llm.ToolCall) *ToolOutput {
	out, err := x.tryTool(ctx, call)
	if err != nil {
		out = &ToolOutput{Text: "Error: " + err.Error(), IsError: true}
	}
	out.Text = cut(out.Text, x.h.profile.ToolOutput)
	return out
}

func (x *execution) tryTool(ctx context.Context, call llm.ToolCall) (out *ToolOutput, err error) {
	defer func() {
		if p := recover(); p != nil {
			x.svc.log.Error("a tool panicked", "tool", call.Name, "run", x.ID, "panic", fmt.Sprint(p))
			out, err = nil, fmt.Errorf("the tool %s failed unexpectedly", call.Name)
		}
	}()
	switch {
	case call.Fault != "":
		return nil, fmt.Errorf("the arguments of %s are not right: %s", call.Name, call.Fault)
	case x.svc.o.Tools == nil:
		return nil, fmt.Errorf("there is no tool %q: there are none at all", call.Name)
	}
	ctx, end := x.stepOf(ctx, call)
	defer end()
	out, err = x.svc.o.Tools.Call(ctx, x.caller(x.h.profile.ID), call)
	if errors.Is(context.Cause(ctx), errToolTime) {
		return nil, fmt.Errorf("%s: %w", call.Name, errToolTime)
	}
	return out, err
}

var errToolTime = errors.New("the tool took longer than tools.timeoutSeconds allows")

// cut shortens a text to a number of bytes and says so.
func cut(text string, most int) string {
	if most <= 0 || len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s\n[cut: %d of %d bytes are shown]", text[:end], end, len(text))
}

// toolMessage is a tool's output as the transcript has it.
func toolMessage(call llm.ToolCall, out *ToolOutput, now int64) *protocol.Message {
	m := &protocol.Message{Role: protocol.MessageRoleToolResult, Content: textContent(out.Text), Timestamp: wire.Some(protocol.Timestamp(now)),
		ToolCallID: wire.Some(call.ID), ToolName: wire.Some(call.Name), IsError: wire.Some(out.IsError)}
	for _, i := range out.Images {
		m.Content.Array = append(m.Content.Array, imageBlock(i.MIME, i.Data))
	}
	return m
}

// toolReport is a tool's output as events show it.
func toolReport(out *ToolOutput) wire.Raw {
	type block struct {
		Type     string `json:"type"`
		Text     string `json:"text,omitempty"`
		MimeType string `json:"mimeType,omitempty"`
		Data     string `json:"data,omitempty"`
	}
	report := struct {
		Content []block `json:"content"`
	}{[]block{{Type: "text", Text: out.Text}}}
	for _, i := range out.Images {
		report.Content = append(report.Content, block{Type: "image", MimeType: i.MIME, Data: base64.StdEncoding.EncodeToString(i.Data)})
	}
	text, _ := json.Marshal(report) // always encodes
	return text
}

// Denied reports whether a list of names and patterns names a tool.
func Denied(patterns []string, tool string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, tool); err == nil && ok || strings.EqualFold(p, tool) {
			return true
		}
	}
	return false
}

package anthropic

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// Most tokens of an answer when nobody says how many: the API demands a number.
const (
	maxTokens        = 32_000
	maxTokensUnknown = 8_192 // of a model that nobody described
)

// budgets are the tokens of reasoning for models that take a number.
var budgets = map[llm.Level]int64{llm.LevelMinimal: 1024, llm.LevelLow: 2048, llm.LevelMedium: 8192, llm.LevelHigh: 16384, llm.LevelXHigh: 24576}

// leastBudget is the smallest that the API accepts.
const leastBudget = 1024

// params makes the API's request.
func (p *Provider) params(r *llm.Request, names *llm.ToolNames) sdk.MessageNewParams {
	m := llm.Model{ID: r.Model, Provider: p.Name()}
	if p.options.Models != nil {
		if known, ok := p.options.Models(r.Model); ok {
			m = known
		}
	}
	conversation := llm.Conversation(r.Messages, m.Ref(), m.ReadsImages())
	out := sdk.MessageNewParams{Model: r.Model, MaxTokens: int64(r.MaxTokens)}
	if out.MaxTokens <= 0 {
		out.MaxTokens = maxTokensUnknown
		if m.MaxOutput > 0 {
			out.MaxTokens = min(m.MaxOutput, maxTokens)
		}
	}
	if r.System != "" {
		out.System = []sdk.TextBlockParam{{Text: r.System, CacheControl: sdk.NewCacheControlEphemeralParam()}}
	}
	for k := range conversation {
		out.Messages = append(out.Messages, message(&conversation[k], names))
	}
	for _, t := range r.Tools {
		out.Tools = append(out.Tools, tool(&t, names))
	}
	think(&out, &m, r.Thinking, conversation)
	cache(&out)
	return out
}

// think asks for as much reasoning as the level says.
func think(out *sdk.MessageNewParams, m *llm.Model, level llm.Level, conversation []llm.Message) {
	if !m.Reasoning || level == "" {
		return
	}
	level = m.Nearest(level)
	switch {
	case level == llm.LevelOff:
		if m.Adaptive {
			out.Thinking = sdk.ThinkingConfigParamUnion{OfDisabled: &sdk.ThinkingConfigDisabledParam{}}
		}
	case m.Adaptive:
		out.Thinking = sdk.ThinkingConfigParamUnion{OfAdaptive: &sdk.ThinkingConfigAdaptiveParam{Display: sdk.ThinkingConfigAdaptiveDisplaySummarized}}
		if level == llm.LevelMinimal {
			level = llm.LevelLow
		}
		out.OutputConfig.Effort = sdk.OutputConfigEffort(level)
	default:
		// The API demands that a round of tools begun with reasoning goes on
		// with it. One begun by another model has none to show.
		if !mayReason(conversation) {
			return
		}
		budget := min(budgets[level], out.MaxTokens/2)
		if budget >= leastBudget {
			out.Thinking = sdk.ThinkingConfigParamOfEnabled(budget)
		}
	}
}

// mayReason tells whether the round of tools that goes on, if one does, began
// with reasoning.
func mayReason(conversation []llm.Message) bool {
	for k := len(conversation) - 1; k >= 0; k-- {
		m := &conversation[k]
		if m.Role == llm.RoleTool {
			continue
		}
		if m.Role == llm.RoleUser {
			return true
		}
		_, is := m.Parts[0].(llm.Thinking)
		return is
	}
	return true
}

// cache marks what the next request of the conversation will begin with too:
// the tools, the system prompt, which is marked already, and the messages so
// far.
func cache(out *sdk.MessageNewParams) {
	if n := len(out.Tools); n > 0 {
		out.Tools[n-1].OfTool.CacheControl = sdk.NewCacheControlEphemeralParam()
	}
	if len(out.Messages) == 0 {
		return
	}
	last := out.Messages[len(out.Messages)-1].Content
	if mark := last[len(last)-1].GetCacheControl(); mark != nil {
		*mark = sdk.NewCacheControlEphemeralParam()
	}
}

func message(m *llm.Message, names *llm.ToolNames) sdk.MessageParam {
	var blocks []sdk.ContentBlockParamUnion
	for _, p := range m.Parts {
		switch p := p.(type) {
		case llm.Text:
			blocks = append(blocks, sdk.NewTextBlock(p.Text))
		case llm.Thinking:
			if p.Redacted {
				blocks = append(blocks, sdk.NewRedactedThinkingBlock(p.Signature))
			} else {
				blocks = append(blocks, sdk.NewThinkingBlock(p.Signature, p.Text))
			}
		case llm.Image:
			blocks = append(blocks, sdk.NewImageBlockBase64(p.MIME, base64.StdEncoding.EncodeToString(p.Data)))
		case llm.ToolCall:
			blocks = append(blocks, sdk.NewToolUseBlock(callID(p.ID), object(p.Arguments), names.Wire(p.Name)))
		case llm.ToolResult:
			blocks = append(blocks, result(&p))
		}
	}
	if m.Role == llm.RoleAssistant {
		return sdk.NewAssistantMessage(blocks...)
	}
	return sdk.NewUserMessage(blocks...)
}

func result(r *llm.ToolResult) sdk.ContentBlockParamUnion {
	out := sdk.ToolResultBlockParam{ToolUseID: callID(r.CallID)}
	if r.IsError {
		out.IsError = sdk.Bool(true)
	}
	if strings.TrimSpace(r.Text) != "" {
		out.Content = append(out.Content, sdk.ToolResultBlockParamContentUnion{OfText: &sdk.TextBlockParam{Text: r.Text}})
	}
	for _, image := range r.Images {
		block := sdk.NewImageBlockBase64(image.MIME, base64.StdEncoding.EncodeToString(image.Data))
		out.Content = append(out.Content, sdk.ToolResultBlockParamContentUnion{OfImage: block.OfImage})
	}
	return sdk.ContentBlockParamUnion{OfToolResult: &out}
}

func tool(t *llm.Tool, names *llm.ToolNames) sdk.ToolUnionParam {
	schema := param.Override[sdk.ToolInputSchemaParam](object(t.Schema, `{"type":"object"}`))
	out := &sdk.ToolParam{Name: names.Wire(t.Name), InputSchema: schema}
	if t.Description != "" {
		out.Description = sdk.String(t.Description)
	}
	return sdk.ToolUnionParam{OfTool: out}
}

// object is raw when it is a JSON object, else the other one given, else {}.
func object(raw json.RawMessage, other ...string) json.RawMessage {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '{' && json.Valid(raw) {
		return raw
	}
	if len(other) > 0 {
		return json.RawMessage(other[0])
	}
	return json.RawMessage("{}")
}

// callID makes the id of a call, which another service may have chosen, one
// that this API accepts.
func callID(id string) string {
	id = strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, id)
	if id == "" {
		return "call"
	}
	return id
}

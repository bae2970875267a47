package openai

import (
	"encoding/base64"
	"encoding/json"
	"slices"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"github.com/gatesmith/gatesmith/internal/llm"
)

// params makes the API's request.
func (p *Provider) params(r *llm.Request, names *llm.ToolNames) sdk.ChatCompletionNewParams {
	m := llm.Model{ID: r.Model, Provider: p.Name()}
	if p.options.Models != nil {
		if known, ok := p.options.Models(r.Model); ok {
			m = known
		}
	}
	out := sdk.ChatCompletionNewParams{
		Model:         r.Model,
		StreamOptions: sdk.ChatCompletionStreamOptionsParam{IncludeUsage: sdk.Bool(true)},
	}
	if r.MaxTokens > 0 {
		// Local servers know the older name only.
		if p.options.Official {
			out.MaxCompletionTokens = sdk.Int(int64(r.MaxTokens))
		} else {
			out.MaxTokens = sdk.Int(int64(r.MaxTokens))
		}
	}
	if p.options.Official && r.SessionID != "" {
		out.PromptCacheKey = sdk.String(r.SessionID)
	}
	out.ReasoningEffort = p.effort(&m, r)
	if r.System != "" {
		out.Messages = append(out.Messages, sdk.SystemMessage(r.System))
	}
	conversation := llm.Conversation(r.Messages, m.Ref(), m.ReadsImages())
	round := roundBegins(conversation)
	for k := range conversation {
		out.Messages = append(out.Messages, messages(&conversation[k], names, k >= round)...)
	}
	for _, t := range r.Tools {
		out.Tools = append(out.Tools, tool(&t, names))
	}
	return out
}

// effort is how much reasoning to ask for.
func (p *Provider) effort(m *llm.Model, r *llm.Request) shared.ReasoningEffort {
	if !m.Reasoning {
		return ""
	}
	// OpenAI's own service lets models that can do without reasoning use tools
	// only without it in this API, and they reason unless told not to.
	if p.options.Official && len(r.Tools) > 0 && m.Levels != nil && m.Knows(llm.LevelOff) {
		return shared.ReasoningEffortNone
	}
	level := m.Nearest(r.Thinking)
	if m.Levels == nil {
		// What every service that knows the parameter knows.
		switch level {
		case llm.LevelMinimal:
			level = llm.LevelLow
		case llm.LevelXHigh:
			level = llm.LevelHigh
		case llm.LevelOff:
			return ""
		}
	}
	if level == llm.LevelOff {
		return shared.ReasoningEffortNone
	}
	return shared.ReasoningEffort(level)
}

// roundBegins is where the round of tools begins that goes on: behind the last
// message of the user.
func roundBegins(conversation []llm.Message) int {
	for k := len(conversation) - 1; k >= 0; k-- {
		if conversation[k].Role == llm.RoleUser {
			return k + 1
		}
	}
	return 0
}

// messages makes the API's messages of one of ours. Within the round of tools
// that goes on, reasoning goes back in the field it came in: some models demand
// it.
func messages(m *llm.Message, names *llm.ToolNames, inRound bool) []sdk.ChatCompletionMessageParamUnion {
	switch m.Role {
	case llm.RoleAssistant:
		return []sdk.ChatCompletionMessageParamUnion{{OfAssistant: assistant(m, names, inRound)}}
	case llm.RoleTool:
		return toolResults(m)
	}
	if !slices.ContainsFunc(m.Parts, isImage) {
		return []sdk.ChatCompletionMessageParamUnion{sdk.UserMessage(m.Text())}
	}
	var parts []sdk.ChatCompletionContentPartUnionParam
	for _, p := range m.Parts {
		switch p := p.(type) {
		case llm.Text:
			parts = append(parts, sdk.TextContentPart(p.Text))
		case llm.Image:
			parts = append(parts, image(&p))
		}
	}
	return []sdk.ChatCompletionMessageParamUnion{sdk.UserMessage(parts)}
}

func isImage(p llm.Part) bool {
	_, is := p.(llm.Image)
	return is
}

func image(i *llm.Image) sdk.ChatCompletionContentPartUnionParam {
	return sdk.ImageContentPart(sdk.ChatCompletionContentPartImageImageURLParam{
		URL: "data:" + i.MIME + ";base64," + base64.StdEncoding.EncodeToString(i.Data),
	})
}

func assistant(m *llm.Message, names *llm.ToolNames, inRound bool) *sdk.ChatCompletionAssistantMessageParam {
	out := &sdk.ChatCompletionAssistantMessageParam{}
	if text := m.Text(); text != "" {
		out.Content.OfString = sdk.String(text)
	}
	reasoning := map[string]any{}
	for _, p := range m.Parts {
		switch p := p.(type) {
		case llm.ToolCall:
			out.ToolCalls = append(out.ToolCalls, sdk.ChatCompletionMessageToolCallUnionParam{OfFunction: &sdk.ChatCompletionMessageFunctionToolCallParam{
				ID:       p.ID,
				Function: sdk.ChatCompletionMessageFunctionToolCallFunctionParam{Name: names.Wire(p.Name), Arguments: string(p.Arguments)},
			}})
		case llm.Thinking:
			if inRound && slices.Contains(reasoningFields, p.Signature) {
				reasoning[p.Signature] = p.Text
			}
		}
	}
	if len(reasoning) > 0 {
		out.SetExtraFields(reasoning)
	}
	return out
}

// toolResults makes a message of each result. They can hold text only, so that
// images follow as if the user had sent them.
func toolResults(m *llm.Message) []sdk.ChatCompletionMessageParamUnion {
	var out []sdk.ChatCompletionMessageParamUnion
	var images []sdk.ChatCompletionContentPartUnionParam
	for _, p := range m.Parts {
		r, ok := p.(llm.ToolResult)
		if !ok {
			continue
		}
		out = append(out, sdk.ToolMessage(r.Text, r.CallID))
		for k := range r.Images {
			images = append(images, image(&r.Images[k]))
		}
	}
	if len(images) > 0 {
		out = append(out, sdk.UserMessage(append([]sdk.ChatCompletionContentPartUnionParam{sdk.TextContentPart("(Images that the tools returned.)")}, images...)))
	}
	return out
}

func tool(t *llm.Tool, names *llm.ToolNames) sdk.ChatCompletionToolUnionParam {
	f := shared.FunctionDefinitionParam{Name: names.Wire(t.Name)}
	if t.Description != "" {
		f.Description = sdk.String(t.Description)
	}
	var schema shared.FunctionParameters
	if json.Unmarshal(t.Schema, &schema) != nil || schema == nil {
		schema = shared.FunctionParameters{"type": "object", "properties": map[string]any{}}
	}
	f.Parameters = schema
	return sdk.ChatCompletionFunctionTool(f)
}

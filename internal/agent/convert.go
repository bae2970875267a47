package agent

import (
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// This file turns messages of transcripts into those of model providers and
// back.

// Members that transcripts keep beside those of the protocol: a provider wants
// its own reasoning back exactly as it came.
const (
	signatureMember = "thinkingSignature"
	redactedMember  = "redacted"
	faultMember     = "fault"
)

func textContent(text string) protocol.MessageContent {
	c := protocol.MessageContent{Kind: protocol.MessageContentIsArray, Array: []protocol.ContentBlock{}}
	if text != "" {
		c.Array = append(c.Array, &protocol.TextBlock{Text: text})
	}
	return c
}

func imageBlock(mime string, data []byte) *protocol.ImageBlock {
	return &protocol.ImageBlock{MimeType: mime, Data: base64.StdEncoding.EncodeToString(data)}
}

// modelMessages is a transcript as models read it.
func modelMessages(transcript []protocol.Message) []llm.Message {
	out := make([]llm.Message, 0, len(transcript))
	for k := range transcript {
		m := &transcript[k]
		x := llm.Message{Parts: modelParts(m)}
		switch m.Role {
		case protocol.MessageRoleUser:
			x.Role = llm.RoleUser
		case protocol.MessageRoleAssistant:
			x.Role = llm.RoleAssistant
			if m.Provider.Set && m.Model.Set {
				x.Model = m.Provider.V + "/" + m.Model.V
			}
		case protocol.MessageRoleToolResult:
			x.Role = llm.RoleTool
			x.Parts = []llm.Part{toolResult(m, x.Parts)}
		default:
			continue // of a newer gateway
		}
		// Results of calls that were made together go back together.
		if last := len(out) - 1; x.Role == llm.RoleTool && last >= 0 && out[last].Role == llm.RoleTool {
			out[last].Parts = append(out[last].Parts, x.Parts...)
			continue
		}
		if len(x.Parts) > 0 {
			out = append(out, x)
		}
	}
	return answerCalls(out)
}

// interrupted is what a model is told of a call whose result was lost with the
// process that made it.
const interrupted = "The gateway was interrupted while this went on: whether it was done is not known."

// answerCalls gives every tool call a result: providers refuse a conversation
// in which one is missing.
func answerCalls(messages []llm.Message) []llm.Message {
	out := make([]llm.Message, 0, len(messages))
	for k := range messages {
		out = append(out, messages[k])
		var missing []llm.Part
		for _, p := range messages[k].Parts {
			call, ok := p.(llm.ToolCall)
			if ok && !(k+1 < len(messages) && answers(&messages[k+1], call.ID)) {
				missing = append(missing, llm.ToolResult{CallID: call.ID, Name: call.Name, Text: interrupted, IsError: true})
			}
		}
		switch {
		case len(missing) == 0:
		case k+1 < len(messages) && messages[k+1].Role == llm.RoleTool:
			messages[k+1].Parts = append(messages[k+1].Parts, missing...)
		default:
			out = append(out, llm.Message{Role: llm.RoleTool, Parts: missing})
		}
	}
	return out
}

func answers(m *llm.Message, callID string) bool {
	return m.Role == llm.RoleTool && slices.ContainsFunc(m.Parts, func(p llm.Part) bool {
		r, ok := p.(llm.ToolResult)
		return ok && r.CallID == callID
	})
}

func modelParts(m *protocol.Message) []llm.Part {
	if m.Content.Kind == protocol.MessageContentIsString {
		if m.Content.String == "" {
			return nil
		}
		return []llm.Part{llm.Text{Text: m.Content.String}}
	}
	var parts []llm.Part
	for _, b := range m.Content.Array {
		switch b := b.(type) {
		case *protocol.TextBlock:
			if b.Text != "" {
				parts = append(parts, llm.Text{Text: b.Text})
			}
		case *protocol.ThinkingBlock:
			parts = append(parts, llm.Thinking{Text: b.Thinking, Signature: stringMember(b.Extra, signatureMember), Redacted: string(b.Extra.Get(redactedMember)) == "true"})
		case *protocol.ToolCallBlock:
			parts = append(parts, llm.ToolCall{ID: b.ID, Name: b.Name, Arguments: json.RawMessage(b.Arguments), Fault: stringMember(b.Extra, faultMember)})
		case *protocol.ImageBlock:
			if data, err := base64.StdEncoding.DecodeString(b.Data); err == nil && len(data) > 0 {
				parts = append(parts, llm.Image{MIME: b.MimeType, Data: data})
			}
		}
	}
	return parts
}

func toolResult(m *protocol.Message, parts []llm.Part) llm.ToolResult {
	r := llm.ToolResult{CallID: m.ToolCallID.V, Name: m.ToolName.V, IsError: m.IsError.V}
	for _, p := range parts {
		switch p := p.(type) {
		case llm.Text:
			r.Text += p.Text
		case llm.Image:
			r.Images = append(r.Images, p)
		}
	}
	return r
}

func stringMember(e wire.Extra, name string) string {
	var text string
	if raw := e.Get(name); raw != nil {
		_ = json.Unmarshal(raw, &text) // another kind is none of ours
	}
	return text
}

func extraString(name, value string) wire.Extra {
	if value == "" {
		return nil
	}
	return wire.Extra{{Name: name, Value: wire.AppendString(nil, value)}}
}

// assistantMessage is an answer as the transcript has it.
func assistantMessage(a *llm.Answer, m *llm.Model, now int64) *protocol.Message {
	out := &protocol.Message{Role: protocol.MessageRoleAssistant, Content: protocol.MessageContent{Kind: protocol.MessageContentIsArray, Array: []protocol.ContentBlock{}},
		Timestamp: wire.Some(protocol.Timestamp(now)), StopReason: wire.Some(string(a.Stop)), Provider: wire.Some(m.Provider), Model: wire.Some(m.ID)}
	for _, p := range a.Parts {
		switch p := p.(type) {
		case llm.Text:
			out.Content.Array = append(out.Content.Array, &protocol.TextBlock{Text: p.Text})
		case llm.Thinking:
			extra := extraString(signatureMember, p.Signature)
			if p.Redacted {
				extra = append(extra, wire.Member{Name: redactedMember, Value: wire.Raw("true")})
			}
			out.Content.Array = append(out.Content.Array, &protocol.ThinkingBlock{Thinking: p.Text, Extra: extra})
		case llm.ToolCall:
			out.Content.Array = append(out.Content.Array, &protocol.ToolCallBlock{ID: p.ID, Name: p.Name, Arguments: protocol.JSONObject(p.Arguments), Extra: extraString(faultMember, p.Fault)})
		}
	}
	if a.UsageKnown {
		out.Usage = wire.Some(tokenUsage(a.Usage, m.Cost(a.Usage)))
	}
	return out
}

// tokenUsage is what an answer took, as a message tells it.
func tokenUsage(u llm.Usage, c llm.Cost) protocol.TokenUsage {
	return protocol.TokenUsage{Input: wire.Some(u.Input), Output: wire.Some(u.Output), CacheRead: wire.Some(u.CacheRead), CacheWrite: wire.Some(u.CacheWrite),
		TotalTokens: wire.Some(total(u)), Cost: wire.Some(protocol.TokenCost{Input: wire.Some(c.Input), Output: wire.Some(c.Output),
			CacheRead: wire.Some(c.CacheRead), CacheWrite: wire.Some(c.CacheWrite), Total: wire.Some(c.Total())})}
}

func total(u llm.Usage) int64 { return u.Input + u.Output + u.CacheRead + u.CacheWrite }

func add(a, b llm.Usage) llm.Usage {
	return llm.Usage{Input: a.Input + b.Input, Output: a.Output + b.Output, CacheRead: a.CacheRead + b.CacheRead, CacheWrite: a.CacheWrite + b.CacheWrite}
}

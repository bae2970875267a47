package llm

import (
	"slices"
	"strconv"
	"strings"
)

// lostResult stands for the result of a call that was never carried out.
const lostResult = "There is no result: the run ended before the tool did."

// Conversation makes of messages what the services accept, for the model with
// the given ref, without changing the messages themselves:
//
//   - Every tool call has exactly one result, right behind the message with the
//     call. Histories of runs that were cut off lack some.
//   - Nothing is empty, and a user speaks first.
//   - Reasoning goes to the model that wrote it only.
//   - Where a model reads no images, a note takes their place.
func Conversation(messages []Message, ref string, images bool) []Message {
	var out []Message
	for k := 0; k < len(messages); k++ {
		m := &messages[k]
		switch m.Role {
		case RoleTool:
			// Results that belong to a call were taken along with it.
		case RoleAssistant:
			kept := clean(m, ref, images)
			calls := callsOf(kept)
			if len(kept) == 0 || !speaks(kept) {
				continue
			}
			out = append(out, Message{Role: RoleAssistant, Parts: kept, Model: m.Model})
			if len(calls) == 0 {
				continue
			}
			var behind []Message
			for k+1 < len(messages) && messages[k+1].Role == RoleTool {
				k++
				behind = append(behind, messages[k])
			}
			out = append(out, Message{Role: RoleTool, Parts: results(calls, behind, images)})
		default:
			if kept := clean(m, ref, images); len(kept) > 0 {
				out = append(out, Message{Role: RoleUser, Parts: kept})
			}
		}
	}
	if len(out) > 0 && out[0].Role != RoleUser {
		out = slices.Insert(out, 0, UserText("(The beginning of the conversation is left out.)"))
	}
	return out
}

// clean is the parts of a message that say something.
func clean(m *Message, ref string, images bool) []Part {
	kept := make([]Part, 0, len(m.Parts))
	for _, p := range m.Parts {
		switch p := p.(type) {
		case Text:
			if strings.TrimSpace(p.Text) == "" {
				continue
			}
		case Thinking:
			if m.Role != RoleAssistant || m.Model != "" && m.Model != ref || p.Signature == "" {
				continue
			}
		case ToolCall:
			if m.Role != RoleAssistant {
				continue
			}
		case Image:
			if m.Role == RoleAssistant {
				continue // no service takes them there
			}
			if !images {
				kept = append(kept, imageNote)
				continue
			}
		case ToolResult:
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

var imageNote = Text{Text: "(An image is left out here: this model does not read images.)"}

// speaks reports whether there is more than reasoning.
func speaks(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool { _, is := p.(Thinking); return !is })
}

func callsOf(parts []Part) []ToolCall {
	a := Answer{Parts: parts}
	return a.ToolCalls()
}

// results finds the result of each call.
func results(calls []ToolCall, behind []Message, images bool) []Part {
	found := make(map[string]ToolResult)
	for _, m := range behind {
		for _, p := range m.Parts {
			if r, ok := p.(ToolResult); ok {
				found[r.CallID] = r
			}
		}
	}
	out := make([]Part, 0, len(calls))
	for _, c := range calls {
		r, ok := found[c.ID]
		if !ok {
			r = ToolResult{CallID: c.ID, Name: c.Name, Text: lostResult, IsError: true}
		}
		if !images && len(r.Images) > 0 {
			r.Images = nil
			r.Text = strings.TrimSpace(r.Text + "\n" + imageNote.Text)
		}
		out = append(out, r)
	}
	return out
}

// ToolNames turns names of tools into those that the services accept: letters,
// digits, _ and -, at most 64. Names that are so already stay as they are.
type ToolNames struct{ wire, own map[string]string }

// NewToolNames gives each tool a name.
func NewToolNames(tools []Tool) *ToolNames {
	n := &ToolNames{wire: make(map[string]string, len(tools)), own: make(map[string]string, len(tools))}
	for _, t := range tools {
		n.Wire(t.Name)
	}
	return n
}

// maxToolName is the longest name that every service accepts.
const maxToolName = 64

// Wire is the name to tell the service.
func (n *ToolNames) Wire(name string) string {
	if w, ok := n.wire[name]; ok {
		return w
	}
	w := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	w = w[:min(len(w), maxToolName)]
	for k := 2; w == "" || n.own[w] != ""; k++ {
		tail := "_" + strconv.Itoa(k)
		w = w[:min(len(w), maxToolName-len(tail))] + tail
	}
	n.wire[name], n.own[w] = w, name
	return w
}

// Own is the name of a tool that the service named.
func (n *ToolNames) Own(wire string) string {
	if name, ok := n.own[wire]; ok {
		return name
	}
	return wire
}

// Package transcript writes conversations to files: as Markdown, for people, and
// as JSON lines, for programs.
package transcript

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// Transcript is a conversation.
type Transcript struct {
	Key, SessionID string
	Title          string
	Messages       []protocol.Message // oldest first
}

// version is of the form of the JSON lines.
const version = 3

// record is one of the lines.
type record struct {
	Type      string          `json:"type"`
	Version   int             `json:"version,omitzero"`
	ID        string          `json:"id,omitzero"`
	Key       string          `json:"key,omitzero"`
	Timestamp string          `json:"timestamp,omitzero"`
	Message   json.RawMessage `json:"message,omitzero"`
}

// JSONL writes a line about the session, and one for each message, in the form
// that gateways in the field keep transcripts in.
func (t *Transcript) JSONL(w io.Writer) error {
	if err := line(w, record{Type: "session", Version: version, ID: t.SessionID, Key: t.Key, Timestamp: t.begun()}); err != nil {
		return err
	}
	for i := range t.Messages {
		m := record{Type: "message", Message: t.Messages[i].AppendJSON(nil)}
		if at := t.Messages[i].Timestamp; at.Set {
			m.Timestamp = iso(at.V)
		}
		if err := line(w, m); err != nil {
			return err
		}
	}
	return nil
}

func line(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (t *Transcript) begun() string {
	for i := range t.Messages {
		if at := t.Messages[i].Timestamp; at.Set {
			return iso(at.V)
		}
	}
	return ""
}

func iso(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// Markdown writes the conversation with a heading for each message.
func (t *Transcript) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nSession `%s`, transcript `%s`, %s\n", oneLine(t.Title), t.Key, t.SessionID, plural(len(t.Messages), "message"))
	for i := range t.Messages {
		m := &t.Messages[i]
		fmt.Fprintf(&b, "\n## %s\n", heading(m))
		if m.Content.Kind == protocol.MessageContentIsString {
			paragraph(&b, m.Content.String)
		}
		for _, block := range m.Content.Array {
			markdownBlock(&b, m, block)
		}
		if _, err := io.WriteString(w, b.String()); err != nil {
			return err
		}
		b.Reset()
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// heading says who speaks, and when.
func heading(m *protocol.Message) string {
	who := string(m.Role)
	switch m.Role {
	case protocol.MessageRoleUser:
		who = "User"
	case protocol.MessageRoleAssistant:
		who = "Assistant"
		if m.Model.V != "" {
			who += " (" + m.Provider.V + "/" + m.Model.V + ")"
		}
	case protocol.MessageRoleToolResult:
		who = "Tool `" + m.ToolName.V + "`"
		if m.IsError.V {
			who += " failed"
		}
	case "system":
		who = "Gateway"
	}
	if m.Timestamp.Set {
		who += ", " + time.UnixMilli(m.Timestamp.V).UTC().Format("2006-01-02 15:04:05 UTC")
	}
	return oneLine(who)
}

func markdownBlock(b *strings.Builder, m *protocol.Message, block protocol.ContentBlock) {
	switch block := block.(type) {
	case *protocol.TextBlock:
		if m.Role == protocol.MessageRoleToolResult {
			fenced(b, "", block.Text)
			return
		}
		paragraph(b, block.Text)
	case *protocol.ThinkingBlock:
		paragraph(b, "> "+strings.ReplaceAll(strings.TrimSpace(block.Thinking), "\n", "\n> "))
	case *protocol.ToolCallBlock:
		paragraph(b, "Calls `"+block.Name+"`:")
		fenced(b, "json", string(block.Arguments))
	case *protocol.ImageBlock:
		paragraph(b, fmt.Sprintf("*[%s, %d bytes]*", block.MimeType, len(block.Data)/4*3))
	case *protocol.ContentBlockUnknown:
		paragraph(b, "*["+block.Type+"]*")
	}
}

func paragraph(b *strings.Builder, text string) {
	if text = strings.TrimSpace(text); text != "" {
		b.WriteString("\n" + text + "\n")
	}
}

// fenced writes a text that is not Markdown. Its fence is longer than any in
// the text.
func fenced(b *strings.Builder, language, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	b.WriteString("\n" + fence + language + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n")
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

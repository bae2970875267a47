package chat

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// shortenedMember tells programs that a message was shortened: how many bytes
// it has. People see it where something is missing.
const shortenedMember = "shortened"

// leastText is to what a block is shortened before all blocks give way.
const leastText = 64

// fit shortens a message to a number of bytes. Its blocks stay what and where
// they are as long as they can; the largest become shorter, or a note.
func fit(m *protocol.Message, limit int) {
	size := sizeOf(m)
	if size <= limit {
		return
	}
	whole := *m
	m.Extra = append(m.Extra.Clone(), wire.Member{Name: shortenedMember, Value: strconv.AppendInt(nil, int64(size), 10)})
	for most := limit / 2; most >= leastText; most /= 2 {
		if m.Content = shortened(whole.Content, most); sizeOf(m) <= limit {
			return
		}
	}
	// It is made of very many blocks, or something else in it is large.
	*m = protocol.Message{Role: whole.Role, Timestamp: whole.Timestamp, Extra: m.Extra[len(m.Extra)-1:], Content: protocol.MessageContent{
		Kind: protocol.MessageContentIsArray, Array: []protocol.ContentBlock{note("message", size)}}}
}

// shortened gives content none of whose blocks is much larger than most bytes.
func shortened(c protocol.MessageContent, most int) protocol.MessageContent {
	c.String = shortText(c.String, most)
	blocks := make([]protocol.ContentBlock, len(c.Array))
	for i, block := range c.Array {
		blocks[i] = shortBlock(block, most)
	}
	c.Array = blocks
	return c
}

func shortBlock(block protocol.ContentBlock, most int) protocol.ContentBlock {
	switch b := block.(type) {
	case *protocol.TextBlock:
		return &protocol.TextBlock{Text: shortText(b.Text, most)}
	case *protocol.ThinkingBlock:
		return &protocol.ThinkingBlock{Thinking: shortText(b.Thinking, most)}
	case *protocol.ToolCallBlock:
		if len(b.Arguments) > most {
			return &protocol.ToolCallBlock{ID: b.ID, Name: b.Name, Arguments: fmt.Appendf(nil, `{%q:%d}`, shortenedMember, len(b.Arguments))}
		}
	case *protocol.ImageBlock:
		if n := max(sessions.ImageSize(b), len(b.Data)/4*3); base64Size(n) > most {
			return note(b.MimeType, n)
		}
	default:
		if n := len(block.AppendJSON(nil)); n > most {
			return note("content", n)
		}
	}
	return block
}

// note stands for what is too large.
func note(what string, size int) protocol.ContentBlock {
	return &protocol.TextBlock{Text: fmt.Sprintf("[%s of %d bytes: too large for a history]", what, size)}
}

// shortText cuts a text where a character ends.
func shortText(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s… [%d bytes left out]", text[:end], len(text)-end)
}

package sessions

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// Limits of sessions.preview.
const (
	previewKeys     = 64
	previewItems    = 12
	previewMaxItems = 50
	previewChars    = 240
	previewMaxChars = 2000
)

// SessionsPreview gives the last messages of several sessions, shortened.
func (s *Service) SessionsPreview(ctx context.Context, p *protocol.SessionsPreviewParams) (*protocol.SessionsPreviewResult, error) {
	res := &protocol.SessionsPreviewResult{Ts: s.nowMs(), Previews: []protocol.SessionPreview{}}
	items := int(min(p.Limit.Or(previewItems), previewMaxItems))
	chars := int(min(p.MaxChars.Or(previewChars), previewMaxChars))
	err := s.store.Read(ctx, func(q store.Querier) error {
		for _, key := range p.Keys[:min(len(p.Keys), previewKeys)] {
			one, err := s.preview(ctx, q, key, items, chars)
			if err != nil {
				return err
			}
			res.Previews = append(res.Previews, one)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

func (s *Service) preview(ctx context.Context, q store.Querier, key string, items, chars int) (protocol.SessionPreview, error) {
	out := protocol.SessionPreview{Key: key, Status: protocol.SessionPreviewStatusMissing, Items: []protocol.SessionPreviewItem{}}
	sess, err := s.Get(ctx, q, key)
	if err != nil || sess == nil {
		return out, err
	}
	out.Status = protocol.SessionPreviewStatusEmpty
	// Some lines show nothing, so a few more are looked at.
	for line, err := range s.Backward(ctx, q, sess.Entry.SessionID, "", 4*items) {
		if err != nil {
			return out, err
		}
		if item, ok := previewItem(&line.Message, chars); ok {
			out.Items = append(out.Items, item)
		}
		if len(out.Items) == items {
			break
		}
	}
	slices.Reverse(out.Items)
	if len(out.Items) > 0 {
		out.Status = protocol.SessionPreviewStatusOk
	}
	return out, nil
}

// previewItem shows a message in a few words; false when there are none.
func previewItem(m *protocol.Message, chars int) (protocol.SessionPreviewItem, bool) {
	calls, media := contents(m)
	text := strings.TrimSpace(Text(m))
	if m.Role == protocol.MessageRoleUser {
		text = StripEnvelope(text)
	}
	switch {
	case text != "":
	case len(calls) > 2:
		text = fmt.Sprintf("call %s, %s +%d", calls[0], calls[1], len(calls)-2)
	case len(calls) > 0:
		text = "call " + strings.Join(calls, ", ")
	case media != "":
		text = "[" + media + "]"
	default:
		return protocol.SessionPreviewItem{}, false
	}
	return protocol.SessionPreviewItem{Role: previewRole(m, calls), Text: shorten(text, chars, "...")}, true
}

// contents names the tools that a message calls, and the first kind of content
// that is neither text nor a call nor reasoning.
func contents(m *protocol.Message) (calls []string, media string) {
	for _, block := range m.Content.Array {
		kind := ""
		switch b := block.(type) {
		case *protocol.ToolCallBlock:
			calls = append(calls, b.Name)
		case *protocol.ImageBlock:
			kind = "image"
		case *protocol.ContentBlockUnknown:
			kind = b.Type
		}
		if media == "" {
			media = kind
		}
	}
	return calls, media
}

func previewRole(m *protocol.Message, calls []string) protocol.SessionPreviewItemRole {
	switch {
	case len(calls) > 0 || m.ToolName.Set || m.Role == protocol.MessageRoleToolResult:
		return protocol.SessionPreviewItemRoleTool
	case m.Role == protocol.MessageRoleUser:
		return protocol.SessionPreviewItemRoleUser
	case m.Role == protocol.MessageRoleAssistant:
		return protocol.SessionPreviewItemRoleAssistant
	case m.Role == roleSystem:
		return protocol.SessionPreviewItemRoleSystem
	}
	return protocol.SessionPreviewItemRoleOther
}

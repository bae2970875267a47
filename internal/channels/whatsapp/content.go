//go:build whatsapp

package whatsapp

import (
	"cmp"
	"fmt"
	"strings"

	"go.mau.fi/whatsmeow/proto/waE2E"
)

// textOf is what a message says, also of those that are no text, where that can be
// said in words.
func textOf(m *waE2E.Message) string {
	switch {
	case m.GetConversation() != "":
		return m.GetConversation()
	case m.GetExtendedTextMessage() != nil:
		return m.GetExtendedTextMessage().GetText()
	case m.GetImageMessage() != nil:
		return m.GetImageMessage().GetCaption()
	case m.GetVideoMessage() != nil:
		return m.GetVideoMessage().GetCaption()
	case m.GetDocumentMessage() != nil:
		return m.GetDocumentMessage().GetCaption()
	case m.GetButtonsResponseMessage() != nil:
		return m.GetButtonsResponseMessage().GetSelectedDisplayText()
	case m.GetListResponseMessage() != nil:
		return m.GetListResponseMessage().GetTitle()
	case m.GetTemplateButtonReplyMessage() != nil:
		return m.GetTemplateButtonReplyMessage().GetSelectedDisplayText()
	case m.GetLocationMessage() != nil:
		l := m.GetLocationMessage()
		return placeText("location", l.GetDegreesLatitude(), l.GetDegreesLongitude(), l.GetName(), l.GetAddress(), l.GetComment())
	case m.GetLiveLocationMessage() != nil:
		l := m.GetLiveLocationMessage()
		return placeText("live location", l.GetDegreesLatitude(), l.GetDegreesLongitude(), l.GetCaption())
	case m.GetContactMessage() != nil:
		return contactText(m.GetContactMessage())
	case m.GetContactsArrayMessage() != nil:
		var lines []string
		for _, c := range m.GetContactsArrayMessage().GetContacts() {
			lines = append(lines, contactText(c))
		}
		return strings.Join(lines, "\n")
	}
	return pollText(pollIn(m))
}

// kindOf is the word for a message's file, "" where there is none.
func kindOf(m *waE2E.Message) string {
	switch {
	case m.GetImageMessage() != nil:
		return "picture"
	case m.GetVideoMessage().GetGifPlayback():
		return "animation"
	case m.GetVideoMessage() != nil, m.GetPtvMessage() != nil:
		return "video"
	case m.GetAudioMessage().GetPTT():
		return "voice message"
	case m.GetAudioMessage() != nil:
		return "audio file"
	case m.GetDocumentMessage() != nil:
		return "document"
	case m.GetStickerMessage() != nil:
		return "sticker"
	}
	return ""
}

func placeText(what string, latitude, longitude float64, names ...string) string {
	text := fmt.Sprintf("[%s: %.6f, %.6f", what, latitude, longitude)
	for _, n := range names {
		if n = strings.Join(strings.Fields(n), " "); n != "" {
			text += ", " + n
		}
	}
	return text + "]"
}

// contactText is a contact with its numbers.
func contactText(c *waE2E.ContactMessage) string {
	text := "[contact: " + strings.Join(strings.Fields(c.GetDisplayName()), " ")
	for line := range strings.Lines(c.GetVcard()) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		name = strings.ToUpper(name)
		if at := strings.LastIndexByte(name, '.'); at >= 0 {
			name = name[at+1:] // item1.TEL
		}
		if ok && (name == "TEL" || strings.HasPrefix(name, "TEL;")) {
			text += ", " + value
		}
	}
	return text + "]"
}

// pollIn is the poll that a message puts, or nil.
func pollIn(m *waE2E.Message) *waE2E.PollCreationMessage {
	return cmp.Or(m.GetPollCreationMessage(), m.GetPollCreationMessageV2(), m.GetPollCreationMessageV3(), m.GetPollCreationMessageV5())
}

func pollText(p *waE2E.PollCreationMessage) string {
	if p == nil {
		return ""
	}
	text := "[poll: " + p.GetName() + "]"
	for _, o := range p.GetOptions() {
		text += "\n- " + o.GetOptionName()
	}
	return text
}

package sessions

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/protocol"
)

// Lengths of what lists show, in characters.
const (
	maxTitle       = 60
	maxListPreview = 240
)

// Text joins the text blocks of a message, each beginning a line.
func Text(m *protocol.Message) string {
	if m.Content.Kind == protocol.MessageContentIsString {
		return m.Content.String
	}
	var parts []string
	for _, block := range m.Content.Array {
		if t, ok := block.(*protocol.TextBlock); ok && t.Text != "" {
			parts = append(parts, t.Text)
		}
	}
	return strings.Join(parts, "\n")
}

// summaryOf gives what a message adds to its transcript's title and preview.
func summaryOf(m *protocol.Message) (title, preview string) {
	if m.Role != protocol.MessageRoleUser && m.Role != protocol.MessageRoleAssistant {
		return "", ""
	}
	text := plain(Text(m))
	if m.Role == protocol.MessageRoleUser {
		text = StripEnvelope(text)
		title = titleOf(text)
	}
	return title, shorten(strings.TrimSpace(text), maxListPreview, "…")
}

// titleOf makes a title from a text: one line, cut after a word when there is
// one near the end.
func titleOf(text string) string {
	if len(text) > 4*maxTitle*utf8.UTFMax {
		text = strings.ToValidUTF8(text[:4*maxTitle*utf8.UTFMax], "")
	}
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= maxTitle {
		return text
	}
	cut := prefix(text, maxTitle-1)
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)*6/10 {
		cut = cut[:i]
	}
	return cut + "…"
}

// shorten cuts a text to a number of characters, the mark included.
func shorten(text string, limit int, mark string) string {
	if len(text) <= limit || utf8.RuneCountInString(text) <= limit {
		return text
	}
	return prefix(text, limit-utf8.RuneCountInString(mark)) + mark
}

// prefix gives the first n characters.
func prefix(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// envelopes begin the texts that channels hand on for people.
var envelope = regexp.MustCompile(`^\[([^\]\n]{1,200})\]\s*`)

var envelopeChannels = []string{"WebChat", "WhatsApp", "Telegram", "Signal", "Slack", "Discord", "Google Chat", "iMessage",
	"Teams", "Matrix", "Zalo", "Zalo Personal", "BlueBubbles"}

var envelopeTime = regexp.MustCompile(`\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}`)

// StripEnvelope takes away the header that a channel put before a user's text:
// the channel's name, or a time, in brackets. Other brackets are the user's.
func StripEnvelope(text string) string {
	m := envelope.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	if envelopeTime.MatchString(m[1]) {
		return text[len(m[0]):]
	}
	for _, channel := range envelopeChannels {
		if strings.HasPrefix(m[1], channel+" ") {
			return text[len(m[0]):]
		}
	}
	return text
}

package telegram

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/go-telegram/bot/models"
)

// message gives what a message of Telegram's says, or nil for what is no message
// of a person.
func (a *account) message(m *models.Message) *channels.Inbound {
	if m.From == nil || m.From.IsBot {
		return nil
	}
	x := &channels.Inbound{ID: strconv.Itoa(m.ID), At: time.Unix(int64(m.Date), 0),
		Chat:   channels.Chat{ID: strconv.FormatInt(m.Chat.ID, 10), Title: m.Chat.Title},
		Sender: channels.Sender{ID: strconv.FormatInt(m.From.ID, 10), Name: nameOf(m.From), Username: m.From.Username},
		Media:  mediaOf(m)}
	switch m.Chat.Type {
	case models.ChatTypePrivate:
		x.Chat.Type = channels.Direct
	case models.ChatTypeGroup, models.ChatTypeSupergroup:
		x.Chat.Type = channels.Group
	default:
		return nil
	}
	if m.IsTopicMessage && m.MessageThreadID != 0 {
		x.Chat.Thread = strconv.Itoa(m.MessageThreadID)
	}
	text, entities := m.Text, m.Entities
	if text == "" {
		text, entities = m.Caption, m.CaptionEntities
	}
	x.Text, x.Addressed = a.addressed(text, entities)
	if r := m.ReplyToMessage; r != nil && r.Chat.ID == m.Chat.ID && r.ID != m.MessageThreadID {
		x.Quoted = cmp.Or(r.Text, r.Caption)
		if r.From != nil {
			x.QuotedBy = nameOf(r.From)
			me := a.me()
			x.Addressed = x.Addressed || me != nil && r.From.ID == me.ID
		}
	}
	if x.Text == "" {
		x.Text = placeOf(m)
	}
	if x.Text == "" && len(x.Media) == 0 {
		return nil // somebody joined, a title changed, …
	}
	return x
}

func nameOf(u *models.User) string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// addressed reports whether a text names the bot, and takes the name away where it
// is no part of what is said: at the beginning, and behind a command.
func (a *account) addressed(text string, entities []models.MessageEntity) (rest string, addressed bool) {
	me := a.me()
	if me == nil {
		return text, false
	}
	units := utf16.Encode([]rune(text))
	piece := func(e models.MessageEntity) string {
		from, to := max(0, min(e.Offset, len(units))), max(0, min(e.Offset+e.Length, len(units)))
		return string(utf16.Decode(units[from:max(from, to)]))
	}
	at := "@" + me.Username
	for _, e := range entities {
		switch e.Type {
		case models.MessageEntityTypeMention:
			addressed = addressed || strings.EqualFold(piece(e), at)
		case models.MessageEntityTypeTextMention:
			addressed = addressed || e.User != nil && e.User.ID == me.ID
		case models.MessageEntityTypeBotCommand:
			command, name, named := strings.Cut(piece(e), "@")
			if named && strings.EqualFold(name, me.Username) && e.Offset == 0 {
				addressed = true
				text = command + strings.TrimPrefix(text, piece(e))
			}
		}
	}
	if trimmed := strings.TrimSpace(text); len(trimmed) > len(at) && strings.EqualFold(trimmed[:len(at)], at) && strings.ContainsAny(trimmed[len(at):len(at)+1], " ,:\n") {
		text = strings.TrimLeft(trimmed[len(at):], " ,:\n")
	}
	return text, addressed
}

// mediaOf lists the files of a message.
func mediaOf(m *models.Message) []channels.Media {
	var out []channels.Media
	add := func(ref, mime, name, kind string, size int64) {
		out = append(out, channels.Media{Ref: ref, MIME: mime, Name: name, Kind: kind, Size: size})
	}
	if n := len(m.Photo); n > 0 {
		best := m.Photo[0]
		for _, p := range m.Photo {
			if p.Width*p.Height > best.Width*best.Height {
				best = p
			}
		}
		add(best.FileID, "image/jpeg", "", "photo", int64(best.FileSize))
	}
	switch {
	case m.Animation != nil:
		add(m.Animation.FileID, cmp.Or(m.Animation.MimeType, "video/mp4"), m.Animation.FileName, "animation", m.Animation.FileSize)
	case m.Document != nil:
		add(m.Document.FileID, cmp.Or(m.Document.MimeType, "application/octet-stream"), m.Document.FileName, "file", m.Document.FileSize)
	case m.Video != nil:
		add(m.Video.FileID, cmp.Or(m.Video.MimeType, "video/mp4"), m.Video.FileName, "video", m.Video.FileSize)
	case m.VideoNote != nil:
		add(m.VideoNote.FileID, "video/mp4", "", "video message", int64(m.VideoNote.FileSize))
	case m.Voice != nil:
		add(m.Voice.FileID, cmp.Or(m.Voice.MimeType, "audio/ogg"), "", fmt.Sprintf("voice message of %d seconds", m.Voice.Duration), m.Voice.FileSize)
	case m.Audio != nil:
		add(m.Audio.FileID, cmp.Or(m.Audio.MimeType, "audio/mpeg"), m.Audio.FileName, "audio file", m.Audio.FileSize)
	case m.Sticker != nil:
		mime := "image/webp"
		if m.Sticker.IsAnimated || m.Sticker.IsVideo {
			mime = "video/webm"
		}
		add(m.Sticker.FileID, mime, "", "sticker "+m.Sticker.Emoji, int64(m.Sticker.FileSize))
	}
	return out
}

// placeOf puts into words what has none.
func placeOf(m *models.Message) string {
	switch {
	case m.Location != nil:
		return fmt.Sprintf("[a place: latitude %.5f, longitude %.5f]", m.Location.Latitude, m.Location.Longitude)
	case m.Contact != nil:
		return strings.TrimSpace(fmt.Sprintf("[a contact: %s %s, %s]", m.Contact.FirstName, m.Contact.LastName, m.Contact.PhoneNumber))
	}
	return ""
}

//go:build whatsapp

package whatsapp

import (
	"cmp"
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/internal/channels"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// What is remembered of messages and groups.
const (
	maxSeen   = 2000
	maxGroups = 500
)

// quotable is what an answer needs to quote a message.
type quotable struct {
	sender string
	text   string
}

func quoteKey(chat string, id types.MessageID) string { return chat + " " + id }

// inbound gives what a message says, or nil for what is no message to the agent.
func (r *run) inbound(ctx context.Context, e *events.Message) *channels.Inbound {
	me := r.self()
	chat, direct := chatOf(&e.Info)
	// What the account's owner writes on the phone is said to others, but for what he
	// writes to himself.
	if chat.IsEmpty() || e.Info.IsFromMe && !me.is(chat) {
		return nil
	}
	msg, id := e.Message, e.Info.ID
	if p := msg.GetProtocolMessage(); p.GetType() == waE2E.ProtocolMessage_MESSAGE_EDIT && p.GetEditedMessage() != nil {
		msg, id = p.GetEditedMessage(), p.GetKey().GetID()
	}
	m := &channels.Inbound{ID: id, At: e.Info.Timestamp, Media: mediaOf(msg), Text: strings.TrimSpace(textOf(msg))}
	m.Sender = r.sender(ctx, &e.Info)
	m.Chat = channels.Chat{ID: m.Sender.ID, Type: channels.Direct}
	if !direct {
		m.Chat = channels.Chat{ID: chat.ToNonAD().String(), Type: channels.Group, Title: r.groupName(ctx, chat)}
	}
	if msg.GetPollUpdateMessage() != nil {
		if m.Text = r.vote(ctx, e); m.Text == "" {
			return nil
		}
		m.Addressed = true
	}
	r.context(m, contextOf(msg), me)
	if m.Text == "" && len(m.Media) == 0 {
		return nil // a reaction, a key, something that was deleted, …
	}
	if !direct {
		r.seen.put(quoteKey(m.Chat.ID, m.ID), quotable{e.Info.Sender.ToNonAD().String(), m.Text})
	}
	return m
}

// chatOf is where a message was said; empty where nobody is answered. A message to
// a list of people is one to each of them.
func chatOf(i *types.MessageInfo) (chat types.JID, direct bool) {
	switch i.Chat.Server {
	case types.GroupServer:
		return i.Chat, false
	case types.DefaultUserServer, types.HiddenUserServer:
		return i.Chat, true
	case types.BroadcastServer:
		if i.IsIncomingBroadcast() {
			return i.Sender, true
		}
	}
	return types.EmptyJID, false
}

// sender is who wrote, by the phone number where it is known.
func (r *run) sender(ctx context.Context, i *types.MessageInfo) channels.Sender {
	jid := i.Sender.ToNonAD()
	s := channels.Sender{Name: i.PushName}
	number, hidden := jid, types.EmptyJID
	if jid.Server == types.HiddenUserServer {
		hidden, number = jid, i.SenderAlt.ToNonAD()
		if number.Server != types.DefaultUserServer {
			number, _ = r.keeper.GetPNForLID(ctx, jid)
		}
	} else if i.SenderAlt.Server == types.HiddenUserServer {
		hidden = i.SenderAlt.ToNonAD()
	}
	if s.ID = numberOf(hidden); number.Server == types.DefaultUserServer && number.User != "" {
		s.ID = numberOf(number)
		s.Aliases = append(s.Aliases, number.User, number.String())
	}
	if !hidden.IsEmpty() {
		s.Aliases = append(s.Aliases, hidden.String())
	}
	for _, known := range []types.JID{number, hidden} {
		if s.Name == "" && !known.IsEmpty() {
			c, _ := r.keeper.GetContact(ctx, known)
			s.Name = cmp.Or(c.FullName, c.PushName, c.BusinessName)
		}
	}
	return s
}

// groupName is what a group is called, "" when that cannot be found out now.
func (r *run) groupName(ctx context.Context, group types.JID) string {
	key := group.ToNonAD().String()
	if name, ok := r.groups.get(key); ok {
		return name
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	name, err := r.client.GroupName(ctx, group.ToNonAD())
	if err != nil {
		r.log.Debug("the name of a WhatsApp group is not known", "group", key, "error", err)
	}
	r.groups.put(key, name)
	return name
}

// context reads what a message refers to: one that it replies to, people that it
// names.
func (r *run) context(m *channels.Inbound, c *waE2E.ContextInfo, me self) {
	if c == nil {
		return
	}
	for _, text := range c.GetMentionedJID() {
		if jid, err := types.ParseJID(text); err == nil && me.is(jid) {
			m.Addressed = true
			m.Text = withoutName(m.Text, jid.User)
		}
	}
	if q := c.GetQuotedMessage(); q != nil {
		m.Quoted = cmp.Or(strings.TrimSpace(textOf(q)), kindOf(q))
		by, err := types.ParseJID(c.GetParticipant())
		switch {
		case err != nil:
		case me.is(by):
			m.QuotedBy = "you"
			m.Addressed = true
		default:
			m.QuotedBy = numberOf(by)
		}
	}
}

// withoutName takes the account's name away at the beginning, where it is no part
// of what is said.
func withoutName(text, user string) string {
	rest, ok := strings.CutPrefix(text, "@"+user)
	if !ok || rest != "" && !strings.ContainsRune(" ,:\n", rune(rest[0])) {
		return text
	}
	if rest = strings.TrimLeft(rest, " ,:\n"); rest == "" {
		return text
	}
	return rest
}

// contextOf is what a message refers to, or nil.
func contextOf(m *waE2E.Message) *waE2E.ContextInfo {
	for _, part := range []interface{ GetContextInfo() *waE2E.ContextInfo }{
		m.GetExtendedTextMessage(), m.GetImageMessage(), m.GetVideoMessage(), m.GetPtvMessage(), m.GetAudioMessage(), m.GetDocumentMessage(), m.GetStickerMessage(),
		m.GetLocationMessage(), m.GetContactMessage(), m.GetPollCreationMessage(), m.GetPollCreationMessageV3(),
	} {
		if c := part.GetContextInfo(); c != nil {
			return c
		}
	}
	return nil
}

// mediaOf lists the file of a message.
func mediaOf(m *waE2E.Message) []channels.Media {
	var x channels.Media
	only := new(waE2E.Message)
	switch {
	case m.GetImageMessage() != nil:
		f := proto.CloneOf(m.ImageMessage)
		f.JPEGThumbnail, f.ContextInfo = nil, nil
		only.ImageMessage = f
		x = channels.Media{MIME: f.GetMimetype(), Size: int64(f.GetFileLength())}
	case m.GetVideoMessage() != nil, m.GetPtvMessage() != nil:
		f := proto.CloneOf(cmp.Or(m.VideoMessage, m.PtvMessage))
		f.JPEGThumbnail, f.ContextInfo = nil, nil
		only.VideoMessage = f
		x = channels.Media{MIME: f.GetMimetype(), Size: int64(f.GetFileLength())}
	case m.GetAudioMessage() != nil:
		f := proto.CloneOf(m.AudioMessage)
		f.Waveform, f.ContextInfo = nil, nil
		only.AudioMessage = f
		x = channels.Media{MIME: f.GetMimetype(), Size: int64(f.GetFileLength())}
	case m.GetDocumentMessage() != nil:
		f := proto.CloneOf(m.DocumentMessage)
		f.JPEGThumbnail, f.ContextInfo = nil, nil
		only.DocumentMessage = f
		x = channels.Media{MIME: f.GetMimetype(), Size: int64(f.GetFileLength()), Name: cmp.Or(f.GetFileName(), f.GetTitle())}
	case m.GetStickerMessage() != nil:
		f := proto.CloneOf(m.StickerMessage)
		f.PngThumbnail, f.ContextInfo = nil, nil
		only.StickerMessage = f
		x = channels.Media{MIME: f.GetMimetype(), Size: int64(f.GetFileLength())}
	default:
		return nil
	}
	x.Kind = kindOf(m)
	x.MIME, _, _ = strings.Cut(x.MIME, ";")
	x.Ref = refOf(only)
	return []channels.Media{x}
}

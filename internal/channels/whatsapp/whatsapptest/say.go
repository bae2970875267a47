//go:build whatsapp

package whatsapptest

import (
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// Direct is a message from Ann.
func Direct(id string, m *waE2E.Message) *events.Message {
	e := &events.Message{Info: types.MessageInfo{MessageSource: types.MessageSource{Chat: Ann, Sender: Ann}, ID: id, PushName: "Ann", Timestamp: at()}, RawMessage: m}
	return e.UnwrapRaw()
}

// Grouped is a message from Ann to the team, who is known there by her hidden
// number.
func Grouped(id string, m *waE2E.Message) *events.Message {
	e := Direct(id, m)
	e.Info.Chat, e.Info.IsGroup, e.Info.Sender, e.Info.SenderAlt, e.Info.AddressingMode = Team, true, AnnLID, Ann, types.AddressingModeLID
	return e
}

// Text is a plain text.
func Text(text string) *waE2E.Message { return &waE2E.Message{Conversation: &text} }

// Extended is a text that refers to something.
func Extended(text string, c *waE2E.ContextInfo) *waE2E.Message {
	return &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: &text, ContextInfo: c}}
}

// Vote is a vote in a poll.
func Vote(id string, poll types.MessageID, options ...string) *events.Message {
	v, _ := proto.Marshal(&waE2E.PollVoteMessage{SelectedOptions: whatsmeow.HashPollOptions(options)})
	return Direct(id, &waE2E.Message{PollUpdateMessage: &waE2E.PollUpdateMessage{PollCreationMessageKey: &waCommon.MessageKey{ID: &poll, FromMe: proto.Bool(true), RemoteJID: proto.String(Ann.String())},
		Vote: &waE2E.PollEncValue{EncPayload: v}}})
}

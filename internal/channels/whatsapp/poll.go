//go:build whatsapp

package whatsapp

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/internal/channels"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// pollRecord is a poll that was sent: votes name options by their hashes, and are
// read with the secret.
type pollRecord struct {
	Question string   `json:"question"`
	Options  []string `json:"options"`
	Secret   []byte   `json:"secret"`
}

// pollMessage makes a poll. Each try of the same has the same secret.
func (a *account) pollMessage(ctx context.Context, p *channels.Part) (*waE2E.Message, error) {
	var r pollRecord
	found, err := a.state.getJSON(ctx, pollKind, p.ID, &r)
	if err != nil {
		return nil, err
	}
	if !found {
		r = pollRecord{Question: p.Poll.Question, Options: p.Poll.Options, Secret: make([]byte, 32)}
		rand.Read(r.Secret) // never fails
		if err := a.state.putJSON(ctx, pollKind, p.ID, r, a.env.Now().UnixMilli()); err != nil {
			return nil, err
		}
	}
	poll := &waE2E.PollCreationMessage{Name: proto.String(p.Poll.Question)}
	for _, o := range p.Poll.Options {
		poll.Options = append(poll.Options, &waE2E.PollCreationMessage_Option{OptionName: proto.String(o)})
	}
	m := &waE2E.Message{MessageContextInfo: &waE2E.MessageContextInfo{MessageSecret: r.Secret}}
	// 0 lets one choose any number; that is meant where all may be chosen.
	switch choices := p.Poll.Choices; {
	case choices == 1:
		poll.SelectableOptionsCount = proto.Uint32(1)
		m.PollCreationMessageV3 = poll
	case choices < len(p.Poll.Options):
		poll.SelectableOptionsCount = proto.Uint32(uint32(choices))
		m.PollCreationMessage = poll
	default:
		poll.SelectableOptionsCount = proto.Uint32(0)
		m.PollCreationMessage = poll
	}
	return m, nil
}

// vote says how somebody voted in a poll of this account's, "" where it is another
// one or cannot be read.
func (r *run) vote(ctx context.Context, e *events.Message) string {
	id := e.Message.GetPollUpdateMessage().GetPollCreationMessageKey().GetID()
	var poll pollRecord
	found, err := r.state.getJSON(ctx, pollKind, id, &poll)
	if err != nil || !found {
		return ""
	}
	vote, err := r.client.Vote(ctx, e)
	if err != nil {
		r.log.Warn("a vote in a WhatsApp poll cannot be read", "poll", id, "error", err)
		return ""
	}
	var chosen []string
	for k, hash := range whatsmeow.HashPollOptions(poll.Options) {
		for _, h := range vote.GetSelectedOptions() {
			if bytes.Equal(h, hash) {
				chosen = append(chosen, fmt.Sprintf("%q", poll.Options[k]))
			}
		}
	}
	if len(chosen) == 0 {
		return fmt.Sprintf("[took back the vote in the poll %q]", poll.Question)
	}
	return fmt.Sprintf("[voted in the poll %q: %s]", poll.Question, strings.Join(chosen, ", "))
}

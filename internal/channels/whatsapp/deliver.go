//go:build whatsapp

package whatsapp

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/markup"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// What WhatsApp takes. Of texts it would take more, but nobody reads that on a
// phone.
const (
	maxText     = 4000
	maxCaption  = 1024
	maxOptions  = 12
	maxQuestion = 255
	maxOption   = 100
)

// Split divides a message into what is sent as one.
func (a *account) Split(m *channels.Message) ([]channels.Part, error) {
	if m.Poll == nil {
		parts := channels.SplitText(m, markup.WhatsApp, maxText, maxCaption)
		for k := range parts {
			parts[k].ID = newMessageID()
		}
		return parts, nil
	}
	switch {
	case utf8.RuneCountInString(m.Poll.Question) > maxQuestion:
		return nil, fmt.Errorf("the question of a WhatsApp poll has at most %d characters", maxQuestion)
	case m.Poll.Open > 0:
		return nil, errors.New("polls of WhatsApp do not end by themselves: leave durationHours out")
	}
	before := map[string]bool{}
	for _, o := range m.Poll.Options {
		if utf8.RuneCountInString(o) > maxOption {
			return nil, fmt.Errorf("an option of a WhatsApp poll has at most %d characters", maxOption)
		}
		if before[o] {
			return nil, fmt.Errorf("the option %q is there twice: votes could not be told apart", o)
		}
		before[o] = true
	}
	return []channels.Part{{ID: newMessageID(), To: m.To, Poll: m.Poll, ReplyTo: m.ReplyTo}}, nil
}

// newMessageID is an id of the form that WhatsApp Web has. A part keeps its own, so
// that a repeat is known as one; the next message, even of the same key, has
// another.
func newMessageID() types.MessageID {
	var b [9]byte
	rand.Read(b[:]) // never fails
	return whatsmeow.WebMessageIDPrefix + strings.ToUpper(hex.EncodeToString(b[:]))
}

// Deliver sends a part.
func (a *account) Deliver(ctx context.Context, p *channels.Part) (*channels.Receipt, error) {
	to, err := jidOf(p.To.Chat)
	if err != nil {
		return nil, &channels.Failure{Verdict: channels.Refused, Err: err}
	}
	if _, arrived := a.confirmed.get(p.ID); arrived {
		return receiptOf(p, to, time.Time{}), nil // its first try did, unnoticed
	}
	c, err := a.client()
	if err != nil {
		return nil, &channels.Failure{Verdict: channels.NotSent, Err: err}
	}
	m, err := a.compose(ctx, c, p)
	if err != nil {
		return nil, err
	}
	sent, err := c.Send(ctx, to, p.ID, m)
	if err != nil {
		return nil, judged(err)
	}
	return receiptOf(p, to, sent.Timestamp), nil
}

func receiptOf(p *channels.Part, to types.JID, at time.Time) *channels.Receipt {
	r := &channels.Receipt{MessageID: p.ID, ToJID: to.String()}
	if p.Poll != nil {
		r.PollID = p.ID
	}
	said := map[string]any{"confirmed": "delivered"}
	if !at.IsZero() {
		said = map[string]any{"confirmed": "server", "timestamp": at.Unix()}
	}
	r.Said, _ = json.Marshal(said)
	return r
}

// compose makes the message of a part.
func (a *account) compose(ctx context.Context, c Client, p *channels.Part) (*waE2E.Message, error) {
	info := a.quote(p)
	switch {
	case p.Media != "":
		return a.mediaMessage(ctx, c, p, info)
	case p.Poll != nil:
		m, err := a.pollMessage(ctx, p)
		if err != nil {
			return nil, &channels.Failure{Verdict: channels.NotSent, Err: err}
		}
		pollIn(m).ContextInfo = info
		return m, nil
	case info != nil:
		return &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: &p.Text, ContextInfo: info}}, nil
	}
	return &waE2E.Message{Conversation: &p.Text}, nil
}

// quote is what a part refers to, where that is remembered: not after a restart.
func (a *account) quote(p *channels.Part) *waE2E.ContextInfo {
	if p.ReplyTo == "" {
		return nil
	}
	q, ok := a.seen.get(quoteKey(p.To.Chat, p.ReplyTo))
	if !ok {
		return nil
	}
	return &waE2E.ContextInfo{StanzaID: &p.ReplyTo, Participant: &q.sender, QuotedMessage: &waE2E.Message{Conversation: proto.String(q.text)}}
}

// judged says what a failed call means. Where it is not clear whether the message
// arrived, it is sent again under its id.
func judged(err error) error {
	f := &channels.Failure{Verdict: channels.NotSent, Err: err}
	switch code := codeOf(err); {
	case code == 429, errors.Is(err, whatsmeow.ErrIQRateOverLimit):
		f.RetryAfter, f.Account = time.Minute, true
	case code >= 400 && code < 500, errors.Is(err, whatsmeow.ErrNotInGroup), errors.Is(err, whatsmeow.ErrGroupNotFound), errors.Is(err, whatsmeow.ErrIQForbidden),
		errors.Is(err, whatsmeow.ErrUnknownServer), errors.Is(err, whatsmeow.ErrRecipientADJID), errors.Is(err, whatsmeow.ErrBroadcastListUnsupported):
		f.Verdict = channels.Refused
	case strings.Contains(err.Error(), "no LID found for"): // the library has no name for it
		f.Verdict, f.Err = channels.Refused, errors.New("WhatsApp does not know the number")
	case errors.Is(err, whatsmeow.ErrNotConnected), errors.Is(err, whatsmeow.ErrNotLoggedIn), code >= 500:
	default:
		return err
	}
	return f
}

// codeOf is the code with which WhatsApp refused a message, or 0.
func codeOf(err error) int {
	if !errors.Is(err, whatsmeow.ErrServerReturnedError) {
		return 0
	}
	text := err.Error()
	code, _ := strconv.Atoi(text[strings.LastIndexByte(text, ' ')+1:])
	return code
}

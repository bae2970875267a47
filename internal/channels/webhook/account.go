package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
)

// maxAnswer is how much of a service's answer is read.
const maxAnswer = 64 << 10

// account is one service.
type account struct {
	env    *channels.Env
	http   *http.Client
	url    string
	secret []byte
	window time.Duration
}

// sameAnswer keeps the client from following redirects: what was signed is for
// the address that the configuration has.
func sameAnswer(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// incoming is what a service posts.
type incoming struct {
	ID           string `json:"id"`
	Conversation string `json:"conversation"`
	Thread       string `json:"thread"`
	Title        string `json:"title"`
	Group        bool   `json:"group"`
	Mentioned    bool   `json:"mentioned"`
	Sender       struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"sender"`
	Text  string   `json:"text"`
	Media []string `json:"media"`
}

// ServeChannel takes what the service posts.
func (a *account) ServeChannel(w http.ResponseWriter, r *http.Request, in channels.Inbox) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, "error", "use POST")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		answer(w, http.StatusRequestEntityTooLarge, "error", "the body is too large, or was not sent whole")
		return
	}
	if err := Verify(r.Header, a.secret, body, a.env.Now(), a.window); err != nil {
		answer(w, http.StatusUnauthorized, "error", err.Error())
		return
	}
	var m incoming
	if err := json.Unmarshal(body, &m); err != nil {
		answer(w, http.StatusBadRequest, "error", "the body is no JSON of a message: "+err.Error())
		return
	}
	x, err := m.message(a.env.Now())
	if err != nil {
		answer(w, http.StatusBadRequest, "error", err.Error())
		return
	}
	if err := in.Receive(r.Context(), x); err != nil {
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusServiceUnavailable, "error", "the message cannot be kept now: send it again")
		return
	}
	answer(w, http.StatusAccepted, "status", "accepted")
}

func answer(w http.ResponseWriter, status int, name, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{name: text})
}

// message is what was posted as a message that came in.
func (m *incoming) message(now time.Time) (*channels.Inbound, error) {
	if m.Sender.ID == "" {
		m.Sender.ID = m.Conversation
	}
	for name, v := range map[string]string{"id": m.ID, "conversation": m.Conversation} {
		if v == "" || len(v) > maxConversation {
			return nil, fmt.Errorf("%s has 1 to %d bytes, this one %d", name, maxConversation, len(v))
		}
	}
	if m.Text == "" && len(m.Media) == 0 {
		return nil, errors.New("text and media are missing: the message says nothing")
	}
	x := &channels.Inbound{ID: m.ID, At: now, Text: m.Text, Addressed: m.Mentioned, Sender: channels.Sender{ID: m.Sender.ID, Name: m.Sender.Name},
		Chat: channels.Chat{ID: m.Conversation, Type: channels.Direct, Title: m.Title, Thread: m.Thread}}
	if m.Group {
		x.Chat.Type = channels.Group
	}
	for _, address := range m.Media {
		x.Media = append(x.Media, channels.Media{Ref: address})
	}
	return x, nil
}

// outgoing is what is posted to a service.
type outgoing struct {
	Type         string `json:"type"` // message, or ping
	ID           string `json:"id,omitempty"`
	Account      string `json:"account"`
	Conversation string `json:"conversation,omitempty"`
	Thread       string `json:"thread,omitempty"`
	ReplyTo      string `json:"replyTo,omitempty"`
	Text         string `json:"text,omitempty"` // Markdown
	Media        string `json:"media,omitempty"`
}

// Deliver posts a part. A repeat has the same id, by which the service knows it.
func (a *account) Deliver(ctx context.Context, p *channels.Part) (*channels.Receipt, error) {
	if a.url == "" {
		return nil, &channels.Failure{Verdict: channels.Refused, Err: errors.New("the account has no url to post messages to")}
	}
	status, header, body, err := a.post(ctx, &outgoing{Type: "message", ID: p.ID, Account: a.env.Account, Conversation: p.To.Chat, Thread: p.To.Thread, ReplyTo: p.ReplyTo, Text: p.Text, Media: p.Media})
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return nil, &channels.Failure{Verdict: channels.NotSent, RetryAfter: retryAfter(header, a.env.Now()), Account: true, Err: fmt.Errorf("the service answers %d", status)}
	case status >= 500, status == http.StatusRequestTimeout:
		return nil, fmt.Errorf("the service answers %d", status)
	case status < 200 || status > 299:
		return nil, &channels.Failure{Verdict: channels.Refused, Err: fmt.Errorf("the service answers %d", status)}
	}
	var said struct {
		MessageID string `json:"messageId"`
	}
	r := &channels.Receipt{MessageID: p.ID, ConversationID: p.To.Chat}
	if json.Unmarshal(body, &said) == nil && said.MessageID != "" {
		r.MessageID = said.MessageID
	}
	return r, nil
}

// post makes a signed request.
func (a *account) post(ctx context.Context, m *outgoing) (status int, h http.Header, body []byte, err error) {
	text, err := json.Marshal(m)
	if err != nil {
		return 0, nil, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(text))
	if err != nil {
		return 0, nil, nil, errors.New("the url of the account is malformed")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "gatesmith")
	if m.ID != "" {
		r.Header.Set(DeliveryHeader, m.ID)
	}
	Sign(r.Header, a.secret, text, a.env.Now())
	res, err := a.http.Do(r)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // which has the address once more
		}
		return 0, nil, nil, fmt.Errorf("the service cannot be reached: %w", err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return res.StatusCode, res.Header, body, err
}

// retryAfter reads the header, in seconds or as a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(v); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 24*60*60)) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil && at.After(now) {
		return min(at.Sub(now), 24*time.Hour)
	}
	return 0
}

// Probe posts a ping: the service is there if it answers anything but an error of
// its own.
func (a *account) Probe(ctx context.Context) (any, error) {
	if a.url == "" {
		return map[string]any{"ok": true, "note": "the account has no url: it only receives"}, nil
	}
	began := a.env.Now()
	status, _, _, err := a.post(ctx, &outgoing{Type: "ping", Account: a.env.Account})
	if err != nil {
		return nil, err
	}
	if status >= 500 || status == http.StatusUnauthorized || status == http.StatusForbidden {
		return nil, fmt.Errorf("the service answers %d", status)
	}
	return map[string]any{"ok": true, "status": status, "elapsedMs": a.env.Now().Sub(began).Milliseconds()}, nil
}

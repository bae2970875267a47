package agent

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/gatesmith/gatesmith/internal/attachments"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/protocol"
)

// Origin is what kind of thing started a run.
type Origin string

// The origins.
const (
	FromOperator Origin = "operator"
	FromChannel  Origin = "channel"
	FromNode     Origin = "node"
	FromCron     Origin = "cron"
)

// Source is who started a run: what its tools do is done with these rights and
// never with more.
type Source struct {
	Origin Origin   `json:"origin"`
	Name   string   `json:"name,omitempty"` // for records: a client, a sender, a job
	Scopes []string `json:"scopes,omitempty"`
	Conn   string   `json:"-"` // the connection, while there is one
}

// Route is where a reply is delivered to beside the gateway's own clients.
type Route struct {
	Channel string `json:"channel,omitempty"` // "" and "last": the session's last route
	To      string `json:"to,omitempty"`
	Account string `json:"account,omitempty"`
	Thread  string `json:"thread,omitempty"`
	// Message is the one that the reply refers to, where several people talk.
	Message string `json:"message,omitempty"`
}

// Kinds of runs, by what started them. Only those of chats can be stopped by
// chat.abort.
const (
	KindAgent     = "agent"
	KindChat      = "chat"
	KindCron      = "cron"
	KindHeartbeat = "heartbeat"
)

// Request asks for a run.
type Request struct {
	ID     string `json:"-"` // the caller's idempotency key
	Kind   string `json:"-"`
	Params []byte `json:"-"` // what a repeat of ID has to repeat

	Session   string `json:"-"`                   // canonical key
	Said      string `json:"said"`                // the key as events show it
	SessionID string `json:"sessionId,omitempty"` // transcript to begin a new session with; "" for a new one
	Lane      string `json:"-"`

	Message  string              `json:"message"`
	Images   []attachments.Image `json:"images,omitempty"`
	Thinking string              `json:"thinking,omitempty"` // level; "" leaves it to the session
	Model    string              `json:"model,omitempty"`    // "" leaves it to the session
	Extra    string              `json:"extra,omitempty"`    // added to the system prompt
	Timeout  time.Duration       `json:"timeout,omitempty"`  // 0: the agent's
	Source   Source              `json:"source"`
	Deliver  bool                `json:"deliver,omitempty"`
	Route    Route               `json:"route,omitzero"`
	Quiet    bool                `json:"quiet,omitempty"`  // no chat events, as for heartbeats
	Parent   string              `json:"parent,omitempty"` // canonical key of the session that started this one

	// Fault fails the run once it is accepted: the protocol has mistakes that
	// are told so late.
	Fault string `json:"fault,omitempty"`

	// Policy has the send policy decide first.
	Policy bool `json:"-"`
	// Change is done to the session's record when the run is accepted.
	Change func(*protocol.SessionEntry) `json:"-"`
}

// hash is what tells whether a repeat asks for the same.
func (r *Request) hash() [sha256.Size]byte {
	return sha256.Sum256(append([]byte(r.Kind+"\x00"), r.Params...))
}

// encode is what a row keeps of a request until its run has ended.
func (r *Request) encode() (string, error) {
	text, err := json.Marshal(r)
	return string(text), err
}

// userMessage is the request as the transcript has it.
func (r *Request) userMessage(now int64) *protocol.Message {
	m := &protocol.Message{Role: protocol.MessageRoleUser}
	m.Timestamp.V, m.Timestamp.Set = protocol.Timestamp(now), true
	m.Content = textContent(r.Message)
	for _, i := range r.Images {
		m.Content.Array = append(m.Content.Array, imageBlock(i.MIME, i.Data))
	}
	return m
}

// Session is the session as a run began with it.
type session = sessions.Session

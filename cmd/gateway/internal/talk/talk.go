// Package talk holds a conversation with an agent: it sends messages and says
// what comes of them, for a terminal or for a pipe to show.
package talk

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Gateway is what a conversation needs of a client.
type Gateway interface {
	ChatSend(ctx context.Context, p *protocol.ChatSendParams) (*protocol.ChatSendResult, error)
	ChatAbort(ctx context.Context, p *protocol.ChatAbortParams) (*protocol.ChatAbortResult, error)
	ChatHistory(ctx context.Context, p *protocol.ChatHistoryParams) (*protocol.ChatHistoryResult, error)
}

// Kind is what an Update tells.
type Kind uint8

// The kinds. The last three end a reply.
const (
	Thinking Kind = iota + 1 // all of the reasoning so far
	Text                     // all of the text so far
	Tool                     // a tool is used
	Done                     // the whole text
	Stopped                  // somebody stopped it
	Failed                   // why
)

// Update is something that happened to a reply.
type Update struct {
	Run  string
	Kind Kind
	Text string
}

// Ends reports whether nothing more comes of the reply.
func (u Update) Ends() bool { return u.Kind >= Done }

// Talk is a conversation in one session.
type Talk struct {
	gateway Gateway
	Session string
	updates chan Update

	mu   sync.Mutex
	runs map[string]bool // those of this conversation that go on
}

// maxWaiting is how many updates may wait to be shown. Those that only tell how
// far a text is give way then; ends never do.
const maxWaiting = 256

// New makes a conversation.
func New(session string) *Talk {
	return &Talk{Session: session, updates: make(chan Update, maxWaiting), runs: map[string]bool{}}
}

// Attach listens to a client's events; it is done before the client connects.
func (t *Talk) Attach(c *client.Client) {
	t.gateway = c
	c.OnAgent(t.agent)
	c.OnChat(t.chat)
}

// Updates is what happens.
func (t *Talk) Updates() <-chan Update { return t.updates }

func (t *Talk) agent(e protocol.AgentEvent) {
	switch e := e.(type) {
	case *protocol.AgentEventThinking:
		t.tell(Update{e.RunID, Thinking, e.Data.Content})
	case *protocol.AgentEventMessage:
		t.tell(Update{e.RunID, Text, e.Data.Content})
	case *protocol.AgentEventTool:
		if start, ok := e.Data.(*protocol.AgentToolStart); ok {
			t.tell(Update{e.RunID, Tool, start.Name})
		}
	}
}

func (t *Talk) chat(e *protocol.ChatEvent) {
	switch e.State {
	case protocol.ChatStateFinal:
		t.tell(Update{e.RunID, Done, e.Message.V.Content})
	case protocol.ChatStateAborted:
		t.tell(Update{e.RunID, Stopped, ""})
	case protocol.ChatStateError:
		t.tell(Update{e.RunID, Failed, e.ErrorMessage.V})
	}
}

// tell passes on what is about this conversation's replies.
func (t *Talk) tell(u Update) {
	t.mu.Lock()
	mine := t.runs[u.Run]
	if u.Ends() {
		delete(t.runs, u.Run)
	}
	t.mu.Unlock()
	switch {
	case !mine:
	case u.Ends():
		t.updates <- u
	default:
		select {
		case t.updates <- u:
		default:
		}
	}
}

// Send says something and gives the run that answers it; "" when the message
// was a command that is done already.
func (t *Talk) Send(ctx context.Context, text string) (run string, err error) {
	run = "chat-" + rand.Text()
	t.mu.Lock()
	t.runs[run] = true
	t.mu.Unlock()
	r, err := t.gateway.ChatSend(ctx, &protocol.ChatSendParams{SessionKey: protocol.SessionKey(t.Session), Message: text, IdempotencyKey: protocol.IdempotencyKey(run)})
	if err == nil && r.RunID.Set {
		return run, nil
	}
	t.mu.Lock()
	delete(t.runs, run)
	t.mu.Unlock()
	return "", err
}

// Stop stops what goes on, and reports whether there was anything.
func (t *Talk) Stop(ctx context.Context) (bool, error) {
	r, err := t.gateway.ChatAbort(ctx, &protocol.ChatAbortParams{SessionKey: protocol.SessionKey(t.Session)})
	return err == nil && r.Aborted, err
}

// Said is something that was said before.
type Said struct {
	User bool
	Text string
}

// History gives what was last said in the session.
func (t *Talk) History(ctx context.Context, most int) ([]Said, error) {
	h, err := t.gateway.ChatHistory(ctx, &protocol.ChatHistoryParams{SessionKey: protocol.SessionKey(t.Session), Limit: wire.Some(int64(most))})
	if err != nil {
		return nil, err
	}
	var out []Said
	for k := range h.Messages {
		m := &h.Messages[k]
		if text := plain(m); text != "" && m.Role != protocol.MessageRoleToolResult {
			out = append(out, Said{m.Role == protocol.MessageRoleUser, text})
		}
	}
	return out, nil
}

func plain(m *protocol.Message) string {
	if m.Content.Kind == protocol.MessageContentIsString {
		return m.Content.String
	}
	var texts []string
	for _, b := range m.Content.Array {
		switch b := b.(type) {
		case *protocol.TextBlock:
			texts = append(texts, b.Text)
		case *protocol.ImageBlock:
			texts = append(texts, "[image]")
		}
	}
	return strings.Join(texts, "\n")
}

// Clean takes out of a text what would move a terminal's cursor; lines stay.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= 0x20 && r != 0x7f && (r < 0x80 || r > 0x9f) {
			return r
		}
		return -1
	}, text)
}

package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Sessions are what the tools about sessions call.
type Sessions interface {
	Keys() sessions.Keys
	SessionsList(ctx context.Context, p *protocol.SessionsListParams) (*protocol.SessionsListResult, error)
}

// History gives what was said in a session.
type History interface {
	ChatHistory(ctx context.Context, p *protocol.ChatHistoryParams) (*protocol.ChatHistoryResult, error)
}

// Runs starts runs.
type Runs interface {
	Start(ctx context.Context, r agent.Request) (*agent.Ticket, error)
}

// SessionTools are the tools about sessions.
func SessionTools(s Sessions, h History, r Runs) []Tool {
	t := sessionTools{s, h, r}
	return []Tool{
		{Name: "sessions_list", Needs: protocol.MethodSessionsList, Call: t.list,
			Description: "Lists the conversations of this gateway, the last used first.",
			Schema:      json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{"search":{"type":"string","description":"Text that names, labels or keys contain."},"limit":{"type":"integer","minimum":1,"maximum":100,"description":"How many at most; 20 by default."}}}`)},
		{Name: "session_history", Open: true, Call: t.history,
			Description: "Gives the last messages of a conversation: of this one, or of another by its key.",
			Schema:      json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{"sessionKey":{"type":"string","description":"Key of the session; this one by default."},"limit":{"type":"integer","minimum":1,"maximum":100,"description":"How many messages at most; 20 by default."}}}`)},
		{Name: "sessions_send", Needs: protocol.MethodAgent, Call: t.send,
			Description: "Gives a message to the agent of another conversation. With waitSeconds its answer is waited for and given.",
			Schema:      json.RawMessage(`{"type":"object","additionalProperties":false,"required":["sessionKey","message"],"properties":{"sessionKey":{"type":"string","description":"Key of the session."},"message":{"type":"string","minLength":1},"waitSeconds":{"type":"integer","minimum":0,"maximum":600,"description":"How long to wait for the answer; 0 by default: not at all."}}}`)},
	}
}

type sessionTools struct {
	sessions Sessions
	chat     History
	runs     Runs
}

func (t sessionTools) list(ctx context.Context, _ *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
	in := struct {
		Search string
		Limit  int64
	}{Limit: 20}
	if err := read(args, &in); err != nil {
		return nil, err
	}
	found, err := t.sessions.SessionsList(ctx, &protocol.SessionsListParams{Limit: wire.Some(min(max(in.Limit, 1), 100)), Search: wire.Opt[string]{V: in.Search, Set: in.Search != ""},
		IncludeDerivedTitles: wire.Some(true), IncludeLastMessage: wire.Some(true)})
	if err != nil {
		return nil, err
	}
	type row struct {
		Key   string `json:"key"`
		Title string `json:"title,omitempty"`
		Last  string `json:"lastMessage,omitempty"`
		Used  string `json:"lastUsed,omitempty"`
	}
	rows := []row{}
	for k := range found.Sessions {
		s := &found.Sessions[k]
		r := row{Key: string(s.Key), Title: s.DerivedTitle.V, Last: s.LastMessagePreview.V}
		if s.UpdatedAt.Valid {
			r.Used = time.UnixMilli(int64(s.UpdatedAt.V)).Format(time.RFC3339)
		}
		rows = append(rows, r)
	}
	return asJSON(rows)
}

func (t sessionTools) history(ctx context.Context, c *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
	in := struct {
		SessionKey string
		Limit      int64
	}{Limit: 20}
	if err := read(args, &in); err != nil {
		return nil, err
	}
	key := c.SessionKey
	if in.SessionKey != "" {
		key = t.sessions.Keys().Canonical(in.SessionKey)
	}
	// One's own session needs no right.
	if key != c.SessionKey {
		if denied := protocol.AllowMethod(protocol.MethodChatHistory, protocol.GrantOf(protocol.RoleOperator, c.Source.Scopes)); denied != nil {
			return nil, fmt.Errorf("the run may not read the session %s: %s", key, denied.Error())
		}
	}
	found, err := t.chat.ChatHistory(ctx, &protocol.ChatHistoryParams{SessionKey: protocol.SessionKey(key), Limit: wire.Some(min(max(in.Limit, 1), 100))})
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for k := range found.Messages {
		if text := sessions.Text(&found.Messages[k]); text != "" {
			fmt.Fprintf(&b, "%s: %s\n", found.Messages[k].Role, text)
		}
	}
	if b.Len() == 0 {
		return &agent.ToolOutput{Text: "Nothing was said there yet."}, nil
	}
	return &agent.ToolOutput{Text: b.String()}, nil
}

func (t sessionTools) send(ctx context.Context, c *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error) {
	var in struct {
		SessionKey, Message string
		WaitSeconds         int64
	}
	if err := read(args, &in); err != nil {
		return nil, err
	}
	key := t.sessions.Keys().Canonical(in.SessionKey)
	switch {
	case key == "" || strings.TrimSpace(in.Message) == "":
		return nil, errors.New("sessionKey and message are needed")
	case key == c.SessionKey:
		return nil, errors.New("that is this very conversation: a message to it would wait for its own run")
	}
	source := c.Source
	source.Name = "session " + c.SessionKey
	ticket, err := t.runs.Start(ctx, agent.Request{ID: c.RunID + "/" + callID(ctx), Kind: agent.KindAgent, Params: args, Session: key, Said: key, Lane: agent.SubagentLane,
		Message: in.Message, Source: source, Policy: true, Parent: c.SessionKey})
	if err != nil {
		return nil, err
	}
	return t.answer(ctx, ticket, time.Duration(in.WaitSeconds)*time.Second)
}

// answer waits for the run that a message began.
func (t sessionTools) answer(ctx context.Context, ticket *agent.Ticket, wait time.Duration) (*agent.ToolOutput, error) {
	if ticket.New {
		ticket.Run.Release()
	}
	outcome := ticket.Outcome
	if outcome == nil {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-ticket.Run.Done():
			outcome = ticket.Run.Outcome()
		case <-timer.C:
			return &agent.ToolOutput{Text: "The message was accepted; its answer is not there yet."}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if outcome.Error != nil {
		return nil, errors.New(outcome.Error.Message)
	}
	if outcome.Result == nil || len(outcome.Result.Payloads) == 0 {
		return &agent.ToolOutput{Text: "The answer has no text."}, nil
	}
	return &agent.ToolOutput{Text: outcome.Result.Payloads[0].Text}, nil
}

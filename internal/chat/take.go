package chat

import (
	"context"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/protocol"
)

// Take takes a message that came in through a channel: words that stop what goes
// on, commands, and messages for the agent, as ChatSend does. What the gateway
// answers itself is the reply; what the agent answers is delivered by its run. A
// repeat of the request's id has no second effect.
func (s *Service) Take(ctx context.Context, req agent.Request) (reply string, err error) {
	text := strings.TrimSpace(req.Message)
	if slices.Contains(stopWords, strings.ToLower(text)) {
		return s.stopFor(ctx, &req)
	}
	c, rest, ok := parseCommand(text)
	if !ok {
		return "", s.begin(ctx, req)
	}
	if scope := c.missing(&req); scope != "" {
		return "You may not use /" + c.name + " here: it needs the right " + scope + ".", nil
	}
	if rest == "" {
		req.Message, req.Deliver = "", false // the reply is delivered by the caller
		t, err := s.runs.Command(ctx, req, func(ctx context.Context) (string, error) { return c.do(ctx, s, &req) })
		if err != nil {
			return "", err
		}
		return repliedOf(t), nil
	}
	// Words behind /new are the first message of the new session. Asked again, the
	// session is not begun anew again.
	known, err := s.runs.Known(ctx, req.ID)
	if err == nil && !known {
		_, err = c.do(ctx, s, &req)
	}
	if err != nil {
		return "", err
	}
	req.Message = rest
	return "", s.begin(ctx, req)
}

// begin has the agent answer.
func (s *Service) begin(ctx context.Context, req agent.Request) error {
	t, err := s.runs.Start(ctx, req)
	if err == nil && t.Run != nil {
		t.Run.Release()
	}
	return err
}

// stopFor aborts what goes on in a sender's session.
func (s *Service) stopFor(ctx context.Context, req *agent.Request) (string, error) {
	if protocol.AllowMethod(protocol.MethodChatAbort, protocol.GrantOf(protocol.RoleOperator, req.Source.Scopes)) != nil {
		return "", nil
	}
	stopped, err := s.stop(ctx, *req)
	switch {
	case err != nil:
		return "", err
	case stopped.Aborted.V:
		return "Stopped.", nil
	}
	return "There was nothing to stop.", nil
}

// repliedOf is the answer of a command, also of one that was done before.
func repliedOf(t *agent.Ticket) string {
	o := t.Outcome
	if t.Run != nil {
		t.Run.Release()
		o = t.Run.Outcome()
	}
	if o == nil || o.Result == nil || len(o.Result.Payloads) == 0 {
		return ""
	}
	return o.Result.Payloads[0].Text
}

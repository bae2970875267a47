package chat

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/attachments"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// stopWords are messages that stop what goes on in a session instead of being
// answered.
var stopWords = []string{"/stop", "stop", "esc", "abort", "wait", "exit", "interrupt"}

// ChatSend takes a message and begins to answer it.
func (s *Service) ChatSend(ctx context.Context, p *protocol.ChatSendParams) (*protocol.ChatSendResult, error) {
	images, err := attachments.Decode(p.Attachments)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(p.Message)
	if text == "" && len(images) == 0 {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "message or attachment required")
	}
	req := s.request(ctx, p, images)
	if slices.Contains(stopWords, strings.ToLower(text)) {
		return s.stop(ctx, req)
	}
	var t *agent.Ticket
	if c, rest, ok := parseCommand(text); ok {
		if req.Message = rest; rest == "" {
			t, err = s.runs.Command(ctx, req, func(ctx context.Context) (string, error) { return c.do(ctx, s, &req) })
			return sent(ctx, t, err, req.ID)
		}
		// Words behind /new are the first message of the new session.
		if _, err := c.do(ctx, s, &req); err != nil {
			return nil, err
		}
	}
	t, err = s.runs.Start(ctx, req)
	return sent(ctx, t, err, req.ID)
}

func (s *Service) request(ctx context.Context, p *protocol.ChatSendParams, images []attachments.Image) agent.Request {
	said := strings.Clone(string(p.SessionKey))
	req := agent.Request{ID: strings.Clone(string(p.IdempotencyKey)), Kind: agent.KindChat, Params: p.AppendJSON(nil),
		Session: s.sessions.Keys().Canonical(said), Said: said, Message: strings.Clone(p.Message), Images: images,
		Timeout: time.Duration(p.TimeoutMs.V) * time.Millisecond, Source: agent.SourceOf(ctx), Deliver: p.Deliver.V, Policy: true}
	if level, ok := llm.ParseLevel(p.Thinking.V); ok {
		req.Thinking = string(level)
	}
	return req
}

// sent answers how far the run is. Its events come behind the answer.
func sent(ctx context.Context, t *agent.Ticket, err error, id string) (*protocol.ChatSendResult, error) {
	if err != nil {
		return nil, err
	}
	status := protocol.ChatSendResultStatusInFlight
	switch {
	case t.New:
		status = protocol.ChatSendResultStatusStarted
		t.Run.ReleaseAfter(ctx)
	case t.Outcome != nil && t.Outcome.Error != nil:
		return nil, t.Outcome.Failure(id)
	case t.Outcome != nil:
		status = protocol.ChatSendResultStatusOk
	}
	return &protocol.ChatSendResult{RunID: wire.Some(id), Status: wire.Some(status)}, nil
}

// stop aborts what goes on in the session.
func (s *Service) stop(ctx context.Context, req agent.Request) (*protocol.ChatSendResult, error) {
	err := s.store.Read(ctx, func(q store.Querier) error {
		sess, err := s.sessions.Get(ctx, q, req.Session)
		if err == nil && sess != nil && !s.sessions.SendAllowed(sess) {
			return protocol.Errorf(protocol.CodeInvalidRequest, "send blocked by session policy")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	ids := idsOf(s.runs.Stop(func(r *agent.Run) bool { return r.Kind == agent.KindChat && r.Session == req.Session }, protocol.ChatStopReasonStop))
	return &protocol.ChatSendResult{Ok: wire.Some(true), Aborted: wire.Some(len(ids) > 0), RunIDs: ids}, nil
}

func idsOf(runs []*agent.Run) []string {
	ids := []string{}
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	return ids
}

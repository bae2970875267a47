package agent

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/attachments"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// channels are the words that may stand where a channel is named.
var channels = []string{"telegram", "whatsapp", "discord", "googlechat", "slack", "signal", "imessage", "webhook", "webchat", "last"}

// Agent gives the agent a message. It accepts at once; where the peer wants to
// know, the end of the run is the second answer.
func (s *Service) Agent(ctx context.Context, p *protocol.AgentParams, accept func(*protocol.AgentAccepted)) (*protocol.AgentResult, error) {
	req, err := s.agentRequest(ctx, p)
	if err != nil {
		return nil, err
	}
	t, err := s.Start(ctx, *req)
	if err != nil {
		return nil, err
	}
	if t.Outcome != nil {
		return agentResult(req.ID, t.Outcome, accept, t.AcceptedAt)
	}
	accept(&protocol.AgentAccepted{RunID: req.ID, AcceptedAt: protocol.Timestamp(t.AcceptedAt)})
	if t.New {
		t.Run.Release()
	}
	peer := server.PeerFrom(ctx)
	if peer != nil && !slices.Contains(protocol.MethodAgent.Info().FinalIn, peer.Dialect) {
		return nil, nil // nobody waits for a second answer
	}
	select {
	case <-t.Run.Done():
		return agentResult(req.ID, t.Run.Outcome(), nil, 0)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// agentResult is the answer that tells a run's end. A repeat after the end gets
// it as the field does; others are told that the run was accepted.
func agentResult(id string, o *Outcome, accept func(*protocol.AgentAccepted), acceptedAt int64) (*protocol.AgentResult, error) {
	if accept != nil {
		accept(&protocol.AgentAccepted{RunID: id, AcceptedAt: protocol.Timestamp(acceptedAt)})
	}
	if o.Error != nil {
		return nil, o.Failure(id)
	}
	r := &protocol.AgentResult{RunID: id, Summary: "completed"}
	if o.State == Aborted {
		r.Summary = "aborted"
	}
	if o.Result != nil {
		r.Result = *o.Result
	}
	return r, nil
}

func invalid(format string, args ...any) error {
	return protocol.Errorf(protocol.CodeInvalidRequest, "invalid agent params: "+format, args...)
}

// agentRequest reads the params of the method.
func (s *Service) agentRequest(ctx context.Context, p *protocol.AgentParams) (*Request, error) {
	for _, c := range []wire.Opt[string]{p.Channel, p.ReplyChannel} {
		if name := strings.ToLower(strings.TrimSpace(c.V)); name != "" && !slices.Contains(channels, name) {
			return nil, invalid("unknown channel: %s", clip(c.V, 80))
		}
	}
	images, err := attachments.Decode(p.Attachments)
	if err != nil {
		return nil, err
	}
	req := &Request{ID: string(p.IdempotencyKey), Kind: KindAgent, Params: p.AppendJSON(nil), Lane: strings.TrimSpace(p.Lane.V), Message: strings.Clone(p.Message), Images: images,
		Extra: p.ExtraSystemPrompt.V, Timeout: time.Duration(p.Timeout.V) * time.Millisecond, Source: SourceOf(ctx), Deliver: p.Deliver.V, Policy: true,
		Route: routeOf(p)}
	if level, ok := llm.ParseLevel(p.Thinking.V); ok {
		req.Thinking = string(level)
	}
	if p.Timeout.Set && p.Timeout.V == 0 {
		req.Fault = "--timeout must be a positive integer (seconds)"
	}
	if err := s.chooseSession(ctx, p, req); err != nil {
		return nil, err
	}
	if p.SpawnedBy.V != "" {
		req.Parent = s.o.Sessions.Keys().Canonical(p.SpawnedBy.V)
	}
	q := p.Clone()
	req.Change = func(e *protocol.SessionEntry) { describe(e, q) }
	return req, nil
}

// chooseSession finds the session of a call, by the first of its members that
// says it.
func (s *Service) chooseSession(ctx context.Context, p *protocol.AgentParams, req *Request) error {
	keys := s.o.Sessions.Keys()
	agent, known := s.Roster().Find(p.AgentID.V)
	if p.AgentID.Set && !known {
		return invalid("unknown agent id %q", clip(p.AgentID.V, 80))
	}
	switch {
	case strings.TrimSpace(p.SessionKey.V) != "":
		req.Session, req.Said = keys.Canonical(p.SessionKey.V), strings.Clone(p.SessionKey.V)
		if of := keys.Agent(req.Session); p.AgentID.Set && of != agent.ID {
			return invalid("agent %q does not match session key agent %q", clip(p.AgentID.V, 80), of)
		}
	case p.AgentID.Set:
		req.Session = keys.Main(agent.ID)
		req.Said = req.Session
	case strings.TrimSpace(p.SessionID.V) != "":
		return s.sessionByID(ctx, strings.TrimSpace(p.SessionID.V), req)
	default:
		req.Session = keys.Main("")
		req.Said = req.Session
	}
	return nil
}

// sessionByID takes a session id for what it is, else for a key, else for the
// id of a new transcript.
func (s *Service) sessionByID(ctx context.Context, id string, req *Request) error {
	keys := s.o.Sessions.Keys()
	return s.o.Store.Read(ctx, func(q store.Querier) error {
		sess, err := s.o.Sessions.FindByID(ctx, q, id)
		if err == nil && sess == nil {
			sess, err = s.o.Sessions.Get(ctx, q, keys.Canonical(id))
		}
		if err != nil {
			return err
		}
		if sess != nil {
			req.Session, req.Said = sess.Key, sess.Key
			return nil
		}
		req.Session = keys.Canonical(id)
		req.Said = req.Session
		if req.Session != keys.Main("") {
			req.SessionID = strings.Clone(id)
		}
		return nil
	})
}

// SourceOf is who calls: with his rights tools are used.
func SourceOf(ctx context.Context) Source {
	peer := server.PeerFrom(ctx)
	if peer == nil {
		return Source{Origin: FromOperator, Name: "owner", Scopes: []string{protocol.ScopeOperatorAdmin.String()}}
	}
	return Source{Origin: FromOperator, Name: peer.Name(), Scopes: slices.Clone(peer.Scopes), Conn: peer.ConnID}
}

func routeOf(p *protocol.AgentParams) Route {
	first := func(a, b wire.Opt[string]) string {
		if a.V != "" {
			return strings.Clone(a.V)
		}
		return strings.Clone(b.V)
	}
	return Route{Channel: strings.ToLower(first(p.ReplyChannel, p.Channel)), To: first(p.ReplyTo, p.To), Account: first(p.ReplyAccountID, p.AccountID), Thread: strings.Clone(p.ThreadID.V)}
}

// describe keeps in the session's record what a call says of it.
func describe(e *protocol.SessionEntry, p *protocol.AgentParams) {
	set := func(to *wire.Opt[string], v wire.Opt[string]) {
		if v.V != "" {
			*to = v
		}
	}
	set(&e.Label, p.Label)
	set(&e.GroupID, p.GroupID)
	set(&e.GroupChannel, p.GroupChannel)
	set(&e.Space, p.GroupSpace)
	if !e.SpawnedBy.Set {
		set(&e.SpawnedBy, p.SpawnedBy)
	}
}

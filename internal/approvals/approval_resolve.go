package approvals

import (
	"context"
	"errors"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// ExecApprovalResolve decides a question that waits. The first decision counts.
func (s *Service) ExecApprovalResolve(ctx context.Context, p *protocol.ExecApprovalResolveParams) (*protocol.ExecApprovalResolveResult, error) {
	decision := protocol.ExecDecision(string([]byte(p.Decision)))
	if !decision.Known() {
		return nil, errDecision
	}
	// What has no connection is a part of the gateway that works for somebody, such
	// as an agent's tool.
	peer := server.PeerFrom(ctx)
	if peer == nil || peer.Role != protocol.RoleOperator {
		return nil, errOwn
	}
	s.mu.Lock()
	q := s.waiting[p.ID]
	known := q != nil && q.announced
	s.mu.Unlock()
	if !known {
		return nil, errUnknown
	}
	if err := s.decide(ctx, q, decision, peer); err != nil {
		return nil, err
	}
	result := &protocol.ExecApprovalResolveResult{}
	if decision == protocol.ExecDecisionAllowAlways {
		if err := s.remember(ctx, q); err != nil {
			s.log.Warn("a program that is always allowed is not on the allow-list", "error", err)
			result.Note = wire.Some(err.Error())
		}
	}
	return result, nil
}

// decide writes the decision down before anybody acts on it.
func (s *Service) decide(ctx context.Context, q *question, d protocol.ExecDecision, peer *server.Peer) error {
	q.deciding.Lock()
	defer q.deciding.Unlock()
	now := s.now()
	switch {
	case q.over, !q.live(now):
		return errUnknown
	case q.conn != "" && q.conn == peer.ConnID:
		return errOwn
	}
	answer := Answer{ID: q.id, Decision: d, By: peer.Name(), CreatedAtMs: q.createdAt, ExpiresAtMs: q.expires}
	// Also when who decided hangs up meanwhile: the decision counts.
	ctx = context.WithoutCancel(ctx)
	if err := s.o.Store.Write(ctx, func(tx *store.Tx) error { return decide(ctx, tx, q, &answer, now.UnixMilli()) }); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[q.id] == q {
		delete(s.waiting, q.id)
	}
	s.o.Events.Publish(ctx, protocol.NewEventExecApprovalResolved(&protocol.ExecApprovalResolved{ID: q.id, Decision: d,
		ResolvedBy: wire.OptNull[string]{V: answer.By, IsNil: answer.By == "", Set: true}, Ts: protocol.Timestamp(now.UnixMilli())}))
	s.log.Info("a command was decided on", "approval", q.id, "decision", string(d), "by", answer.By)
	q.end(answer)
	return nil
}

// remember puts the program of a question on the allow-list of this machine. That
// of a node is the node's to keep: it is told of the decision.
func (s *Service) remember(ctx context.Context, q *question) error {
	d := &q.details
	if d.NodeID.Set || d.Host.V == protocol.ExecApprovalDetailsHostNode {
		return policy.Rememberable(d.ResolvedPath.V)
	}
	if d.ResolvedPath.V == "" {
		return errors.New("the request does not say which program it is that would run")
	}
	return s.file.Remember(ctx, d.AgentID.V, d.ResolvedPath.V, policy.Here())
}

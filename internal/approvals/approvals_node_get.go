package approvals

import (
	"context"
	"errors"
	"strings"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// The commands by which a node's file is read and written.
const (
	commandGet = "system.execApprovals.get"
	commandSet = "system.execApprovals.set"
)

// ExecApprovalsNodeGet reads a node's file.
func (s *Service) ExecApprovalsNodeGet(ctx context.Context, p *protocol.ExecApprovalsNodeGetParams) (*protocol.ExecApprovalsSnapshot, error) {
	return s.onNode(ctx, p.NodeID, commandGet, []byte("{}"))
}

// NodeRules gives what a node's file says for an agent, to know beforehand what the
// node will say, and to demand more. What the node says counts.
func (s *Service) NodeRules(ctx context.Context, nodeID, agentID string) (policy.Rules, error) {
	got, err := s.onNode(ctx, nodeID, commandGet, []byte("{}"))
	if err != nil {
		return policy.Rules{}, err
	}
	return policy.RulesFor(&got.File, agentID), nil
}

// onNode has a node answer with its file.
func (s *Service) onNode(ctx context.Context, nodeID, command string, params []byte) (*protocol.ExecApprovalsSnapshot, error) {
	nodeID = strings.TrimSpace(strings.Clone(nodeID))
	if nodeID == "" {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "nodeId required")
	}
	if s.o.Nodes == nil {
		return nil, notConnected(protocol.Errorf(protocol.CodeUnavailable, "node not connected"))
	}
	payload, err := s.o.Nodes.Invoke(ctx, nodeID, command, params)
	if err != nil {
		return nil, notConnected(err)
	}
	snapshot := new(protocol.ExecApprovalsSnapshot)
	if err := snapshot.DecodeAlias(payload, wire.Lenient); err != nil || snapshot.Path == "" || snapshot.Hash == "" {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "the node's answer to %s is not its exec-approvals file", command)
	}
	snapshot.File.Socket.V.Token = wire.Opt[string]{} // which a node should have kept to itself
	return snapshot, nil
}

// notConnected gives the error of a node that is away the details of a node's
// own errors.
func notConnected(err error) error {
	var e *protocol.Error
	var details protocol.NodeErrorDetails
	if !errors.As(err, &e) || e.Message != "node not connected" || e.Details != nil && details.DecodeAlias(e.Details.AppendJSON(nil), wire.Strict) == nil {
		return err
	}
	as := *e
	as.Details = &protocol.NodeErrorDetails{NodeError: wire.Value(protocol.NodeError{Code: wire.Some(protocol.NodeErrorCode("NOT_CONNECTED")), Message: wire.Some(e.Message)})}
	return &as
}

package nodes

import (
	"context"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// NodesInvoke asks a node and waits for its answer.
func (s *Service) NodesInvoke(ctx context.Context, p *protocol.NodesInvokeParams) (*protocol.NodesInvokeResult, error) {
	c := Call{NodeID: strings.Clone(strings.TrimSpace(p.NodeID)), Command: strings.Clone(strings.TrimSpace(p.Command)), Params: p.Params, Timeout: DefaultTimeout,
		Key: strings.Clone(p.IdempotencyKey)}
	if c.NodeID == "" || c.Command == "" {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "nodeId and command required")
	}
	if p.TimeoutMs.Set {
		c.Timeout = time.Duration(min(p.TimeoutMs.V, maxTimeout.Milliseconds())) * time.Millisecond
	}
	a, err := s.Invoke(ctx, c)
	if err != nil {
		return nil, err
	}
	return &protocol.NodesInvokeResult{NodeID: c.NodeID, Command: c.Command, Payload: a.Payload, PayloadJSON: wire.Null[string]{V: a.Text, Valid: a.HasText}}, nil
}

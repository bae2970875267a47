package nodes

import (
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// NodesDescribe tells what is known of one node.
func (s *Service) NodesDescribe(ctx context.Context, p *protocol.NodesDescribeParams) (*protocol.NodesDescribeResult, error) {
	id := strings.TrimSpace(p.NodeID)
	if id == "" {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "nodeId required")
	}
	paired, err := s.o.Records.PairedNode(ctx, id)
	if err != nil {
		return nil, err
	}
	c := s.node(id)
	if paired == nil && c == nil {
		return nil, errUnknownNode
	}
	r := s.row(paired, c)
	return &protocol.NodesDescribeResult{Ts: s.now().UnixMilli(), NodeID: r.NodeID, DisplayName: r.DisplayName, Platform: r.Platform, Version: r.Version,
		CoreVersion: r.CoreVersion, UIVersion: r.UIVersion, DeviceFamily: r.DeviceFamily, ModelIdentifier: r.ModelIdentifier, RemoteIP: r.RemoteIP, PathEnv: r.PathEnv,
		Caps: r.Caps, Commands: r.Commands, Permissions: r.Permissions, ConnectedAtMs: r.ConnectedAtMs, Paired: r.Paired, Connected: r.Connected}, nil
}

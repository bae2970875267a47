package devices

import (
	"context"
	"slices"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// node is the role.
var node = protocol.RoleNode.String()

func (d *Device) isNode() bool { return slices.Contains(d.Roles, node) }

// PairedNodes lists the nodes that are paired, latest approval first.
func (s *Service) PairedNodes(ctx context.Context) ([]*Device, error) {
	var out []*Device
	err := s.store.Read(ctx, func(q store.Querier) error {
		all, err := s.paired(ctx, q)
		out = slices.DeleteFunc(all, func(d *Device) bool { return !d.isNode() })
		return err
	})
	return out, err
}

// PairedNode finds a node that is paired; nil when there is none of that id.
func (s *Service) PairedNode(ctx context.Context, id string) (*Device, error) {
	d, err := s.Find(ctx, id)
	if err != nil || d == nil || !d.isNode() {
		return nil, err
	}
	return d, nil
}

// nodeWire is the request as approvers of nodes see it.
func (p *pending) nodeWire() *protocol.NodePairRequest {
	f := &p.Node
	return &protocol.NodePairRequest{
		RequestID: p.ID, NodeID: p.DeviceID, DisplayName: optional(p.DisplayName), Platform: optional(p.Platform), Version: optional(f.Version),
		CoreVersion: optional(f.CoreVersion), UIVersion: optional(f.UIVersion), DeviceFamily: optional(f.DeviceFamily), ModelIdentifier: optional(f.ModelIdentifier),
		Caps: f.Caps, Commands: f.Commands, Permissions: f.Permissions, RemoteIP: optional(p.RemoteIP), Silent: wire.Opt[bool]{V: true, Set: p.Silent},
		IsRepair: wire.Some(p.Repair), Ts: p.Ts}
}

// nodeWire is the node as operators see it, without a token.
func (d *Device) nodeWire() *protocol.PairedNode {
	f := &d.Node
	return &protocol.PairedNode{
		NodeID: d.DeviceID, DisplayName: optional(d.Title()), Platform: optional(d.Platform), Version: optional(f.Version), CoreVersion: optional(f.CoreVersion),
		UIVersion: optional(f.UIVersion), DeviceFamily: optional(f.DeviceFamily), ModelIdentifier: optional(f.ModelIdentifier), Caps: f.Caps, Commands: f.Commands,
		Permissions: f.Permissions, RemoteIP: optional(d.RemoteIP), CreatedAtMs: d.CreatedAtMs, ApprovedAtMs: d.ApprovedAt,
		LastConnectedAtMs: wire.Opt[protocol.Timestamp]{V: d.NodeConnectedMs, Set: d.NodeConnectedMs > 0}}
}

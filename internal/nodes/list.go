package nodes

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// NodesList lists the nodes that are paired or connected.
func (s *Service) NodesList(ctx context.Context, _ *protocol.NodesListParams) (*protocol.NodesListResult, error) {
	paired, err := s.o.Records.PairedNodes(ctx)
	if err != nil {
		return nil, err
	}
	res := &protocol.NodesListResult{Ts: s.now().UnixMilli(), Nodes: []protocol.NodeRow{}}
	connected := s.connected()
	for k := range paired {
		res.Nodes = append(res.Nodes, s.row(&paired[k], connected[paired[k].ID]))
		delete(connected, paired[k].ID)
	}
	for c := range maps.Values(connected) {
		res.Nodes = append(res.Nodes, s.row(nil, c))
	}
	slices.SortFunc(res.Nodes, func(a, b protocol.NodeRow) int {
		if a.Connected != b.Connected {
			if a.Connected {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(sortName(&a), sortName(&b)), strings.Compare(a.NodeID, b.NodeID))
	})
	return res, nil
}

func sortName(r *protocol.NodeRow) string {
	return strings.ToLower(cmp.Or(r.DisplayName.V, r.NodeID))
}

// row is a node as operators see it; the record or the connection may be nil.
func (s *Service) row(p *Paired, c *conn) protocol.NodeRow {
	r := protocol.NodeRow{Caps: []string{}, Commands: []string{}}
	name := ""
	if p != nil {
		r.NodeID, r.Paired, name = p.ID, true, cmp.Or(p.Name, p.DisplayName)
		r.Platform, r.RemoteIP = optional(p.Platform), optional(p.RemoteIP)
	}
	if c != nil {
		client := &c.peer.Client
		r.NodeID, r.Connected, r.ConnectedAtMs = c.id, true, wire.Some(c.since)
		if p == nil || p.Name == "" {
			name = cmp.Or(client.DisplayName.V, name)
		}
		r.Platform, r.Version = optional(client.Platform), optional(client.Version)
		r.DeviceFamily, r.ModelIdentifier, r.PathEnv = client.DeviceFamily, client.ModelIdentifier, c.peer.Connect.PathEnv
		if c.peer.IP != "" {
			r.RemoteIP = wire.Some(c.peer.IP)
		}
		r.Caps = orEmpty(slices.Compact(slices.Sorted(slices.Values(c.peer.Connect.Caps))))
		r.Commands = s.commands(c)
		r.Permissions = c.peer.Connect.Permissions
	}
	r.DisplayName = optional(name)
	return r
}

func optional(text string) wire.Opt[string] { return wire.Opt[string]{V: text, Set: text != ""} }

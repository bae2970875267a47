package devices

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// NodesPairList lists the nodes that wait and those that are paired, however
// they asked.
func (s *Service) NodesPairList(ctx context.Context, _ *protocol.NodesPairListParams) (*protocol.NodesPairListResult, error) {
	res := &protocol.NodesPairListResult{Pending: []protocol.NodePairRequest{}, Paired: []protocol.PairedNode{}}
	err := s.store.Read(ctx, func(q store.Querier) error {
		waiting, err := s.waiting(ctx, q)
		if err != nil {
			return err
		}
		for _, p := range waiting {
			if p.Role == node {
				res.Pending = append(res.Pending, *p.nodeWire())
			}
		}
		paired, err := s.paired(ctx, q)
		for _, d := range paired {
			if d.isNode() {
				res.Paired = append(res.Paired, *d.nodeWire())
			}
		}
		return err
	})
	return res, err
}

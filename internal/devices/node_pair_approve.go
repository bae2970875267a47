package devices

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// NodesPairApprove pairs a node and gives it a token, which nobody sees again.
func (s *Service) NodesPairApprove(ctx context.Context, p *protocol.NodesPairApproveParams) (*protocol.NodesPairApproveResult, error) {
	res := &protocol.NodesPairApproveResult{RequestID: p.RequestID}
	request, err := s.approve(ctx, p.RequestID, byNode, func(tx *store.Tx, d *Device) error {
		token, err := s.nodeToken(ctx, tx, d)
		res.Node = *d.nodeWire()
		res.Node.Token = wire.Some(token)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.decided(ctx, request, byNode, protocol.PairDecisionApproved)
	return res, nil
}

// nodeToken makes a token for a node. It takes the place of earlier ones where
// the node has no key to prove itself with; those of a device go on, as with
// every other thing that it is paired for.
func (s *Service) nodeToken(ctx context.Context, tx *store.Tx, d *Device) (string, error) {
	keyless := d.PublicKey == ""
	if keyless {
		if _, err := tx.ExecContext(ctx, `DELETE FROM device_tokens WHERE device_id = ? AND role = ?`, d.DeviceID, node); err != nil {
			return "", err
		}
	}
	token, _, err := s.issue(ctx, tx, d.DeviceID, node, nil, keyless)
	return token, err
}

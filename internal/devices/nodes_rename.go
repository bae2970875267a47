package devices

import (
	"context"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// maxName is how long a name may be, in characters.
const maxName = 200

// NodesRename gives a node a name that is shown everywhere in place of its own.
func (s *Service) NodesRename(ctx context.Context, p *protocol.NodesRenameParams) (*protocol.NodesRenameResult, error) {
	name := strings.Clone(strings.TrimSpace(p.DisplayName))
	switch {
	case name == "":
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "displayName required")
	case len([]rune(name)) > maxName:
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "displayName has %d characters: expected at most %d", len([]rune(name)), maxName)
	}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		d, err := find(ctx, tx, p.NodeID)
		if err != nil {
			return err
		}
		if d == nil || !slices.Contains(d.Roles, node) {
			return protocol.Errorf(protocol.CodeInvalidRequest, "unknown nodeId")
		}
		_, err = tx.ExecContext(ctx, `UPDATE devices SET name = ? WHERE id = ?`, name, p.NodeID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &protocol.NodesRenameResult{NodeID: p.NodeID, DisplayName: name}, nil
}

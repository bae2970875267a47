package devices

import (
	"context"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// NodePairRequest asks for a node to be paired, by its id alone. A device may
// ask for itself only. A request that waits stays as it is.
func (s *Service) NodePairRequest(ctx context.Context, p *protocol.NodePairRequestParams) (*protocol.NodePairRequestResult, error) {
	r := nodeRequest(p)
	if r.DeviceID == "" {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "Error: nodeId required")
	}
	if mine, only := self(ctx); only && r.DeviceID != mine {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "nodeId mismatch")
	}
	if size := len(r.Node.text()) + len(r.DeviceID) + len(r.DisplayName) + len(r.Platform) + len(r.RemoteIP); size > maxFacts {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "what the node says of itself takes %d bytes: expected at most %d", size, maxFacts)
	}
	asked := &pending{Request: r, ID: newID(), AskedBy: byNode, Silent: p.Silent.V, Ts: s.now().UnixMilli()}
	res := &protocol.NodePairRequestResult{}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		waits, err := s.waitingOf(ctx, tx, r.DeviceID)
		switch {
		case err != nil:
			return err
		case waits != nil && waits.Role == node:
			res.Request, res.Created = *waits.nodeWire(), false
			return s.again(ctx, tx, waits, &waits.Request)
		}
		if err := s.insertPending(ctx, tx, asked); err != nil {
			return err
		}
		res.Request, res.Created = *asked.nodeWire(), true
		return nil
	})
	if err != nil {
		return nil, err
	}
	if res.Created {
		s.events.Publish(ctx, protocol.NewEventNodePairRequested(asked.nodeWire()))
	}
	return res, nil
}

// nodeRequest keeps what is asked in memory of its own.
func nodeRequest(p *protocol.NodePairRequestParams) Request {
	return Request{DeviceID: strings.Clone(strings.TrimSpace(p.NodeID)), DisplayName: strings.Clone(p.DisplayName.V), Platform: strings.Clone(p.Platform.V),
		RemoteIP: strings.Clone(p.RemoteIP.V), Role: node,
		Node: Facts{Version: strings.Clone(p.Version.V), CoreVersion: strings.Clone(p.CoreVersion.V), UIVersion: strings.Clone(p.UIVersion.V),
			DeviceFamily: strings.Clone(p.DeviceFamily.V), ModelIdentifier: strings.Clone(p.ModelIdentifier.V), Caps: cloned(p.Caps), Commands: cloned(p.Commands)}}
}

func cloned(list []string) []string {
	list = slices.Clone(list)
	for k := range list {
		list[k] = strings.Clone(list[k])
	}
	return list
}

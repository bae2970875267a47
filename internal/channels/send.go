package channels

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
)

// Send sends a message through a channel.
func (s *Service) Send(_ context.Context, p *protocol.SendParams) (*protocol.SendResult, error) {
	k, known := find(string(p.Channel.V))
	if !known {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "unsupported channel: %s", p.Channel.V)
	}
	return nil, k.notLinked(p.AccountID.V)
}

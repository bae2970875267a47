package channels

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
)

// ChannelsLogout forgets an account's login.
func (s *Service) ChannelsLogout(_ context.Context, p *protocol.ChannelsLogoutParams) (*protocol.ChannelsLogoutResult, error) {
	k, known := find(p.Channel)
	switch {
	case !known || p.Channel == "":
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "invalid channels.logout channel")
	case !k.logout:
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "channel %s does not support logout", k.id)
	}
	return nil, k.notLinked(p.AccountID.V)
}

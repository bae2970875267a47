package voice

import (
	"context"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// TalkMode tells everyone that talk mode is on or off. From a chat window that
// would mean nothing while no phone or tablet is there to listen.
func (s *Service) TalkMode(ctx context.Context, p *protocol.TalkModeParams) (*protocol.TalkModeState, error) {
	if peer := server.PeerFrom(ctx); peer != nil && webchat(peer) && !slices.ContainsFunc(s.events.Peers(), mobile) {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "talk disabled: no connected iOS/Android nodes")
	}
	state := protocol.TalkModeState{Enabled: p.Enabled, Phase: wire.Null[string]{V: strings.Clone(p.Phase.V), Valid: p.Phase.Set}, Ts: protocol.Timestamp(s.now().UnixMilli())}
	told := state // the server's from now on
	s.events.Publish(ctx, protocol.NewEventTalkMode(&told))
	return &state, nil
}

func webchat(p *server.Peer) bool {
	return strings.EqualFold(strings.TrimSpace(string(p.Client.Mode)), "webchat") || p.Client.ID == "webchat-ui"
}

func mobile(p *server.Peer) bool {
	platform := strings.ToLower(strings.TrimSpace(p.Client.Platform))
	return p.Role == protocol.RoleNode && slices.ContainsFunc([]string{"ios", "ipados", "android"}, func(of string) bool { return strings.HasPrefix(platform, of) })
}

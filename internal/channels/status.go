package channels

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// State is a channel in a word.
type State struct {
	ID, Label, Account string
	Configured, Linked bool
}

// Overview tells of every channel in a word.
func (s *Service) Overview() []State {
	var out []State
	for _, k := range kinds {
		out = append(out, State{ID: k.id, Label: k.label, Account: defaultAccount})
	}
	return out
}

// ChannelsStatus tells of every channel, and of its accounts.
func (s *Service) ChannelsStatus(context.Context, *protocol.ChannelsStatusParams) (*protocol.ChannelsStatusResult, error) {
	out := &protocol.ChannelsStatusResult{Ts: protocol.Timestamp(s.now().UnixMilli()), ChannelOrder: []string{}, ChannelLabels: map[string]string{},
		ChannelDetailLabels: map[string]string{}, ChannelSystemImages: map[string]string{}, ChannelMeta: []protocol.ChannelMeta{},
		Channels: map[string]protocol.ChannelSummary{}, ChannelAccounts: map[string][]protocol.ChannelAccount{}, ChannelDefaultAccountID: map[string]string{}}
	for _, k := range kinds {
		out.ChannelOrder = append(out.ChannelOrder, k.id)
		out.ChannelLabels[k.id], out.ChannelDetailLabels[k.id], out.ChannelSystemImages[k.id] = k.label, k.detail, k.image
		out.ChannelMeta = append(out.ChannelMeta, protocol.ChannelMeta{ID: k.id, Label: k.label, DetailLabel: k.detail, SystemImage: wire.Some(k.image)})
		out.Channels[k.id] = protocol.ChannelSummary{Configured: false}
		out.ChannelAccounts[k.id] = []protocol.ChannelAccount{}
		out.ChannelDefaultAccountID[k.id] = defaultAccount
	}
	return out, nil
}

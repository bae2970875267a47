// Package channels serves the method group of that name: messengers through
// which people reach agents and agents reach people. It knows the channels
// there are; as long as no account of one is linked, everything that would go
// through it is refused, by name.
package channels

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// kind is a channel that this gateway knows.
type kind struct {
	id, label, detail, image string
	polls, logout            bool
}

// kinds are the channels in the order to show them.
var kinds = []kind{
	{id: "telegram", label: "Telegram", detail: "Telegram Bot", image: "paperplane", polls: true, logout: true},
	{id: "whatsapp", label: "WhatsApp", detail: "WhatsApp Web", image: "message", polls: true, logout: true},
	{id: "slack", label: "Slack", detail: "Slack Bot", image: "number", polls: true, logout: true},
	{id: "webhook", label: "Webhook", detail: "Signed HTTP", image: "link"},
}

// defaultChannel is meant where none is named, and defaultAccount likewise.
const (
	defaultChannel = "whatsapp"
	defaultAccount = "default"
)

// Service serves channels.
type Service struct{ now func() time.Time }

var _ protocol.ChannelsHandler = (*Service)(nil)

// New returns a service.
func New() *Service { return &Service{now: time.Now} }

// find gives a channel by its id, however it is written.
func find(id string) (kind, bool) {
	id = cmp.Or(strings.ToLower(strings.TrimSpace(id)), defaultChannel)
	for _, k := range kinds {
		if k.id == id {
			return k, true
		}
	}
	return kind{id: id}, false
}

// notLinked is the refusal of what would go through a channel without account.
func (k kind) notLinked(account string) error {
	return protocol.Errorf(protocol.CodeNotLinked, "%s is not linked: no account %q is configured for the channel %s", k.label, cmp.Or(strings.TrimSpace(account), defaultAccount), k.id)
}

// Enqueue takes a reply over for delivery.
func (s *Service) Enqueue(_ context.Context, _ *store.Tx, d agent.Delivery) error {
	switch d.Route.Channel {
	case "webchat":
		return nil // the gateway's own clients see every reply
	case "", "last":
		return protocol.Errorf(protocol.CodeNotLinked, "no channel is linked that the reply could be delivered by")
	}
	k, known := find(d.Route.Channel)
	if !known {
		return protocol.Errorf(protocol.CodeNotLinked, "the channel %s is not part of this gateway: the reply cannot be delivered", k.id)
	}
	return k.notLinked(d.Route.Account)
}

//go:build !whatsapp

package app

import (
	"errors"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/protocol"
)

// absentWhatsApp is what stands in the place of the channel to WhatsApp where it is
// not built in.
type absentWhatsApp struct{ *channels.Announced }

func whatsAppKind() channels.Kind {
	return absentWhatsApp{&channels.Announced{ID: "whatsapp", Label: "WhatsApp", Detail: "WhatsApp Web", Image: "message", Target: "<E.164|group JID>", Polls: 12, Logout: true}}
}

const whyAbsent = "this gateway was built without WhatsApp; docs/channels.md has how to build it with"

// Accounts are those of the configuration, and cannot be used.
func (absentWhatsApp) Accounts(cfg *protocol.ChannelsConfig, _ func(string) string) []*channels.Settings {
	var out []*channels.Settings
	for id, c := range cfg.Whatsapp.V.Accounts {
		out = append(out, &channels.Settings{ID: id, Name: c.Name.V, Enabled: c.Enabled.V, Missing: whyAbsent, Config: &c})
	}
	return out
}

// Open refuses.
func (absentWhatsApp) Open(*channels.Settings, *channels.Env) (channels.Account, error) {
	return nil, errors.New(whyAbsent)
}

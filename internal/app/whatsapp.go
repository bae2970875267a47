//go:build whatsapp

package app

import (
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/whatsapp"
)

// whatsAppKind is the channel to WhatsApp. It is built in on demand only: a library
// below it is under the GPL, and with it the whole program is when it is given away.
func whatsAppKind() channels.Kind { return whatsapp.Kind{} }

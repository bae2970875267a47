package channels

import (
	"errors"

	"github.com/gatesmith/gatesmith/protocol"
)

// Announced is a channel that clients may name, and that this gateway has no
// account of.
type Announced Info

// Info tells what it is.
func (a *Announced) Info() *Info { return (*Info)(a) }

// Accounts are none.
func (*Announced) Accounts(*protocol.ChannelsConfig, func(string) string) []*Settings { return nil }

// Open refuses.
func (a *Announced) Open(*Settings, *Env) (Account, error) {
	return nil, errors.New(a.Label + " is not part of this gateway")
}

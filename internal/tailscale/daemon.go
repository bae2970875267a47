package tailscale

import (
	"context"
	"errors"
	"net/netip"

	"tailscale.com/client/local"
	"tailscale.com/tailcfg"
)

// Daemon knows the tailnet. It is the one thing asked of Tailscale's library.
type Daemon interface {
	// Whois tells whose node has an address, and who owns this machine's node.
	// A node that belongs to nobody, because it is tagged, has no login.
	Whois(ctx context.Context, a netip.Addr) (login, owner string, err error)
}

// NewDaemon returns the Tailscale daemon of this machine. Its socket is where
// the system has it, unless one is named.
func NewDaemon(socket string) Daemon {
	return &daemon{local.Client{Socket: socket, UseSocketOnly: socket != "", OmitAuth: socket != ""}}
}

type daemon struct{ client local.Client }

func (d *daemon) Whois(ctx context.Context, a netip.Addr) (login, owner string, err error) {
	who, err := d.client.WhoIs(ctx, a.String())
	if err != nil {
		return "", "", err
	}
	if who.Node == nil || who.UserProfile == nil {
		return "", "", errors.New("the Tailscale daemon's answer names no user")
	}
	if !who.Node.IsTagged() {
		login = who.UserProfile.LoginName
	}
	status, err := d.client.StatusWithoutPeers(ctx)
	if err != nil {
		return "", "", err
	}
	if self := status.Self; self != nil && !self.IsTagged() && self.UserID != tailcfg.UserID(0) {
		owner = status.User[self.UserID].LoginName
	}
	return login, owner, nil
}

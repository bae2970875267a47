// Package tailscale tells who is behind a request that Tailscale Serve handed
// on. The headers alone prove nothing, as every program on this machine can
// send them: the daemon is asked whose the address is.
package tailscale

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/auth"
)

// Identifier knows whom Tailscale may let in.
type Identifier struct {
	Daemon Daemon
	// Logins are the scopes of each login; empty: only the owner of this
	// machine's node may come in, with the scopes Default.
	Logins  map[string][]string
	Default []string
}

var _ auth.Identity = (*Identifier)(nil)

// The headers of Tailscale Serve.
const (
	headerLogin  = "Tailscale-User-Login"
	headerFunnel = "Tailscale-Funnel-Request"
)

// Why nobody was found. Clients never see these: the shared secret's reason is
// what they are told.
var (
	errNoLogin  = errors.New("tailscale identity missing")
	errNoProxy  = errors.New("tailscale proxy headers missing")
	errFunnel   = errors.New("the request came over Funnel, from where nobody is known")
	errPeer     = errors.New("the request did not come from Tailscale on this machine")
	errMismatch = errors.New("tailscale identity mismatch")
)

// patience is how long the daemon may take.
const patience = 2 * time.Second

// Identify finds the login behind a request and the scopes that it may have.
// All of these must hold: the login's header, a loopback peer, the headers of a
// proxy, and the daemon's word that the address is of that login.
func (i *Identifier) Identify(ctx context.Context, r *http.Request) (login string, scopes []string, reason error) {
	claimed, address, err := claim(r)
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	login, owner, err := i.Daemon.Whois(ctx, address)
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("tailscale identity check failed: %w", err)
	case login == "" || !same(login, claimed):
		return "", nil, errMismatch
	}
	scopes, allowed := i.scopes(login, owner)
	if !allowed {
		return "", nil, fmt.Errorf("%s is not in gateway.auth.tailscale.logins", login)
	}
	return login, scopes, nil
}

// claim is what the request says of itself.
func claim(r *http.Request) (login string, address netip.Addr, err error) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return "", address, errPeer
	}
	if r.Header.Get(headerFunnel) != "" {
		return "", address, errFunnel
	}
	logins := r.Header.Values(headerLogin)
	if len(logins) != 1 || strings.TrimSpace(logins[0]) == "" {
		return "", address, errNoLogin
	}
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"} {
		if r.Header.Get(name) == "" {
			return "", address, errNoProxy
		}
	}
	// Serve names the client and nobody else. In a longer list the first entry
	// is what a client told another proxy, and could be anyone's address.
	chain := r.Header.Values("X-Forwarded-For")
	if len(chain) != 1 || strings.Contains(chain[0], ",") {
		return "", address, errMismatch
	}
	address, err = netip.ParseAddr(strings.TrimSpace(chain[0]))
	if err != nil {
		return "", address, errMismatch
	}
	login, err = new(mime.WordDecoder).DecodeHeader(logins[0]) // Serve encodes what is not ASCII
	return login, address.Unmap(), err
}

// scopes are those of a login; without settings, those of this node's owner.
func (i *Identifier) scopes(login, owner string) ([]string, bool) {
	if len(i.Logins) == 0 {
		return i.Default, owner != "" && same(login, owner)
	}
	for name, scopes := range i.Logins {
		if same(name, login) {
			return scopes, true
		}
	}
	return nil, false
}

func same(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

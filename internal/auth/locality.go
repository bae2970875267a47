package auth

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Proxies are the peers whose forwarding headers are believed.
type Proxies []netip.Prefix

// trusts reports whether an address is one of the proxies.
func (p Proxies) trusts(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// Place is where a request came from, as far as it can be known.
type Place struct {
	Peer   netip.Addr // the other end of the socket
	Client netip.Addr // behind trusted proxies; the peer otherwise
	Local  bool       // local-direct: from this machine and meant for it
}

var forwarding = []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Proto"}

// Locate finds out where a request came from. Local-direct needs all of: a
// loopback peer (and client), a Host that is a loopback literal or localhost,
// no forwarding header unless a trusted proxy set it, and no Origin whose pages
// may not connect. Names such as *.ts.net are never local, whatever they
// resolve to.
func Locate(r *http.Request, proxies Proxies, origins []string) Place {
	peer, ok := address(r.RemoteAddr)
	if !ok {
		return Place{}
	}
	place := Place{Peer: peer, Client: peer}
	trusted := proxies.trusts(peer)
	if trusted {
		place.Client = hop(r, proxies, peer)
	}
	origin := r.Header.Get("Origin")
	place.Local = peer.IsLoopback() && place.Client.IsLoopback() && loopbackHost(r.Host) &&
		(trusted || !forwarded(r)) && (origin == "" || OriginAllowed(r, origin, proxies, origins))
	return place
}

// address parses host:port or a bare address; mapped IPv4 counts as IPv4.
func address(text string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

// hop walks the forwarding chain from its end and stops at the first address
// that is no trusted proxy: what stands before it, anyone could have written.
func hop(r *http.Request, proxies Proxies, peer netip.Addr) netip.Addr {
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if len(chain) == 1 && strings.TrimSpace(chain[0]) == "" {
		chain = r.Header.Values("X-Real-Ip")
	}
	if len(chain) == 0 && forwarded(r) {
		return netip.Addr{} // it hands somebody on, and does not say whom
	}
	client := peer
	for k := len(chain) - 1; k >= 0; k-- {
		a, ok := address(strings.TrimSpace(chain[k]))
		if !ok {
			return netip.Addr{} // not to be believed
		}
		client = a
		if !proxies.trusts(a) {
			break
		}
	}
	return client
}

func forwarded(r *http.Request) bool {
	for _, name := range forwarding {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// loopbackHost reports whether a Host header names this machine by itself.
func loopbackHost(host string) bool {
	name := hostName(host)
	if strings.EqualFold(name, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.Unmap().IsLoopback()
}

// hostName strips port and brackets.
func hostName(host string) string {
	if u, err := url.Parse("//" + host); err == nil {
		return u.Hostname()
	}
	return host
}

// OriginAllowed reports whether a page of an origin may connect: one of the
// request's own scheme, host and port, or of a site that the owner named.
func OriginAllowed(r *http.Request, origin string, proxies Proxies, origins []string) bool {
	if slices.ContainsFunc(origins, func(o string) bool { return strings.EqualFold(o, origin) }) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == scheme(r, proxies) && strings.EqualFold(u.Host, r.Host)
}

// scheme is what the client asked for: that of the socket, unless a trusted
// proxy took the TLS off.
func scheme(r *http.Request, proxies Proxies) string {
	if r.TLS != nil {
		return "https"
	}
	if peer, ok := address(r.RemoteAddr); ok && proxies.trusts(peer) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return "https"
	}
	return "http"
}

package app

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/auth"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
)

// edge keeps out requests that no client of ours makes: those for another host
// (DNS rebinding) and those from pages of other sites.
type edge struct {
	hosts   []string // names beside loopback and the bind address
	origins []string
	proxies auth.Proxies
}

func newEdge(gw *protocol.GatewayConfig) *edge {
	e := &edge{origins: gw.Origins, proxies: config.TrustedProxies(gw)}
	e.hosts = append(e.hosts, gw.Hosts...)
	if gw.CustomBindHost.Set {
		e.hosts = append(e.hosts, gw.CustomBindHost.V)
	}
	return e
}

// guard checks Host and Origin before anything else sees the request. The
// answer says what was seen and which setting would allow it.
func (g *Gateway) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := g.edge.Load()
		if !e.hostAllowed(r) {
			http.Error(w, fmt.Sprintf("host %q is not one of this gateway's: add it to gateway.hosts", r.Host), http.StatusForbidden)
			return
		}
		origins := r.Header.Values("Origin")
		if len(origins) > 1 {
			http.Error(w, "a request comes from one origin, this one names several", http.StatusForbidden)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !auth.OriginAllowed(r, origin, e.proxies, e.origins) {
			http.Error(w, fmt.Sprintf("origin %q may not connect: add it to gateway.origins, or start with --allow-origin %s", origin, origin), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (e *edge) hostAllowed(r *http.Request) bool {
	name := hostName(r.Host)
	if strings.EqualFold(name, "localhost") || slices.ContainsFunc(e.hosts, func(h string) bool { return strings.EqualFold(h, name) }) {
		return true
	}
	a, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	if a.Unmap().IsLoopback() {
		return true
	}
	// An address that the client reached us by is no name that can be rebound.
	local, ok := r.Context().Value(http.LocalAddrContextKey).(interface{ String() string })
	return ok && strings.HasPrefix(local.String(), a.String()+":") || ok && strings.HasPrefix(local.String(), "["+a.String()+"]:")
}

func hostName(host string) string {
	if u, err := url.Parse("//" + host); err == nil {
		return u.Hostname()
	}
	return host
}

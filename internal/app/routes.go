package app

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/reference"
	"github.com/gatesmith/gatesmith/protocol"
)

// routes serves what is beside the protocol; every other request that asks for
// an upgrade is the protocol's.
func (g *Gateway) routes() http.Handler {
	mux := http.NewServeMux()
	serve := func(path string, h http.Handler) { mux.Handle(path, readOnly(h)) }
	serve("/livez", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { plain(w, "ok\n") }))
	serve("/readyz", http.HandlerFunc(g.readyz))
	serve("/version", http.HandlerFunc(g.version))
	serve("/metrics", g.forClients(g.metrics.Handler(g.log)))
	serve("/schema", g.forClients(http.HandlerFunc(schema)))
	serve("/docs", http.RedirectHandler("/docs/", http.StatusMovedPermanently))
	serve("/docs/", reference.Handler("/docs/"))
	mux.Handle(channels.HTTPPath, g.assistant.channels) // which knows its callers by their signatures
	mux.Handle("/", g.protocolOnly())
	return noSecretInURL(noSniffing(mux))
}

// readOnly refuses what would change something.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "this can only be read: use GET", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// forClients asks for the shared secret, unless the request comes from this
// machine.
func (g *Gateway) forClients(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Authorization")
		if denial := g.auth.AuthorizeHTTP(r); denial != nil {
			denial.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// noSniffing has browsers believe the content types.
func noSniffing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text))
}

func asJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (g *Gateway) version(w http.ResponseWriter, _ *http.Request) {
	asJSON(w, http.StatusOK, map[string]any{"version": g.opts.Version, "commit": g.opts.Commit,
		"protocol": protocol.ProtocolVersion, "schema": protocol.SchemaHash})
}

// protocolOnly upgrades, and tells browsers what lives here.
func (g *Gateway) protocolOnly() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			g.server.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is a gateway that speaks WebSocket: connect a client to "+g.URL()+"; its documentation is at /docs/", http.StatusUpgradeRequired)
	})
}

package app

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// routes serves what is beside the protocol; every other request that asks for
// an upgrade is the protocol's.
func (g *Gateway) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { plain(w, "ok\n") })
	mux.HandleFunc("GET /readyz", g.ready)
	mux.HandleFunc("GET /version", g.version)
	mux.Handle("/", g.protocolOnly())
	return mux
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text))
}

// ready proves that the state can be written.
func (g *Gateway) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	if err := g.store.Ping(ctx); err != nil {
		g.log.Error("not ready", "error", err)
		http.Error(w, "not ready: the state cannot be written", http.StatusServiceUnavailable)
		return
	}
	plain(w, "ok\n")
}

func (g *Gateway) version(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"version": g.opts.Version, "commit": g.opts.Commit,
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
		http.Error(w, "this is a gateway that speaks WebSocket: connect a client to "+g.URL(), http.StatusUpgradeRequired)
	})
}

// Package tailscaletest runs a Tailscale daemon for tests: a Unix socket that
// answers as much of the LocalAPI as the gateway asks.
package tailscaletest

import (
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tailscale.com/client/tailscale/apitype"
	"tailscale.com/ipn/ipnstate"
	"tailscale.com/tailcfg"
)

// Node is a machine of the tailnet.
type Node struct {
	Login  string
	Tagged bool // it belongs to its tags, not to its login
}

// Daemon is a fake daemon.
type Daemon struct {
	Socket string

	mu    sync.Mutex
	self  Node
	nodes map[string]Node
}

// Start runs a daemon on the machine of self until the test ends; nodes are
// the others by address.
func Start(t *testing.T, self Node, nodes map[string]Node) *Daemon {
	t.Helper()
	d := &Daemon{Socket: filepath.Join(t.TempDir(), "tailscaled.sock"), self: self, nodes: nodes}
	l, err := net.Listen("unix", d.Socket)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /localapi/v0/whois", d.whois)
	mux.HandleFunc("GET /localapi/v0/status", d.status)
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l)
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	return d
}

func (d *Daemon) whois(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, ok := d.nodes[r.FormValue("addr")]
	if !ok {
		http.Error(w, "no match for IP:port", http.StatusNotFound)
		return
	}
	answer(w, &apitype.WhoIsResponse{Node: &tailcfg.Node{Tags: tags(n)}, UserProfile: &tailcfg.UserProfile{LoginName: n.login()}})
}

func (d *Daemon) status(w http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const id = tailcfg.UserID(7)
	s := map[string]any{"Self": map[string]any{"UserID": id, "Tags": tags(d.self)},
		"User": map[tailcfg.UserID]tailcfg.UserProfile{id: {ID: id, LoginName: d.self.login()}}}
	text, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(text, &ipnstate.Status{})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(text)
}

func answer(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// login is what the real daemon says: tagged nodes share a name.
func (n Node) login() string {
	if n.Tagged {
		return "tagged-devices"
	}
	return n.Login
}

func tags(n Node) []string {
	if n.Tagged {
		return []string{"tag:server"}
	}
	return nil
}

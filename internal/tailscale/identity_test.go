package tailscale_test

import (
	"context"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/internal/tailscale"
	"github.com/gatesmith/gatesmith/internal/tailscale/tailscaletest"
)

// The library goes on looking for a daemon during the first seconds of the
// process, behind the back of the request that gave up.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("tailscale.com/safesocket.ConnectContext"))
}

// The tailnet of the tests. The gateway is on Ada's machine.
var nodes = map[string]tailscaletest.Node{
	"100.64.0.1":           {Login: "ada@example.com"},
	"100.64.0.2":           {Login: "Bob@example.com"},
	"100.64.0.3":           {Tagged: true},
	"fd7a:115c:a1e0::2":    {Login: "ada@example.com"},
	"100.64.0.4":           {Login: "jürgen@example.com"},
	"100.64.0.9":           {Login: "mallory@example.com"},
	"127.0.0.1":            {Login: "nobody@example.com"},
	"100.64.0.1, 10.0.0.1": {Login: "ada@example.com"},
}

// asServe is a request as Tailscale Serve hands it on.
func asServe(login, address string) *http.Request {
	r := &http.Request{RemoteAddr: "127.0.0.1:40000", Host: "gateway.tail.ts.net", Header: http.Header{}}
	r.Header.Set("Tailscale-User-Login", login)
	r.Header.Set("X-Forwarded-For", address)
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("X-Forwarded-Host", "gateway.tail.ts.net")
	return r
}

func skipWithoutSockets(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the daemon's socket is a named pipe here")
	}
}

func TestIdentify(t *testing.T) {
	skipWithoutSockets(t)
	without := func(name string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(name) } }
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	logins := map[string][]string{"ADA@example.com": {"operator.admin"}, "bob@example.com ": {"operator.read"}, "tagged-devices": {"operator.admin"}, "jürgen@example.com": {}}
	for _, c := range []struct {
		name           string
		login, address string
		change         func(*http.Request)
		logins         map[string][]string
		self           tailscaletest.Node
		scopes         []string
		reason         string
	}{
		{name: "the owner of this node", login: "ada@example.com", address: "100.64.0.1", scopes: []string{"operator.write"}},
		{name: "in other capitals", login: " Ada@Example.com", address: "100.64.0.1", scopes: []string{"operator.write"}},
		{name: "over IPv6", login: "ada@example.com", address: "fd7a:115c:a1e0::2", scopes: []string{"operator.write"}},
		{name: "a peer of ::1", login: "ada@example.com", address: "100.64.0.1", change: func(r *http.Request) { r.RemoteAddr = "[::1]:1" }, scopes: []string{"operator.write"}},
		{name: "mapped address", login: "ada@example.com", address: "::ffff:100.64.0.1", scopes: []string{"operator.write"}},
		{name: "somebody else", login: "bob@example.com", address: "100.64.0.2", reason: "not in gateway.auth.tailscale.logins"},
		{name: "a login in the settings", login: "bob@example.com", address: "100.64.0.2", logins: logins, scopes: []string{"operator.read"}},
		{name: "the owner in the settings", login: "ada@example.com", address: "100.64.0.1", logins: logins, scopes: []string{"operator.admin"}},
		{name: "the owner, not in the settings", login: "ada@example.com", address: "100.64.0.1", logins: map[string][]string{"bob@example.com": {}}, reason: "not in gateway.auth.tailscale.logins"},
		{name: "a login beyond ASCII", login: "=?utf-8?q?j=C3=BCrgen@example.com?=", address: "100.64.0.4", logins: logins, scopes: []string{}},
		{name: "another's name", login: "ada@example.com", address: "100.64.0.9", reason: "identity mismatch"},
		{name: "an address that nobody has", login: "ada@example.com", address: "100.64.0.77", reason: "identity check failed"},
		{name: "an address of no tailnet", login: "ada@example.com", address: "203.0.113.9", reason: "identity check failed"},
		{name: "no address", login: "ada@example.com", address: "localhost", reason: "identity mismatch"},
		{name: "a tagged node", login: "tagged-devices", address: "100.64.0.3", logins: logins, reason: "identity mismatch"},
		{name: "a tagged node to a tagged gateway", login: "tagged-devices", address: "100.64.0.3", self: tailscaletest.Node{Tagged: true}, reason: "identity mismatch"},
		{name: "a person to a tagged gateway", login: "ada@example.com", address: "100.64.0.1", self: tailscaletest.Node{Tagged: true}, reason: "not in gateway.auth.tailscale.logins"},
		{name: "no login", login: "", address: "100.64.0.1", reason: "identity missing"},
		{name: "no login header", login: "x", address: "100.64.0.1", change: without("Tailscale-User-Login"), reason: "identity missing"},
		{name: "two logins", login: "x", address: "100.64.0.1", change: func(r *http.Request) { r.Header.Add("Tailscale-User-Login", "ada@example.com") }, reason: "identity missing"},
		{name: "no X-Forwarded-For", login: "ada@example.com", address: "100.64.0.1", change: without("X-Forwarded-For"), reason: "proxy headers missing"},
		{name: "no X-Forwarded-Proto", login: "ada@example.com", address: "100.64.0.1", change: without("X-Forwarded-Proto"), reason: "proxy headers missing"},
		{name: "no X-Forwarded-Host", login: "ada@example.com", address: "100.64.0.1", change: without("X-Forwarded-Host"), reason: "proxy headers missing"},
		{name: "through another proxy", login: "ada@example.com", address: "100.64.0.1, 203.0.113.9", reason: "identity mismatch"},
		{name: "two lists", login: "ada@example.com", address: "100.64.0.1", change: func(r *http.Request) { r.Header.Add("X-Forwarded-For", "203.0.113.9") }, reason: "identity mismatch"},
		{name: "over Funnel", login: "ada@example.com", address: "100.64.0.1", change: set("Tailscale-Funnel-Request", "?1"), reason: "over Funnel"},
		{name: "from another machine", login: "ada@example.com", address: "100.64.0.1", change: func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" }, reason: "did not come from Tailscale"},
		{name: "from the tailnet itself", login: "ada@example.com", address: "100.64.0.1", change: func(r *http.Request) { r.RemoteAddr = "100.64.0.1:1" }, reason: "did not come from Tailscale"},
		{name: "from the console", login: "ada@example.com", address: "100.64.0.1", change: func(r *http.Request) { r.RemoteAddr = "console" }, reason: "did not come from Tailscale"},
	} {
		t.Run(c.name, func(t *testing.T) {
			self := c.self
			if self == (tailscaletest.Node{}) {
				self.Login = "ada@example.com"
			}
			d := tailscaletest.Start(t, self, nodes)
			i := tailscale.Identifier{Daemon: tailscale.NewDaemon(d.Socket), Logins: c.logins, Default: []string{"operator.write"}}
			r := asServe(c.login, c.address)
			if c.change != nil {
				c.change(r)
			}
			login, scopes, err := i.Identify(t.Context(), r)
			if c.reason != "" {
				if err == nil || !strings.Contains(err.Error(), c.reason) {
					t.Errorf("got %s with %v, %v: want %q", login, scopes, err, c.reason)
				}
				return
			}
			if err != nil || !slices.Equal(scopes, c.scopes) {
				t.Errorf("got %s with %v, %v: want %v", login, scopes, err, c.scopes)
			}
		})
	}
}

// Without a daemon nobody is known.
func TestNoDaemon(t *testing.T) {
	skipWithoutSockets(t)
	i := tailscale.Identifier{Daemon: tailscale.NewDaemon(filepath.Join(t.TempDir(), "none.sock"))}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := i.Identify(ctx, asServe("ada@example.com", "100.64.0.1"))
	if err == nil || !strings.Contains(err.Error(), "identity check failed") {
		t.Errorf("got %v", err)
	}
}

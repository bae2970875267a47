package app_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/tailscale/tailscaletest"
)

// served are the headers of Tailscale Serve.
func served(login, address string) http.Header {
	return http.Header{"Tailscale-User-Login": {login}, "X-Forwarded-For": {address}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"gateway.tail.ts.net"},
		"Tailscale-User-Name": {"Ada"}}
}

// A Tailscale login takes the place of the secret, not that of the pairing.
func TestTailscaleLogin(t *testing.T) {
	if !runtimeHasSockets {
		t.Skip("the daemon's socket is no Unix socket here")
	}
	d := tailscaletest.Start(t, tailscaletest.Node{Login: "ada@example.com"}, map[string]tailscaletest.Node{
		"100.64.0.1": {Login: "ada@example.com"}, "100.64.0.2": {Login: "bob@example.com"}, "100.64.0.3": {Login: "eve@example.com"}})
	dir := t.TempDir()
	writeConfig(t, dir, `{ gateway: { hosts: ["gateway.tail.ts.net"], auth: { token: "`+secret+`", tailscale: { mode: "serve",
		logins: { "ada@example.com": ["operator.admin"], "bob@example.com": ["operator.read"] } } } } }`)
	g := apptest.Start(t, app.Options{StateDir: dir, TailscaleSocket: d.Socket}, filepath.Join(dir, "gateway.json5"), nil)
	url := wsURL(g)
	owner := dialConsole(t, dir, "/v1/connect", nil)
	owner.send(connectParams(object{}))
	owner.next()

	hello := func(t *testing.T, scopes []string, header http.Header, id *deviceID) object {
		t.Helper()
		params := connectParams(object{})
		delete(params, "auth")
		if scopes != nil {
			params["scopes"] = scopes
		}
		_, v := fieldHello(t, url, id, params, header)
		return v
	}
	approve := func(t *testing.T, v object) {
		t.Helper()
		owner.call("device.pair.approve", object{"requestId": v["error"].(object)["details"].(object)["requestId"]})
	}
	ada, bob := newDevice(t), newDevice(t)
	v := hello(t, nil, served("ada@example.com", "100.64.0.1"), ada)
	if got := errorText(v); got != "NOT_PAIRED pairing required" {
		t.Fatalf("a new device: %s", got)
	}
	approve(t, v)
	v = hello(t, nil, served("ada@example.com", "100.64.0.1"), ada)
	if got := scopesOf(t, v); got != "[operator.admin]" {
		t.Errorf("ada holds %s", got)
	}
	if got := errorText(hello(t, []string{"operator.admin"}, served("bob@example.com", "100.64.0.2"), bob)); got != "INVALID_REQUEST missing scope: operator.admin" {
		t.Errorf("bob asks for more than he has: %s", got)
	}
	v = hello(t, []string{"operator.admin", "operator.read"}, served("bob@example.com", "100.64.0.2"), bob)
	approve(t, v)
	v = hello(t, []string{"operator.admin", "operator.read"}, served("bob@example.com", "100.64.0.2"), bob)
	if got := scopesOf(t, v); got != "[operator.read]" {
		t.Errorf("bob holds %s", got)
	}
	missing := "INVALID_REQUEST unauthorized: gateway token missing (provide gateway auth token)"
	funnel := served("ada@example.com", "100.64.0.1")
	funnel.Set("Tailscale-Funnel-Request", "?1")
	for name, header := range map[string]http.Header{
		"eve is not in the list": served("eve@example.com", "100.64.0.3"),
		"eve says she is ada":    served("ada@example.com", "100.64.0.3"),
		"over Funnel":            funnel,
		"no headers":             {},
	} {
		if got := errorText(hello(t, nil, header, ada)); got != missing {
			t.Errorf("%s: %s", name, got)
		}
	}
	// Without a device there would be nothing for the owner to approve.
	p := dial(t, url+"/", served("ada@example.com", "100.64.0.1"))
	p.next()
	p.send(connectParams(object{}))
	if got := errorText(p.next()); got != "NOT_PAIRED device identity required" {
		t.Errorf("no device: %s", got)
	}
}

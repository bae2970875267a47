package app_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/console"
)

// viaConsole is an HTTP client whose every connection goes to the console.
func viaConsole(t *testing.T, dir string) *http.Client {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return console.Dial(ctx, dir) }}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func dialConsole(t *testing.T, dir, path string, header http.Header) *peer {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), "ws://gateway.invalid"+path, &websocket.DialOptions{HTTPClient: viaConsole(t, dir), HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	return &peer{t, ws}
}

// Whoever comes in by the console is the owner, whatever he brings: no token,
// no device, any Host and Origin, and any number of wrong secrets.
func TestConsoleIsTheOwner(t *testing.T) {
	dir := t.TempDir()
	gateway(t, dir, map[string][]string{"token": {secret}})
	if runtimeHasSockets {
		if info, err := os.Stat(console.Path(dir)); err != nil || info.Mode().Type() != os.ModeSocket || info.Mode().Perm() != 0o600 {
			t.Errorf("console socket: %v %v", info, err)
		}
	}
	header := http.Header{"Origin": {"https://evil.example"}, "X-Forwarded-For": {"203.0.113.9"}}
	for range 15 {
		p := dialConsole(t, dir, "/v1/connect", header)
		p.send(connectParams(object{"token": "wrong"}))
		if v := p.next(); v["type"] != "hello-ok" || fmt.Sprint(v["auth"].(object)["scopes"]) != "[operator.admin]" {
			t.Fatalf("answer: %v", v)
		}
	}
	p := dialConsole(t, dir, "/", nil)
	p.next()
	params := connectParams(object{})
	params["scopes"] = []string{"operator.read"}
	delete(params, "auth")
	p.send(object{"type": "req", "id": "c", "method": "connect", "params": params})
	if v := p.answer("c"); v["ok"] != true {
		t.Fatalf("answer: %v", v)
	}
	if got := p.failure("system-event", object{"text": "x"}); got != "missing scope: operator.admin" {
		t.Errorf("the owner asked to read only, and got beyond it: %s", got)
	}
	res, err := viaConsole(t, dir).Get("http://gateway.invalid/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		t.Errorf("readyz: %d %s", res.StatusCode, body)
	}
}

// A gateway whose defaults give a client nothing still gives the owner all.
func TestConsoleIgnoresDefaultScopes(t *testing.T) {
	dir := t.TempDir()
	writeConfig(t, dir, `{ gateway: { auth: { defaultScopes: [] } } }`)
	gateway(t, dir, nil)
	p := dialConsole(t, dir, "/v1/connect", nil)
	p.send(connectParams(object{}))
	p.next()
	p.call("device.pair.list", object{})
}

// The owner may approve what nobody holds, such as scopes that this version
// does not know.
func TestOwnerApprovesWhatNobodyHolds(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, map[string][]string{"token": {secret}})
	id := newDevice(t)
	params := connectParams(object{"token": secret})
	params["scopes"] = []string{"operator.admin", "robots.drive"}
	_, v := fieldHello(t, url, id, params, http.Header{"X-Forwarded-For": {"203.0.113.9"}})
	request := v["error"].(object)["details"].(object)["requestId"]

	admin := dial(t, url+"/v1/connect", nil)
	admin.send(connectParams(object{"token": secret}))
	admin.next()
	if got := admin.failure("device.pair.approve", object{"requestId": request}); got != "missing scope: robots.drive" {
		t.Errorf("an admin: %s", got)
	}
	owner := dialConsole(t, dir, "/v1/connect", nil)
	owner.send(connectParams(object{}))
	owner.next()
	if got := owner.call("device.pair.approve", object{"requestId": request}); got["device"].(object)["deviceId"] != id.ID() {
		t.Errorf("the owner: %v", got)
	}
}

// A device that connects over the console is paired like one that brought the
// shared secret, and has a token for other ways in afterwards.
func TestConsolePairsDevices(t *testing.T) {
	dir := t.TempDir()
	_, url := gateway(t, dir, map[string][]string{"token": {secret}})
	id := newDevice(t)
	p := dialConsole(t, dir, "/", nil)
	params := connectParams(object{})
	sign(id, params, p.next()["payload"].(object)["nonce"].(string))
	p.send(object{"type": "req", "id": "c", "method": "connect", "params": params})
	token := p.answer("c")["payload"].(object)["auth"].(object)["deviceToken"]
	if _, v := fieldHello(t, url, id, connectParams(object{"token": token}), nil); v["ok"] != true {
		t.Errorf("the token opens no other door: %v", v)
	}
}

// A socket that a killed gateway left behind is replaced, and goes with the
// gateway.
func TestConsoleReplacesStaleSocket(t *testing.T) {
	dir := t.TempDir()
	g, _ := gateway(t, dir, nil)
	apptest.Stop(t, g)
	if _, err := os.Stat(console.Path(dir)); !os.IsNotExist(err) {
		t.Errorf("the socket outlived the gateway: %v", err)
	}
	leaveStale(t, console.Path(dir))
	gateway(t, dir, nil)
	dialConsole(t, dir, "/v1/connect", nil)
}

// A state folder too deep for a socket is no reason not to start.
func TestGatewayStartsWithoutConsole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 110))
	_, url := gateway(t, dir, map[string][]string{"token": {secret}})
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": secret}))
	if v := p.next(); v["type"] != "hello-ok" {
		t.Errorf("answer: %v", v)
	}
}

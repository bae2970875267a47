package app_test

import (
	"os"
	"testing"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
)

// The guide's client opens the socket, sends its handshake and requests at
// once, and gets the answers in the guide's frames.
func TestGuideClientFlow(t *testing.T) {
	dir := t.TempDir()
	g, url := gateway(t, dir, nil)
	if g.NewToken != app.TokenPath(dir) {
		t.Errorf("the new token is said to be in %q", g.NewToken)
	}
	info, err := os.Stat(g.NewToken)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("token file: %v %v", info.Mode(), err)
	}
	token, err := app.ReadToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": token}))
	for _, m := range []string{"agent", "sessions.list", "channels.status", "health"} {
		params := object{}
		if m == "agent" {
			params = object{"message": "hi", "idempotencyKey": "k"}
		}
		p.send(object{"type": "req", "id": m, "method": m, "params": params})
	}
	hello := p.next()
	if hello["type"] != "hello-ok" || hello["protocol"] != 3.0 {
		t.Fatalf("hello: %v", hello)
	}
	auth := hello["auth"].(object)
	if auth["role"] != "operator" || auth["deviceToken"] != nil || auth["scopes"].([]any)[0] != "operator.admin" {
		t.Errorf("auth: %v", auth)
	}
	for answers := 0; answers < 4; {
		v := p.next()
		if v["type"] == "event" {
			continue // of the run that the agent began
		}
		answers++
		if v["ok"] != true {
			t.Errorf("%s: %v", v["id"], v["error"])
		}
	}
}

func TestTokenStaysTheSame(t *testing.T) {
	dir := t.TempDir()
	g, _ := gateway(t, dir, nil)
	first, _ := app.ReadToken(dir)
	apptest.Stop(t, g)
	again, _ := gateway(t, dir, nil)
	second, _ := app.ReadToken(dir)
	if first != second || again.NewToken != "" {
		t.Errorf("the token changed with a restart")
	}
}

func TestRefusedHandshakes(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {"right-token-of-the-test"}})
	wrong := connectParams(object{"token": "wrong"})
	cli := connectParams(object{"token": "wrong"})
	cli["client"].(object)["mode"] = "cli"
	webchat := connectParams(object{"token": "wrong"})
	webchat["client"].(object)["mode"] = "webchat"
	ui := connectParams(object{"token": "right-token-of-the-test"})
	ui["client"].(object)["id"] = "moltbot-control-ui"
	king := connectParams(object{"token": "right-token-of-the-test"})
	king["role"] = "king"
	old := connectParams(object{"token": "right-token-of-the-test"})
	old["maxProtocol"] = 2
	stranger := connectParams(object{"token": "right-token-of-the-test"})
	stranger["device"] = object{"id": "x", "publicKey": "x", "signature": "x", "signedAt": 1}
	for _, c := range []struct {
		name   string
		params object
		code   websocket.StatusCode
		err    string
		text   string
	}{
		{"no proof", connectParams(object{}), 1008, "NOT_PAIRED", "device identity required"},
		{"wrong token", wrong, 1008, "INVALID_REQUEST", "unauthorized: gateway token mismatch (provide gateway auth token)"},
		{"wrong token, cli", cli, 1008, "INVALID_REQUEST", "unauthorized: gateway token mismatch (set gateway.remote.token to match gateway.auth.token)"},
		{"wrong token, webchat", webchat, 1008, "INVALID_REQUEST", "unauthorized: gateway token mismatch (open a tokenized dashboard URL or paste token in Control UI settings)"},
		{"password in token mode", connectParams(object{"password": "p"}), 1008, "INVALID_REQUEST", "unauthorized: gateway token missing (provide gateway auth token)"},
		{"control ui", ui, 1008, "INVALID_REQUEST", "control ui requires HTTPS or localhost (secure context)"},
		{"role", king, 1008, "INVALID_REQUEST", "invalid role"},
		{"version", old, 1002, "INVALID_REQUEST", "protocol mismatch"},
		{"device of another key", stranger, 1008, "INVALID_REQUEST", "device identity mismatch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := dial(t, url+"/v1/connect", nil)
			p.send(c.params)
			v := p.next()
			e := v["error"].(object)
			if v["id"] != "connect" || e["code"] != c.err || e["message"] != c.text {
				t.Errorf("answer %v, want %s %q", v, c.err, c.text)
			}
			want := c.text
			if len(want) > 120 {
				want = want[:120]
			}
			if code, reason := p.closed(); code != c.code || reason != want {
				t.Errorf("closed with %d %q, want %d %q", code, reason, c.code, want)
			}
		})
	}
}

func TestPasswordNeedsNoDevice(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"auth-mode": {"password"}, "password": {"a good long password"}})
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"password": "a good long password"}))
	if v := p.next(); v["type"] != "hello-ok" {
		t.Errorf("answer: %v", v)
	}
}

func TestScopesAreEnforced(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {"right-token-of-the-test"}})
	params := connectParams(object{"token": "right-token-of-the-test"})
	params["scopes"] = []string{"operator.read"}
	p := dial(t, url+"/v1/connect", nil)
	p.send(params)
	p.next()
	p.call("health", object{})
	if got := p.failure("system-event", object{"text": "x"}); got != "missing scope: operator.admin" {
		t.Errorf("system-event: %s", got)
	}
	if got := p.failure("device.pair.list", object{}); got != "missing scope: operator.pairing" {
		t.Errorf("device.pair.list: %s", got)
	}
	if got := p.failure("no.such", object{}); got != "missing scope: operator.admin" {
		t.Errorf("no.such: %s", got)
	}
}

// Too many wrong tokens from one place are turned away before comparison, and
// a device that is paired already is not locked out by them.
func TestWrongTokensAreThrottled(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {"right-token-of-the-test"}})
	id, err := device.New()
	if err != nil {
		t.Fatal(err)
	}
	if _, v := fieldHello(t, url, id, connectParams(object{"token": "right-token-of-the-test"}), nil); v["ok"] != true {
		t.Fatalf("pairing: %v", v)
	}
	last := object{}
	for range 11 {
		p := dial(t, url+"/v1/connect", nil)
		p.send(connectParams(object{"token": "wrong"}))
		last = p.next()["error"].(object)
	}
	if last["code"] != "UNAVAILABLE" || last["retryAfterMs"].(float64) <= 0 {
		t.Errorf("the eleventh attempt got %v", last)
	}
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": "right-token-of-the-test"}))
	if e := p.next()["error"]; e == nil {
		t.Errorf("a stranger with the right token was let in over the limit")
	}
	if _, v := fieldHello(t, url, id, connectParams(object{"token": "right-token-of-the-test"}), nil); v["ok"] != true {
		t.Errorf("the paired device was locked out: %v", v)
	}
}

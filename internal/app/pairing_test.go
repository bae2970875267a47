package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/device"
)

const secret = "right-token-of-the-test"

func newDevice(t *testing.T) *device.Identity {
	t.Helper()
	id, err := device.New()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A device on this machine that brings the shared secret is paired at once and
// gets a token, which opens the door by itself from then on.
func TestLocalDeviceIsPairedAtOnce(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	id := newDevice(t)
	_, v := fieldHello(t, url, id, connectParams(object{"token": secret}), nil)
	auth := v["payload"].(object)["auth"].(object)
	token, _ := auth["deviceToken"].(string)
	if len(token) != 32 || auth["issuedAtMs"] == nil {
		t.Fatalf("auth: %v", auth)
	}
	_, again := fieldHello(t, url, id, connectParams(object{"token": token}), nil)
	if got := again["payload"].(object)["auth"].(object)["deviceToken"]; got != token {
		t.Errorf("a client that came with a valid token got %v back", got)
	}
	_, other := fieldHello(t, url, newDevice(t), connectParams(object{"token": token}), nil)
	if other["ok"] != false {
		t.Error("another device came in with the token")
	}
}

// A device from elsewhere waits for an operator, who cannot give what he does
// not hold.
func TestRemoteDeviceWaitsForApproval(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	far := http.Header{"X-Forwarded-For": {"203.0.113.9"}}
	id := newDevice(t)
	ask := func() object {
		params := connectParams(object{"token": secret})
		params["scopes"] = []string{"operator.read"}
		_, v := fieldHello(t, url, id, params, far)
		return v
	}
	v := ask()
	e := v["error"].(object)
	request, _ := e["details"].(object)["requestId"].(string)
	if e["code"] != "NOT_PAIRED" || e["message"] != "pairing required" || request == "" {
		t.Fatalf("answer: %v", v)
	}

	weak := connectParams(object{"token": secret})
	weak["scopes"] = []string{"operator.pairing"}
	w := dial(t, url+"/v1/connect", nil)
	w.send(weak)
	w.next()
	if got := w.failure("device.pair.approve", object{"requestId": request}); got != "missing scope: operator.read" {
		t.Errorf("approving beyond one's own scopes: %s", got)
	}

	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": secret}))
	p.next()
	pending := p.call("device.pair.list", object{})["pending"].([]any)
	if len(pending) != 1 || pending[0].(object)["remoteIp"] != nil {
		t.Errorf("pending: %v", pending)
	}
	res := p.call("device.pair.approve", object{"requestId": request})
	if res["device"].(object)["deviceId"] != id.ID() {
		t.Errorf("approved: %v", res)
	}
	if got := p.failure("device.pair.approve", object{"requestId": request}); got != "unknown requestId" {
		t.Errorf("approving twice: %s", got)
	}
	if v := ask(); v["ok"] != true {
		t.Errorf("after the approval: %v", v)
	}
}

// Rotating ends every token and the connections that came in with the device.
func TestRotateEndsConnections(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	id := newDevice(t)
	live, v := fieldHello(t, url, id, connectParams(object{"token": secret}), nil)
	old := v["payload"].(object)["auth"].(object)["deviceToken"].(string)
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": secret}))
	p.next()
	res := p.call("device.token.rotate", object{"deviceId": id.ID(), "role": "operator"})
	if code, reason := live.closed(); code != 1008 || reason != "device token revoked" {
		t.Errorf("the live connection was closed with %d %q", code, reason)
	}
	if _, v := fieldHello(t, url, id, connectParams(object{"token": old}), nil); v["ok"] != false {
		t.Error("the old token still opens")
	}
	if _, v := fieldHello(t, url, id, connectParams(object{"token": res["token"]}), nil); v["ok"] != true {
		t.Errorf("the new token: %v", v)
	}
	p.call("device.token.revoke", object{"deviceId": id.ID(), "role": "operator"})
	if _, v := fieldHello(t, url, id, connectParams(object{"token": res["token"]}), nil); v["ok"] != false {
		t.Error("the revoked token still opens")
	}
	if got := p.failure("device.token.revoke", object{"deviceId": "nope", "role": "operator"}); got != "unknown deviceId/role" {
		t.Errorf("revoking for nobody: %s", got)
	}
}

// A device may look after itself and nobody else.
func TestDeviceRoleSeesItselfOnly(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	mine, other := newDevice(t), newDevice(t)
	fieldHello(t, url, other, connectParams(object{"token": secret}), nil)
	params := connectParams(object{"token": secret})
	params["role"] = "device"
	p, v := fieldHello(t, url, mine, params, nil)
	if v["ok"] != true {
		t.Fatalf("role device: %v", v)
	}
	paired := p.call("device.pair.list", object{})["paired"].([]any)
	if len(paired) != 1 || paired[0].(object)["deviceId"] != mine.ID() {
		t.Errorf("paired: %v", paired)
	}
	if got := p.failure("device.token.rotate", object{"deviceId": other.ID(), "role": "operator"}); got != "unknown deviceId/role" {
		t.Errorf("rotating another's token: %s", got)
	}
	if got := p.failure("sessions.list", object{}); got != "unauthorized role: device" {
		t.Errorf("sessions.list: %s", got)
	}
}

// A client that does not answer the close is cut off within the second that it
// is given.
func TestRevokeEndsClientsThatStay(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	id := newDevice(t)
	stubborn := rawDial(t, url)
	stubborn.upgrade("/v1/connect")
	params := connectParams(object{"token": secret})
	sign(id, params, "")
	stubborn.send(params)
	if _, err := stubborn.in.Peek(1); err != nil { // the hello
		t.Fatal(err)
	}
	p := dial(t, url+"/v1/connect", nil)
	p.send(connectParams(object{"token": secret}))
	p.next()
	p.call("device.token.revoke", object{"deviceId": id.ID(), "role": "operator"})
	if took := stubborn.ended(); took > 1500*time.Millisecond {
		t.Errorf("it was there for %v", took)
	}
}

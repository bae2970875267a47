package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/device"
)

// peer is a client in raw JSON, so that the tests see what goes over the wire.
type peer struct {
	t  *testing.T
	ws *websocket.Conn
}

type object = map[string]any

func dial(t *testing.T, url string, header http.Header) *peer {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(8 << 20)
	return &peer{t, ws}
}

func (p *peer) send(v any) {
	p.t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = p.ws.Write(p.t.Context(), websocket.MessageText, text)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// next reads one message.
func (p *peer) next() object {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Second)
	defer cancel()
	_, data, err := p.ws.Read(ctx)
	if err != nil {
		p.t.Fatalf("read: %v", err)
	}
	var v object
	if err := json.Unmarshal(data, &v); err != nil {
		p.t.Fatalf("%v in %s", err, data)
	}
	return v
}

// answer reads until the answer to a request; events in between are dropped.
func (p *peer) answer(id string) object {
	p.t.Helper()
	for {
		if v := p.next(); v["type"] == "res" && v["id"] == id {
			return v
		}
	}
}

// call makes a request and gives its payload.
func (p *peer) call(method string, params any) object {
	p.t.Helper()
	p.send(object{"type": "req", "id": method, "method": method, "params": params})
	v := p.answer(method)
	if v["ok"] != true {
		p.t.Fatalf("%s: %v", method, v["error"])
	}
	payload, _ := v["payload"].(object)
	return payload
}

// failure makes a request and gives the text of its error.
func (p *peer) failure(method string, params any) string {
	p.t.Helper()
	p.send(object{"type": "req", "id": method, "method": method, "params": params})
	e, failed := p.answer(method)["error"].(object)
	if !failed {
		p.t.Fatalf("%s succeeded", method)
	}
	return e["message"].(string)
}

// closed waits for the close and gives its code and reason.
func (p *peer) closed() (websocket.StatusCode, string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Second)
	defer cancel()
	for {
		_, _, err := p.ws.Read(ctx)
		if err == nil {
			continue
		}
		var c websocket.CloseError
		if !asClose(err, &c) {
			p.t.Fatalf("not closed but %v", err)
		}
		return c.Code, c.Reason
	}
}

// errorText is the code and the text of a failed answer.
func errorText(v object) string {
	e, failed := v["error"].(object)
	if !failed {
		return fmt.Sprintf("success: %v", v)
	}
	return e["code"].(string) + " " + e["message"].(string)
}

// scopesOf are those that the answer to a field handshake grants.
func scopesOf(t *testing.T, v object) string {
	t.Helper()
	payload, ok := v["payload"].(object)
	if !ok {
		t.Fatalf("no hello: %v", v["error"])
	}
	return fmt.Sprint(payload["auth"].(object)["scopes"])
}

type deviceID = device.Identity

func connectParams(auth object) object {
	return object{"minProtocol": 1, "maxProtocol": 3, "auth": auth,
		"client": object{"id": "my-app-v1", "version": "1.0.0", "platform": "web", "mode": "operator"}}
}

// fieldHello connects in the field's dialect with a signed device and gives the
// answer to the handshake.
func fieldHello(t *testing.T, url string, id *device.Identity, params object, header http.Header) (*peer, object) {
	t.Helper()
	p := dial(t, url+"/", header)
	challenge := p.next()["payload"].(object)
	sign(id, params, challenge["nonce"].(string))
	p.send(object{"type": "req", "id": "c", "method": "connect", "params": params})
	return p, p.answer("c")
}

func sign(id *device.Identity, params object, nonce string) { signAt(id, params, nonce, time.Now()) }

func signAt(id *device.Identity, params object, nonce string, at time.Time) {
	client := params["client"].(object)
	s := device.Signed{Device: id.ID(), Client: client["id"].(string), Mode: client["mode"].(string), Role: "operator", SignedAt: at.UnixMilli(), Nonce: nonce}
	if role, ok := params["role"].(string); ok {
		s.Role = role
	}
	if scopes, ok := params["scopes"].([]string); ok {
		s.Scopes = scopes
	}
	if auth, ok := params["auth"].(object); ok {
		s.Token, _ = auth["token"].(string)
	}
	d := object{"id": id.ID(), "publicKey": id.PublicKey(), "signature": id.Sign(s), "signedAt": s.SignedAt}
	if nonce != "" {
		d["nonce"] = nonce
	}
	params["device"] = d
}

func asClose(err error, c *websocket.CloseError) bool { return errors.As(err, c) }

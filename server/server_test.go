package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// voice serves one group, which is enough to see calls arrive.
type voice struct{ protocol.UnimplementedVoice }

func (voice) VoicewakeGet(context.Context, *protocol.VoicewakeGetParams) (*protocol.VoicewakeTriggers, error) {
	return &protocol.VoicewakeTriggers{Triggers: []string{"computer"}}, nil
}

func (voice) VoicewakeSet(_ context.Context, p *protocol.VoicewakeSetParams) (*protocol.VoicewakeTriggers, error) {
	panic("no room for " + p.Triggers[0])
}

// admin lets everyone in with every right.
func admin(_ context.Context, a *server.Attempt) (*server.Admission, error) {
	return &server.Admission{Role: a.Role, Scopes: []string{"operator.admin"}, Auth: &protocol.HelloAuth{Role: a.Role.String(), Scopes: []string{"operator.admin"}}}, nil
}

// start runs a server on a loopback socket until the test ends.
func start(t *testing.T, o server.Options) (*server.Server, string) {
	t.Helper()
	if o.Admit == nil {
		o.Admit = server.AdmitFunc(admin)
	}
	s := server.New(o)
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		stop(t, s)
		h.Close()
	})
	return s, "ws" + strings.TrimPrefix(h.URL, "http")
}

// stop ends a server; it may be ended already.
func stop(t *testing.T, s *server.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx, "gateway stopping", 0); err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// client is a WebSocket peer that speaks in raw JSON.
type client struct {
	t  *testing.T
	ws *websocket.Conn
}

func dial(t *testing.T, url string) *client {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(8 << 20)
	return &client{t, ws}
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.ws.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) read() map[string]any {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer cancel()
	_, data, err := c.ws.Read(ctx)
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		c.t.Fatalf("%v in %s", err, data)
	}
	return v
}

const bare = `{"minProtocol":1,"maxProtocol":3,"client":{"id":"my-app-v1","version":"1.0.0","platform":"web","mode":"operator"},"auth":{"token":"t"}}`

func TestBareHandshakeAndCallsSentAtOnce(t *testing.T) {
	_, url := start(t, server.Options{Handlers: &protocol.Handlers{Voice: voice{}}})
	c := dial(t, url+server.GuidePath)
	c.send(bare)
	c.send(`{"type":"req","id":"1","method":"voicewake.get"}`)
	c.send(`{"type":"req","id":"2","method":"voicewake.set","params":{"triggers":["x"]}}`)
	c.send(`{"type":"req","id":"3","method":"agents.list"}`)
	c.send(`{"type":"req","id":"4","method":"nope"}`)
	c.send(`{"type":"req","id":"5","method":"voicewake.set","params":{"x":1}}`)
	hello := c.read()
	if hello["type"] != "hello-ok" || hello["protocol"] != 3.0 {
		t.Fatalf("hello: %v", hello)
	}
	got := map[string]string{}
	for range 5 {
		v := c.read()
		text := "ok"
		if e, failed := v["error"].(map[string]any); failed {
			text = e["code"].(string) + " " + e["message"].(string)
		}
		got[v["id"].(string)] = text
	}
	want := map[string]string{
		"1": "ok",
		"2": "UNAVAILABLE voicewake.set failed unexpectedly; the gateway's log has the details",
		"3": "UNAVAILABLE agents.list is not offered by this server",
		"4": "INVALID_REQUEST unknown method: nope",
		"5": "INVALID_REQUEST invalid voicewake.set params: must have required property 'triggers'; at root: unexpected property 'x'",
	}
	for id, w := range want {
		if got[id] != w {
			t.Errorf("answer %s is %q, want %q", id, got[id], w)
		}
	}
}

func TestFieldHandshake(t *testing.T) {
	s, url := start(t, server.Options{Handlers: &protocol.Handlers{Voice: voice{}}})
	c := dial(t, url+"/")
	if v := c.read(); v["event"] != "connect.challenge" || v["seq"] != nil {
		t.Fatalf("challenge: %v", v)
	}
	c.send(`{"type":"req","id":"c1","method":"connect","params":` + bare + `}`)
	if v := c.read(); v["id"] != "c1" || v["payload"].(map[string]any)["type"] != "hello-ok" {
		t.Fatalf("hello: %v", v)
	}
	s.Publish(t.Context(), protocol.NewEventTick(&protocol.Tick{Ts: 7}))
	s.Publish(t.Context(), protocol.NewEventTick(&protocol.Tick{Ts: 8}))
	for k := 1.0; k <= 2; k++ {
		if v := c.read(); v["event"] != "tick" || v["seq"] != k {
			t.Fatalf("tick: %v", v)
		}
	}
}

func TestRefusedHandshakes(t *testing.T) {
	_, url := start(t, server.Options{})
	for _, c := range []struct {
		name, send string
		code       websocket.StatusCode
		reason     string
		message    string
	}{
		{"not JSON", `{`, 1000, "", ""},
		{"neither form", `{"type":"event"}`, 1008, "invalid request frame", ""},
		{"other method", `{"type":"req","id":"a","method":"health"}`, 1008, "invalid handshake: first request must be connect", "invalid handshake: first request must be connect"},
		{"version", strings.Replace(bare, `"maxProtocol":3`, `"maxProtocol":2`, 1), 1002, "protocol mismatch", "protocol mismatch"},
		{"role", strings.Replace(bare, `"client"`, `"role":"king","client"`, 1), 1008, "invalid role", "invalid role"},
		{"params", `{"minProtocol":0,"maxProtocol":3}`, 1008, "invalid connect params: must have required property 'client'; at /minProtocol: must be >= 1", "invalid connect params: must have required property 'client'; at /minProtocol: must be >= 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := dial(t, url+server.GuidePath)
			p.send(c.send)
			if c.message != "" {
				v := p.read()
				if got := v["error"].(map[string]any)["message"]; got != c.message {
					t.Errorf("message %q, want %q", got, c.message)
				}
			}
			_, _, err := p.ws.Read(t.Context())
			var closed websocket.CloseError
			if !asClose(err, &closed) || closed.Code != c.code || closed.Reason != c.reason {
				t.Errorf("closed with %v, want %d %q", err, c.code, c.reason)
			}
		})
	}
}

func asClose(err error, c *websocket.CloseError) bool { return errors.As(err, c) }

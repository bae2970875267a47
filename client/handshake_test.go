package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// gatekeeper admits as a gateway does: by a shared secret, by the tokens it
// gave to devices, and only devices whose signature holds.
type gatekeeper struct {
	mu     sync.Mutex
	shared string
	given  string // the token that devices have now; "" gives none
	seen   []seen
}

type seen struct{ token, nonce string }

func (g *gatekeeper) Admit(_ context.Context, a *server.Attempt) (*server.Admission, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	auth := a.Params.Auth.V
	g.seen = append(g.seen, seen{auth.Token.V, a.Params.Device.V.Nonce.V})
	refuse := func(code, message string) (*server.Admission, error) {
		return nil, &server.Refusal{Err: protocol.Errorf(code, "%s", message)}
	}
	d := a.Params.Device
	if d.Set {
		key, err := device.ParseKey(d.V.PublicKey)
		signed := device.Signed{Device: d.V.ID, Client: a.Params.Client.ID, Mode: string(a.Params.Client.Mode), Role: a.Role.String(),
			Scopes: a.Scopes, SignedAt: d.V.SignedAt, Token: auth.Token.V, Nonce: d.V.Nonce.V}
		switch {
		case err != nil || device.ID(key) != d.V.ID:
			return refuse(protocol.CodeInvalidRequest, "device identity mismatch")
		case d.V.Nonce.V != a.Nonce:
			return refuse(protocol.CodeInvalidRequest, "device nonce mismatch")
		case !device.Verify(key, signed, d.V.Signature):
			return refuse(protocol.CodeInvalidRequest, "device signature invalid")
		}
	}
	known := d.Set && g.given != "" && auth.Token.V == g.given
	if auth.Token.V != g.shared && auth.Password.V != g.shared && !known {
		return refuse(protocol.CodeInvalidRequest, "unauthorized: gateway token mismatch")
	}
	hello := &protocol.HelloAuth{Role: a.Role.String(), Scopes: []string{"operator.admin"}}
	if d.Set && g.given != "" {
		hello.DeviceToken = wire.Some(g.given)
	}
	return &server.Admission{Role: a.Role, Scopes: hello.Scopes, Auth: hello, Device: d.V.ID}, nil
}

// give changes the token that devices have.
func (g *gatekeeper) give(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.given = token
}

// tried takes the tokens that were presented since it was last asked.
func (g *gatekeeper) tried() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var tokens []string
	for _, s := range g.seen {
		tokens = append(tokens, s.token)
	}
	g.seen = nil
	return tokens
}

func TestDeviceTokens(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			g := &gatekeeper{shared: "shared", given: "one"}
			_, url := start(t, server.Options{Admit: g})
			id, err := device.New()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "tokens", "tokens.json")
			connect := func(o client.Options) error {
				o.Device, o.Tokens, o.Dialect = id, client.FileTokens(path), w.dialect
				c, err := client.Dial(t.Context(), url+w.path, o)
				if err == nil {
					shut(t, c)
				}
				return err
			}
			step := func(name string, o client.Options, ok bool, tokens ...string) {
				t.Helper()
				if err := connect(o); (err == nil) != ok {
					t.Errorf("%s: %v", name, err)
				}
				if got := g.tried(); !slices.Equal(got, tokens) {
					t.Errorf("%s: tried %q, want %q", name, got, tokens)
				}
			}
			shared := client.Options{Token: "shared"}
			step("first time", shared, true, "shared")
			step("kept token preferred", shared, true, "one")
			step("kept token suffices", client.Options{}, true, "one")
			g.give("two")
			step("revoked, nothing else at hand", client.Options{}, false, "one")
			step("revoked, shared token at hand", shared, true, "one", "shared")
			step("new token kept", client.Options{TokenFile: "no such file"}, true, "two")
			g.give("")
			step("revoked, password at hand", client.Options{Password: "shared"}, true, "two", "")
			step("forgotten", client.Options{Token: "wrong"}, false, "wrong")
		})
	}
}

func TestChallengeIsSigned(t *testing.T) {
	g := &gatekeeper{shared: "s"}
	_, url := start(t, server.Options{Admit: g})
	id, _ := device.New()
	for _, c := range []struct {
		path   string
		device *device.Identity
		nonce  bool
	}{{"", nil, false}, {"", id, true}, {"/", id, true}, {"/v1/connect", id, false}} {
		shut(t, dial(t, url+c.path, client.Options{Token: "s", Device: c.device}))
		g.mu.Lock()
		if got := g.seen[len(g.seen)-1]; (got.nonce != "") != c.nonce {
			t.Errorf("path %q, device %v: nonce %q", c.path, c.device, got.nonce)
		}
		g.mu.Unlock()
	}
}

func TestWhatTheGatewayIsTold(t *testing.T) {
	got := make(chan *protocol.ConnectParams, 1)
	admit := server.AdmitFunc(func(ctx context.Context, a *server.Attempt) (*server.Admission, error) {
		got <- a.Params.Clone()
		return admin(ctx, a)
	})
	_, url := start(t, server.Options{Admit: admit})
	dial(t, url, client.Options{ID: "cam", Version: "2", DisplayName: "Camera", Platform: "linux", Mode: "node", InstanceID: "i-1",
		Role: protocol.RoleNode, Caps: []string{"camera"}, Commands: []string{"camera.snap"}, Permissions: map[string]bool{"camera.capture": true},
		PathEnv: "/bin", Password: "p"})
	want := `{"minProtocol":3,"maxProtocol":3,"client":{"id":"cam","displayName":"Camera","version":"2","platform":"linux","mode":"node","instanceId":"i-1"},` +
		`"caps":["camera"],"commands":["camera.snap"],"permissions":{"camera.capture":true},"pathEnv":"/bin","role":"node","auth":{"password":"p"}}`
	if told := string(expect(t, "params", got).AppendJSON(nil)); told != want {
		t.Errorf("told  %s\nwant %s", told, want)
	}
	dial(t, url, client.Options{})
	if p := expect(t, "params", got); p.Client.ID != "gatesmith-go" || p.Client.Mode != "operator" || p.Client.Version == "" || p.Auth.Set || p.Device.Set {
		t.Errorf("defaults: %s", p.AppendJSON(nil))
	}
	dial(t, url, client.Options{Dialect: protocol.DialectField})
	if p := expect(t, "params", got); p.Client.ID != "gateway-client" || p.Client.Mode != "backend" {
		t.Errorf("defaults in the field: %s", p.AppendJSON(nil))
	}
}

func TestRefusedHandshakes(t *testing.T) {
	pairing := protocol.Errorf(protocol.CodeNotPaired, "pairing required")
	pairing.Details = wire.Raw(`{"requestId":"r-1"}`)
	admit := server.AdmitFunc(func(context.Context, *server.Attempt) (*server.Admission, error) {
		return nil, &server.Refusal{Err: pairing}
	})
	_, url := start(t, server.Options{Admit: admit})
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			c := fresh(t, url+w.path, client.Options{Dialect: w.dialect, Reconnect: client.Reconnect{First: true}})
			err := c.Connect(t.Context())
			var refused *client.RefusedError
			var e *client.Error
			if !errors.As(err, &refused) || !errors.As(err, &e) || e.Code != protocol.CodeNotPaired || string(e.Details) != `{"requestId":"r-1"}` {
				t.Errorf("refusal: %v", err)
			}
			if st := c.State(); st.Phase != client.Ended || !errors.As(c.Err(), &refused) {
				t.Errorf("state: %+v", st)
			}
			if _, err := c.VoicewakeGet(t.Context(), nil); !errors.As(err, &refused) {
				t.Errorf("call: %v", err)
			}
		})
	}
}

func TestNoGreeting(t *testing.T) {
	var closed *client.CloseError
	var status *client.HTTPError
	for _, c := range []struct {
		name   string
		script func(*peer)
		check  func(error) bool
	}{
		{"closed with a reason", func(p *peer) { p.read(); p.ws.Close(1008, "invalid request frame") },
			func(err error) bool {
				return errors.As(err, &closed) && closed.Code == 1008 && closed.Reason == "invalid request frame"
			}},
		{"nonsense", func(p *peer) { p.read(); p.send(`{"type":"hello-ok","server":7}`); p.wait() },
			func(err error) bool {
				return strings.Contains(err.Error(), "makes no sense: at /server: must be object")
			}},
		{"dropped", func(p *peer) { p.read() }, func(err error) bool { return !errors.As(err, &closed) || closed.Code != 1008 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := scripted(t, c.script)
			if _, err := client.Dial(t.Context(), url, client.Options{}); err == nil || !c.check(err) {
				t.Errorf("error: %v", err)
			}
		})
	}
	t.Run("no WebSocket", func(t *testing.T) {
		h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "2")
			http.Error(w, "origin x is not allowed\nmore", http.StatusForbidden)
		}))
		defer h.Close()
		_, err := client.Dial(t.Context(), h.URL, client.Options{Reconnect: client.Reconnect{First: true}})
		if !errors.As(err, &status) || status.Status != 403 || status.Text != "origin x is not allowed" || status.RetryAfter != 2*time.Second {
			t.Errorf("error: %v", err)
		}
	})
	t.Run("redirect", func(t *testing.T) {
		h := httptest.NewServer(http.RedirectHandler("http://elsewhere.invalid/", http.StatusFound))
		defer h.Close()
		if _, err := client.Dial(t.Context(), h.URL, client.Options{Token: "t"}); !errors.As(err, &status) || status.Status != 302 {
			t.Errorf("error: %v", err)
		}
	})
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:18789":        "not a URL",
		"ftp://host":             `scheme of the gateway's address is "ftp": expected ws or wss`,
		"ws://":                  "has no host",
		"ws://user:secret@host/": "secrets go into Options",
		"ws://host\x7f?s=secret": "not a URL",
	} {
		_, err := client.New(address, client.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret@") || strings.Contains(err.Error(), "s=secret") {
			t.Errorf("%q: %v, want %s", address, err, want)
		}
	}
	pin := strings.Repeat("ab", 32)
	if _, err := client.New("ws://host", client.Options{Fingerprint: pin}); err == nil {
		t.Error("a fingerprint was taken for an address without TLS")
	}
	if _, err := client.New("wss://host", client.Options{Fingerprint: pin[1:]}); err == nil {
		t.Error("half a digit was taken")
	}
}

func TestTokenFile(t *testing.T) {
	g := &gatekeeper{shared: "from a file"}
	_, url := start(t, server.Options{Admit: g})
	path := filepath.Join(t.TempDir(), "token")
	if _, err := client.Dial(t.Context(), url, client.Options{TokenFile: path}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for text, ok := range map[string]bool{"from a file\n": true, " \n": false} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := client.Dial(t.Context(), url, client.Options{TokenFile: path})
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil {
			shut(t, c)
		}
	}
}

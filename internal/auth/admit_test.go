package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/internal/devices"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const shared = "the shared secret of the test"

// nobody is told of pairing, and has no connections.
type nobody struct{}

func (nobody) Publish(context.Context, protocol.Event) {}

func (nobody) Disconnect(func(*server.Peer) bool, string) int { return 0 }

func (nobody) Peers() []*server.Peer { return nil }

// gate is an authenticator over real devices.
type gate struct {
	*Authenticator
	t       *testing.T
	devices *devices.Service
}

func newGate(t *testing.T, s Settings) *gate {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	d := devices.New(st, nobody{}, nobody{})
	return &gate{New(s, d, slog.New(slog.DiscardHandler), nil), t, d}
}

func tokenGate(t *testing.T) *gate {
	return newGate(t, Settings{Mode: ModeToken, Token: NewSecret(shared), Password: NewSecret("not looked at")})
}

// knock is a handshake in the making.
type knock struct {
	remote          string
	role            protocol.Role
	scopes          []string
	token, password string
	by              *device.Identity
	client          string
	request         *http.Request
}

// admit tries a handshake and gives its outcome in a line.
func (g *gate) admit(k knock) (*server.Admission, string) {
	g.t.Helper()
	if k.remote == "" {
		k.remote = "127.0.0.1"
	}
	if k.client == "" {
		k.client = "my-app"
	}
	if k.request == nil {
		k.request = from(k.remote+":1234", "127.0.0.1:18789")
	}
	const nonce = "n"
	p := &protocol.ConnectParams{Client: protocol.ConnectClient{ID: k.client, Mode: "operator", Platform: "linux", Version: "1"}, Scopes: k.scopes}
	if k.token != "" || k.password != "" {
		p.Auth = wire.Some(protocol.ConnectAuth{Token: wire.Some(k.token), Password: wire.Some(k.password)})
	}
	if k.by != nil {
		s := device.Signed{Device: k.by.ID(), Client: k.client, Mode: "operator", Role: k.role.String(), Scopes: k.scopes, SignedAt: time.Now().UnixMilli(), Token: k.token, Nonce: nonce}
		p.Device = wire.Some(protocol.ConnectDevice{ID: k.by.ID(), PublicKey: k.by.PublicKey(), Signature: k.by.Sign(s), SignedAt: s.SignedAt, Nonce: wire.Some(nonce)})
	}
	a, err := g.Admit(g.t.Context(), &server.Attempt{Params: p, Role: k.role, Scopes: k.scopes, Nonce: nonce, Request: k.request})
	if err == nil {
		return a, a.Method + " " + fmt.Sprint(a.Scopes)
	}
	var refusal *server.Refusal
	if !errors.As(err, &refusal) {
		g.t.Fatal(err)
	}
	return nil, err.Error()
}

// expect tries a handshake and compares.
func (g *gate) expect(name string, k knock, want string) *server.Admission {
	g.t.Helper()
	a, got := g.admit(k)
	if got != want {
		g.t.Errorf("%s: %s, want %s", name, got, want)
	}
	return a
}

func TestSharedSecrets(t *testing.T) {
	g := tokenGate(t)
	g.expect("token", knock{token: shared}, "token [operator.admin]")
	g.expect("wrong token", knock{token: "x"}, "INVALID_REQUEST: unauthorized: gateway token mismatch (provide gateway auth token)")
	g.expect("the other secret", knock{password: "not looked at"}, "INVALID_REQUEST: unauthorized: gateway token missing (provide gateway auth token)")
	g.expect("the other secret as token", knock{token: "not looked at"}, "INVALID_REQUEST: unauthorized: gateway token mismatch (provide gateway auth token)")
	g.expect("nothing", knock{}, "NOT_PAIRED: device identity required")
	g.expect("control UI", knock{token: shared, client: "moltbot-control-ui"}, "INVALID_REQUEST: control ui requires HTTPS or localhost (secure context)")
	g.expect("from elsewhere", knock{token: shared, remote: "203.0.113.9"}, "token [operator.admin]")

	p := newGate(t, Settings{Mode: ModePassword, Token: NewSecret("not looked at"), Password: NewSecret(shared)})
	p.expect("password without device", knock{password: shared}, "password [operator.admin]")
	p.expect("wrong password", knock{password: "x"}, "INVALID_REQUEST: unauthorized: gateway password mismatch (provide gateway auth password)")
	p.expect("the password as token", knock{token: shared}, "INVALID_REQUEST: unauthorized: gateway password missing (provide gateway auth password)")

	e := newGate(t, Settings{Mode: ModeToken})
	e.expect("no secret on the gateway", knock{token: "x"}, "INVALID_REQUEST: unauthorized: gateway token not configured on gateway (set gateway.auth.token)")
}

// A client that came with a valid device token gets it back, one that came with
// the shared secret gets a new one, and earlier ones stay valid.
func TestDeviceTokens(t *testing.T) {
	g := tokenGate(t)
	id := newIdentity(t)
	first := g.expect("pairing", knock{token: shared, by: id}, "token [operator.admin]").Auth
	again := g.expect("its token", knock{token: first.DeviceToken.V, by: id}, "device-token [operator.admin]").Auth
	if again.DeviceToken != first.DeviceToken || again.IssuedAtMs != first.IssuedAtMs {
		t.Errorf("it came with %v and got %v", first, again)
	}
	second := g.expect("the shared secret again", knock{token: shared, by: id}, "token [operator.admin]").Auth
	if second.DeviceToken == first.DeviceToken {
		t.Error("the shared secret got an old token")
	}
	g.expect("the earlier token", knock{token: first.DeviceToken.V, by: id}, "device-token [operator.admin]")
	g.expect("less than it holds", knock{token: first.DeviceToken.V, by: id, scopes: []string{"operator.read"}}, "device-token [operator.read]")
	const mismatch = "INVALID_REQUEST: unauthorized: gateway token mismatch (provide gateway auth token)"
	g.expect("without the device", knock{token: first.DeviceToken.V}, mismatch)
	g.expect("another device", knock{token: first.DeviceToken.V, by: newIdentity(t)}, mismatch)
	g.expect("another role", knock{token: first.DeviceToken.V, by: id, role: protocol.RoleNode}, mismatch)
	if _, err := g.devices.DeviceTokenRevoke(t.Context(), &protocol.DeviceTokenRevokeParams{DeviceID: id.ID(), Role: "operator"}); err != nil {
		t.Fatal(err)
	}
	g.expect("revoked", knock{token: first.DeviceToken.V, by: id}, mismatch)
}

// Who is paired at once, and who has to wait.
func TestPairing(t *testing.T) {
	g := tokenGate(t)
	const waits = "NOT_PAIRED: pairing required"
	far := "203.0.113.9"
	id := newIdentity(t)
	g.expect("from elsewhere", knock{token: shared, by: id, remote: far}, waits)
	g.expect("a forwarded one", knock{token: shared, by: id, request: from("127.0.0.1:1", "127.0.0.1", "X-Forwarded-For: 203.0.113.9")}, waits)
	g.expect("by another name", knock{token: shared, by: id, request: from("127.0.0.1:1", "x.tail.ts.net")}, waits)
	g.expect("here", knock{token: shared, by: id, scopes: []string{"operator.read"}}, "token [operator.read]")
	g.expect("from elsewhere, paired", knock{token: shared, by: id, remote: far, scopes: []string{"operator.read"}}, "token [operator.read]")
	g.expect("from elsewhere, more scopes", knock{token: shared, by: id, remote: far}, waits)
	g.expect("from elsewhere, another role", knock{token: shared, by: id, remote: far, role: protocol.RoleNode}, waits)
	g.expect("here, more scopes", knock{token: shared, by: id}, "token [operator.admin]")
	g.expect("here, another role", knock{token: shared, by: id, role: protocol.RoleNode}, "token []")
	g.expect("here, role device", knock{token: shared, by: id, role: protocol.RoleDevice}, "token []")

	// A device token opens the door, but pairs nothing more.
	narrow := newIdentity(t)
	a := g.expect("another device", knock{token: shared, by: narrow, scopes: []string{"operator.read"}}, "token [operator.read]")
	g.expect("its token, more scopes", knock{token: a.Auth.DeviceToken.V, by: narrow, scopes: []string{"operator.admin"}}, "INVALID_REQUEST: missing scope: operator.admin")
}

// A right that ends while the handshake is under way ends the connection.
func TestRevokedDuringHandshake(t *testing.T) {
	g := tokenGate(t)
	id := newIdentity(t)
	other := newIdentity(t)
	token := g.expect("pairing", knock{token: shared, by: id}, "token [operator.admin]").Auth.DeviceToken.V
	g.expect("pairing the other", knock{token: shared, by: other}, "token [operator.admin]")
	revoke := func(id string) {
		if _, err := g.devices.DeviceTokenRevoke(t.Context(), &protocol.DeviceTokenRevokeParams{DeviceID: id, Role: "operator"}); err != nil {
			t.Fatal(err)
		}
	}
	byToken := g.expect("by token", knock{token: token, by: id}, "device-token [operator.admin]")
	bySecret := g.expect("by secret", knock{token: shared, by: id}, "token [operator.admin]")
	if !byToken.Valid(t.Context()) || !bySecret.Valid(t.Context()) {
		t.Error("not valid although nothing happened")
	}
	revoke(other.ID())
	if !byToken.Valid(t.Context()) || !bySecret.Valid(t.Context()) {
		t.Error("another device's end is theirs too")
	}
	revoke(id.ID())
	if byToken.Valid(t.Context()) || bySecret.Valid(t.Context()) {
		t.Error("valid although revoked")
	}
}

func TestThrottledClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := tokenGate(t)
		id := newIdentity(t)
		token := g.expect("pairing", knock{token: shared, by: id}, "token [operator.admin]").Auth.DeviceToken.V
		const mismatch = "INVALID_REQUEST: unauthorized: gateway token mismatch (provide gateway auth token)"
		const wait = "UNAVAILABLE: too many wrong credentials from this client: wait and try again"
		for range 20 {
			g.expect("nothing presented", knock{}, "NOT_PAIRED: device identity required")
			g.expect("the wrong kind presented", knock{password: "x"}, "INVALID_REQUEST: unauthorized: gateway token missing (provide gateway auth token)")
		}
		for range 10 {
			g.expect("wrong", knock{token: "x"}, mismatch)
		}
		g.expect("wrong, over the limit", knock{token: "x"}, wait)
		g.expect("right, over the limit", knock{token: shared}, wait)
		g.expect("a new device, over the limit", knock{token: shared, by: newIdentity(t)}, wait)
		g.expect("the console", knock{request: from("console", "x").WithContext(AsOwner(t.Context()))}, "console [operator.admin]")
		g.expect("another client", knock{token: shared, remote: "203.0.113.9"}, "token [operator.admin]")
		g.expect("the paired device", knock{token: token, by: id}, "device-token [operator.admin]")
		// Its own budget is as large, and a wrong device token counts like a
		// wrong shared one.
		for range 10 {
			g.expect("the paired device, wrong", knock{token: "x", by: id}, mismatch)
		}
		g.expect("the paired device, over the limit", knock{token: token, by: id}, wait)
		time.Sleep(time.Minute)
		g.expect("a minute later", knock{token: shared}, "token [operator.admin]")
		g.expect("the paired device, a minute later", knock{token: token, by: id}, "device-token [operator.admin]")
	})
}

// In password mode only a device token can be presented as a token, and a wrong
// one counts.
func TestWrongDeviceTokensCount(t *testing.T) {
	g := newGate(t, Settings{Mode: ModePassword, Password: NewSecret(shared)})
	id := newIdentity(t)
	token := g.expect("pairing", knock{password: shared, by: id}, "password [operator.admin]").Auth.DeviceToken.V
	for range 10 {
		g.expect("wrong", knock{token: "x", by: id}, "INVALID_REQUEST: unauthorized: gateway password missing (provide gateway auth password)")
	}
	g.expect("over the limit", knock{token: token, by: id}, "UNAVAILABLE: too many wrong credentials from this client: wait and try again")
}

// identified is an Identity that knows everybody by a header.
type identified map[string][]string

func (i identified) Identify(_ context.Context, r *http.Request) (string, []string, error) {
	scopes, ok := i[r.Header.Get("Login")]
	if !ok {
		return "", nil, errors.New("unknown")
	}
	return r.Header.Get("Login"), scopes, nil
}

func TestIdentity(t *testing.T) {
	g := newGate(t, Settings{Mode: ModeToken, Token: NewSecret(shared), Identity: identified{"ada": {"operator.admin"}, "bob": {"operator.read"}, "": {"operator.admin"}}})
	served := func(login string) *http.Request { return from("127.0.0.1:1", "gw.ts.net", "Login: "+login) }
	id := newIdentity(t)
	g.expect("no device", knock{request: served("ada")}, "NOT_PAIRED: device identity required")
	g.expect("not paired", knock{request: served("ada"), by: id}, "NOT_PAIRED: pairing required")
	g.expect("not known, no secret", knock{request: served("eve"), by: id}, "INVALID_REQUEST: unauthorized: gateway token missing (provide gateway auth token)")
	g.expect("not known, the secret", knock{request: served("eve"), token: shared}, "token [operator.admin]")
	g.expect("beyond what he may", knock{request: served("bob"), by: id, scopes: []string{"operator.admin"}}, "INVALID_REQUEST: missing scope: operator.admin")
	g.expect("local, where nobody is asked", knock{by: id}, "INVALID_REQUEST: unauthorized: gateway token missing (provide gateway auth token)")
	g.expect("pairing the device here", knock{token: shared, by: id, scopes: []string{"operator.read"}}, "token [operator.read]")
	g.expect("paired", knock{request: served("bob"), by: id}, "tailscale [operator.read]")
	g.Configure(Settings{Mode: ModeToken, Token: NewSecret(shared)})
	g.expect("after it was switched off", knock{request: served("bob"), by: id}, "INVALID_REQUEST: unauthorized: gateway token missing (provide gateway auth token)")
}

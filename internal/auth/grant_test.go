package auth

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/devices"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

func TestGrant(t *testing.T) {
	admin := []string{"operator.admin"}
	for _, c := range []struct {
		name     string
		role     protocol.Role
		shared   bool
		owner    bool
		defaults string
		holds    string
		asked    string
		want     string
		refused  string
	}{
		{name: "the secret, nothing asked", shared: true, defaults: "operator.admin", want: "operator.admin"},
		{name: "the secret, other defaults", shared: true, defaults: "operator.read", want: "operator.read"},
		{name: "the secret, no defaults", shared: true, want: ""},
		{name: "the secret, beyond the defaults", shared: true, defaults: "operator.read", asked: "operator.admin", want: "operator.admin"},
		{name: "the secret, some asked", shared: true, defaults: "operator.admin", asked: "operator.read operator.pairing", want: "operator.read operator.pairing"},
		{name: "the secret, an unknown one", shared: true, asked: "robots.drive", want: "robots.drive"},
		{name: "the owner, whatever the defaults", shared: true, owner: true, defaults: "operator.read", want: "operator.admin"},
		{name: "the owner asks for less", shared: true, owner: true, asked: "operator.read", want: "operator.read"},
		{name: "a token, nothing asked", holds: "operator.read operator.pairing", defaults: "operator.admin", want: "operator.read operator.pairing"},
		{name: "a token, its own", holds: "operator.read", asked: "operator.read", want: "operator.read"},
		{name: "a token, what it implies", holds: "operator.write", asked: "operator.read", want: "operator.read"},
		{name: "an admin's token", holds: "operator.admin", asked: "operator.read operator.approvals", want: "operator.read operator.approvals"},
		{name: "a token, partly beyond", holds: "operator.read", asked: "operator.admin operator.read", want: "operator.read"},
		{name: "a token, wholly beyond", holds: "operator.read", asked: "operator.admin operator.write", refused: "missing scope: operator.admin"},
		{name: "a token, an unknown one", holds: "operator.admin", asked: "robots.drive", refused: "missing scope: robots.drive"},
		{name: "a token with an unknown one", holds: "robots.drive", asked: "robots.drive", want: "robots.drive"},
		{name: "a token of nothing", holds: "", want: ""},
		{name: "a node", role: protocol.RoleNode, shared: true, defaults: "operator.admin", asked: "operator.admin", want: ""},
		{name: "a device", role: protocol.RoleDevice, shared: true, defaults: "operator.admin", want: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &attempt{Attempt: &server.Attempt{Role: c.role, Scopes: strings.Fields(c.asked)}, shared: c.shared, owner: c.owner,
				settings: &Settings{DefaultScopes: strings.Fields(c.defaults)}, holds: strings.Fields(c.holds)}
			if c.shared {
				a.holds = admin
			}
			got, err := a.grant()
			if c.refused != "" {
				if err == nil || !strings.HasSuffix(err.Error(), c.refused) {
					t.Errorf("got %v, %v; want %q", got, err, c.refused)
				}
				return
			}
			if err != nil || got == nil || strings.Join(got, " ") != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// Whatever is asked for: nothing is granted that was not asked for, and nothing
// that opens more than the proof holds.
func TestGrantIsWithin(t *testing.T) {
	scope := rapid.SampledFrom([]string{"operator.read", "operator.write", "operator.approvals", "operator.pairing", "operator.admin", "robots.drive", ""})
	rapid.Check(t, func(t *rapid.T) {
		holds := rapid.SliceOfN(scope, 0, 3).Draw(t, "holds")
		asked := rapid.SliceOfN(scope, 0, 4).Draw(t, "asked")
		a := &attempt{Attempt: &server.Attempt{Role: protocol.RoleOperator, Scopes: asked}, settings: &Settings{DefaultScopes: []string{"operator.admin"}}, holds: holds}
		got, err := a.grant()
		if err != nil {
			return
		}
		if !devices.Within(protocol.RoleOperator, got, holds) {
			t.Fatalf("%v of %v", got, holds)
		}
		have, may := protocol.GrantOf(protocol.RoleOperator, got), protocol.GrantOf(protocol.RoleOperator, holds)
		if have&^may != 0 {
			t.Fatalf("%v opens more than %v", got, holds)
		}
		for _, s := range got {
			if len(asked) > 0 && !slices.Contains(asked, s) {
				t.Fatalf("%s was not asked for", s)
			}
		}
	})
}

// The words of a refusal, for each kind of client.
func TestUnauthorized(t *testing.T) {
	clients := map[string]protocol.ConnectClient{
		"cli": {ID: "x", Mode: "CLI "}, "control ui": {ID: "Clawdbot-Control-UI", Mode: "ui"}, "moltbot ui": {ID: "moltbot-control-ui"},
		"webchat": {ID: "x", Mode: "webchat"}, "webchat-ui": {ID: "webchat-ui", Mode: "x"}, "other": {ID: "my-app", Mode: "operator"},
	}
	const ui = "open a tokenized dashboard URL or paste token in Control UI settings"
	hints := map[string]map[Mode]string{
		"cli":        {ModeToken: "set gateway.remote.token to match gateway.auth.token", ModePassword: "set gateway.remote.password to match gateway.auth.password"},
		"control ui": {ModeToken: ui, ModePassword: "enter the password in Control UI settings"},
		"moltbot ui": {ModeToken: ui, ModePassword: "enter the password in Control UI settings"},
		"webchat":    {ModeToken: ui, ModePassword: "enter the password in Control UI settings"},
		"webchat-ui": {ModeToken: ui, ModePassword: "enter the password in Control UI settings"},
		"other":      {ModeToken: "provide gateway auth token", ModePassword: "provide gateway auth password"},
	}
	for name, c := range clients {
		for _, mode := range []Mode{ModeToken, ModePassword} {
			for reason, word := range map[error]string{errMissing: "missing", errWrong: "mismatch"} {
				want := "unauthorized: gateway " + string(mode) + " " + word + " (" + hints[name][mode] + ")"
				if got := unauthorized(mode, reason, &protocol.ConnectParams{Client: c}); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			want := "unauthorized: gateway " + string(mode) + " not configured on gateway (set gateway.auth." + string(mode) + ")"
			if got := unauthorized(mode, errUnset, &protocol.ConnectParams{Client: c}); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

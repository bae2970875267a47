package devices

import (
	"context"
	"regexp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

func TestTokens(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := w.pair("operator", "operator.read")
		token := w.issue(r, "operator.write", "operator.read")
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(token) {
			t.Errorf("the token is %q", token)
		}
		found, err := w.Check(t.Context(), r.DeviceID, "operator", token)
		if err != nil || found == nil || !slices.Equal(found.Scopes, []string{"operator.read", "operator.write"}) || found.IssuedAtMs != w.clock.UnixMilli() {
			t.Fatalf("found %+v, %v", found, err)
		}
		other := w.pair("operator", "operator.read")
		for name, c := range map[string]struct{ device, role, token string }{
			"another device": {other.DeviceID, "operator", token},
			"another role":   {r.DeviceID, "node", token},
			"another token":  {r.DeviceID, "operator", newID()},
			"no token":       {r.DeviceID, "operator", ""},
			"its hash":       {r.DeviceID, "operator", string(hash(token))},
		} {
			if found, err := w.Check(t.Context(), c.device, c.role, c.token); found != nil || err != nil {
				t.Errorf("%s: %+v, %v", name, found, err)
			}
		}
	})
}

// Nothing but the hash of a token is kept.
func TestTokensAreNotKept(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := w.pair("operator", "operator.read")
		token := w.issue(r, "operator.read")
		err := w.store.Read(t.Context(), func(q store.Querier) error {
			var id, kept, scopes string
			var sum []byte
			if err := q.QueryRowContext(t.Context(), `SELECT id, role, scopes, hash FROM device_tokens`).Scan(&id, &kept, &scopes, &sum); err != nil {
				return err
			}
			if id == token || string(sum) == token || !slices.Equal(sum, hash(token)) {
				t.Errorf("kept %s, %x", id, sum)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Earlier tokens stay valid, up to four; then the oldest goes, also when all
// were made in the same millisecond or the clock was put back.
func TestOldestTokenGoesFirst(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		for name, step := range map[string]time.Duration{"in order": time.Second, "at once": 0, "backwards": -time.Hour} {
			r := w.pair("operator", "operator.read")
			node := r
			node.Role = "node"
			if _, err := w.Pair(t.Context(), node); err != nil {
				t.Fatal(err)
			}
			other := w.issue(node)
			var tokens []string
			for range 7 {
				tokens = append(tokens, w.issue(r, "operator.read"))
				w.clock = w.clock.Add(step)
			}
			for k, token := range tokens {
				if got, want := w.valid(r, token), k >= 3; got != want {
					t.Errorf("%s: token %d is valid: %t, want %t", name, k, got, want)
				}
			}
			if !w.valid(node, other) {
				t.Errorf("%s: the token of another role went", name)
			}
		}
	})
}

func TestRevoke(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := w.pair("operator", "operator.read")
		first, second := w.issue(r, "operator.read"), w.issue(r, "operator.read")
		w.peers = []*server.Peer{{Device: r.DeviceID, Role: protocol.RoleOperator}, {Device: r.DeviceID, Role: protocol.RoleNode}, {Device: "other", Role: protocol.RoleOperator}, {Role: protocol.RoleOperator}}
		before := w.Endings()
		w.clock = w.clock.Add(time.Minute)
		at := w.clock.UnixMilli()
		res, err := w.DeviceTokenRevoke(w.as("operator.pairing"), &protocol.DeviceTokenRevokeParams{DeviceID: r.DeviceID, Role: "operator"})
		if err != nil || res.RevokedAtMs != at {
			t.Fatalf("%+v, %v", res, err)
		}
		if w.valid(r, first) || w.valid(r, second) {
			t.Error("a revoked token is valid")
		}
		if len(w.peers) != 3 || w.Endings() == before {
			t.Errorf("%d connections are left, endings %d", len(w.peers), w.Endings())
		}
		w.clock = w.clock.Add(time.Minute)
		if again, err := w.DeviceTokenRevoke(t.Context(), &protocol.DeviceTokenRevokeParams{DeviceID: r.DeviceID, Role: "operator"}); err != nil || again.RevokedAtMs != at {
			t.Errorf("a repeat: %+v, %v", again, err)
		}
		list, _ := w.DevicePairList(t.Context(), &protocol.DevicePairListParams{})
		if tokens := list.Paired[0].Tokens; len(tokens) != 2 || tokens[0].RevokedAtMs.V != at {
			t.Errorf("listed as %+v", tokens)
		}
		if !w.valid(r, w.issue(r, "operator.read")) {
			t.Error("the device gets no new token")
		}
	})
}

func TestRotate(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := w.pair("operator", "operator.read")
		old := []string{w.issue(r, "operator.read"), w.issue(r, "operator.read")}
		w.peers = []*server.Peer{{Device: r.DeviceID, Role: protocol.RoleOperator}}
		res, err := w.DeviceTokenRotate(w.as("operator.admin"), &protocol.DeviceTokenRotateParams{DeviceID: r.DeviceID, Role: "operator"})
		if err != nil || !slices.Equal(res.Scopes, []string{"operator.read"}) || len(w.peers) != 0 {
			t.Fatalf("%+v, %v, %d connections are left", res, err, len(w.peers))
		}
		if w.valid(r, old[0]) || w.valid(r, old[1]) || !w.valid(r, res.Token) {
			t.Error("not exactly the new token is valid")
		}
		// Scopes that are given are the device's from then on.
		_, err = w.DeviceTokenRotate(w.as("operator.admin"), &protocol.DeviceTokenRotateParams{DeviceID: r.DeviceID, Role: "operator", Scopes: []string{"operator.write"}})
		if err != nil {
			t.Fatal(err)
		}
		if d, _ := w.Find(t.Context(), r.DeviceID); !slices.Equal(d.Scopes, []string{"operator.write"}) {
			t.Errorf("the device has %v", d.Scopes)
		}
	})
}

func TestRotateAndRevokeRefusals(t *testing.T) {
	const unknown = "INVALID_REQUEST: unknown deviceId/role"
	eachEngine(t, func(t *testing.T, w *world) {
		admin, reader := w.pair("operator", "operator.admin"), w.pair("operator", "operator.read")
		w.issue(admin, "operator.admin")
		readers := w.issue(reader, "operator.read")
		both := w.pair("operator", "operator.read")
		both.Role = "node"
		if _, err := w.Pair(t.Context(), both); err != nil {
			t.Fatal(err)
		}
		w.issue(both)
		for _, c := range []struct {
			name         string
			ctx          context.Context
			device, role string
			scopes       []string
			want         string
		}{
			{"no such device", w.as("operator.admin"), "nope", "operator", nil, unknown},
			{"no such role", w.as("operator.admin"), admin.DeviceID, "king", nil, unknown},
			{"not its role", w.as("operator.admin"), admin.DeviceID, "node", nil, unknown},
			{"beyond the caller", w.as("operator.pairing"), admin.DeviceID, "operator", nil, "INVALID_REQUEST: missing scope: operator.admin"},
			{"beyond the caller, widened", w.as("operator.pairing", "operator.read"), reader.DeviceID, "operator", []string{"operator.write"}, "INVALID_REQUEST: missing scope: operator.write"},
			{"another device", w.itself(reader.DeviceID), admin.DeviceID, "operator", nil, unknown},
			{"a device widens itself", w.itself(reader.DeviceID), reader.DeviceID, "operator", []string{"operator.admin"}, "INVALID_REQUEST: missing scope: operator.admin"},
			{"a device without a token of that role", w.itself(both.DeviceID), both.DeviceID, "operator", nil, unknown},
			{"scopes of a role that has none", w.as("operator.pairing"), both.DeviceID, "node", []string{"operator.admin"}, "INVALID_REQUEST: role node has no scopes"},
		} {
			_, err := w.DeviceTokenRotate(c.ctx, &protocol.DeviceTokenRotateParams{DeviceID: c.device, Role: c.role, Scopes: c.scopes})
			if got := message(err); got != c.want {
				t.Errorf("rotate, %s: %q, want %q", c.name, got, c.want)
			}
		}
		if !w.valid(reader, readers) {
			t.Error("a refused rotation ended a token")
		}
		if d, _ := w.Find(t.Context(), both.DeviceID); !slices.Equal(d.Scopes, []string{"operator.read"}) {
			t.Errorf("a refused rotation gave %v", d.Scopes)
		}
		_, err := w.DeviceTokenRevoke(w.itself(reader.DeviceID), &protocol.DeviceTokenRevokeParams{DeviceID: admin.DeviceID, Role: "operator"})
		if message(err) != unknown {
			t.Errorf("a device revokes another's: %v", err)
		}
	})
}

// A device may rotate its own token within what it has, but not take back what
// an operator revoked.
func TestDeviceRotatesItself(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := w.pair("operator", "operator.admin")
		w.issue(r, "operator.admin")
		res, err := w.DeviceTokenRotate(w.itself(r.DeviceID), &protocol.DeviceTokenRotateParams{DeviceID: r.DeviceID, Role: "operator", Scopes: []string{"operator.read"}})
		if err != nil || !w.valid(r, res.Token) {
			t.Fatalf("%+v, %v", res, err)
		}
		if _, err := w.DeviceTokenRevoke(w.as("operator.pairing"), &protocol.DeviceTokenRevokeParams{DeviceID: r.DeviceID, Role: "operator"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.DeviceTokenRotate(w.itself(r.DeviceID), &protocol.DeviceTokenRotateParams{DeviceID: r.DeviceID, Role: "operator"}); message(err) != "INVALID_REQUEST: unknown deviceId/role" {
			t.Errorf("after the revocation: %v", err)
		}
	})
}

// Whatever is issued, rotated, revoked and used in whatever order: the tokens
// that are valid are the newest four since the last ending.
func TestTokenLife(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	rapid.Check(t, func(rt *rapid.T) {
		r := w.pair("operator", "operator.admin")
		var valid, ended []string
		rt.Repeat(map[string]func(*rapid.T){
			"issue": func(*rapid.T) {
				valid = append(valid, w.issue(r, "operator.admin"))
				if len(valid) > maxTokens {
					ended, valid = append(ended, valid[0]), valid[1:]
				}
			},
			"rotate": func(*rapid.T) {
				res, err := w.DeviceTokenRotate(w.as("operator.admin"), &protocol.DeviceTokenRotateParams{DeviceID: r.DeviceID, Role: "operator"})
				if err != nil {
					rt.Fatal(err)
				}
				ended, valid = append(ended, valid...), []string{res.Token}
			},
			"revoke": func(*rapid.T) {
				if _, err := w.DeviceTokenRevoke(w.as("operator.admin"), &protocol.DeviceTokenRevokeParams{DeviceID: r.DeviceID, Role: "operator"}); err != nil {
					rt.Fatal(err)
				}
				ended, valid = append(ended, valid...), nil
			},
			"clock": func(rt *rapid.T) {
				w.clock = w.clock.Add(time.Duration(rapid.Int64Range(-5000, 5000).Draw(rt, "ms")) * time.Millisecond)
			},
			"": func(rt *rapid.T) {
				for _, token := range valid {
					if !w.valid(r, token) {
						rt.Fatalf("token %s of %v is not valid", token, valid)
					}
				}
				for _, token := range ended {
					if w.valid(r, token) {
						rt.Fatalf("token %s of %v is valid", token, ended)
					}
				}
			},
		})
	})
}

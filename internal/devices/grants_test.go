package devices_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/internal/auth"
	"github.com/gatesmith/gatesmith/internal/devices"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// Whatever devices, nodes and operators do, in whatever order: no connection has
// more than it asked for, than its proof can give, and, unless it is the owner's
// or brings the secret to this machine, than approvers who held it have approved.
// From every state the owner gets in with all rights.
func TestNoMoreThanGranted(t *testing.T) {
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(t, rt, st)
		rt.Repeat(map[string]func(*rapid.T){
			"connect":          m.connect,
			"use a token":      m.useToken,
			"guess":            m.guess,
			"ask for a node":   m.askForNode,
			"approve":          m.approve,
			"reject":           m.reject,
			"rotate":           m.rotate,
			"revoke":           m.revoke,
			"time":             m.pass,
			"start anew":       m.restart,
			"":                 m.check,
			"rename":           m.rename,
			"verify":           m.verify,
			"connect as owner": m.owner,
		})
	})
}

const theSecret = "the shared secret"

var someScopes = []string{"operator.read", "operator.write", "operator.approvals", "operator.pairing", "operator.admin", "robots.drive"}

// model is what ought to be.
type model struct {
	t     *testing.T
	rt    *rapid.T
	store *store.Store
	dev   *devices.Service
	auth  *auth.Authenticator
	clock time.Time

	ids     []*device.Identity
	granted map[string]*grant   // by device
	waiting map[string]*waiting // by device
	tokens  []*token
	secrets []string // every token there ever was
}

type grant struct {
	roles, scopes []string
}

type waiting struct {
	id, role string
	scopes   []string
	until    time.Time
	keyless  bool
}

type token struct {
	device, role, text string
	scopes             []string
}

func newModel(t *testing.T, rt *rapid.T, st *store.Store) *model {
	m := &model{t: t, rt: rt, store: st, clock: time.Now(), granted: map[string]*grant{}, waiting: map[string]*waiting{}}
	for range 2 {
		id, err := device.New()
		if err != nil {
			rt.Fatal(err)
		}
		m.ids = append(m.ids, id)
	}
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.ExecContext(t.Context(), `DELETE FROM device_pending`) // of the run before
		return err
	})
	if err != nil {
		rt.Fatal(err)
	}
	m.restart(rt)
	return m
}

func (m *model) restart(*rapid.T) {
	m.dev = devices.New(m.store, nobody{}, nobody{})
	m.dev.SetClock(func() time.Time { return m.clock })
	m.auth = auth.New(auth.Settings{Mode: auth.ModeToken, Token: auth.NewSecret(theSecret)}, m.dev, slog.New(slog.DiscardHandler), nil)
}

// nobody hears of anything, and nobody is connected.
type nobody struct{}

func (nobody) Publish(context.Context, protocol.Event) {}

func (nobody) Disconnect(func(*server.Peer) bool, string) int { return 0 }

func (nobody) Peers() []*server.Peer { return nil }

func (m *model) pick() *device.Identity { return rapid.SampledFrom(m.ids).Draw(m.rt, "device") }

func (m *model) role() string {
	return rapid.SampledFrom([]string{"operator", "operator", "node", "device"}).Draw(m.rt, "role")
}

func (m *model) scopes() []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(someScopes), 0, 3, rapid.ID[string]).Draw(m.rt, "scopes")
}

// knock is a handshake.
func (m *model) knock(id *device.Identity, role string, scopes []string, secret, remote string, owner bool) (*server.Admission, *protocol.Error) {
	r, _ := protocol.LookupRole(role)
	p := &protocol.ConnectParams{Client: protocol.ConnectClient{ID: "app", Mode: "ui", Platform: "linux", Version: "1"}, Scopes: scopes}
	if secret != "" {
		p.Auth = wire.Some(protocol.ConnectAuth{Token: wire.Some(secret)})
	}
	if id != nil {
		s := device.Signed{Device: id.ID(), Client: "app", Mode: "ui", Role: role, Scopes: scopes, SignedAt: time.Now().UnixMilli(), Token: secret, Nonce: "n"}
		p.Device = wire.Some(protocol.ConnectDevice{ID: id.ID(), PublicKey: id.PublicKey(), Signature: id.Sign(s), SignedAt: s.SignedAt, Nonce: wire.Some("n")})
	}
	ctx := m.t.Context()
	if owner {
		ctx = auth.AsOwner(ctx)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:18789/", nil)
	if err != nil {
		m.rt.Fatal(err)
	}
	request.RemoteAddr = remote + ":1"
	a, err := m.auth.Admit(m.t.Context(), &server.Attempt{Params: p, Role: r, Scopes: scopes, Nonce: "n", Request: request})
	var refusal *server.Refusal
	if err != nil && !errors.As(err, &refusal) {
		m.rt.Fatal(err)
	}
	if refusal != nil {
		return nil, refusal.Err
	}
	if a.Auth != nil && a.Auth.DeviceToken.Set {
		m.secrets = append(m.secrets, a.Auth.DeviceToken.V)
	}
	return a, nil
}

const (
	here = "127.0.0.1"
	far  = "203.0.113.9"
)

// covered reports whether scopes are within others.
func covered(scopes, by []string) bool {
	return devices.Within(protocol.RoleOperator, scopes, by)
}

func (m *model) grantOf(id string) *grant {
	if m.granted[id] == nil {
		m.granted[id] = &grant{}
	}
	return m.granted[id]
}

func (g *grant) add(role string, scopes []string) {
	if !slices.Contains(g.roles, role) {
		g.roles = append(g.roles, role)
	}
	g.scopes = append(slices.Clone(g.scopes), scopes...)
}

func (g *grant) covers(role string, scopes []string) bool {
	return slices.Contains(g.roles, role) && covered(scopes, g.scopes)
}

// connect brings the secret, from this machine or another.
func (m *model) connect(rt *rapid.T) {
	m.rt = rt
	id, role, asked := m.pick(), m.role(), m.scopes()
	remote := rapid.SampledFrom([]string{here, far}).Draw(rt, "from")
	a, refused := m.knock(id, role, asked, theSecret, remote, false)
	m.outcome(id, role, asked, []string{"operator.admin", "robots.drive"}, remote == here, a, refused)
}

// owner comes in by the console, with a device.
func (m *model) owner(rt *rapid.T) {
	m.rt = rt
	id, role, asked := m.pick(), m.role(), m.scopes()
	a, refused := m.knock(id, role, asked, "", here, true)
	m.outcome(id, role, asked, []string{"operator.admin", "robots.drive"}, true, a, refused)
}

// outcome holds what came of a handshake against what may come of it.
func (m *model) outcome(id *device.Identity, role string, asked, proof []string, trusted bool, a *server.Admission, refused *protocol.Error) {
	g := m.grantOf(id.ID())
	if refused != nil {
		if refused.Code == protocol.CodeNotPaired {
			m.waits(id, role, asked, refused)
		}
		return
	}
	got := a.Scopes
	switch {
	case role != "operator" && len(got) > 0:
		m.rt.Fatalf("role %s got %v", role, got)
	case len(asked) > 0 && !covered(got, asked):
		m.rt.Fatalf("asked for %v, got %v", asked, got)
	case !covered(got, proof):
		m.rt.Fatalf("the proof gives %v, got %v", proof, got)
	case !trusted && !g.covers(role, got):
		m.rt.Fatalf("granted are %+v, got %s with %v", g, role, got)
	}
	if trusted && !g.covers(role, got) {
		g.add(role, got)
	}
	if w := m.waiting[id.ID()]; w != nil && trusted && g.covers(w.role, w.scopes) {
		// Resolved, if this connection added something; else it goes on waiting.
		list, err := m.dev.NodesPairList(m.t.Context(), nil)
		devs, err2 := m.dev.DevicePairList(m.t.Context(), nil)
		if err != nil || err2 != nil {
			m.rt.Fatal(err, err2)
		}
		if !slices.ContainsFunc(list.Pending, func(p protocol.NodePairRequest) bool { return p.RequestID == w.id }) &&
			!slices.ContainsFunc(devs.Pending, func(p protocol.DevicePairRequest) bool { return p.RequestID == w.id }) {
			delete(m.waiting, id.ID())
		}
	}
	if a.Auth == nil || !a.Auth.DeviceToken.Set {
		return
	}
	text := a.Auth.DeviceToken.V
	if !slices.ContainsFunc(m.tokens, func(k *token) bool { return k.text == text }) { // else it came with it
		m.tokens = append(m.tokens, &token{id.ID(), role, text, got})
	}
}

// waits notes a request. What it asks for is what the list says.
func (m *model) waits(id *device.Identity, role string, asked []string, refused *protocol.Error) {
	var details struct{ RequestID, Approve string }
	if err := json.Unmarshal(refused.Details.AppendJSON(nil), &details); err != nil || details.RequestID == "" || !strings.HasSuffix(details.Approve, " approve "+details.RequestID) {
		m.rt.Fatalf("the refusal has %s", refused.Details.AppendJSON(nil))
	}
	list, err := m.dev.DevicePairList(m.t.Context(), nil)
	if err != nil {
		m.rt.Fatal(err)
	}
	for _, p := range list.Pending {
		if p.RequestID != details.RequestID {
			continue
		}
		if p.DeviceID != id.ID() || p.Role.V != role || len(asked) > 0 && !covered(p.Scopes, asked) {
			m.rt.Fatalf("%s asked for %s %v, and waits for %+v", id.ID(), role, asked, p)
		}
		m.waiting[id.ID()] = &waiting{id: p.RequestID, role: role, scopes: p.Scopes, until: m.clock.Add(5 * time.Minute)}
		return
	}
	m.rt.Fatalf("request %s is not listed", details.RequestID)
}

func (m *model) useToken(rt *rapid.T) {
	m.rt = rt
	if len(m.tokens) == 0 {
		rt.Skip("no token")
	}
	k := rapid.SampledFrom(m.tokens).Draw(rt, "token")
	id := m.ids[slices.IndexFunc(m.ids, func(i *device.Identity) bool { return i.ID() == k.device })]
	asked := m.scopes()
	a, refused := m.knock(id, k.role, asked, k.text, far, false)
	if refused != nil && strings.HasPrefix(refused.Message, "too many wrong") {
		rt.Skip("throttled")
	}
	m.outcome(id, k.role, asked, k.scopes, false, a, refused)
}

// guess has no right to anything.
func (m *model) guess(rt *rapid.T) {
	m.rt = rt
	id, err := device.New()
	if err != nil {
		rt.Fatal(err)
	}
	secret := "guess"
	if len(m.tokens) > 0 && rapid.Bool().Draw(rt, "stolen") {
		secret = rapid.SampledFrom(m.tokens).Draw(rt, "token").text // of another device
	}
	if a, _ := m.knock(id, m.role(), m.scopes(), secret, far, false); a != nil {
		rt.Fatalf("a stranger got %+v", a)
	}
}

func (m *model) askForNode(rt *rapid.T) {
	m.rt = rt
	id := m.pick().ID()
	res, err := m.dev.NodePairRequest(m.as("operator.pairing"), &protocol.NodePairRequestParams{NodeID: id})
	if err != nil {
		rt.Fatal(err)
	}
	if w := m.waiting[id]; w != nil && w.id == res.Request.RequestID {
		w.until = m.clock.Add(5 * time.Minute)
		return
	}
	m.waiting[id] = &waiting{id: res.Request.RequestID, role: "node", until: m.clock.Add(5 * time.Minute), keyless: true}
}

func (m *model) as(scopes ...string) context.Context {
	return server.WithPeer(m.t.Context(), &server.Peer{Role: protocol.RoleOperator, Scopes: scopes})
}

// request is one that waits, or one that nobody made.
func (m *model) request() (dev string, w *waiting) {
	id := m.pick().ID()
	if w = m.waiting[id]; w == nil {
		w = &waiting{id: "nothing"}
	}
	return id, w
}

func (m *model) approve(rt *rapid.T) {
	m.rt = rt
	dev, w := m.request()
	holds := m.scopes()
	ctx := m.as(holds...)
	owner := rapid.Bool().Draw(rt, "owner")
	if owner {
		ctx = server.WithPeer(m.t.Context(), &server.Peer{Role: protocol.RoleOperator, Owner: true})
	}
	asNode := rapid.Bool().Draw(rt, "as a node")
	var err error
	if asNode {
		var res *protocol.NodesPairApproveResult
		if res, err = m.dev.NodesPairApprove(ctx, &protocol.NodesPairApproveParams{RequestID: w.id}); err == nil {
			m.tokens = append(m.tokens, &token{dev, "node", res.Node.Token.V, nil})
			m.secrets = append(m.secrets, res.Node.Token.V)
		}
	} else {
		_, err = m.dev.DevicePairApprove(ctx, &protocol.DevicePairApproveParams{RequestID: w.id})
	}
	live := w.id != "nothing" && m.clock.Before(w.until)
	may := owner || covered(w.scopes, holds)
	fits := asNode && w.role == "node" || !asNode && !w.keyless
	switch {
	case err == nil && !(live && may):
		rt.Fatalf("%+v was approved by one who holds %v at %v", w, holds, m.clock)
	case err != nil && live && may && fits:
		rt.Fatalf("%+v was not approved: %v", w, err)
	case err == nil:
		m.grantOf(dev).add(w.role, w.scopes)
		delete(m.waiting, dev)
	}
}

func (m *model) reject(rt *rapid.T) {
	m.rt = rt
	dev, w := m.request()
	var err error
	if w.role == "node" {
		_, err = m.dev.NodesPairReject(m.as("operator.pairing"), &protocol.NodesPairRejectParams{RequestID: w.id})
	} else {
		_, err = m.dev.DevicePairReject(m.as("operator.pairing"), &protocol.DevicePairRejectParams{RequestID: w.id})
	}
	if live := w.id != "nothing" && m.clock.Before(w.until); live != (err == nil) {
		rt.Fatalf("%+v: rejected with %v", w, err)
	}
	delete(m.waiting, dev)
}

func (m *model) rotate(rt *rapid.T) {
	m.rt = rt
	id, role, holds := m.pick().ID(), m.role(), m.scopes()
	var scopes []string
	if role == "operator" && rapid.Bool().Draw(rt, "other scopes") {
		scopes = m.scopes()
	}
	res, err := m.dev.DeviceTokenRotate(m.as(holds...), &protocol.DeviceTokenRotateParams{DeviceID: id, Role: role, Scopes: scopes})
	if err != nil {
		return
	}
	if !slices.Contains(m.grantOf(id).roles, role) || !covered(res.Scopes, holds) {
		rt.Fatalf("one who holds %v made a token for %s with %v, granted are %+v", holds, role, res.Scopes, m.grantOf(id))
	}
	m.forget(id, role)
	m.tokens = append(m.tokens, &token{id, role, res.Token, res.Scopes})
	m.secrets = append(m.secrets, res.Token)
	if scopes != nil {
		m.grantOf(id).scopes = scopes
	}
}

func (m *model) revoke(rt *rapid.T) {
	m.rt = rt
	id, role := m.pick().ID(), m.role()
	if _, err := m.dev.DeviceTokenRevoke(m.as("operator.pairing"), &protocol.DeviceTokenRevokeParams{DeviceID: id, Role: role}); err == nil {
		m.forget(id, role)
	}
}

// forget notes that tokens have ended: none of them may open anything.
func (m *model) forget(id, role string) {
	for _, k := range m.tokens {
		if k.device == id && k.role == role {
			if found, err := m.dev.Check(m.t.Context(), id, role, k.text); err != nil || found != nil {
				m.rt.Fatalf("an ended token is good for %+v, %v", found, err)
			}
		}
	}
	m.tokens = slices.DeleteFunc(m.tokens, func(k *token) bool { return k.device == id && k.role == role })
}

func (m *model) rename(rt *rapid.T) {
	m.rt = rt
	id := m.pick().ID()
	_, err := m.dev.NodesRename(m.as("operator.pairing"), &protocol.NodesRenameParams{NodeID: id, DisplayName: "Box"})
	if isNode := slices.Contains(m.grantOf(id).roles, "node"); isNode != (err == nil) {
		rt.Fatalf("renamed with %v, granted are %+v", err, m.grantOf(id))
	}
}

func (m *model) verify(rt *rapid.T) {
	m.rt = rt
	if len(m.tokens) == 0 {
		rt.Skip("no token")
	}
	k := rapid.SampledFrom(m.tokens).Draw(rt, "token")
	id := m.pick().ID()
	res, err := m.dev.NodePairVerify(m.as("operator.pairing"), &protocol.NodePairVerifyParams{NodeID: id, Token: k.text})
	if err != nil || res.Ok && (k.device != id || k.role != "node" || !slices.Contains(m.grantOf(id).roles, "node")) {
		rt.Fatalf("%+v is good for %s: %v", k, id, err)
	}
}

func (m *model) pass(rt *rapid.T) {
	m.clock = m.clock.Add(time.Duration(rapid.IntRange(1, 400).Draw(rt, "seconds")) * time.Second)
}

// check looks at what has to hold in every state.
func (m *model) check(rt *rapid.T) {
	m.rt = rt
	for _, id := range m.ids {
		d, err := m.dev.Find(m.t.Context(), id.ID())
		if err != nil {
			rt.Fatal(err)
		}
		if d == nil {
			continue
		}
		g := m.grantOf(id.ID())
		for _, role := range d.Roles {
			if !slices.Contains(g.roles, role) {
				rt.Fatalf("%s is paired as %v, granted are %v", id.ID(), d.Roles, g.roles)
			}
		}
		if !covered(d.Scopes, g.scopes) {
			rt.Fatalf("%s is paired with %v, granted are %v", id.ID(), d.Scopes, g.scopes)
		}
	}
	devs, err := m.dev.DevicePairList(m.t.Context(), nil)
	nodes, err2 := m.dev.NodesPairList(m.t.Context(), nil)
	if err != nil || err2 != nil {
		rt.Fatal(err, err2)
	}
	text := string(devs.AppendJSON(nodes.AppendJSON(nil)))
	for _, secret := range m.secrets {
		if strings.Contains(text, secret) {
			rt.Fatalf("a list shows a token: %s", text)
		}
	}
	a, refused := m.knock(nil, "operator", nil, "", here, true)
	if refused != nil || !a.Owner || !slices.Equal(a.Scopes, []string{"operator.admin"}) {
		rt.Fatalf("the owner got %+v, %v", a, refused)
	}
}

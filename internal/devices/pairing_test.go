package devices

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

func TestAskApproveConnect(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := request(t, "operator", "operator.read")
		id, err := w.Ask(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.Ask(t.Context(), r); err != nil || again != id {
			t.Errorf("asking again gave %s, %v: want the same request %s", again, err, id)
		}
		if got := w.told(); !slices.Equal(got, []string{"device.pair.requested"}) {
			t.Errorf("told %v", got)
		}
		list, err := w.DevicePairList(w.as("operator.pairing"), &protocol.DevicePairListParams{})
		if err != nil || len(list.Pending) != 1 || list.Pending[0].IsRepair.V || list.Pending[0].DisplayName.V != "Pixel" || len(list.Paired) != 0 {
			t.Fatalf("list: %+v, %v", list, err)
		}
		res, err := w.DevicePairApprove(w.as("operator.pairing", "operator.read"), &protocol.DevicePairApproveParams{RequestID: id})
		if err != nil || res.Device.DeviceID != r.DeviceID || len(res.Device.Tokens) != 0 || res.RequestID != id {
			t.Fatalf("approved %+v, %v", res, err)
		}
		if got := w.told(); !slices.Equal(got, []string{"device.pair.resolved"}) {
			t.Errorf("told %v", got)
		}
		d, err := w.Find(t.Context(), r.DeviceID)
		if err != nil || !d.Covers(r.PublicKey, "operator", []string{"operator.read"}) {
			t.Fatalf("found %+v, %v", d, err)
		}
		for what, covered := range map[string]bool{
			"more scopes":  d.Covers(r.PublicKey, "operator", []string{"operator.read", "operator.write"}),
			"another role": d.Covers(r.PublicKey, "node", nil),
			"another key":  d.Covers("other", "operator", nil),
		} {
			if covered {
				t.Errorf("it covers %s", what)
			}
		}
		_, err = w.DevicePairApprove(w.as("operator.admin"), &protocol.DevicePairApproveParams{RequestID: id})
		if message(err) != "INVALID_REQUEST: unknown requestId" {
			t.Errorf("approving twice: %v", err)
		}
	})
}

// What a device is paired for adds up, and a later request is a repair.
func TestLaterRequestsAddUp(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := w.pair("operator", "operator.read")
		r.Role, r.Scopes = "node", nil
		id, err := w.Ask(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		list, err := w.DevicePairList(t.Context(), &protocol.DevicePairListParams{})
		if err != nil || !list.Pending[0].IsRepair.V {
			t.Errorf("list: %+v, %v", list, err)
		}
		if _, err := w.DevicePairApprove(w.as("operator.pairing"), &protocol.DevicePairApproveParams{RequestID: id}); err != nil {
			t.Fatal(err)
		}
		d, err := w.Find(t.Context(), r.DeviceID)
		if err != nil || !slices.Equal(d.Roles, []string{"operator", "node"}) || !slices.Equal(d.Scopes, []string{"operator.read"}) || d.CreatedAtMs != w.clock.UnixMilli() {
			t.Errorf("found %+v, %v", d, err)
		}
	})
}

// A request that asks for something else takes the place of the first.
func TestOneRequestForEachDevice(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := request(t, "operator", "operator.read")
		first, _ := w.Ask(t.Context(), r)
		r.Scopes = []string{"operator.admin"}
		second, err := w.Ask(t.Context(), r)
		if err != nil || second == first {
			t.Fatalf("got %s, %v", second, err)
		}
		if _, err := w.DevicePairReject(t.Context(), &protocol.DevicePairRejectParams{RequestID: first}); message(err) != "INVALID_REQUEST: unknown requestId" {
			t.Errorf("the first request: %v", err)
		}
		res, err := w.DevicePairReject(t.Context(), &protocol.DevicePairRejectParams{RequestID: second})
		if err != nil || res.DeviceID != r.DeviceID {
			t.Errorf("rejected %+v, %v", res, err)
		}
		if d, err := w.Find(t.Context(), r.DeviceID); d != nil || err != nil {
			t.Errorf("a rejected device is paired: %+v, %v", d, err)
		}
	})
}

func TestRequestsExpire(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := request(t, "operator", "operator.read")
		id, _ := w.Ask(t.Context(), r)
		w.clock = w.clock.Add(4 * time.Minute)
		if again, _ := w.Ask(t.Context(), r); again != id {
			t.Error("asking again made another request")
		}
		w.clock = w.clock.Add(4 * time.Minute) // the second try gave it new time
		if list, _ := w.DevicePairList(t.Context(), &protocol.DevicePairListParams{}); len(list.Pending) != 1 {
			t.Error("the request is gone before its time")
		}
		w.clock = w.clock.Add(time.Minute)
		if list, _ := w.DevicePairList(t.Context(), &protocol.DevicePairListParams{}); len(list.Pending) != 0 {
			t.Error("the request is still listed")
		}
		if _, err := w.DevicePairApprove(t.Context(), &protocol.DevicePairApproveParams{RequestID: id}); message(err) != "INVALID_REQUEST: unknown requestId" {
			t.Errorf("approving it: %v", err)
		}
	})
}

// Pairing at once, as a local connection with the shared secret does, resolves
// the request that waited.
func TestPairResolvesWhatWaits(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := request(t, "operator", "operator.read")
		id, _ := w.Ask(t.Context(), r)
		if _, err := w.Pair(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		e := w.events[len(w.events)-1].Payload.(*protocol.DevicePairResolved)
		if e.RequestID != id || e.Decision != protocol.PairDecisionApproved || e.DeviceID != r.DeviceID {
			t.Errorf("told %+v, want of request %s", e, id)
		}
		if list, _ := w.DevicePairList(t.Context(), &protocol.DevicePairListParams{}); len(list.Pending) != 0 || len(list.Paired) != 1 {
			t.Errorf("list: %+v", list)
		}
	})
}

// Strangers cannot fill the table, and one that waits already is not turned
// away by those who do.
func TestPendingIsBounded(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		mine := request(t, "operator", "operator.read")
		if _, err := w.Ask(t.Context(), mine); err != nil {
			t.Fatal(err)
		}
		for range maxPending - 1 {
			if _, err := w.Ask(t.Context(), request(t, "node")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Ask(t.Context(), request(t, "node")); !strings.HasPrefix(message(err), "UNAVAILABLE: too many devices wait") {
			t.Errorf("one too many: %v", err)
		}
		mine.Scopes = []string{"operator.write"}
		if _, err := w.Ask(t.Context(), mine); err != nil {
			t.Errorf("one that waits asks for something else: %v", err)
		}
	})
}

// Nobody approves beyond what he holds himself.
func TestApproveWithinOwnScopes(t *testing.T) {
	owner := server.WithPeer(context.Background(), &server.Peer{Role: protocol.RoleOperator, Scopes: []string{"operator.read"}, Owner: true})
	node := server.WithPeer(context.Background(), &server.Peer{Role: protocol.RoleNode, Scopes: []string{"operator.admin"}})
	eachEngine(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name   string
			ctx    context.Context
			role   string
			scopes []string
			want   string
		}{
			{"the same", w.as("operator.pairing"), "operator", []string{"operator.pairing"}, ""},
			{"a part", w.as("operator.pairing", "operator.write"), "operator", []string{"operator.read"}, ""},
			{"nothing", w.as("operator.pairing"), "operator", nil, ""},
			{"more", w.as("operator.pairing"), "operator", []string{"operator.read"}, "INVALID_REQUEST: missing scope: operator.read"},
			{"all", w.as("operator.pairing", "operator.write", "operator.approvals"), "operator", []string{"operator.read", "operator.admin"}, "INVALID_REQUEST: missing scope: operator.admin"},
			{"an admin", w.as("operator.admin"), "operator", []string{"operator.admin", "operator.pairing"}, ""},
			{"an admin, an unknown scope", w.as("operator.admin"), "operator", []string{"robots.drive"}, "INVALID_REQUEST: missing scope: robots.drive"},
			{"who has the unknown scope", w.as("operator.pairing", "robots.drive"), "operator", []string{"robots.drive"}, ""},
			{"the owner", owner, "operator", []string{"operator.admin", "robots.drive"}, ""},
			{"the gateway itself", t.Context(), "operator", []string{"operator.admin"}, ""},
			{"a role without scopes", w.as("operator.pairing"), "node", nil, ""},
			{"another role's scopes do not count", node, "operator", []string{"operator.read"}, "INVALID_REQUEST: missing scope: operator.read"},
		} {
			r := request(t, c.role, c.scopes...)
			id, err := w.Ask(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.DevicePairApprove(c.ctx, &protocol.DevicePairApproveParams{RequestID: id})
			if got := message(err); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
			d, err := w.Find(t.Context(), r.DeviceID)
			if err != nil || (d != nil) != (c.want == "") {
				t.Errorf("%s: the device is paired as %+v, %v", c.name, d, err)
			}
		}
	})
}

// A device sees itself and nobody else.
func TestDeviceSeesItself(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		mine, other := w.pair("device"), w.pair("operator", "operator.admin")
		for _, r := range []Request{mine, other} {
			r.Role = "node"
			if _, err := w.Ask(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		list, err := w.DevicePairList(w.itself(mine.DeviceID), &protocol.DevicePairListParams{})
		if err != nil || len(list.Pending) != 1 || list.Pending[0].DeviceID != mine.DeviceID || len(list.Paired) != 1 || list.Paired[0].DeviceID != mine.DeviceID {
			t.Errorf("list: %+v, %v", list, err)
		}
		list, err = w.DevicePairList(w.itself(""), &protocol.DevicePairListParams{})
		if err != nil || len(list.Pending) != 0 || len(list.Paired) != 0 {
			t.Errorf("role device without a device: %+v, %v", list, err)
		}
	})
}

func TestSeen(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := w.pair("operator", "operator.read")
		r.DisplayName, r.RemoteIP = "Tablet", "203.0.113.9"
		if err := w.Seen(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if d, err := w.Find(t.Context(), r.DeviceID); err != nil || d.DisplayName != "Tablet" || d.RemoteIP != "203.0.113.9" || !slices.Equal(d.Scopes, []string{"operator.read"}) {
			t.Errorf("found %+v, %v", d, err)
		}
	})
}

package devices

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// ask asks for a node by its id.
func (w *world) ask(id string) *protocol.NodePairRequestResult {
	w.t.Helper()
	res, err := w.NodePairRequest(w.as("operator.pairing"), &protocol.NodePairRequestParams{NodeID: id, DisplayName: wire.Some("iPad"), Platform: wire.Some("ios"),
		Version: wire.Some("1.0"), Caps: []string{"camera"}, Commands: []string{"camera.snap"}})
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func (w *world) approveNode(request string) *protocol.PairedNode {
	w.t.Helper()
	res, err := w.NodesPairApprove(w.as("operator.pairing"), &protocol.NodesPairApproveParams{RequestID: request})
	if err != nil {
		w.t.Fatal(err)
	}
	return &res.Node
}

func (w *world) nodes() *protocol.NodesPairListResult {
	w.t.Helper()
	list, err := w.NodesPairList(w.as("operator.pairing"), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// A node's life by its id alone: asked for once, approved, known by its token,
// renamed.
func TestNodeByItsID(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		first := w.ask("ios-node-123")
		again := w.ask("ios-node-123")
		if !first.Created || again.Created || again.Request.RequestID != first.Request.RequestID {
			t.Errorf("asked twice: %+v, %+v", first, again)
		}
		if got := w.told(); !slices.Equal(got, []string{"node.pair.requested"}) {
			t.Errorf("told %v", got)
		}
		if list := w.nodes(); len(list.Pending) != 1 || list.Pending[0].IsRepair.V || list.Pending[0].Version.V != "1.0" || !slices.Equal(list.Pending[0].Commands, []string{"camera.snap"}) {
			t.Errorf("list: %+v", list)
		}
		if list, _ := w.DevicePairList(t.Context(), nil); len(list.Pending) != 0 {
			t.Errorf("a node without a key is listed as a device: %+v", list)
		}
		if _, err := w.DevicePairApprove(t.Context(), &protocol.DevicePairApproveParams{RequestID: first.Request.RequestID}); message(err) != "INVALID_REQUEST: unknown requestId" {
			t.Errorf("approved as a device: %v", err)
		}
		n := w.approveNode(first.Request.RequestID)
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(n.Token.V) || n.DisplayName.V != "iPad" || n.LastConnectedAtMs.Set {
			t.Errorf("approved %+v", n)
		}
		if got := w.told(); !slices.Equal(got, []string{"node.pair.resolved"}) {
			t.Errorf("told %v", got)
		}
		verify := func(id, token string) bool {
			res, err := w.NodePairVerify(w.as("operator.pairing"), &protocol.NodePairVerifyParams{NodeID: id, Token: token})
			if err != nil || res.Ok != res.Node.Set || res.Node.V.Token.Set {
				t.Fatalf("verified %+v, %v", res, err)
			}
			return res.Ok
		}
		if !verify("ios-node-123", n.Token.V) || verify("ios-node-123", "bad") || verify("other", n.Token.V) {
			t.Error("not exactly the right token is good")
		}
		if _, err := w.NodesRename(t.Context(), &protocol.NodesRenameParams{NodeID: "ios-node-123", DisplayName: " My iPad "}); err != nil {
			t.Fatal(err)
		}
		if list := w.nodes(); len(list.Pending) != 0 || len(list.Paired) != 1 || list.Paired[0].DisplayName.V != "My iPad" || list.Paired[0].Token.Set {
			t.Errorf("list: %+v", list)
		}
		// A later approval replaces the token, and keeps the name.
		repair := w.ask("ios-node-123")
		if !repair.Request.IsRepair.V {
			t.Errorf("asked again: %+v", repair)
		}
		m := w.approveNode(repair.Request.RequestID)
		if verify("ios-node-123", n.Token.V) || !verify("ios-node-123", m.Token.V) || m.DisplayName.V != "My iPad" {
			t.Errorf("approved again: %+v", m)
		}
	})
}

func TestNodeRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		mine := w.pair("device")
		for name, c := range map[string]struct {
			ctx  context.Context
			p    protocol.NodePairRequestParams
			want string
		}{
			"blank":        {w.as(), protocol.NodePairRequestParams{NodeID: "  "}, "UNAVAILABLE: Error: nodeId required"},
			"another":      {w.itself(mine.DeviceID), protocol.NodePairRequestParams{NodeID: "other"}, "INVALID_REQUEST: nodeId mismatch"},
			"no device":    {w.itself(""), protocol.NodePairRequestParams{NodeID: "other"}, "INVALID_REQUEST: nodeId mismatch"},
			"itself":       {w.itself(mine.DeviceID), protocol.NodePairRequestParams{NodeID: mine.DeviceID}, ""},
			"too much":     {w.as(), protocol.NodePairRequestParams{NodeID: "n", Caps: []string{strings.Repeat("x", maxFacts)}}, "INVALID_REQUEST: what the node says of itself takes 32782 bytes: expected at most 32768"},
			"a long title": {w.as(), protocol.NodePairRequestParams{NodeID: strings.Repeat("x", maxFacts+1)}, "INVALID_REQUEST: what the node says of itself takes 32769 bytes: expected at most 32768"},
		} {
			if _, err := w.NodePairRequest(c.ctx, &c.p); message(err) != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, c := range map[string][3]string{
			"nobody":       {"nope", "x", "INVALID_REQUEST: unknown nodeId"},
			"no node":      {mine.DeviceID, "x", "INVALID_REQUEST: unknown nodeId"},
			"blank":        {"nope", " ", "INVALID_REQUEST: displayName required"},
			"far too long": {"nope", strings.Repeat("ä", 201), "INVALID_REQUEST: displayName has 201 characters: expected at most 200"},
		} {
			if _, err := w.NodesRename(t.Context(), &protocol.NodesRenameParams{NodeID: c[0], DisplayName: c[1]}); message(err) != c[2] {
				t.Errorf("rename %s: %v", name, err)
			}
		}
		// A request for another role is none of the methods for nodes.
		other := request(t, "operator", "operator.read")
		id, err := w.Ask(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.NodesPairApprove(t.Context(), &protocol.NodesPairApproveParams{RequestID: id}); message(err) != "INVALID_REQUEST: unknown requestId" {
			t.Errorf("approve: %v", err)
		}
		if _, err := w.NodesPairReject(t.Context(), &protocol.NodesPairRejectParams{RequestID: id}); message(err) != "INVALID_REQUEST: unknown requestId" {
			t.Errorf("reject: %v", err)
		}
	})
}

// A device that asks to be a node is in both lists, and both ways of deciding
// do; who heard of the request hears what became of it.
func TestDeviceThatIsANode(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name   string
			decide func(id string) error
			paired bool
			told   []string
		}{
			{"approved as a node", func(id string) error { w.approveNode(id); return nil }, true, []string{"device.pair.requested", "device.pair.resolved", "node.pair.resolved"}},
			{"approved as a device", func(id string) error {
				_, err := w.DevicePairApprove(w.as("operator.pairing"), &protocol.DevicePairApproveParams{RequestID: id})
				return err
			}, true, []string{"device.pair.requested", "device.pair.resolved"}},
			{"rejected as a node", func(id string) error {
				_, err := w.NodesPairReject(w.as("operator.pairing"), &protocol.NodesPairRejectParams{RequestID: id})
				return err
			}, false, []string{"device.pair.requested", "device.pair.resolved", "node.pair.resolved"}},
		} {
			r := request(t, "node")
			r.Node = Facts{Version: "2", Commands: []string{"system.run"}, Permissions: map[string]bool{"camera": false}}
			id, err := w.Ask(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			devices, _ := w.DevicePairList(t.Context(), nil)
			nodes := w.nodes()
			if len(devices.Pending) != 1 || len(nodes.Pending) != 1 || devices.Pending[0].RequestID != id || nodes.Pending[0].RequestID != id || nodes.Pending[0].Permissions["camera"] {
				t.Errorf("%s: %+v, %+v", c.name, devices.Pending, nodes.Pending)
			}
			if err := c.decide(id); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if got := w.told(); !slices.Equal(got, c.told) {
				t.Errorf("%s: told %v", c.name, got)
			}
			d, err := w.Find(t.Context(), r.DeviceID)
			if err != nil || (d != nil) != c.paired || c.paired && (!d.Covers(r.PublicKey, "node", nil) || d.Node.Version != "2") {
				t.Errorf("%s: found %+v, %v", c.name, d, err)
			}
		}
	})
}

// A node that was approved by its id is the device of that id once it shows its
// key, and stays what it is.
func TestNodeGetsItsKey(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := request(t, "node")
		n := w.approveNode(w.ask(r.DeviceID).Request.RequestID)
		d, err := w.Find(t.Context(), r.DeviceID)
		if err != nil || d.PublicKey != "" || !d.Covers(r.PublicKey, "node", nil) || d.Covers(r.PublicKey, "operator", nil) {
			t.Fatalf("found %+v, %v", d, err)
		}
		if err := w.Seen(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		d, err = w.Find(t.Context(), r.DeviceID)
		if err != nil || d.PublicKey != r.PublicKey || d.Covers("another", "node", nil) || d.NodeConnectedMs == 0 {
			t.Errorf("found %+v, %v", d, err)
		}
		// A further approval ends nothing that a device has.
		if again := w.approveNode(w.ask(r.DeviceID).Request.RequestID); !w.valid(r, n.Token.V) || !w.valid(r, again.Token.V) {
			t.Error("a token ended")
		}
	})
}

// Who has the id of a device without its key is sent away when the device is
// paired.
func TestImpostorsLeave(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := request(t, "node")
		named := &server.Peer{Role: protocol.RoleNode, Client: protocol.ConnectClient{ID: r.DeviceID}}
		other := &server.Peer{Role: protocol.RoleNode, Client: protocol.ConnectClient{ID: "box"}}
		real := &server.Peer{Role: protocol.RoleNode, Device: r.DeviceID}
		w.peers = []*server.Peer{named, other, real}
		if _, err := w.Pair(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(w.peers, []*server.Peer{other, real}) {
			t.Errorf("%d connections are left", len(w.peers))
		}
	})
}

// What a device gets at once does not answer what it asked for beyond that.
func TestPairLeavesWhatIsMore(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := request(t, "operator", "operator.admin")
		id, err := w.Ask(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		r.Scopes = []string{"operator.read"}
		if _, err := w.Pair(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		list, err := w.DevicePairList(t.Context(), nil)
		if err != nil || len(list.Pending) != 1 || list.Pending[0].RequestID != id {
			t.Errorf("list: %+v, %v", list, err)
		}
	})
}

// Requests do not lapse while their device is connected, and do when it is gone.
func TestRequestsOfConnectedDevices(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		r := request(t, "node")
		w.peers = []*server.Peer{{Role: protocol.RoleDevice, Device: r.DeviceID}}
		if _, err := w.Ask(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		w.ask("away")
		pass := func() int {
			for range 7 {
				w.clock = w.clock.Add(keepEvery)
				if err := w.keep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			return len(w.nodes().Pending)
		}
		if n := pass(); n != 1 || w.nodes().Pending[0].NodeID != r.DeviceID {
			t.Errorf("%d wait", n)
		}
		w.peers = nil
		if n := pass(); n != 0 {
			t.Errorf("%d wait, though nobody is connected", n)
		}
	})
}

// Requests survive a restart, with the time that they have left.
func TestRequestsSurvive(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		w.ask("n")
		next := New(w.store, w, w)
		next.now = func() time.Time { return w.clock.Add(4 * time.Minute) }
		if list, err := next.NodesPairList(t.Context(), nil); err != nil || len(list.Pending) != 1 || list.Pending[0].DisplayName.V != "iPad" {
			t.Errorf("list: %+v, %v", list, err)
		}
		next.now = func() time.Time { return w.clock.Add(pendingFor) }
		if list, err := next.NodesPairList(t.Context(), nil); err != nil || len(list.Pending) != 0 {
			t.Errorf("list: %+v, %v", list, err)
		}
	})
}

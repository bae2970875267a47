package nodes

import (
	"testing"
	"testing/synctest"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// goesTo is the connection that a call of a node goes to.
func (w *world) goesTo(id string) string {
	w.t.Helper()
	if _, err := w.Invoke(w.t.Context(), Call{NodeID: id, Command: "system.run"}); message(err) == "UNAVAILABLE: node not connected" {
		return ""
	}
	_, conn := w.asked()
	return conn
}

func TestNewestConnectionCounts(t *testing.T) {
	w := newWorld(t)
	first := w.join("n", "linux", "system.run")
	second := w.join("n", "linux", "system.run")
	if got := w.goesTo("n"); got != second.ConnID {
		t.Errorf("goes to %s, want the second", got)
	}
	w.Closed(first)
	if got := w.goesTo("n"); got != second.ConnID {
		t.Errorf("after the end of the first it goes to %q, want the second", got)
	}
	third := w.join("n", "linux", "system.run")
	w.Closed(third)
	if got := w.goesTo("n"); got != second.ConnID {
		t.Errorf("after the end of the third it goes to %q, want the second", got)
	}
	w.Closed(second)
	if got := w.goesTo("n"); got != "" {
		t.Errorf("after all it goes to %q", got)
	}
	w.Closed(second) // again
	if len(w.conns)+len(w.nodes) != 0 {
		t.Errorf("%d connections are left", len(w.conns))
	}
}

// Without a device identity nobody takes the place of one who has it.
func TestIdentityIsNotTaken(t *testing.T) {
	w := newWorld(t)
	device := w.join("n", "linux", "system.run")
	named := w.peer("", "linux", "system.run")
	named.Client.ID = "n"
	w.Opened(named)
	if got := w.goesTo("n"); got != device.ConnID {
		t.Errorf("goes to %s, want the device", got)
	}
	w.Closed(device)
	w.Closed(named)
	w.Opened(named)
	w.Opened(device)
	if got := w.goesTo("n"); got != device.ConnID {
		t.Errorf("goes to %s, want the device that came later", got)
	}
	w.Opened(w.peer("", "linux")) // of another role:
	p := w.peer("x", "linux")
	p.Role = protocol.RoleOperator
	w.Opened(p)
	if w.goesTo("x") != "" {
		t.Error("an operator is a node")
	}
}

func TestPlatforms(t *testing.T) {
	for _, c := range []struct{ platform, family, want string }{
		{"ios", "", platformIOS}, {"iOS 18.1", "", platformIOS}, {"Android 15", "", platformAndroid}, {"macOS", "", platformMac}, {"darwin", "", platformMac},
		{"windows", "", platformWindows}, {"Linux 6", "", platformLinux}, {"", "iPhone", platformIOS}, {"x", "iPad Pro", platformIOS}, {"x", "Android TV", platformAndroid},
		{"x", "Mac", platformMac}, {"plan9", "", platformUnknown}, {"", "", platformUnknown},
	} {
		client := &protocol.ConnectClient{Platform: c.platform, DeviceFamily: wire.Some(c.family)}
		if got := platformOf(client); got != c.want {
			t.Errorf("%q %q is %s, want %s", c.platform, c.family, got, c.want)
		}
	}
}

func TestListAndDescribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.config.AllowCommands = []string{"robot.dance"}
		w.paired = []Paired{{ID: "away", DisplayName: "Old", Platform: "android", RemoteIP: "203.0.113.9"}, {ID: "n", Name: "Named", DisplayName: "Its own"}}
		p := w.join("n", "ios", "camera.snap", " robot.dance ", "system.run", "camera.snap", "")
		p.IP = "203.0.113.7"
		p.Connect.Permissions = map[string]bool{"camera": true}
		w.join("stranger", "linux")
		list, err := w.NodesList(t.Context(), nil)
		if err != nil || len(list.Nodes) != 3 {
			t.Fatalf("%+v, %v", list, err)
		}
		for k, want := range []string{
			`{"nodeId":"stranger","displayName":"Box stranger","platform":"linux","version":"1","caps":["a","b"],"commands":[],"connectedAtMs":946684800000,"paired":false,"connected":true}`,
			`{"nodeId":"n","displayName":"Named","platform":"ios","version":"1","remoteIp":"203.0.113.7","caps":["a","b"],"commands":["camera.snap","robot.dance"],"permissions":{"camera":true},"connectedAtMs":946684800000,"paired":true,"connected":true}`,
			`{"nodeId":"away","displayName":"Old","platform":"android","remoteIp":"203.0.113.9","caps":[],"commands":[],"paired":true,"connected":false}`,
		} {
			if got := string(list.Nodes[k].AppendJSON(nil)); got != want {
				t.Errorf("%d: %s\nwant %s", k, got, want)
			}
		}
		one, err := w.NodesDescribe(t.Context(), &protocol.NodesDescribeParams{NodeID: " n "})
		if err != nil || one.DisplayName.V != "Named" || !one.Connected || !one.Paired || one.Ts != 946684800000 {
			t.Errorf("%+v, %v", one, err)
		}
		for id, want := range map[string]string{"nope": "INVALID_REQUEST: unknown nodeId", " ": "INVALID_REQUEST: nodeId required"} {
			if _, err := w.NodesDescribe(t.Context(), &protocol.NodesDescribeParams{NodeID: id}); message(err) != want {
				t.Errorf("%q: %v", id, err)
			}
		}
		if _, err := w.NodesInvoke(t.Context(), &protocol.NodesInvokeParams{NodeID: "n", Command: " "}); message(err) != "INVALID_REQUEST: nodeId and command required" {
			t.Error(err)
		}
	})
}

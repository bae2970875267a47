package app_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// joined connects a client in a dialect, in a role and under an id.
func joined(t *testing.T, url string, field bool, params object) *peer {
	t.Helper()
	if !field {
		p := dial(t, url+"/v1/connect", nil)
		p.send(params)
		if hello := p.next(); hello["type"] != "hello-ok" {
			t.Fatalf("hello: %v", hello)
		}
		return p
	}
	p := dial(t, url+"/", nil)
	p.next() // the challenge
	p.send(object{"type": "req", "id": "c", "method": "connect", "params": params})
	if v := p.answer("c"); v["ok"] != true {
		t.Fatalf("hello: %v", v)
	}
	return p
}

// nodeParams are those of a node without a key.
func nodeParams(id, platform string, commands ...string) object {
	p := connectParams(object{"token": secret})
	p["role"], p["commands"], p["caps"] = "node", commands, []string{"camera"}
	p["client"] = object{"id": id, "version": "1.0", "platform": platform, "mode": "node", "displayName": "iPhone"}
	return p
}

// guideNodeFrames are the guide's requests about nodes, by method.
func guideNodeFrames(t *testing.T) map[string]object {
	f, err := os.Open("../../protocol/testdata/guide/guide-frames.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]object{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var line struct{ Frame object }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if method, _ := line.Frame["method"].(string); strings.HasPrefix(method, "nodes.") {
			out[method] = line.Frame
		}
	}
	return out
}

// What the guide prints about nodes works as it is printed, in both dialects and
// under both names.
func TestGuideNodes(t *testing.T) {
	frames := guideNodeFrames(t)
	if len(frames) != 7 {
		t.Fatalf("the guide has %d requests", len(frames))
	}
	for name, c := range map[string]struct{ field, short bool }{"the guide": {false, false}, "the field": {true, true}, "the field's dialect, the guide's names": {true, false}, "the guide's dialect, the field's names": {false, true}} {
		t.Run(name, func(t *testing.T) {
			_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
			p := joined(t, url, c.field, connectParams(object{"token": secret}))
			joined(t, url, c.field, nodeParams("ios-node-123", "ios", "camera.snap"))
			ask := func(method string, change object) object {
				frame := frames[method]
				named := object{"type": "req", "id": frame["id"], "params": object{}, "method": method}
				if c.short {
					named["method"] = strings.Replace(method, "nodes.", "node.", 1)
				}
				for k, v := range frame["params"].(object) {
					named["params"].(object)[k] = v
				}
				for k, v := range change {
					named["params"].(object)[k] = v
				}
				p.send(named)
				v := p.answer(frame["id"].(string))
				if v["ok"] != true {
					t.Fatalf("%s: %v", method, v["error"])
				}
				payload, _ := v["payload"].(object)
				return payload
			}
			request := func() string {
				method := "nodes.pair.request"
				if c.short {
					method = "node.pair.request"
				}
				return p.call(method, object{"nodeId": "ios-node-123", "displayName": "iPad"})["request"].(object)["requestId"].(string)
			}
			id := request()
			if got := ask("nodes.pair.reject", object{"requestId": id}); got["nodeId"] != "ios-node-123" {
				t.Errorf("rejected %v", got)
			}
			id = request()
			if got := ask("nodes.pair.list", nil)["pending"].([]any); len(got) != 1 || got[0].(object)["requestId"] != id {
				t.Errorf("pending %v", got)
			}
			approved := ask("nodes.pair.approve", object{"requestId": id})["node"].(object)
			verify := "nodes.pair.verify"
			if c.short {
				verify = "node.pair.verify"
			}
			if got := p.call(verify, object{"nodeId": "ios-node-123", "token": approved["token"]}); got["ok"] != true {
				t.Errorf("verified %v", got)
			}
			ask("nodes.rename", nil)
			list := ask("nodes.list", nil)["nodes"].([]any)
			described := ask("nodes.describe", nil)
			for what, got := range map[string]object{"list": list[0].(object), "describe": described} {
				if got["displayName"] != "My iPhone" || got["connected"] != true || got["paired"] != true || len(list) != 1 {
					t.Errorf("%s: %v", what, got)
				}
			}
		})
	}
}

// The guide's invocation reaches the node and comes back, over both names.
func TestGuideInvokes(t *testing.T) {
	frame := guideNodeFrames(t)["nodes.invoke"]
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	p := joined(t, url, false, connectParams(object{"token": secret}))
	node := joined(t, url, true, nodeParams("ios-node-123", "ios", "camera.snap"))
	for k, method := range []string{"nodes.invoke", "node.invoke"} {
		frame["method"] = method
		frame["params"].(object)["idempotencyKey"] = method
		p.send(frame)
		asked := node.next()
		for asked["event"] != "node.invoke.request" {
			asked = node.next()
		}
		q := asked["payload"].(object)
		if q["paramsJSON"] != `{"quality":"high"}` || q["timeoutMs"] != 10000.0 || asked["seq"] != nil {
			t.Errorf("asked %v", asked)
		}
		if got := node.call("node.invoke.result", object{"id": q["id"], "nodeId": "ios-node-123", "ok": true, "payloadJSON": `{"n":` + string(rune('1'+k)) + `}`}); got["ok"] != true {
			t.Errorf("taken with %v", got)
		}
		got := p.answer(frame["id"].(string))["payload"].(object)
		if got["payload"].(object)["n"] != float64(k+1) || got["payloadJSON"] != `{"n":`+string(rune('1'+k))+`}` {
			t.Errorf("answered %v", got)
		}
	}
}

// A node that follows a session gets each of its events once, in its dialect;
// another one gets none.
func TestNodeFollowsASession(t *testing.T) {
	for name, field := range map[string]bool{"the guide": false, "the field": true} {
		t.Run(name, func(t *testing.T) {
			_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
			p := joined(t, url, field, connectParams(object{"token": secret}))
			node, other := joined(t, url, field, nodeParams("a", "ios", "camera.snap")), joined(t, url, field, nodeParams("b", "ios", "camera.snap"))
			node.call("node.event", object{"event": "chat.subscribe", "payloadJSON": `{"sessionKey":"main"}`})
			p.call("chat.send", object{"sessionKey": "agent:main:main", "message": "hello there", "idempotencyKey": "k"})
			final := func(p *peer) (all []string) {
				for {
					m := p.next()
					if m["event"] != "chat" && m["event"] != "chat.event" {
						continue
					}
					payload := m["payload"].(object)
					text, err := json.Marshal(payload)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, string(text))
					if payload["state"] == "final" {
						return all
					}
				}
			}
			want, got := final(p), final(node)
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("the node got\n%s\nthe operator\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			other.send(object{"type": "req", "id": "x", "method": "node.event", "params": object{"event": "none"}})
			for m := other.next(); m["id"] != "x"; m = other.next() {
				if m["event"] == "chat" || m["event"] == "chat.event" || m["event"] == "agent" || m["event"] == "agent.event" {
					t.Errorf("a node that follows nothing got %v", m)
				}
			}
		})
	}
}

// Without a key nobody passes for a device.
func TestNodeCannotTakeADevicesID(t *testing.T) {
	_, url := gateway(t, t.TempDir(), map[string][]string{"token": {secret}})
	id := newDevice(t)
	early := joined(t, url, true, nodeParams(id.ID(), "linux", "system.run"))
	params := connectParams(object{"token": secret})
	params["role"], params["commands"] = "node", []string{"system.which"}
	if _, v := fieldHello(t, url, id, params, nil); v["ok"] != true {
		t.Fatalf("the device: %v", v)
	}
	if code, reason := early.closed(); code != 1008 || reason != "device identity required" {
		t.Errorf("who had the id before was closed with %d %q", code, reason)
	}
	late := dial(t, url+"/v1/connect", nil)
	late.send(nodeParams(id.ID(), "linux", "system.run"))
	if got := errorText(late.next()); got != "NOT_PAIRED device identity required" {
		t.Errorf("who comes later: %s", got)
	}
	p := joined(t, url, true, connectParams(object{"token": secret}))
	if got := p.call("nodes.describe", object{"nodeId": id.ID()})["commands"].([]any); len(got) != 1 || got[0] != "system.which" {
		t.Errorf("described with %v", got)
	}
}

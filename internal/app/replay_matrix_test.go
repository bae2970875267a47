package app_test

import (
	"encoding/json"
	"strings"

	"github.com/coder/websocket"
)

// matrix asks for every method and compares who may call it.
func (r *replay) matrix(conn string, verdicts map[string]string) {
	params := connectParams(object{"token": replayToken})
	switch conn {
	case "role-node":
		params["role"] = "node"
	default:
		params["scopes"] = []string{"operator." + strings.TrimPrefix(conn, "scope-")}
	}
	a := r.actor(conn)
	data, err := json.Marshal(object{"type": "req", "id": "c", "method": "connect", "params": params})
	if err != nil {
		r.t.Fatal(err)
	}
	a.write(r.t, websocket.MessageText, data)
	r.expect(a, func(m object) bool { return m["id"] == "c" && m["ok"] == true }, "hello")
	for method, recorded := range verdicts {
		data, err := json.Marshal(object{"type": "req", "id": method, "method": method, "params": object{"__bogus": 1}})
		if err != nil {
			r.t.Fatal(err)
		}
		a.write(r.t, websocket.MessageText, data)
		m := r.expect(a, func(m object) bool { return m["id"] == method }, "the answer to "+method)
		ours := "allowed"
		if e, failed := m["error"].(object); failed {
			if text, _ := e["message"].(string); strings.HasPrefix(text, "missing scope: ") || strings.HasPrefix(text, "unauthorized role: ") {
				ours = text
			}
		}
		if w, decided := widened[method]; decided && conn != "role-node" {
			r.used[method] = true
			recorded = w.outcome("operator." + strings.TrimPrefix(conn, "scope-"))
		}
		r.compare(r.name+" "+conn+" "+method, recorded, ours)
	}
}

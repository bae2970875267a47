package app_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/device"
)

// What clients of a recording send: as it was recorded, with what is here in place
// of what was there.

// raw sends what is no request of a client's. Long ones were cut by the
// recorder and are made whole again.
func (r *replay) raw(a *actor, text string) {
	typ := websocket.MessageText
	head, mark, cut := strings.Cut(text, "…<")
	switch {
	case strings.HasPrefix(text, "<binary"):
		typ = websocket.MessageBinary
		text = binaries[text]
		if text == "" {
			r.t.Fatalf("%s: nobody knows what this was", r.at)
		}
	case cut:
		size, err := strconv.Atoi(strings.TrimSuffix(mark, " bytes>"))
		if err != nil {
			r.t.Fatalf("%s: %v", r.at, err)
		}
		if open := strings.TrimRight(head, "["); len(open) < len(head) {
			depth := (size - len(open) - len("}}")) / 2
			text = open + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}}"
		} else {
			text = head + strings.Repeat("x", size-len(head)-len(`"}}`)) + `"}}`
		}
	}
	if err := a.ws.Write(r.t.Context(), typ, []byte(text)); err != nil && len(text) < 100_000 {
		r.t.Errorf("%s: %v", r.at, err)
	}
}

// binaries are the messages that the recorder did not write down.
var binaries = map[string]string{
	"<binary 286 bytes>": `{"type":"req","id":"c1","method":"connect","params":{"minProtocol":3,"maxProtocol":3,"client":{"id":"cli","version":"dev","platform":"linux","mode":"cli"},"caps":[],"auth":{"token":"` + replayToken + `"},"role":"operator","scopes":["operator.admin"]}}`,
	"<binary 52 bytes>":  `{"type":"req","id":"bin1","method":"last-heartbeat"}`,
}

// text is a message as our gateway is to get it.
func (r *replay) text(frame object) []byte {
	data, err := json.Marshal(r.here(frame))
	if err != nil {
		r.t.Fatal(err)
	}
	return data
}

// here puts what something is here in place of what it was then.
func (r *replay) here(v any) any {
	switch v := v.(type) {
	case object:
		for name := range v {
			v[name] = r.here(v[name])
		}
	case []any:
		for k := range v {
			v[k] = r.here(v[k])
		}
	case string:
		if now, known := r.names[v]; known {
			return now
		}
		if strings.Contains(v, `"primary"`) {
			return spelt(v)
		}
	}
	return v
}

// sign makes a device of ours of a recorded one, with the faults that it had.
func (r *replay) sign(a *actor, frame object) {
	params, _ := frame["params"].(object)
	auth, _ := params["auth"].(object)
	d, _ := params["device"].(object)
	key, _ := d["publicKey"].(string)
	a.key = key
	if auth["token"] == "<DEVICE_TOKEN>" {
		auth["token"] = r.tokens[key]
	}
	if d == nil {
		return
	}
	id := r.devices[key]
	if id == nil {
		var err error
		if id, err = device.New(); err != nil {
			r.t.Fatal(err)
		}
		r.devices[key] = id
	}
	real, err := device.ParseKey(key)
	was, _ := d["id"].(string)
	if err != nil || device.ID(real) != was {
		return // a fault that shows before the signature is looked at
	}
	r.names[was] = id.ID()
	d["id"], d["publicKey"] = id.ID(), id.PublicKey()
	at, ok := d["signedAt"].(float64)
	if !ok {
		return
	}
	s := signedAs(params)
	s.Device, s.SignedAt = id.ID(), time.Now().UnixMilli()+int64(at-a.opened)
	if nonce, sent := d["nonce"].(string); sent {
		if nonce == a.nonce[0] {
			nonce = a.nonce[1]
		}
		d["nonce"], s.Nonce = nonce, nonce
	}
	s.Token = strings.Replace(s.Token, "<TOKEN>", replayToken, 1)
	d["signedAt"], d["signature"] = s.SignedAt, id.Sign(s)
	if strings.HasSuffix(a.name, "badsig") {
		s.Role = "somebody else"
		d["signature"] = id.Sign(s)
	}
}

// signedAs is what a device signs of its connect params.
func signedAs(params object) device.Signed {
	client := params["client"].(object)
	s := device.Signed{Client: client["id"].(string), Mode: client["mode"].(string), Role: "operator"}
	if role, ok := params["role"].(string); ok {
		s.Role = role
	}
	scopes, _ := params["scopes"].([]any)
	for _, scope := range scopes {
		s.Scopes = append(s.Scopes, scope.(string))
	}
	if auth, ok := params["auth"].(object); ok {
		s.Token, _ = auth["token"].(string)
	}
	return s
}

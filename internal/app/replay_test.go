package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
)

// Recordings of a gateway in the field are played again to ours: clients say
// what they said, with devices of our own and signed anew, and what comes of it
// must be the same, but for what was decided otherwise.

// replayLine is one line of a recording.
type replayLine struct {
	Dir    string            `json:"dir"`
	Conn   string            `json:"conn"`
	Note   string            `json:"note"`
	Frame  object            `json:"frame"`
	Raw    *string           `json:"raw"`
	Matrix map[string]string `json:"matrix"`
	Close  *struct {
		Code   websocket.StatusCode `json:"code"`
		Reason string               `json:"reason"`
	} `json:"close"`
}

func TestRecordingsAreAnsweredAlike(t *testing.T) {
	used := map[string]bool{}
	for _, name := range []string{"handshake-ok", "handshake-errors", "frame-errors", "devices-pairing", "device-token-scopes",
		"scope-matrix", "auth-password-mode", "events-tick", "shutdown-sigterm", "agent", "chat", "nodes", "config-and-restart", "exec-approvals", "wizard"} {
		t.Run(name, func(t *testing.T) {
			r := newReplay(t, name, used)
			for n, line := range readReplay(t, name) {
				r.at = fmt.Sprintf("%s:%d", name, n+1)
				r.play(line)
			}
		})
	}
	for method := range widened {
		if !used[method] {
			t.Errorf("the exception %q is not used", method)
		}
	}
	for key := range exceptions {
		if !used[key] {
			t.Errorf("the exception %q is not used", key)
		}
	}
}

func readReplay(t *testing.T, name string) []replayLine {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "protocol", "testdata", "replays", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []replayLine
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		var l replayLine
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

// replay is a recording on its way.
type replay struct {
	t        *testing.T
	name, at string
	gateway  *app.Gateway
	url      string
	conns    map[string]*actor
	devices  map[string]*device.Identity // by recorded key
	names    map[string]string           // recorded ids and what they are here
	tokens   map[string]string           // device tokens, by recorded key; "" is the last one
	used     map[string]bool
	leaving  bool        // the next node that is asked leaves
	again    chan string // the address after a restart
	hash     string      // of the configuration, as recorded last
}

const replayToken = "token-of-the-replayed-gateway"

func newReplay(t *testing.T, name string, used map[string]bool) *replay {
	flags := map[string][]string{"token": {replayToken}}
	if name == "auth-password-mode" {
		flags = map[string][]string{"auth-mode": {"password"}, "password": {"pw-123456"}}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "gateway.json5"), []byte(`{gateway: {trustedProxies: ["127.0.0.1/32"]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &replay{t: t, name: name, used: used, conns: map[string]*actor{}, devices: map[string]*device.Identity{},
		names: map[string]string{"<TOKEN>": replayToken}, tokens: map[string]string{}}
	if name == "config-and-restart" {
		r.configured(dir)
		return r
	}
	r.gateway, r.url = gateway(t, dir, flags)
	return r
}

// actor is a client of the recording.
type actor struct {
	ws     *websocket.Conn
	nonce  [2]string // as recorded and here
	opened float64   // when it was opened, as recorded
	in     chan object
	close  websocket.CloseError // once in is closed
	late   []object             // read, and not expected yet
	hello  bool
	gone   bool   // it left by itself
	key    string // of its device, as recorded
	name   string
}

// slowReplays are connections that take too long for every day.
var slowReplays = map[string]bool{"silent": os.Getenv("GATESMITH_SOAK") == ""}

func (r *replay) play(l replayLine) {
	switch {
	case l.Note == "node disconnects during an invoke":
		r.leaving = true
	case l.Note == "SIGTERM to the gateway process":
		go apptest.Stop(r.t, r.gateway)
	case l.Note != "" || slowReplays[l.Conn]:
	case l.Matrix != nil:
		r.matrix(l.Conn, l.Matrix)
	case l.Close != nil:
		r.closed(r.actor(l.Conn), fmt.Sprintf("close %d %s", l.Close.Code, l.Close.Reason))
	case l.Raw != nil:
		r.raw(r.actor(l.Conn), *l.Raw)
	case l.Dir == "c2s":
		a := r.actor(l.Conn)
		if l.Frame["method"] == "connect" && !a.hello {
			r.sign(a, l.Frame)
		}
		a.write(r.t, websocket.MessageText, r.text(l.Frame))
	case l.Frame["event"] == "connect.challenge":
		r.challenge(l)
	case l.Frame["type"] == "res":
		r.response(l)
	case r.name == "agent" || r.name == "chat": // what they tell of a run is its model's; other tests see to it
	case l.Frame["event"] == "tick": // they come every 30 s; other tests see to them
	case exceptions[r.at].ours == nothing:
		r.used[r.at] = true
	case l.Frame["event"] == "node.invoke.request":
		r.asked(l)
	default:
		r.expect(r.actor(l.Conn), func(m object) bool { return m["event"] == l.Frame["event"] }, fmt.Sprint("event ", l.Frame["event"]))
	}
}

// actor gives a connection, which is opened when it is first spoken of.
func (r *replay) actor(name string) *actor {
	if a := r.conns[name]; a != nil {
		return a
	}
	header := http.Header{}
	if strings.HasPrefix(name, "remote-") {
		header.Set("X-Forwarded-For", "203.0.113.7")
	}
	ws, _, err := websocket.Dial(r.t.Context(), r.url+"/", &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(8 << 20)
	a := &actor{name: name, ws: ws, in: make(chan object, 1000)}
	go func() {
		defer close(a.in)
		for {
			_, data, err := ws.Read(r.t.Context())
			if err != nil {
				if !asClose(err, &a.close) {
					a.close = websocket.CloseError{Reason: err.Error()}
				}
				return
			}
			var m object
			if err := json.Unmarshal(data, &m); err != nil {
				m = object{"type": "garbage", "text": string(data)}
			}
			a.in <- m
		}
	}()
	r.conns[name] = a
	return a
}

func (a *actor) write(t *testing.T, typ websocket.MessageType, data []byte) {
	t.Helper()
	if err := a.ws.Write(t.Context(), typ, data); err != nil {
		t.Fatal(err)
	}
}

// expect waits for a message; others are kept for later.
func (r *replay) expect(a *actor, is func(object) bool, what string) object {
	r.t.Helper()
	for k, m := range a.late {
		if is(m) {
			a.late = append(a.late[:k], a.late[k+1:]...)
			return m
		}
	}
	limit := time.After(5 * time.Second)
	for {
		select {
		case m, open := <-a.in:
			if !open {
				r.t.Fatalf("%s: closed with %v before %s", r.at, a.close, what)
			}
			if is(m) {
				return m
			}
			a.late = append(a.late, m)
		case <-limit:
			r.t.Fatalf("%s: %s did not come", r.at, what)
		}
	}
}

func (r *replay) challenge(l replayLine) {
	a := r.actor(l.Conn)
	m := r.expect(a, func(m object) bool { return m["event"] == "connect.challenge" }, "the challenge")
	a.nonce = [2]string{l.Frame["payload"].(object)["nonce"].(string), m["payload"].(object)["nonce"].(string)}
	a.opened = l.Frame["payload"].(object)["ts"].(float64)
}

// response compares an answer with the recorded one.
func (r *replay) response(l replayLine) {
	a := r.actor(l.Conn)
	id := l.Frame["id"]
	if _, isText := id.(string); !isText || id == "" {
		id = "invalid" // the field repeats any id, ours are texts
	}
	key := fmt.Sprintf("%s %s %s", r.name, l.Conn, id)
	if x := exceptions[key]; x.as != "" {
		id = x.as
	}
	m := r.expect(a, func(m object) bool { return m["type"] == "res" && m["id"] == id }, "the answer to "+fmt.Sprint(id))
	r.compare(key, describe(l.Frame), describe(m))
	r.learn(l.Frame, m)
	if payload, ok := m["payload"].(object); ok && payload["type"] == "hello-ok" {
		a.hello = true
		if auth, ok := payload["auth"].(object); ok && auth["deviceToken"] != nil {
			r.tokens[a.key], r.tokens[""] = auth["deviceToken"].(string), auth["deviceToken"].(string)
		}
	}
}

// learn notes which request for pairing is meant by a recorded id.
func (r *replay) learn(recorded, m object) {
	id := func(m object) string {
		e, _ := m["error"].(object)
		d, _ := e["details"].(object)
		s, _ := d["requestId"].(string)
		return s
	}
	if was := id(recorded); was != "" {
		r.names[was] = id(m)
	}
	for _, path := range [][2]string{{"request", "requestId"}, {"node", "token"}} {
		if was := inside(recorded, path); was != "" {
			r.names[was] = inside(m, path)
		}
	}
	r.learnHash(recorded, m)
	r.learnStep(recorded, m)
}

// inside is a text in an answer's payload.
func inside(m object, path [2]string) string {
	payload, _ := m["payload"].(object)
	part, _ := payload[path[0]].(object)
	text, _ := part[path[1]].(string)
	return text
}

// asked has a node learn what it is asked, and leave when it is time for that.
func (r *replay) asked(l replayLine) {
	a := r.actor(l.Conn)
	was := l.Frame["payload"].(object)
	m := r.expect(a, func(m object) bool {
		p, _ := m["payload"].(object)
		return m["event"] == "node.invoke.request" && p["command"] == was["command"]
	}, fmt.Sprint("the request of ", was["command"]))
	r.names[was["id"].(string)] = m["payload"].(object)["id"].(string)
	if r.leaving {
		a.gone, r.leaving = true, false
		if err := a.ws.Close(websocket.StatusNormalClosure, ""); err != nil {
			r.t.Errorf("%s: %v", r.at, err)
		}
	}
}

func (r *replay) closed(a *actor, want string) {
	if a.gone {
		return
	}
	key := r.name + " " + a.name + " close"
	x, decided := exceptions[key]
	if x.ours == stays {
		r.used[key] = true
		if !a.hello {
			r.expect(a, func(m object) bool { return m["type"] == "hello-ok" }, "hello")
		}
	}
	if x.ours == stays || a.hello && !decided && !strings.HasPrefix(want, "close 1012") {
		// The client left here, or it was refused in the field and is not here.
		if err := a.ws.Close(websocket.StatusNormalClosure, ""); err != nil {
			r.t.Errorf("%s: %v", r.at, err)
		}
		return
	}
	limit := time.After(15 * time.Second)
	for open := true; open; {
		select {
		case _, open = <-a.in:
		case <-limit:
			r.t.Fatalf("%s: not closed", r.at)
		}
	}
	got := fmt.Sprintf("close %d %s", a.close.Code, a.close.Reason)
	if want == "close 1009 " && a.close.Code == websocket.StatusMessageTooBig {
		got = want // the field gives no reason
	}
	r.compare(key, want, got)
	if r.again != nil {
		r.url = <-r.again
	}
}

// compare holds what came of a message against the recording.
func (r *replay) compare(key, recorded, ours string) {
	r.t.Helper()
	if strings.HasSuffix(ours, " is not offered by this server") {
		return // until its group is
	}
	want := recorded
	if _, byPlace := exceptions[r.at]; byPlace {
		key = r.at
	}
	if x, decided := exceptions[key]; decided {
		r.used[key] = true
		want = x.ours
		if want == recorded {
			r.t.Errorf("%s: the exception %q changes nothing", r.at, key)
		}
	}
	if ours != want {
		r.t.Errorf("%s: %q gave\n%s\nwant\n%s", r.at, key, ours, want)
	}
}

// describe is what came of a request.
func describe(m object) string {
	if payload, ok := m["payload"].(object); ok && payload["ignored"] == true {
		return "ok, ignored"
	}
	if m["ok"] == true {
		return "ok"
	}
	e, _ := m["error"].(object)
	return fmt.Sprintf("%v %v", e["code"], e["message"])
}

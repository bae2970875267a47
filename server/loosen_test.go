package server_test

import (
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// Another form of params is asked for where they are refused, and only there.
func TestLoosen(t *testing.T) {
	asked := 0
	loosen := func(from protocol.Dialect, m protocol.MethodID, params []byte) ([]byte, bool) {
		asked++
		if from != protocol.DialectField || m != protocol.MethodVoicewakeGet {
			t.Errorf("asked about %v in %v", m, from)
		}
		switch string(params) {
		case `{"old":true}`:
			return []byte(`{}`), true
		case `{"older":true}`:
			return []byte(`{"other":2}`), true
		}
		return nil, false
	}
	_, url := start(t, server.Options{Handlers: &protocol.Handlers{Voice: voice{}}, Loosen: loosen})
	c := dial(t, url+"/")
	c.read() // the challenge
	c.send(`{"type":"req","id":"c","method":"connect","params":` + bare + `}`)
	c.read()
	for _, x := range []struct {
		params, want string
		asked        int
	}{
		{`{}`, "", 0},
		{`{"old":true}`, "", 1},
		{`{"older":true}`, "unexpected property 'other'", 1},
		{`{"new":1}`, "unexpected property 'new'", 1},
	} {
		asked = 0
		c.send(`{"type":"req","id":"h","params":` + x.params + `,"method":"voicewake.get"}`)
		v := c.read()
		message := ""
		if e, ok := v["error"].(map[string]any); ok {
			message = e["message"].(string)
		}
		if asked != x.asked || (v["ok"] == true) != (x.want == "") || !strings.Contains(message, x.want) {
			t.Errorf("%s: asked %d times, answer %v", x.params, asked, v)
		}
	}
	asked = 0
	c.send(`{"type":"req","id":"u","method":"no.such","params":{}}`)
	c.read()
	c.send(`{"type":"req","id":"u"}`)
	c.read()
	if asked != 0 {
		t.Error("asked about what is no request of a known method")
	}
}

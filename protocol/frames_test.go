package protocol_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

// verdict is what becomes of a request, as one line: the malformed frame with
// the id to answer by, the denied call, the unknown method, the malformed
// params, or the call.
func verdict(text string, have protocol.Grant) string {
	var q protocol.Request
	err := q.DecodeAlias([]byte(text), have)
	var frame *protocol.FrameError
	var params *protocol.Error
	switch {
	case errors.As(err, &frame):
		return fmt.Sprintf("frame %s: %v", frame.ID, frame)
	case errors.As(err, &params):
		return fmt.Sprintf("params %s: %s %s", q.Frame.ID, params.Code, params.Message)
	case err != nil:
		return "an error of another kind: " + err.Error()
	case q.Denied != nil:
		return fmt.Sprintf("denied %s: %v", q.Frame.ID, q.Denied)
	case q.Method == protocol.MethodUnknown:
		return fmt.Sprintf("unknown %s: %s", q.Frame.ID, q.Frame.Method)
	}
	return fmt.Sprintf("call %s: %s %s", q.Frame.ID, q.Method, q.Params.AppendJSON(nil))
}

var (
	reader = protocol.GrantOf(protocol.RoleOperator, []string{"operator.read"})
	node   = protocol.GrantOf(protocol.RoleNode, nil)
)

// TestMalformedFrames: whatever is wrong with the envelope, the answer goes to
// the id that the frame had, when that is one.
func TestMalformedFrames(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"type":"req","id":"a","method":"health","bogus":1}`, "frame a: invalid request frame: at root: unexpected property 'bogus'"},
		{`{"bogus":1,"method":"health","id":"a","type":"req"}`, "frame a: invalid request frame: at root: unexpected property 'bogus'"},
		{`{"type":"req","method":"health"}`, "frame invalid: invalid request frame: must have required property 'id'"},
		{`{"type":"req","id":"","method":"health"}`, "frame invalid: invalid request frame: at /id: must NOT have fewer than 1 characters"},
		{`{"type":"req","id":7,"method":"health"}`, "frame invalid: invalid request frame: at /id: must be string"},
		{`{"type":"req","id":null,"method":"health"}`, "frame invalid: invalid request frame: at /id: must be string"},
		{`{"type":"req","id":["a"],"method":"health"}`, "frame invalid: invalid request frame: at /id: must be string"},
		{`{"type":"req","id":"a"}`, "frame a: invalid request frame: must have required property 'method'"},
		{`{"type":"req","id":"a","method":""}`, "frame a: invalid request frame: at /method: must NOT have fewer than 1 characters"},
		{`{"type":"req","id":"a","method":5}`, "frame a: invalid request frame: at /method: must be string"},
		{`{"id":"a","method":"health"}`, "frame a: invalid request frame: must have required property 'type'"},
		{`{"id":"a"}`, "frame a: invalid request frame: must have required property 'type'; must have required property 'method'"},
		{`{}`, "frame invalid: invalid request frame: must have required property 'type'; must have required property 'id'; must have required property 'method'"},
		{`[]`, "frame invalid: invalid request frame: must be object"},
		{`null`, "frame invalid: invalid request frame: must be object"},
		{`"a"`, "frame invalid: invalid request frame: must be object"},
		{`5`, "frame invalid: invalid request frame: must be object"},
		// A name that stands twice has no one meaning. The first id is answered:
		// it is what a reader sees that stops there.
		{`{"type":"req","id":"a","id":"b","method":"health"}`, "frame a: invalid request frame: at root: must NOT have duplicate property 'id'"},
		{`{"type":"req","id":"a","method":"health","method":"status"}`, "frame a: invalid request frame: at root: must NOT have duplicate property 'method'"},
		{`{"type":"req","id":"a","method":"health","params":{},"params":{}}`, "frame a: invalid request frame: at root: must NOT have duplicate property 'params'"},
		{`{"type":"req","id":"a","method":"health","\u006dethod":"status"}`, "frame a: invalid request frame: at root: must NOT have duplicate property 'method'"},
		{`{"type":"res","id":"a","ok":true}`, `frame a: invalid request frame: must have required property 'method'; at root: unexpected property 'ok'; at /type: must be equal to constant "req"`},
		{`{"type":"req","id":"a","method":"health","params":{"probe":tru}}`, "frame a: invalid request frame: invalid JSON at byte 59: expected a value"},
		{`{"type":"req","id":"\ud800","method":"health"}`, "frame invalid: invalid request frame: at /id: must NOT have a lone surrogate"},
		{``, "frame invalid: invalid request frame: invalid JSON at byte 0: expected a value"},
		{`{oops`, "frame invalid: invalid request frame: invalid JSON at byte 1: expected a member name or '}'"},
		{`{"type":"req","id":"a","method":"health"} {}`, "frame a: invalid request frame: invalid JSON at byte 42: expected nothing after the value"},
	} {
		if got := verdict(c.text, admin); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestOrderOfVerdicts: frame, role, scope, method, params, wherever each of
// them stands in the text.
func TestOrderOfVerdicts(t *testing.T) {
	for _, c := range []struct {
		name, text string
		have       protocol.Grant
		want       string
	}{
		{"all is well", `{"type":"req","id":"a","method":"chat.history","params":{"sessionKey":"main"}}`, admin, `call a: chat.history {"sessionKey":"main"}`},
		{"params first", `{"params":{"sessionKey":"main"},"type":"req","id":"a","method":"chat.history"}`, admin, `call a: chat.history {"sessionKey":"main"}`},
		{"params in the middle", `{"id":"a","params":{"sessionKey":"main"},"method":"chat.history","type":"req"}`, admin, `call a: chat.history {"sessionKey":"main"}`},
		{"by an alias", `{"type":"req","id":"a","method":"node.describe","params":{"nodeId":"n"}}`, admin, `call a: nodes.describe {"nodeId":"n"}`},

		{"frame before role", `{"type":"req","id":"a","method":"chat.send","params":{},"bogus":1}`, node, "frame a: invalid request frame: at root: unexpected property 'bogus'"},
		{"frame before params", `{"type":"req","id":"a","method":"chat.history","params":{},"bogus":1}`, admin, "frame a: invalid request frame: at root: unexpected property 'bogus'"},
		{"role before scope", `{"type":"req","id":"a","method":"chat.send"}`, node, "denied a: unauthorized role: node"},
		{"role before method", `{"type":"req","id":"a","method":"no.such"}`, node, "denied a: unauthorized role: node"},
		{"role before params", `{"type":"req","id":"a","method":"chat.send","params":{"bogus":1}}`, node, "denied a: unauthorized role: node"},
		{"role before params that come first", `{"params":{"bogus":1},"type":"req","id":"a","method":"chat.send"}`, node, "denied a: unauthorized role: node"},
		{"role before params that are no object", `{"type":"req","id":"a","method":"chat.send","params":"x"}`, node, "denied a: unauthorized role: node"},
		{"an operator's role", `{"type":"req","id":"a","method":"node.event","params":{}}`, admin, "denied a: unauthorized role: operator"},
		{"scope before method", `{"type":"req","id":"a","method":"no.such"}`, reader, "denied a: missing scope: operator.admin"},
		{"scope before params", `{"type":"req","id":"a","method":"chat.send","params":{"bogus":1}}`, reader, "denied a: missing scope: operator.write"},
		{"scope before params that come first", `{"params":[1],"type":"req","id":"a","method":"chat.send"}`, reader, "denied a: missing scope: operator.write"},
		{"method before params", `{"type":"req","id":"a","method":"no.such","params":"x"}`, admin, "unknown a: no.such"},
		{"method before params that come first", `{"params":7,"type":"req","id":"a","method":"no.such"}`, admin, "unknown a: no.such"},
		{"params last", `{"type":"req","id":"a","method":"chat.history","params":{}}`, admin, "params a: INVALID_REQUEST invalid chat.history params: must have required property 'sessionKey'"},
		{"params that come first", `{"params":{},"type":"req","id":"a","method":"chat.history"}`, admin, "params a: INVALID_REQUEST invalid chat.history params: must have required property 'sessionKey'"},
		{"the name that was sent", `{"type":"req","id":"a","method":"node.describe","params":{}}`, admin, "params a: INVALID_REQUEST invalid node.describe params: must have required property 'nodeId'"},
		{"the canonical name", `{"type":"req","id":"a","method":"nodes.describe","params":{}}`, admin, "params a: INVALID_REQUEST invalid nodes.describe params: must have required property 'nodeId'"},

		{"connect is as unknown to a reader", `{"type":"req","id":"a","method":"connect"}`, reader, "denied a: missing scope: operator.admin"},
		{"and to a node", `{"type":"req","id":"a","method":"connect"}`, node, "denied a: unauthorized role: node"},
		{"a scope that does not exist", `{"type":"req","id":"a","method":"health"}`, protocol.GrantOf(protocol.RoleOperator, []string{"operator.bogus"}), "denied a: missing scope: operator.read"},
	} {
		if got := verdict(c.text, c.have); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.name, c.text, got, c.want)
		}
	}
}

// TestJSONBeforeAccess: text that is no JSON is no frame, also where only the
// params of a call that would be denied are broken.
func TestJSONBeforeAccess(t *testing.T) {
	for _, params := range []string{`{"a":}`, `{"a":1,"a":2}`, `{"a":"` + "\xff" + `"}`, `{"a":"\ud800"}`, strings.Repeat("[", 70) + strings.Repeat("]", 70)} {
		for _, text := range []string{
			`{"type":"req","id":"a","method":"chat.send","params":` + params + `}`,
			`{"params":` + params + `,"type":"req","id":"a","method":"chat.send"}`,
			`{"type":"req","id":"a","method":"no.such","params":` + params + `}`,
		} {
			for _, have := range []protocol.Grant{node, reader, admin} {
				if got := verdict(text, have); !strings.HasPrefix(got, "frame a: ") && !strings.HasPrefix(got, "frame invalid: ") {
					t.Errorf("%s: got %s, want a malformed frame", text, got)
				}
			}
		}
	}
}

// TestParamsThatAreNone: no params and null are an empty object, for every
// method; nothing else is.
func TestParamsThatAreNone(t *testing.T) {
	for m := range protocol.MethodUnknown {
		empty := verdict(fmt.Sprintf(`{"type":"req","id":"a","method":%q,"params":{}}`, m), anyone)
		for _, text := range []string{
			`{"type":"req","id":"a","method":%q}`,
			`{"type":"req","id":"a","method":%q,"params":null}`,
			`{"params": null ,"method":%q,"id":"a","type":"req"}`,
		} {
			if got := verdict(fmt.Sprintf(text, m), anyone); got != empty {
				t.Errorf("%s: %s gives %s, but {} gives %s", m, text, got, empty)
			}
		}
		for _, params := range []string{`[]`, `[{}]`, `"x"`, `""`, `5`, `0`, `true`, `false`} {
			want := fmt.Sprintf("params a: INVALID_REQUEST invalid %s params: must be object", m)
			for _, text := range []string{`{"type":"req","id":"a","method":%q,"params":%s}`, `{"params":%[2]s,"type":"req","id":"a","method":%[1]q}`} {
				if got := verdict(fmt.Sprintf(text, m, params), anyone); got != want {
					t.Errorf("%s with %s: got %s, want %s", m, params, got, want)
				}
			}
		}
	}
}

// TestRefusalNamesEachIssue: the details list what the message says.
func TestRefusalNamesEachIssue(t *testing.T) {
	var q protocol.Request
	err := q.DecodeAlias([]byte(`{"type":"req","id":"a","method":"logs.tail","params":{"cursor":"x","limit":9999,"bogus":1}}`), admin)
	var e *protocol.Error
	if !errors.As(err, &e) || e.Details == nil {
		t.Fatalf("got %v", err)
	}
	const message = "invalid logs.tail params: at root: unexpected property 'bogus'; at /cursor: must be integer; at /limit: must be <= 5000"
	const details = `{"issues":[{"path":"","rule":"additionalProperties","property":"bogus","message":"unexpected property 'bogus'"},` +
		`{"path":"/cursor","rule":"type","message":"must be integer"},{"path":"/limit","rule":"maximum","message":"must be <= 5000"}]}`
	if e.Message != message {
		t.Errorf("the message is %s", e.Message)
	}
	if got := string(e.Details.AppendJSON(nil)); got != details {
		t.Errorf("the details are %s", got)
	}
}

// TestUnknownMethodsHaveNoForms: what is asked of no method is an error, not a
// panic.
func TestUnknownMethodsHaveNoForms(t *testing.T) {
	for _, m := range []protocol.MethodID{protocol.MethodUnknown, protocol.MethodUnknown + 1} {
		if p, err := protocol.DecodeAliasParams(m, []byte(`{}`), wire.Strict); err == nil {
			t.Errorf("params of method %d: %v", m, p)
		}
		if v, err := protocol.DecodeAliasResult(m, []byte(`{}`), wire.Lenient); err == nil {
			t.Errorf("result of method %d: %v", m, v)
		}
	}
	if p, err := protocol.DecodeAliasPayload(protocol.EventUnknown, protocol.DialectField, []byte(`{}`), wire.Lenient); err == nil {
		t.Errorf("payload of an unknown event: %v", p)
	}
}

// TestResultsAreWhatHandlersReturn: also those that are no objects.
func TestResultsAreWhatHandlersReturn(t *testing.T) {
	for _, c := range []struct {
		method     protocol.MethodID
		text, want string
	}{
		{protocol.MethodTalkMode, `{"enabled":true,"phase":null,"ts":1}`, "*protocol.TalkModeState"},
		{protocol.MethodConnect, `{"type":"hello-ok"}`, "*protocol.HelloOk"},
		{protocol.MethodSystemPresence, `[{"ts":1}]`, "[]protocol.PresenceEntry"},
		{protocol.MethodLastHeartbeat, `{"ts":1,"status":"sent"}`, "*protocol.HeartbeatEvent"},
		{protocol.MethodLastHeartbeat, `null`, "*protocol.HeartbeatEvent"},
		{protocol.MethodBrowserRequest, `[1]`, "wire.Raw"},
	} {
		v, err := protocol.DecodeAliasResult(c.method, []byte(c.text), wire.Lenient)
		if got := fmt.Sprintf("%T", v); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.method, got, err, c.want)
		}
	}
	for _, c := range []struct {
		method     protocol.MethodID
		text, want string
	}{
		{protocol.MethodLastHeartbeat, `7`, "must be object or null"},
		{protocol.MethodSystemPresence, `[{"ts":"x"}]`, "at /0/ts: must be integer"},
		{protocol.MethodStatus, `null`, "must be object"},
	} {
		if _, err := protocol.DecodeAliasResult(c.method, []byte(c.text), wire.Strict); err == nil || err.Error() != c.want {
			t.Errorf("%s: %s: got %v, want %s", c.method, c.text, err, c.want)
		}
	}
}

// TestRecordedFrameErrors holds the field's words on odd frames against ours.
func TestRecordedFrameErrors(t *testing.T) {
	eachRecording(t, func(t *testing.T, recorded *transcript.Transcript) {
		ids := review(t, map[string]string{
			`7`:  "the field answers by whatever the id was; we answer \"invalid\"",
			`""`: "the field answers by whatever the id was; we answer \"invalid\"",
		})
		compared, named := 0, 0
		for _, x := range recorded.Exchanges {
			if len(x.Answers) == 0 || !refusedFrame(x) {
				continue
			}
			compared++
			a := x.Answers[0]
			got := verdict(string(x.Text), admin)
			if n := strings.Index(got, constant); n >= 0 {
				got = got[:n+len(constant)] // we name the constant, and it comes last
				named++
			}
			id := strings.Trim(string(a.ID), `"`)
			if id == "" || id == "7" {
				if !ids.allows(string(a.ID)) {
					t.Errorf("%s: the id is %s", x.Source, a.ID)
				}
				id = wire.InvalidID
			}
			if want := "frame " + id + ": " + a.Error.Message; got != want {
				t.Errorf("%s: %s:\n got %s\nwant %s", x.Source, x.Text, got, want)
			}
		}
		if compared != 13 || named != 3 {
			t.Errorf("%d frames compared, a constant named in %d; want 13 and 3", compared, named)
		}
	})
}

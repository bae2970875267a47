package protocol_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

// requestTraps are requests that a decoder in one pass gets wrong first.
var requestTraps = []string{
	`{"type":"req","id":"1","method":"agent","params":{"message":"a\nb","idempotencyKey":"k\u0031"}}`,
	`{"params":{"message":"a\nb","idempotencyKey":"k\u0031"},"method":"agen\u0074","id":"\u0031","type":"re\u0071"}`,
	`{"params":{"message":"\ud83d\ude00","idempotencyKey":"k"},"id":"a much longer id than the params before it, with an escape at its end\n","type":"req","method":"agent"}`,
	`{"m\u0065thod":"agent","p\u0061rams":{"mess\u0061ge":"x","idempotencyKey":"k"},"\u0069d":"1","typ\u0065":"req"}`,
	`{"type":"req","id":"1","method":"health","params":null}`,
	`{"type":"req","id":"1","params":null,"method":"health"}`,
	`{"type":"req","id":"1","method":"health"}`,
	`{"type":"req","id":"1","method":"health","params":[]}`,
	`{"type":"req","id":"1","params":"x","method":"health"}`,
	`{"type":"req","id":"1","method":"health","params":{},"params":{}}`,
	`{"type":"req","id":"1","method":"health","method":"agent","params":{}}`,
	`{"type":"req","id":"1","method":"agent","params":{"message":"x","message":"y","idempotencyKey":"k"}}`,
	`{"type":"req","id":"1","method":"agent","params":{"message":"` + "\xff" + `","idempotencyKey":"k"}}`,
	`{"type":"req","id":"1","method":"agent","params":{"message":"\ud800","idempotencyKey":"k"}}`,
	`{"type":"req","id":"1","method":"no.such","params":{"a":[1,{"b":null}]}}`,
	`{"type":"req","id":"","method":"agent","params":{}}`,
	`{"type":"req","id":7,"method":"agent","params":{}}`,
	`{"type":"res","id":"1","method":"agent"}`,
	`{"type":"req","id":"1","method":"agent","extra":1}`,
	`{"type":"req","id":"1","method":"agent","params":{"message":"x","idempotencyKey":"k"}} x`,
	`{"type":"req","id":"1"`,
	`[]`, `null`, ``,
}

// grants are callers with more and fewer rights.
var grants = []protocol.Grant{
	protocol.GrantOf(protocol.RoleOperator, []string{"operator.admin"}),
	protocol.GrantOf(protocol.RoleOperator, []string{"operator.read"}),
	protocol.GrantOf(protocol.RoleNode, nil),
	protocol.GrantOf(protocol.RoleDevice, nil),
	0,
}

// FuzzRequest compares the decoder of requests, which does everything in one
// pass where it can, with a slow reading in steps: the frame, then the access,
// then the params.
func FuzzRequest(f *testing.F) {
	subject.Load(f)
	for _, text := range requestTraps {
		for i := range grants {
			f.Add(uint8(i), []byte(text))
		}
	}
	for _, frame := range guideLines(f) {
		f.Add(uint8(0), frame.Raw())
	}
	for _, m := range subject.Model.Methods {
		for _, x := range m.Examples {
			if x.Params == nil {
				continue
			}
			f.Add(uint8(0), fmt.Appendf(nil, `{"type":"req","id":"1","method":%q,"params":%s}`, m.Wire, x.Params))
			f.Add(uint8(1), fmt.Appendf(nil, `{"params":%s,"method":%q,"id":"1","type":"req"}`, x.Params, m.Wire))
		}
	}
	f.Fuzz(func(t *testing.T, index uint8, data []byte) {
		have := grants[int(index)%len(grants)]
		var q protocol.Request
		err := q.DecodeAlias(data, have)
		sameRequest(t, data, q, err, have)
	})
}

func sameRequest(t *testing.T, data []byte, q protocol.Request, err error, have protocol.Grant) {
	t.Helper()
	frame := subject.Type(t, "RequestFrame")
	if issues := subject.Explain(frame, data, wire.Strict); len(issues) > 0 {
		var refusal *protocol.FrameError
		if !errors.As(err, &refusal) || refusal.Issues.Error() != issues.Error() {
			t.Fatalf("the frame is wrong (%v), we say %v\n%s", issues, err, data)
		}
		sameID(t, data, refusal.ID)
		return
	}
	var want struct {
		ID, Method string
		Params     json.RawMessage
	}
	if failure := json.Unmarshal(data, &want); failure != nil {
		t.Fatalf("encoding/json: %v\n%s", failure, data)
	}
	method, _ := protocol.LookupMethod(want.Method)
	denied := protocol.AllowMethod(method, have)
	if q.Frame.ID != want.ID || q.Frame.Method != want.Method || string(q.Frame.Params) != string(want.Params) {
		t.Errorf("the frame is %+v, we say %+v\n%s", want, q.Frame, data)
	}
	if q.Method != method || !reflect.DeepEqual(q.Denied, denied) {
		t.Errorf("method %v, denied %v; we say %v, %v\n%s", method, denied, q.Method, q.Denied, data)
	}
	if denied != nil || method == protocol.MethodUnknown {
		if err != nil || q.Params != nil {
			t.Errorf("params are looked at (%v, %v) though the call is refused\n%s", q.Params, err, data)
		}
		return
	}
	params, failure := protocol.DecodeAliasParams(method, want.Params, wire.Strict)
	if failure != nil {
		var refusal *protocol.Error
		if !errors.As(err, &refusal) || refusal.Message != "invalid "+want.Method+" params: "+failure.Error() {
			t.Errorf("the params are wrong (%v), we say %v\n%s", failure, err, data)
		}
		return
	}
	if err != nil || !reflect.DeepEqual(q.Params, params) {
		t.Errorf("the params are %s, we say %v (%v)\n%s", params.AppendJSON(nil), q.Params, err, data)
	}
}

// sameID: a frame that fails is answered by its id, when it has one.
func sameID(t *testing.T, data []byte, id string) {
	t.Helper()
	if id == "" {
		t.Errorf("no id to answer with\n%s", data)
	}
	frame := subject.Type(t, "RequestFrame")
	if oracle.Strictness(frame.Model, data, protocol.MaxDepth) != oracle.None {
		return // what is not JSON may have no id, or two
	}
	want := wire.InvalidID
	var members map[string]any
	if json.Unmarshal(data, &members) == nil {
		if s, isString := members["id"].(string); isString && s != "" {
			want = s
		}
	}
	if id != want {
		t.Errorf("it should be answered as %q, we say %q\n%s", want, id, data)
	}
}

package protocol_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// The guide is the protocol's public face: each of its messages must decode.

// guideFrame is a message that stands in the guide.
type guideFrame struct {
	line   int
	Kind   string          `json:"kind"`
	Frame  json.RawMessage `json:"frame"`
	Method string          `json:"method"` // of a response with a result
	Note   string          `json:"note"`
}

const guideFile = "testdata/guide/guide-frames.jsonl"

// guideFrames reads the frames of some kinds.
func guideFrames(t *testing.T, kinds ...string) []guideFrame {
	t.Helper()
	data, err := os.ReadFile(guideFile)
	if err != nil {
		t.Fatal(err)
	}
	var list []guideFrame
	for n, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		f := guideFrame{line: n + 1}
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatalf("%s:%d: %v", guideFile, n+1, err)
		}
		for _, k := range kinds {
			if f.Kind == k {
				list = append(list, f)
			}
		}
	}
	if len(list) == 0 {
		t.Fatalf("the guide has no frames of the kinds %q", kinds)
	}
	return list
}

func (f guideFrame) String() string { return fmt.Sprintf("%s:%d", guideFile, f.line) }

func TestGuideIsTheFacts(t *testing.T) {
	want, err := fs.ReadFile(facts(t), "guide-frames.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(guideFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the facts have: run go run ./tools/recordings", guideFile)
	}
}

func TestGuideKindsAreAllTested(t *testing.T) {
	all := guideFrames(t, "connect", "connect-partial", "hello-ok", "req", "res", "event", "config")
	data, err := os.ReadFile(guideFile)
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(data, []byte("\n")); len(all) != lines {
		t.Errorf("%d of the guide's %d frames are of a kind that is tested", len(all), lines)
	}
}

var admin = protocol.GrantOf(protocol.RoleOperator, []string{"operator.admin"})

func TestGuideRequests(t *testing.T) {
	methods := map[protocol.MethodID]bool{}
	for _, f := range guideFrames(t, "req") {
		var q protocol.Request
		if err := q.DecodeAlias(f.Frame, admin); err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if q.Denied != nil || q.Params == nil || q.Method == protocol.MethodUnknown || q.Method.String() != q.Frame.Method {
			t.Errorf("%s: method %v, denied %v, params %v", f, q.Method, q.Denied, q.Params)
			continue
		}
		sent := parsed(t, f.Frame).(map[string]any)
		for _, d := range differences(sent["params"], parsed(t, q.Params.AppendJSON(nil))) {
			t.Errorf("%s: %s", f, d)
		}
		for _, d := range differences(sent, parsed(t, q.Frame.AppendJSON(nil))) {
			t.Errorf("%s: %s", f, d)
		}
		methods[q.Method] = true
	}
	// 41 of the guide's headings, and health from its handshake section.
	if len(methods) != 42 {
		t.Errorf("the guide calls %d methods, want 42", len(methods))
	}
}

func TestGuideResponses(t *testing.T) {
	abbreviated := review(t, map[string]string{
		"health 4":      "D30: the result is the union of the guide's members and the field's",
		"agents.list 5": "D48: the guide abbreviates it, and gives it in full elsewhere",
		"logs.tail 50":  "D43: the guide does not have reset, which is always sent",
	})
	strict := 0
	for _, f := range guideFrames(t, "res") {
		var frame protocol.ResponseFrame
		if err := frame.DecodeAlias(f.Frame, wire.Strict); err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, d := range differences(parsed(t, f.Frame), parsed(t, frame.AppendJSON(nil))) {
			t.Errorf("%s: %s", f, d)
		}
		if !frame.Ok {
			e := frame.Error.V
			if retryable := e.Retryable; !e.Code.Known() || retryable.Set && retryable.V != protocol.Retryable(string(e.Code)) {
				t.Errorf("%s: the code %s is known: %t, retryable in the guide: %v, here: %t", f, e.Code, e.Code.Known(), retryable, protocol.Retryable(string(e.Code)))
			}
			continue
		}
		method, alias := protocol.LookupMethod(f.Method)
		if method == protocol.MethodUnknown || alias {
			t.Errorf("%s: the method %q is unknown or an alias", f, f.Method)
			continue
		}
		v, err := protocol.DecodeAliasResult(method, frame.Payload, wire.Lenient)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		whole := true
		if _, err := protocol.DecodeAliasResult(method, frame.Payload, wire.Strict); err != nil {
			if whole = false; !abbreviated.allows(fmt.Sprint(f.Method, " ", f.line)) {
				t.Errorf("%s: %s: strictly: %v", f, f.Method, err)
			}
		} else {
			strict++
		}
		for _, d := range differences(parsed(t, frame.Payload), parsed(t, encoded(t, v))) {
			if whole || d.what != "added" {
				t.Errorf("%s: %s", f, d)
			}
		}
	}
	if strict != 3 {
		t.Errorf("%d results decode strictly, want 3: channels.status, models.list and the whole agents.list", strict)
	}
}

func TestGuideEvents(t *testing.T) {
	for _, f := range guideFrames(t, "event") {
		var frame protocol.EventFrame
		if err := frame.DecodeAlias(f.Frame, wire.Strict); err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		id := protocol.LookupEvent(frame.Event)
		if id.NameIn(protocol.DialectCanonical) != frame.Event {
			t.Errorf("%s: %q is not the canonical name of %s", f, frame.Event, id)
		}
		v, err := protocol.DecodeAliasPayload(id, protocol.DialectCanonical, frame.Payload, wire.Strict)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, d := range differences(parsed(t, frame.Payload), parsed(t, encoded(t, v))) {
			t.Errorf("%s: %s", f, d)
		}
	}
}

func TestGuideHandshake(t *testing.T) {
	whole := guideFrames(t, "connect")[0]
	for _, f := range guideFrames(t, "connect", "connect-partial") {
		text := merged(t, whole.Frame, f.Frame)
		var p protocol.ConnectParams
		if err := p.DecodeAlias(text, wire.Strict); err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, d := range differences(parsed(t, text), parsed(t, p.AppendJSON(nil))) {
			t.Errorf("%s: %s", f, d)
		}
	}
	for _, f := range guideFrames(t, "hello-ok") {
		var h protocol.HelloOk
		if err := h.DecodeAlias(f.Frame, wire.Lenient); err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, d := range differences(parsed(t, f.Frame), parsed(t, h.AppendJSON(nil))) {
			if d.what != "added" { // below snapshot.health, which is seen to next
				t.Errorf("%s: %s", f, d)
			}
		}
		// The guide leaves health out of the snapshot, and the facts put {} in
		// its place. With a health summary it is whole.
		status := []byte(`{"snapshot":{"health":` + exampleOf(t, "types/HealthSummary.json") + `}}`)
		if err := h.DecodeAlias(merged(t, f.Frame, status), wire.Strict); err != nil {
			t.Errorf("%s: with a health summary: %v", f, err)
		}
	}
}

// merged puts the members of one object into another; objects within them too.
func merged(t *testing.T, into, from []byte) []byte {
	t.Helper()
	var merge func(a, b map[string]any)
	merge = func(a, b map[string]any) {
		for name, value := range b {
			x, ok := a[name].(map[string]any)
			if y, also := value.(map[string]any); ok && also {
				merge(x, y)
				continue
			}
			a[name] = value
		}
	}
	a := parsed(t, into).(map[string]any)
	merge(a, parsed(t, from).(map[string]any))
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestGuideConfig(t *testing.T) {
	texts := map[string][]byte{}
	for _, f := range guideFrames(t, "config") {
		texts[f.String()] = f.Frame
	}
	// The config that the guide writes with config.set and config.apply.
	for _, f := range guideFrames(t, "req") {
		var call struct{ Params struct{ Raw string } }
		if err := json.Unmarshal(f.Frame, &call); err == nil && call.Params.Raw != "" {
			texts[f.String()] = []byte(call.Params.Raw)
		}
	}
	if len(texts) != 4 {
		t.Errorf("the guide has %d configs, want 4", len(texts))
	}
	for where, text := range texts {
		var c protocol.Config
		if err := c.DecodeAlias(text, wire.Strict); err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if len(c.Extra) > 0 || len(c.Gateway.V.Extra) > 0 || len(c.Gateway.V.Auth.V.Extra) > 0 || len(c.Agent.V.Extra) > 0 {
			t.Errorf("%s: the schema does not name all of %s", where, text)
		}
		for _, d := range differences(parsed(t, text), parsed(t, c.AppendJSON(nil))) {
			t.Errorf("%s: %s", where, d)
		}
	}
}

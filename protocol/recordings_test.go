package protocol_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

// The recordings show what gateways and clients in the field really say. The
// gateway must take what those clients send, and a client must understand what
// those gateways answer.

// eachRecording runs a test on the committed extract, and on all recordings
// where they are.
func eachRecording(t *testing.T, test func(*testing.T, *transcript.Transcript)) {
	run := func(name string, dir func(*testing.T) fs.FS) {
		t.Run(name, func(t *testing.T) {
			recorded, err := transcript.Read(dir(t))
			if err != nil {
				t.Fatal(err)
			}
			if len(recorded.Exchanges) == 0 || len(recorded.Events) == 0 || len(recorded.Matrices) == 0 {
				t.Fatal("there is nothing in the recordings")
			}
			test(t, recorded)
		})
	}
	run("extract", func(*testing.T) fs.FS { return os.DirFS("testdata/recordings") })
	run("all", func(t *testing.T) fs.FS {
		dir, err := fs.Sub(facts(t), "upstream-transcripts")
		if err != nil {
			t.Fatal(err)
		}
		return dir
	})
}

// anyone may call everything: who may call what is the business of other
// tests.
var anyone = protocol.GrantOf(protocol.RoleOperator, []string{"operator.admin"}) |
	protocol.GrantOf(protocol.RoleNode, nil) | protocol.GrantOf(protocol.RoleDevice, nil)

// ownWords are refusals of params by methods that check them by hand.
var ownWords = map[string]string{
	"system-event":    "text required",
	"tts.convert":     "tts.convert requires text",
	"tts.setProvider": "Invalid provider. Use openai, elevenlabs, or edge.",
	"voicewake.set":   "voicewake.set requires triggers: string[]",
}

// refusedParams reports whether the field found fault with the params.
func refusedParams(x *transcript.Exchange) bool {
	e := x.Answers[0].Error
	return e != nil && (strings.HasPrefix(e.Message, "invalid "+x.Method+" params: ") || e.Message == ownWords[x.Method])
}

// judged reports whether a message is a request of a method that we know, and
// got an answer.
func judged(x *transcript.Exchange) bool {
	method, _ := protocol.LookupMethod(x.Method)
	return method != protocol.MethodUnknown && len(x.Answers) > 0 && !refusedFrame(x)
}

func refusedFrame(x *transcript.Exchange) bool {
	e := x.Answers[0].Error
	return e != nil && strings.HasPrefix(e.Message, "invalid request frame: ")
}

// brokenParams are those that the recorder sent to every method, to see which
// ones look at them.
var brokenParams = []string{`{}`, `{"__bogus":1}`, `"str"`}

// uncheckedByField are methods that took broken params.
var uncheckedByField = map[string]string{
	"health":             "the field does not look at the params",
	"last-heartbeat":     "the field does not look at the params",
	"status":             "the field does not look at the params",
	"system-presence":    "the field does not look at the params",
	"tts.disable":        "the field does not look at the params",
	"tts.enable":         "the field does not look at the params",
	"tts.providers":      "the field does not look at the params",
	"tts.status":         "the field does not look at the params",
	"usage.cost":         "the field does not look at the params",
	"usage.status":       "the field does not look at the params",
	"voicewake.get":      "the field does not look at the params",
	"browser.request":    "the recorded release does not have the method, and said so first",
	"node.event":         "the caller's role was refused first",
	"node.invoke.result": "the caller's role was refused first",
	"skills.bins":        "the caller's role was refused first",
}

func TestRecordedRequestsAreTaken(t *testing.T) {
	eachRecording(t, func(t *testing.T, recorded *transcript.Transcript) {
		unchecked := review(t, uncheckedByField)
		strictness := review(t, map[string]string{
			"invalid request frame: at root: must NOT have duplicate property 'id'": "which of the two counts is anyone's guess",
			"invalid request frame: at /id: must NOT have a lone surrogate":         "it cannot be written as UTF-8, so no answer could have the id",
		})
		taken, methods := 0, map[protocol.MethodID]bool{}
		for _, x := range recorded.Exchanges {
			if !judged(x) || refusedParams(x) {
				continue
			}
			var q protocol.Request
			err := q.DecodeAlias(x.Text, anyone)
			if err != nil {
				if !(isOneOf(x.Params, brokenParams) && unchecked.allows(x.Method)) && !strictness.allows(err.Error()) {
					t.Errorf("%s: %v, but the field answered %s", x.Source, err, x.Answers[0].Text)
				}
				continue
			}
			if q.Denied != nil || q.Params == nil || q.Frame.Method != x.Method {
				t.Errorf("%s: got the method %q, denied %v, params %v", x.Source, q.Frame.Method, q.Denied, q.Params)
				continue
			}
			// Params that are left out are an empty object.
			sent := x.Params
			if len(sent) == 0 || string(sent) == "null" {
				sent = []byte("{}")
			}
			for _, d := range differences(parsed(t, sent), parsed(t, q.Params.AppendJSON(nil))) {
				t.Errorf("%s: %s: %s", x.Source, x.Method, d)
			}
			taken++
			methods[q.Method] = true
		}
		t.Logf("%d requests of %d methods are taken", taken, len(methods))
		if taken < 200 || len(methods) < 75 {
			t.Error("these are less than there were")
		}
	})
}

func isOneOf(text []byte, list []string) bool {
	for _, s := range list {
		if string(bytes.TrimSpace(text)) == s {
			return true
		}
	}
	return false
}

// addedByUs are members that we require and the field does not send, so that
// they are zero when its answers are read. Clients must not rely on them.
var addedByUs = map[string]string{
	"result of connect: added /snapshot/health/status":   "D30: the guide's health has it, the field's has not",
	"result of connect: added /snapshot/health/uptimeMs": "D30: the guide's health has it, the field's has not",
	"result of health: added /status":                    "D30: the guide's health has it, the field's has not",
	"result of health: added /uptimeMs":                  "D30: the guide's health has it, the field's has not",
}

func TestRecordedResultsAreUnderstood(t *testing.T) {
	eachRecording(t, func(t *testing.T, recorded *transcript.Transcript) {
		added := review(t, addedByUs)
		understood, methods := 0, map[protocol.MethodID]bool{}
		for _, x := range recorded.Exchanges {
			if !judged(x) {
				continue
			}
			method, _ := protocol.LookupMethod(x.Method)
			for _, a := range x.Answers {
				if a.Payload == nil {
					continue
				}
				form, v, err := decodeAnswer(method, a)
				if err != nil {
					t.Errorf("%s: %s of %s: %v", a.Source, form, x.Method, err)
					continue
				}
				readsBack(t, a.Frame, form+" of "+x.Method, a.Payload, v, added)
				understood++
				methods[method] = true
			}
		}
		t.Logf("%d results of %d methods are understood", understood, len(methods))
		if understood < 120 || len(methods) < 60 {
			t.Error("these are less than there were")
		}
	})
}

// early tells the first answer of agent from the last one. It has to be told
// by its status: a repeat of a call whose run is over gets the last answer at
// once, and no other.
func early(a *transcript.Answer) bool {
	return bytes.Contains(a.Payload, []byte(`"status":"accepted"`))
}

// decodeAnswer decodes the payload of an answer as a client would: leniently,
// and in the form that it has at this point.
func decodeAnswer(method protocol.MethodID, a *transcript.Answer) (form string, v any, err error) {
	decode := func(form string, p interface {
		DecodeAlias([]byte, wire.Mode) error
	}) (string, any, error) {
		return form, p, p.DecodeAlias(a.Payload, wire.Lenient)
	}
	switch {
	case method == protocol.MethodAgent && early(a):
		return decode("early answer", new(protocol.AgentAccepted))
	case method == protocol.MethodAgent && !a.OK:
		return decode("failure", new(protocol.AgentFailure))
	case method == protocol.MethodSkillsInstall && !a.OK:
		return decode("failure", new(protocol.SkillsInstallFailure))
	case !a.OK:
		return "failure", nil, fmt.Errorf("the method has none, but the field sent %s", a.Payload)
	}
	v, err = protocol.DecodeAliasResult(method, a.Payload, wire.Lenient)
	return "result", v, err
}

// readsBack checks that nothing gets lost between decoding and encoding.
func readsBack(t *testing.T, from transcript.Frame, what string, sent []byte, v any, added *reviewed) {
	t.Helper()
	for _, d := range differences(parsed(t, sent), parsed(t, encoded(t, v))) {
		if d.what == "added" && (from.Partial || added.allows(what+": added "+d.at)) {
			continue // of a part, more than what was added here may be missing
		}
		t.Errorf("%s: %s: %s", from.Source, what, d)
	}
}

func TestRecordedEventsAreUnderstood(t *testing.T) {
	eachRecording(t, func(t *testing.T, recorded *transcript.Transcript) {
		added := review(t, map[string]string{
			"payload of health: added /status":   "D30: the guide's health has it, the field's has not",
			"payload of health: added /uptimeMs": "D30: the guide's health has it, the field's has not",
		})
		understood, events := 0, map[protocol.EventID]bool{}
		for _, e := range recorded.Events {
			id := protocol.LookupEvent(e.Name)
			if id == protocol.EventUnknown || id.NameIn(protocol.DialectField) != e.Name {
				t.Errorf("%s: %q is no event of the field's", e.Source, e.Name)
				continue
			}
			if info := id.Info(); e.Numbered && !info.Broadcast || !e.Numbered && !info.Peer {
				t.Errorf("%s: %s: numbered is %t, but it is declared as broadcast %t, peer %t", e.Source, e.Name, e.Numbered, info.Broadcast, info.Peer)
			}
			if e.Payload == nil {
				continue
			}
			v, err := protocol.DecodeAliasPayload(id, protocol.DialectField, e.Payload, wire.Lenient)
			if err != nil {
				t.Errorf("%s: %s: %v", e.Source, e.Name, err)
				continue
			}
			readsBack(t, e.Frame, "payload of "+e.Name, e.Payload, v, added)
			understood++
			events[id] = true
		}
		t.Logf("%d payloads of %d events are understood", understood, len(events))
		if understood < 40 || len(events) < int(protocol.EventUnknown)-len(ownEvents) {
			t.Error("these are less than there were")
		}
	})
}

// TestRecordedEnvelopes decodes the frames around the payloads, strictly: the
// field closes them.
func TestRecordedEnvelopes(t *testing.T) {
	eachRecording(t, func(t *testing.T, recorded *transcript.Transcript) {
		odd := review(t, map[string]string{
			`"":`:     "the field answers a frame without a usable id by that id, as it came; we answer \"invalid\"",
			`7:`:      "the field answers a frame without a usable id by that id, as it came; we answer \"invalid\"",
			`"\ud800`: "the field takes half a surrogate pair for a character",
		})
		excused := func(id string) bool {
			for key := range odd.rows {
				if strings.HasPrefix(id+":", key) {
					return odd.allows(key)
				}
			}
			return false
		}
		for _, x := range recorded.Exchanges {
			for _, a := range x.Answers {
				var frame protocol.ResponseFrame
				if err := frame.DecodeAlias(a.Text, wire.Strict); err != nil && !excused(string(a.ID)) {
					t.Errorf("%s: %v", a.Source, err)
				}
			}
		}
		for _, e := range recorded.Events {
			var frame protocol.EventFrame
			if err := frame.DecodeAlias(e.Text, wire.Strict); err != nil {
				t.Errorf("%s: %v", e.Source, err)
			} else if info := protocol.LookupEvent(e.Name).Info(); frame.StateVersion.Set != (info.StateVersion != "") {
				t.Errorf("%s: %s: has a state version: %t, but is declared to have %q", e.Source, e.Name, frame.StateVersion.Set, info.StateVersion)
			}
		}
	})
}

package chat

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/recordings/replay"
	"github.com/gatesmith/gatesmith/tools/recordings/transcript"
)

var update = flag.Bool("update", false, "make the extracts of recordings anew")

// Where we answer something else, and why.
var recordedExceptions = []replay.Exception{
	{From: "chat.jsonl:4*", Path: "/next", Why: "It tells that there is more. The field has no way to get it."},
}

func TestRecordedHistory(t *testing.T) {
	for _, name := range []string{"chat.jsonl", "webchat-client.jsonl"} {
		recorded := replay.Load(t, name, []string{"chat.history", "chat.inject"}, nil, *update)
		all := everything(t, recorded)
		eachEngine(t, func(w *window) {
			said := 0
			for i, x := range recorded.Exchanges {
				// Runs are not replayed: what they said is there when it was.
				for until := nextEnd(w.T, recorded.Exchanges[i:]); said < len(all) && all[said].Timestamp.V <= until; said++ {
					w.say("main", "b17127d0-9d05-46eb-bc1c-369a1dbc5457", all[said])
				}
				payload, code, message := w.call(x)
				replay.Check(w.T, x.Answers[0], payload, code, message, recordedExceptions)
			}
		})
	}
	replay.Unused(t, recordedExceptions)
}

func TestRecordedNote(t *testing.T) {
	recorded := replay.Load(t, "chat.jsonl", []string{"chat.history", "chat.inject"}, nil, *update)
	w := newWindow(t, inFolder(t))
	w.say("main", "", user("hello"))
	for _, x := range recorded.Exchanges {
		if x.Method == "chat.inject" {
			w.call(x)
		}
	}
	want := `{"runId":"inject-209a7280","sessionKey":"main","seq":0,"state":"final","message":{"role":"assistant","content":[{"type":"text","text":"[lbl]\n\ninjected note"}],"timestamp":1795347531011,"stopReason":"injected","usage":{"input":0,"output":0,"totalTokens":0}}}`
	if len(w.events) != 1 {
		t.Fatalf("%d events", len(w.events))
	}
	differences, err := replay.Differences([]byte(want), w.events[0].AppendJSON(nil))
	if err != nil || len(differences) != 0 {
		t.Errorf("%v %+v", err, differences)
	}
}

// messagesOf gives what a history answered.
func messagesOf(t *testing.T, x *transcript.Exchange) []protocol.Message {
	t.Helper()
	var res protocol.ChatHistoryResult
	if err := res.UnmarshalJSON(x.Answers[0].Payload); err != nil {
		t.Fatal(err)
	}
	return res.Messages
}

// everything is what all histories together tell, but for the note that is
// written anew.
func everything(t *testing.T, recorded *transcript.Transcript) []protocol.Message {
	t.Helper()
	var all []protocol.Message
	for _, x := range recorded.Exchanges {
		if x.Method == "chat.history" {
			all = append(all, messagesOf(t, x)...)
		}
	}
	all = slices.DeleteFunc(all, func(m protocol.Message) bool { return bytes.Contains(m.AppendJSON(nil), []byte("injected note")) })
	slices.SortStableFunc(all, func(a, b protocol.Message) int { return cmp.Compare(a.Timestamp.V, b.Timestamp.V) })
	return slices.CompactFunc(all, func(a, b protocol.Message) bool { return a.Timestamp.V == b.Timestamp.V })
}

// nextEnd gives the time of the last message of the next history.
func nextEnd(t *testing.T, rest []*transcript.Exchange) (at int64) {
	t.Helper()
	for _, x := range rest {
		if x.Method == "chat.history" {
			list := messagesOf(t, x)
			return list[len(list)-1].Timestamp.V
		}
	}
	return 0
}

// call asks as a client does: through the decoder, the handler and the encoder.
func (w *window) call(x *transcript.Exchange) (payload []byte, code, message string) {
	w.Helper()
	id, _ := protocol.LookupMethod(x.Method)
	p, err := protocol.DecodeAliasParams(id, x.Params, wire.Strict)
	if err == nil {
		if payload, err = (&protocol.Handlers{Chat: w.Service}).Call(w.Context(), id, p, nil, nil); err == nil {
			return payload, "", ""
		}
	}
	var refusal *protocol.Error
	if !errors.As(err, &refusal) {
		refusal = protocol.InvalidParams(x.Method, err)
	}
	return nil, refusal.Code, refusal.Message
}

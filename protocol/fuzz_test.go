package protocol_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// FuzzDecodeAny holds any text as a value of any type to all that is proven of
// made-up texts.
func FuzzDecodeAny(f *testing.F) {
	subject.Load(f)
	for i, typ := range subject.Types {
		for _, text := range subject.Examples[typ.Model] {
			f.Add(uint16(i), text)
		}
	}
	f.Fuzz(func(t *testing.T, index uint16, data []byte) {
		subject.Everything(t, subject.Types[int(index)%len(subject.Types)], data)
	})
}

// FuzzEventPayload: the payload of an event is decoded as the model says for
// the dialect, and never without an answer.
func FuzzEventPayload(f *testing.F) {
	subject.Load(f)
	for _, e := range subject.Model.Events {
		id := uint8(protocol.LookupEvent(e.Wire))
		for _, x := range e.Examples {
			f.Add(id, x.Dialect != nil, false, x.Payload)
		}
	}
	for _, frame := range guideLines(f) {
		if payload := frame.Get("payload"); payload != nil && frame.Str("type") == "event" {
			f.Add(uint8(protocol.LookupEvent(frame.Str("event"))), false, true, payload.Raw())
		}
	}
	f.Add(uint8(protocol.EventUnknown), false, false, []byte("{}"))
	f.Fuzz(func(t *testing.T, index uint8, field, lenient bool, data []byte) {
		event := protocol.EventID(index)
		dialect, mode := protocol.DialectCanonical, wire.Strict
		if field {
			dialect = protocol.DialectField
		}
		if lenient {
			mode = wire.Lenient
		}
		got, err := protocol.DecodeAliasPayload(event, dialect, data, mode)
		model := subject.Model.Event(event.String())
		if model == nil {
			if err == nil {
				t.Errorf("event %d does not exist, but has a payload", index)
			}
			return
		}
		want, refusal := subject.Type(t, subject.Name(payloadType(model, field))).Decode(data, mode)
		if (err == nil) != (refusal == nil) || err != nil && err.Error() != refusal.Error() {
			t.Fatalf("%s: %v, but its type says %v", event, err, refusal)
		}
		if err == nil && !bytes.Equal(got.AppendJSON(nil), want.AppendJSON(nil)) {
			t.Errorf("%s: %s, but its type gives %s", event, got.AppendJSON(nil), want.AppendJSON(nil))
		}
	})
}

// payloadType is the type that the model gives an event's payload.
func payloadType(e *ir.Event, field bool) *ir.Type {
	if field {
		if form := e.Form(subject.Model.Dialect("field")); form != nil && form.Payload != nil {
			return form.Payload
		}
	}
	return e.Payload
}

// guideLines are the frames of the published guide.
func guideLines(t testing.TB) []*source.Node {
	t.Helper()
	text, err := os.ReadFile("testdata/guide/guide-frames.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var frames []*source.Node
	for line := range bytes.Lines(text) {
		f, list := source.Parse("guide-frames.jsonl", "guide-frames.jsonl", bytes.TrimSpace(line))
		if len(list) > 0 {
			t.Fatal(list[0])
		}
		frames = append(frames, f.Root.Get("frame"))
	}
	return frames
}

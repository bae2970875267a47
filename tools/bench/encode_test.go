package bench

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/go-faster/jx"
	v2 "github.com/go-json-experiment/json"
	goccy "github.com/goccy/go-json"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Events on their way out: the payload in an event frame with a number.

const seq = 4711

// encoder is one way to encode an event. Each call gives the whole frame.
type encoder struct {
	name   string
	encode func() []byte
}

// encoders lists all for the events of the corpus, by event.
func encoders(tb testing.TB) map[string][]encoder {
	tb.Helper()
	texts := map[string][]byte{}
	for _, m := range corpus(tb) {
		texts[m.Name] = m.Good
	}
	agent, err := protocol.DecodeAliasAgentEvent(texts["agent.event"], wire.Strict)
	if err != nil {
		tb.Fatal(err)
	}
	chat := new(protocol.ChatEvent)
	if err := chat.DecodeAlias(texts["chat.event"], wire.Strict); err != nil {
		tb.Fatal(err)
	}
	return map[string][]encoder{
		"agent.event": encodersOf[plainAgentEvent[plainAgentMsg]](tb, agent, texts["agent.event"]),
		"chat.event":  encodersOf[plainChatEvent](tb, chat, texts["chat.event"]),
	}
}

func encodersOf[P any](tb testing.TB, payload wire.Appender, text []byte) []encoder {
	event := "agent.event"
	if _, isChat := any(new(P)).(*plainChatEvent); isChat {
		event = "chat.event"
	}
	plain := &plainEventFrame[P]{Type: "event", Event: event, Seq: new(int64(seq))}
	if err := json.Unmarshal(text, &plain.Payload); err != nil {
		tb.Fatal(err)
	}
	must := func(b []byte, err error) []byte {
		if err != nil {
			tb.Fatal(err)
		}
		return b
	}
	var b []byte
	var e jx.Encoder
	return []encoder{
		{"ours", func() []byte { // as the server does
			b = append(b[:0], `{"type":"event","event":`...)
			b = wire.AppendString(b, event)
			b = append(b, `,"payload":`...)
			b = payload.AppendJSON(b)
			b = append(b, `,"seq":`...)
			b = append(wire.AppendInt(b, seq), '}')
			return b
		}},
		{"jx", func() []byte {
			e.Reset()
			e.ObjStart()
			e.FieldStart("type")
			e.Str("event")
			e.FieldStart("event")
			e.Str(event)
			e.FieldStart("payload")
			any(&plain.Payload).(interface{ encodeJX(*jx.Encoder) }).encodeJX(&e)
			e.FieldStart("seq")
			e.Int64(seq)
			e.ObjEnd()
			return e.Bytes()
		}},
		{"goccy", func() []byte { return must(goccy.Marshal(plain)) }},
		{"jsonv2", func() []byte { return must(v2.Marshal(plain)) }},
		{"encoding-json", func() []byte { return must(json.Marshal(plain)) }},
	}
}

func TestEncodersAgree(t *testing.T) {
	for name, list := range encoders(t) {
		var want, got any
		if err := json.Unmarshal(list[0].encode(), &want); err != nil {
			t.Fatal(err)
		}
		for _, e := range list[1:] {
			text := e.encode()
			if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s gives\n%s\nwant\n%s", name, e.name, text, list[0].encode())
			}
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, list := range encoders(b) {
		for _, e := range list {
			b.Run(name+"/"+e.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(e.encode())))
				for b.Loop() {
					e.encode()
				}
			})
		}
	}
}

package protocol_test

import (
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// decoder is a params struct that is decoded into again and again.
type decoder interface {
	wire.Appender
	DecodeAlias(data []byte, mode wire.Mode) error
}

// allocations of the messages that arrive most. A message without escapes
// costs what its lists, maps and union variants take, and nothing else; with
// escapes it costs one more, however many there are.
var allocations = []struct {
	name string
	into decoder
	text string
	want float64
	why  string // what the allocations are for
}{
	{"agent", new(protocol.AgentParams), `{"message":"hi","agentId":"main","sessionId":"main","thinking":"low","deliver":false,"timeout":600,"idempotencyKey":"k-1"}`, 0, ""},
	{"agent beyond ASCII", new(protocol.AgentParams), `{"message":"Привет 😀","idempotencyKey":"k-1"}`, 0, ""},
	{"agent with escapes", new(protocol.AgentParams), `{"message":"a\nb\tc","agentId":"\u006dain","sess\u0069onId":"main","idempotencyKey":"k\u002d1"}`, 1, "the escapes"},
	{"agent with an attachment", new(protocol.AgentParams), `{"message":"look","attachments":[{"type":"image","mimeType":"image/png","fileName":"a.png","content":"AAAA"}],"idempotencyKey":"k"}`, 1, "the list"},
	{"agent with no attachments", new(protocol.AgentParams), `{"message":"look","attachments":[],"idempotencyKey":"k"}`, 0, ""},
	{"send", new(protocol.SendParams), `{"to":"+15551234567","message":"hello","channel":"whatsapp","accountId":"default","idempotencyKey":"k-1"}`, 0, ""},
	{"send with escapes", new(protocol.SendParams), `{"to":"+15551234567","message":"say \"hello\"\n","channel":"what\u0073app","idempotencyKey":"k-1"}`, 1, "the escapes"},
	{"send with a file", new(protocol.SendParams), `{"to":"a","message":"b","mediaUrls":["https://example.org/a.png"],"idempotencyKey":"k"}`, 1, "the list"},
	{"poll", new(protocol.PollParams), `{"to":"a","question":"b?","options":["yes","no"],"maxSelections":1,"idempotencyKey":"k"}`, 2, "the list, as it grows to two"},
	{"poll with escapes", new(protocol.PollParams), `{"to":"a","question":"\"b\"?","options":["y\u0065s","no\n"],"idempotencyKey":"k"}`, 3, "the list, as it grows to two, and the escapes"},
	{"sessions.patch", new(protocol.SessionsPatchParams), `{"key":"agent:main:main","label":"Main","thinkingLevel":"low","verboseLevel":null,"model":"gpt-4o"}`, 0, ""},
	{"sessions.patch with escapes", new(protocol.SessionsPatchParams), `{"key":"agent:main:main","label":"\u041c\u0430\u0438\u043d","thinkingLevel":null}`, 1, "the escapes"},
	{"cron.add", new(protocol.CronAddParams), `{"name":"morning","schedule":{"kind":"cron","expr":"0 8 * * *","tz":"Europe/Berlin"},"payload":{"kind":"agentTurn","message":"What is new?"},"enabled":true}`, 2, "two variants"},
	{"cron.add with escapes", new(protocol.CronAddParams), `{"name":"mor\u006eing","schedule":{"kind":"every","everyMs":60000},"payload":{"kind":"systemEvent","text":"tick\n"}}`, 3, "two variants and the escapes"},
	{"connect", new(protocol.ConnectParams), `{"minProtocol":3,"maxProtocol":3,"client":{"id":"cli","displayName":"CLI","version":"1.0.0","platform":"linux","mode":"cli"},"caps":[],"commands":[],"role":"operator","auth":{"token":"secret"},"locale":"en-GB","userAgent":"gatesmith/1"}`, 0, ""},
	{"connect with scopes", new(protocol.ConnectParams), `{"minProtocol":3,"maxProtocol":3,"client":{"id":"cli","version":"1","platform":"linux","mode":"cli"},"scopes":["operator.admin"]}`, 1, "the list"},
	{"connect with escapes", new(protocol.ConnectParams), `{"minProtocol":3,"maxProtocol":3,"client":{"id":"cli","displayName":"\u00dc","version":"1","platform":"linux","mode":"cli"},"userAgent":"a\/b"}`, 1, "the escapes"},
}

func TestAllocationsOfDecoding(t *testing.T) {
	for _, c := range allocations {
		data := []byte(c.text)
		if err := c.into.DecodeAlias(data, wire.Strict); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := testing.AllocsPerRun(100, func() {
			if c.into.DecodeAlias(data, wire.Strict) != nil {
				t.Fail()
			}
		})
		if got > c.want {
			t.Errorf("%s: %v allocations, at most %v are for something (%s)", c.name, got, c.want, c.why)
		}
	}
}

// TestAllocationsOfEncoding: into a buffer that is large enough, encoding takes
// no memory at all.
func TestAllocationsOfEncoding(t *testing.T) {
	buffer := make([]byte, 0, 4096)
	for _, c := range allocations {
		if err := c.into.DecodeAlias([]byte(c.text), wire.Strict); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := testing.AllocsPerRun(100, func() { buffer = c.into.AppendJSON(buffer[:0]) }); got > 0 {
			t.Errorf("%s: %v allocations", c.name, got)
		}
	}
}

// TestAllocationsOfRequests: a whole request takes one more, for the params
// that the handler is given. In another order than usual they are decoded
// apart, and their escapes too.
func TestAllocationsOfRequests(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       float64
	}{
		{"as clients send it", `{"type":"req","id":"1","method":"send","params":{"to":"a","message":"b","idempotencyKey":"k"}}`, 1},
		{"with escapes", `{"type":"req","id":"\u0031","method":"send","params":{"to":"a","message":"b\n","idempotencyKey":"k\u0031"}}`, 2},
		{"params first", `{"params":{"to":"a","message":"b","idempotencyKey":"k"},"method":"send","id":"1","type":"req"}`, 1},
		{"params first, with escapes", `{"params":{"to":"a","message":"b\n","idempotencyKey":"k"},"method":"send","id":"1\n","type":"req"}`, 3},
		{"no params", `{"type":"req","id":"1","method":"health"}`, 1},
	} {
		data := []byte(c.text)
		var q protocol.Request
		if err := q.DecodeAlias(data, grants[0]); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := testing.AllocsPerRun(100, func() { _ = q.DecodeAlias(data, grants[0]) }); got > c.want {
			t.Errorf("%s: %v allocations, want at most %v", c.name, got, c.want)
		}
	}
}

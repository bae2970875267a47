package protocol_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// bigFrame is a request with a short session key and a message of a quarter
// megabyte, in a buffer of its own as the server would read it.
func bigFrame(n int) []byte {
	return fmt.Appendf(nil, `{"type":"req","id":"r%d","method":"chat.send","params":{"sessionKey":"agent:main:%d","message":"%s","idempotencyKey":"k%d"}}`,
		n, n, strings.Repeat("x", 256<<10), n)
}

func sessionKey(t *testing.T, frame []byte) string {
	t.Helper()
	var q protocol.Request
	if err := q.DecodeAlias(frame, grants[0]); err != nil {
		t.Fatal(err)
	}
	return q.Params.(*protocol.ChatSendParams).SessionKey
}

// heap is how much memory is in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// TestKeysDontPinFrames is the memory rule: decoded strings point into their
// message, so what is kept beyond the request is kept by a clone. A thousand
// keys of a thousand large frames are a few kilobytes then.
func TestKeysDontPinFrames(t *testing.T) {
	const frames = 1000
	keys := make([]string, 0, frames)
	before := heap()
	for n := range frames {
		keys = append(keys, strings.Clone(sessionKey(t, bigFrame(n))))
	}
	grown := int64(heap()) - int64(before)
	if grown > 4<<20 {
		t.Errorf("%d cloned keys hold %d KB", frames, grown>>10)
	}
	runtime.KeepAlive(keys)
}

// TestClonesDontPinFrames is the same for a whole value.
func TestClonesDontPinFrames(t *testing.T) {
	const frames = 200
	held := make([]*protocol.ChatSendParams, 0, frames)
	before := heap()
	for n := range frames {
		frame := bytes.Replace(bigFrame(n), []byte(`"message":"`), []byte(`"thinking":"low\u0021","message":"`), 1)
		var q protocol.Request
		if err := q.DecodeAlias(frame, grants[0]); err != nil {
			t.Fatal(err)
		}
		p := q.Params.(*protocol.ChatSendParams)
		p.Message = "" // the large part is not kept
		held = append(held, p.Clone())
	}
	grown := int64(heap()) - int64(before)
	if grown > 4<<20 {
		t.Errorf("%d clones hold %d KB", frames, grown>>10)
	}
	runtime.KeepAlive(held)
}

// TestUnclonedKeysPinFrames shows what the rule is for: without a clone, a key
// of twenty bytes keeps its whole frame.
func TestUnclonedKeysPinFrames(t *testing.T) {
	const frames = 40
	var keys []string
	before := heap()
	for n := range frames {
		keys = append(keys, sessionKey(t, bigFrame(n)))
	}
	grown := int64(heap()) - int64(before)
	if grown < frames*(256<<10)*9/10 {
		t.Errorf("%d keys hold only %d KB: strings are no longer aliases, so the rule and its cost can go", frames, grown>>10)
	}
	runtime.KeepAlive(keys)
}

// TestUnmarshalCopies: the exported forms that don't say alias own their bytes.
func TestUnmarshalCopies(t *testing.T) {
	data := []byte(`{"sessionKey":"agent:main:main","message":"hello","idempotencyKey":"k"}`)
	var p protocol.ChatSendParams
	if err := p.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	var alias protocol.ChatSendParams
	if err := alias.DecodeAlias(data, wire.Strict); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if p.SessionKey != "agent:main:main" || p.Message != "hello" {
		t.Errorf("what UnmarshalJSON gave changed with the buffer: %q", p.SessionKey)
	}
	if alias.SessionKey == "agent:main:main" {
		t.Error("what DecodeAlias gave did not change with the buffer: it is a copy")
	}
}

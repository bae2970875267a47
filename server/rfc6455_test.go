package server_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// get is a request that is answered with "answer 1".
const get = `{"type":"req","id":"1","method":"voicewake.get"}`

// The rules of RFC 6455 that concern what a client sends, after its handshake
// and before.
func TestFramesByTheBook(t *testing.T) {
	unmasked := func(head byte, payload string) []byte {
		return append([]byte{head, byte(len(payload))}, payload...)
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	request := func(pad int) []byte {
		return []byte(`{"type":"req","id":"1","method":"voicewake.get","params":{"x":"` + strings.Repeat("x", pad) + `"}}`)
	}
	refusal := "answer 1 invalid voicewake.get params: at root: unexpected property 'x'"
	for _, c := range []struct {
		name string
		send []byte
		want []string
	}{
		{"a message", encode(fin|opText, []byte(get)), []string{"answer 1"}},
		{"a binary message", encode(fin|opBinary, []byte(get)), []string{"answer 1"}},
		{"in fragments", join(encode(opText, []byte(get[:7])), encode(opCont, nil), encode(opCont, []byte(get[7:9])), encode(fin|opCont, []byte(get[9:]))), []string{"answer 1"}},
		{"with a ping between fragments", join(encode(opText, []byte(get[:7])), encode(fin|opPing, []byte("now")), encode(fin|opCont, []byte(get[7:]))), []string{"pong now", "answer 1"}},
		{"a character in two fragments", join(encode(opText, []byte(`{"type":"req","id":"`+"\xd1")), encode(fin|opCont, []byte("\x8f"+`","method":"voicewake.get"}`))), []string{"answer я"}},
		{"of 16 bits length", encode(fin|opText, request(300)), []string{refusal}},
		{"of 64 bits length", encode(fin|opText, request(70_000)), []string{refusal}},
		{"of the largest size", encode(fin|opText, request(1<<20-len(request(0)))), []string{refusal}},
		{"too large", encode(fin|opText, request(1<<20+1-len(request(0)))), []string{"close 1009 ", "end"}},
		{"too large in fragments", join(encode(opText, request(1<<20-100)), encode(fin|opCont, request(100))), []string{"close 1009 ", "end"}},
		{"an empty ping", encode(fin|opPing, nil), []string{"pong "}},
		{"a full ping", encode(fin|opPing, repeat('p', 125)), []string{"pong " + strings.Repeat("p", 125)}},
		{"an unasked pong", join(encode(fin|opPong, []byte("x")), encode(fin|opText, []byte(get))), []string{"answer 1"}},
		{"a close", encode(fin|opClose, closing(1000, "bye")), []string{"close 1000 bye", "end"}},
		{"a close of the client's own", encode(fin|opClose, closing(4008, "connect failed")), []string{"close 4008 connect failed", "end"}},
		{"a close without code", encode(fin|opClose, nil), []string{"close", "end"}},
		{"a close with half a code", encode(fin|opClose, []byte{3}), []string{"close 1002 ", "end"}},
		{"a close with a code that may not be sent", encode(fin|opClose, closing(1005, "")), []string{"close 1002 ", "end"}},
		{"messages behind a close", join(encode(fin|opClose, closing(1000, "")), encode(fin|opText, []byte(get))), []string{"close 1000 ", "end"}},
		{"no UTF-8", encode(fin|opText, []byte(`{"type":"req","id":"`+"\xff"+`"}`)), []string{"close 1007 invalid UTF-8", "end"}},
		{"no UTF-8 in a binary message", join(encode(fin|opBinary, []byte("\xff")), encode(fin|opText, []byte(get))), []string{"answer 1"}},
		{"the first reserved bit", encode(fin|0x40|opText, []byte(get)), []string{"close 1002 ", "end"}},
		{"the second reserved bit", encode(fin|0x20|opText, []byte(get)), []string{"close 1002 ", "end"}},
		{"the third reserved bit", encode(fin|0x10|opPing, nil), []string{"close 1002 ", "end"}},
		{"a reserved data opcode", encode(fin|0x3, nil), []string{"close 1002 ", "end"}},
		{"a reserved control opcode", encode(fin|0xb, nil), []string{"close 1002 ", "end"}},
		{"no mask", unmasked(fin|opText, get), []string{"close 1002 protocol error", "end"}},
		{"no mask on a ping", unmasked(fin|opPing, ""), []string{"close 1002 protocol error", "end"}},
		{"a long ping", encode(fin|opPing, repeat('p', 126)), []string{"close 1002 ", "end"}},
		{"a ping in fragments", encode(opPing, []byte("p")), []string{"close 1002 ", "end"}},
		{"a continuation of nothing", encode(fin|opCont, []byte(get)), []string{"close 1002 ", "end"}},
		{"a message within a message", join(encode(opText, []byte(get[:7])), encode(fin|opText, []byte(get))), []string{"close 1002 ", "end"}},
		{"a length without end", []byte{fin | opText, maskedBit | 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}, []string{"close 1002 ", "end"}},
		{"half a message and then the end", encode(opText, []byte(get)), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, server.Options{Handlers: &protocol.Handlers{Voice: voice{}}}, func(t *testing.T, _ *server.Server, p *pipes) {
				f := p.dial(t, server.GuidePath).hello()
				go f.Write(c.send) // it may not be taken whole
				for _, w := range c.want {
					if got := f.next(); got != w && !(strings.HasSuffix(w, " ") && strings.HasPrefix(got, w)) {
						t.Fatalf("got %q, want %q", got, w)
					}
				}
				f.Close()
			})
		})
	}
}

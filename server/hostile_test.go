package server_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// panics fails a test when anything panicked, which the server only logs.
type panics struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *panics) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bytes.Contains(b, []byte("panicked")) {
		p.text.Write(b)
	}
	return len(b), nil
}

func (p *panics) check(t testing.TB) {
	t.Helper()
	if p.text.Len() > 0 {
		t.Errorf("a handler panicked: %s", p.text.String())
	}
}

// open runs everything the server has: all groups offered, by handlers that
// answer that they are not implemented.
func open(p *panics) server.Options {
	h := &protocol.Handlers{Agent: protocol.UnimplementedAgent{}, Chat: protocol.UnimplementedChat{}, Sessions: protocol.UnimplementedSessions{},
		Cron: protocol.UnimplementedCron{}, Wizard: protocol.UnimplementedWizard{}, Nodes: protocol.UnimplementedNodes{}, Config: protocol.UnimplementedConfig{}, Voice: protocol.UnimplementedVoice{}}
	return server.Options{Handlers: h, Logger: slog.New(slog.NewTextHandler(p, nil))}
}

// seeds are messages that hostile ones are made of.
var seeds = []string{
	bare, get,
	`{"type":"req","id":"c","method":"connect","params":` + bare + `}`,
	`{"type":"req","id":"1","method":"agent","params":{"message":"hi\u00e9 \ud83d\ude00","sessionKey":"main","idempotencyKey":"k","timeout":30,"attachments":[{"type":"image","mimeType":"image/png","content":"aGk="}]}}`,
	`{"type":"req","id":"2","method":"cron.add","params":{"name":"n","schedule":{"kind":"every","everyMs":60000},"sessionTarget":"main","wakeMode":"now","payload":{"kind":"systemEvent","text":"x"}}}`,
	`{"type":"req","id":"3","method":"wizard.next","params":{"sessionId":"w","answer":{"stepId":"s","value":[1,2.5e3,null,true,{"a":"b"}]}}}`,
	`{"type":"req","id":"4","method":"config.set","params":{"raw":"{}","baseHash":"x"}}`,
	`{"type":"req","id":"5","method":"sessions.patch","params":{"key":"main","label":null,"thinkingLevel":"high"}}`,
	`{"type":"req","id":"6","method":"nope","params":[[[[[{}]]]]]}`,
	`{"type":"event","event":"tick","payload":{}}`,
	`null`, `[]`, `0`, `"x"`, ``, `{}`,
}

// tokens are what is put into messages.
var tokens = []string{`{`, `}`, `[`, `]`, `"`, `,`, `:`, `\`, `\u0000`, `\ud800`, "\x00", "\xff", "é", `null`, `true`, `1e999`, `-0`, `9007199254740993`,
	`"id":`, `"type":"req",`, `"method":"agent",`, `"params":{}`, strings.Repeat("[", 70), strings.Repeat(`{"a":`, 70), strings.Repeat("9", 400), strings.Repeat(`"x":1,`, 40)}

// mutate makes a hostile message of a good one.
func mutate(r *rand.Rand) []byte {
	b := []byte(seeds[r.IntN(len(seeds))])
	for range 1 + r.IntN(4) {
		at := 0
		if len(b) > 0 {
			at = r.IntN(len(b))
		}
		switch r.IntN(7) {
		case 0:
			b = b[:at]
		case 1:
			b = append(b[:at:at], append([]byte(tokens[r.IntN(len(tokens))]), b[at:]...)...)
		case 2:
			if len(b) > 0 {
				b[at] ^= 1 << r.IntN(8)
			}
		case 3:
			other := []byte(seeds[r.IntN(len(seeds))])
			b = append(b[:at:at], other[r.IntN(len(other)+1):]...)
		case 4:
			b = append(b, b[at:]...)
		case 5:
			end := at + r.IntN(len(b)-at+1)
			b = append(b[:at:at], b[end:]...)
		case 6:
			for range r.IntN(20) {
				b = append(b, byte(r.IntN(256)))
			}
		}
	}
	return b
}

// mangle makes a frame of a message, and now and then a broken one.
func mangle(r *rand.Rand, message []byte) []byte {
	heads := []byte{fin | opText, fin | opText, fin | opText, fin | opText, fin | opBinary, opText, fin | opCont, fin | opPing, fin | opClose, fin | 0x40 | opText, fin | 3}
	b := encode(heads[r.IntN(len(heads))], message)
	if r.IntN(8) == 0 {
		b[r.IntN(min(len(b), 8))] ^= 1 << r.IntN(8)
	}
	return b
}

// rounds is how many hostile frames are sent.
func rounds() int {
	if os.Getenv("GATESMITH_SOAK") != "" {
		return 10_000
	}
	return 1_000
}

// Whatever is sent, there is an answer or a close in time, nothing panics, and
// the next client is served.
func TestHostileFrames(t *testing.T) {
	logs := &panics{}
	seed := uint64(20261128)
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	bubble(t, open(logs), func(t *testing.T, _ *server.Server, p *pipes) {
		for k := 0; k < rounds(); {
			f := p.dial(t, []string{"/", server.GuidePath}[r.IntN(2)])
			if greeted := r.IntN(8) > 0; greeted {
				go func() { _, _ = f.Write(encode(fin|opText, []byte(bare))) }()
			}
			for ; k < rounds(); k++ {
				frame := append(mangle(r, mutate(r)), encode(fin|opPing, fmt.Append(nil, k))...)
				begin := time.Now()
				go func() { _, _ = f.Write(frame) }()
				last := f.until(fmt.Sprintf("pong %d", k))
				if took := time.Since(begin); took > 45*time.Second {
					t.Fatalf("frame %d took %v", k, took)
				}
				if last != fmt.Sprintf("pong %d", k) {
					break
				}
			}
			f.Close()
			p.dial(t, server.GuidePath).hello().Close()
		}
	})
	logs.check(t)
}

// until reads until a frame that ends the waiting: the wanted one, the end, or
// a tick, which says that the server waits for more.
func (f *frames) until(want string) string {
	for {
		got := f.next()
		if got == want || got == "end" || strings.HasPrefix(got, "tick") || strings.HasPrefix(got, "close") {
			return got
		}
	}
}

// A client that has gone without a word is found out by the ticks.
func TestClientThatVanished(t *testing.T) {
	bubble(t, server.Options{}, func(t *testing.T, s *server.Server, p *pipes) {
		p.dial(t, server.GuidePath).hello()
		time.Sleep(45 * time.Second)
		synctest.Wait()
		if n := len(s.Peers()); n != 0 {
			t.Errorf("%d clients are still there", n)
		}
	})
}

// Half a request is no connection yet, and does not last.
func TestSlowHeader(t *testing.T) {
	bubble(t, server.Options{}, func(t *testing.T, _ *server.Server, p *pipes) {
		ours, theirs := net.Pipe()
		p.conns <- theirs
		begin := time.Now()
		if _, err := io.WriteString(ours, "GET /v1/connect HTTP/1.1\r\nHost: loc"); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, ours)
		if took := time.Since(begin); took > 11*time.Second {
			t.Errorf("it lasted %v", took)
		}
		ours.Close()
	})
}

// Before the handshake messages have a limit of their own.
func TestLargeFirstMessage(t *testing.T) {
	bubble(t, server.Options{}, func(t *testing.T, _ *server.Server, p *pipes) {
		pad := func(size int) []byte {
			head := `{"type":"req","id":"1","method":"connect","params":{"x":"`
			return []byte(head + strings.Repeat("x", size-len(head)-3) + `"}}`)
		}
		f := p.dial(t, server.GuidePath)
		go f.Write(encode(fin|opText, pad(64<<10)))
		if got := f.next(); !strings.HasPrefix(got, "answer 1 invalid connect params: ") {
			t.Errorf("64 KiB: %q", got)
		}
		f.Close()
		f = p.dial(t, server.GuidePath)
		go f.Write(encode(fin|opText, pad(64<<10+1)))
		if got := f.next(); !strings.HasPrefix(got, "close 1009") {
			t.Errorf("64 KiB and one: %q", got)
		}
		f.Close()
	})
}

// FuzzConnection sends anything behind the upgrade, or behind the hello.
func FuzzConnection(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range seeds {
		f.Add(encode(fin|opText, []byte(s)), false)
		f.Add(encode(fin|opText, []byte(s)), true)
	}
	for range 50 {
		f.Add(mangle(r, mutate(r)), r.IntN(2) == 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, greeted bool) {
		logs := &panics{}
		bubble(t, open(logs), func(t *testing.T, _ *server.Server, p *pipes) {
			c := p.dial(t, server.GuidePath)
			if greeted {
				c.hello()
			}
			go func() { _, _ = c.Write(append(data, encode(fin|opPing, []byte("end"))...)) }()
			if got := c.until("pong end"); got == "" {
				t.Error("no answer")
			}
			c.Close()
		})
		logs.check(t)
	})
}

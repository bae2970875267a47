package server_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/server"
)

// pipes is a listener without a network, so that time can be made in tests.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// bubble runs a server in a bubble of its own time.
func bubble(t *testing.T, o server.Options, f func(t *testing.T, s *server.Server, p *pipes)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if o.Admit == nil {
			o.Admit = server.AdmitFunc(admin)
		}
		s := server.New(o)
		p := newPipes()
		h := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
		done := make(chan struct{})
		go func() { defer close(done); _ = h.Serve(p) }()
		defer func() {
			stop(t, s)
			h.Close()
			<-done
		}()
		f(t, s, p)
	})
}

// frames is a client that writes and reads WebSocket frames by hand, also ones
// that no client should.
type frames struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

// upgrade makes the WebSocket handshake over a connection.
func upgrade(t testing.TB, c net.Conn, path string) *frames {
	t.Helper()
	_, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path)
	if err != nil {
		t.Fatal(err)
	}
	f := &frames{t, c, bufio.NewReader(c)}
	res, err := http.ReadResponse(f.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("upgrade: %s %v", res.Status, res.Header)
	}
	return f
}

// pipe connects through a pipe.
func (p *pipes) dial(t testing.TB, path string) *frames {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close() })
	p.conns <- theirs
	return upgrade(t, ours, path)
}

const (
	fin       = 0x80
	opCont    = 0x0
	opText    = 0x1
	opBinary  = 0x2
	opClose   = 0x8
	opPing    = 0x9
	opPong    = 0xa
	maskedBit = 0x80
)

// encode makes a masked frame.
func encode(head byte, payload []byte) []byte {
	b := []byte{head}
	switch n := len(payload); {
	case n < 126:
		b = append(b, maskedBit|byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, maskedBit|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, maskedBit|127), uint64(n))
	}
	key := [4]byte{0x12, 0x34, 0x56, 0x78}
	b = append(b, key[:]...)
	for k, c := range payload {
		b = append(b, c^key[k%4])
	}
	return b
}

func (f *frames) write(b []byte) {
	f.t.Helper()
	if _, err := f.Write(b); err != nil {
		f.t.Fatalf("write: %v", err)
	}
}

func (f *frames) text(s string) { f.t.Helper(); f.write(encode(fin|opText, []byte(s))) }

// frame reads a frame: its opcode and payload.
func (f *frames) frame() (byte, []byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return 0, nil, err
	}
	if head[0]&0x70 != 0 || head[1]&maskedBit != 0 {
		return 0, nil, fmt.Errorf("a server's frame began with %x", head)
	}
	size := uint64(head[1])
	switch size {
	case 126:
		var ext uint16
		if err := binary.Read(f.r, binary.BigEndian, &ext); err != nil {
			return 0, nil, err
		}
		size = uint64(ext)
	case 127:
		if err := binary.Read(f.r, binary.BigEndian, &size); err != nil {
			return 0, nil, err
		}
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(f.r, payload)
	return head[0] &^ fin, payload, err
}

// next describes the next frame in words.
func (f *frames) next() string {
	op, payload, err := f.frame()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "end"
	case err != nil:
		return err.Error()
	case op == opClose && len(payload) == 0:
		return "close"
	case op == opClose:
		return fmt.Sprintf("close %d %s", binary.BigEndian.Uint16(payload), payload[2:])
	case op == opPong:
		return "pong " + string(payload)
	case op != opText:
		return fmt.Sprintf("frame %x %q", op, payload)
	}
	var m struct {
		Type, Event string
		ID          string
		Seq         *int
		Error       struct{ Message string }
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return fmt.Sprintf("garbage %q", payload)
	}
	switch {
	case m.Event != "" && m.Seq != nil:
		return fmt.Sprintf("%s %d", m.Event, *m.Seq)
	case m.Event != "":
		return m.Event
	case m.Type == "res":
		return strings.TrimSpace("answer " + m.ID + " " + m.Error.Message)
	}
	return m.Type
}

func (f *frames) want(texts ...string) {
	f.t.Helper()
	for _, w := range texts {
		if got := f.next(); got != w {
			f.t.Fatalf("got %q, want %q", got, w)
		}
	}
}

// hello connects as the guide does.
func (f *frames) hello() *frames {
	f.t.Helper()
	f.text(bare)
	f.want("hello-ok")
	return f
}

// closing is a close frame's payload.
func closing(code uint16, reason string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, code), reason...)
}

func repeat(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

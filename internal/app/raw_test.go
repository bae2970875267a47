package app_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"
)

// raw is a client below every library: it keeps no rules but those it chooses.
type raw struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func rawDial(t *testing.T, base string) *raw {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &raw{t, c, bufio.NewReader(c)}
}

func (r *raw) write(text string) {
	r.t.Helper()
	if _, err := io.WriteString(r, text); err != nil {
		r.t.Fatal(err)
	}
}

// upgrade asks for a WebSocket and wants one.
func (r *raw) upgrade(path string) {
	r.t.Helper()
	r.write("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	res, err := http.ReadResponse(r.in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		r.t.Fatalf("upgrade: %v %v", res, err)
	}
}

// send writes a text message.
func (r *raw) send(v any) {
	r.t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		r.t.Fatal(err)
	}
	frame := []byte{0x81, 0x80 | 126}
	frame = binary.BigEndian.AppendUint16(frame, uint16(len(text)))
	frame = append(frame, 0, 0, 0, 0) // a mask that changes nothing
	r.write(string(append(frame, text...)))
}

// ended reads until the other side closes the socket, and gives the time that
// took.
func (r *raw) ended() time.Duration {
	r.t.Helper()
	start := time.Now()
	_ = r.SetReadDeadline(start.Add(10 * time.Second))
	if _, err := io.Copy(io.Discard, r.in); errors.Is(err, os.ErrDeadlineExceeded) {
		r.t.Fatalf("the socket is open: %v", err)
	}
	return time.Since(start)
}

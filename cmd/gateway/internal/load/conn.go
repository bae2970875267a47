package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// conn is a client that does as little as possible: frames are masked with
// zeros, and what is read is looked at only as far as it matters.
type conn struct {
	net.Conn
	r   *bufio.Reader
	out []byte
}

// connectTime is how long a connection may take to be let in.
const connectTime = 30 * time.Second

// dial connects and is let in. Clients of the mode cli have no entry in the
// list of who is present, which would grow with them.
func (t *Target) dial(ctx context.Context, buffer int) (*conn, error) {
	host, path := t.address()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, r: bufio.NewReaderSize(raw, buffer)}
	if err := c.greet(t, host, path); err != nil {
		raw.Close()
		return nil, err
	}
	return c, nil
}

func (c *conn) greet(t *Target, host, path string) error {
	if err := c.SetDeadline(time.Now().Add(connectTime)); err != nil {
		return err
	}
	if err := c.upgrade(host, path); err != nil {
		return err
	}
	token, err := json.Marshal(t.Token)
	if err != nil {
		return err
	}
	err = c.send([]byte(`{"minProtocol":1,"maxProtocol":3,"client":{"id":"bench","version":"1","platform":"test","mode":"cli"},"role":"operator","auth":{"token":` + string(token) + `}}`))
	if err != nil {
		return err
	}
	hello, err := c.next()
	if err != nil {
		return fmt.Errorf("the gateway did not let the client in: %w", err)
	}
	if !bytes.HasPrefix(hello, []byte(`{"type":"hello-ok"`)) {
		return fmt.Errorf("the gateway did not let the client in: %.300s", hello)
	}
	return c.SetDeadline(time.Time{})
}

func (c *conn) upgrade(host, path string) error {
	_, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", path, host)
	if err != nil {
		return err
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the gateway answered %s", res.Status)
	}
	return nil
}

// frame appends a masked text frame; a mask of zeros changes nothing.
func frame(b, text []byte) []byte {
	switch n := len(text); {
	case n < 126:
		b = append(b, 0x81, 0x80|byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 0x81, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x81, 0x80|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), text...)
}

func (c *conn) send(text []byte) error {
	c.out = frame(c.out[:0], text)
	_, err := c.Write(c.out)
	return err
}

// next gives the next message. It stands in the reader's buffer when it fits,
// so it is gone with the next call.
func (c *conn) next() ([]byte, error) {
	head, err := c.r.Peek(2)
	if err != nil {
		return nil, err
	}
	op, size, skip := head[0]&0xf, int(head[1]), 2
	switch size {
	case 126:
		if head, err = c.r.Peek(4); err != nil {
			return nil, err
		}
		size, skip = int(binary.BigEndian.Uint16(head[2:])), 4
	case 127:
		if head, err = c.r.Peek(10); err != nil {
			return nil, err
		}
		size, skip = int(binary.BigEndian.Uint64(head[2:])), 10
	}
	if _, err := c.r.Discard(skip); err != nil {
		return nil, err
	}
	var text []byte
	if size <= c.r.Size() {
		if text, err = c.r.Peek(size); err != nil {
			return nil, err
		}
		_, err = c.r.Discard(size)
	} else {
		text = make([]byte, size)
		_, err = io.ReadFull(c.r, text)
	}
	if op == 8 && err == nil {
		return nil, fmt.Errorf("the gateway closed the connection: %s", text[min(2, len(text)):])
	}
	return text, err
}

// connect opens many connections, a few at a time.
func (t *Target) connect(ctx context.Context, n, buffer int) ([]*conn, error) {
	conns := make([]*conn, n)
	err := each(ctx, 16, n, func(ctx context.Context, k int) (err error) {
		conns[k], err = t.dial(ctx, buffer)
		return err
	})
	if err != nil {
		hangUp(conns)
		return nil, err
	}
	return conns, nil
}

func hangUp(conns []*conn) {
	for _, c := range conns {
		if c != nil {
			_ = c.Close()
		}
	}
}

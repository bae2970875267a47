package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"
)

// hostilePause is between two messages of a hostile connection, so that it is
// what they are that is measured, and not how many.
const hostilePause = 5 * time.Millisecond

// hostile sends broken, huge and deep messages, half messages and half
// headers, again and again.
func (t *Target) hostile(ctx context.Context, seed int) (sent uint64) {
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	for ctx.Err() == nil {
		sent += t.assault(ctx, r)
		pause(ctx, hostilePause)
	}
	return sent
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// assault is one hostile connection from its beginning to its end.
func (t *Target) assault(ctx context.Context, r *rand.Rand) (sent uint64) {
	host, path := t.address()
	if r.IntN(4) == 0 { // a header without end
		raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
		if err != nil {
			return 0
		}
		defer raw.Close()
		_, _ = fmt.Fprintf(raw, "GET %s HTTP/1.1\r\nHost: %s\r\nX-", path, host)
		pause(ctx, 100*hostilePause)
		return 1
	}
	c, err := t.dial(ctx, 4<<10)
	if err != nil {
		return 0
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	read := make(chan struct{})
	go func() { defer close(read); _, _ = io.Copy(io.Discard, c.r) }()
	for range 1 + r.IntN(50) {
		if _, err := c.Write(weapon(r)); err != nil {
			break
		}
		sent++
		pause(ctx, hostilePause)
	}
	_ = c.Close()
	<-read
	return sent
}

// weapon makes something that no client should send.
func weapon(r *rand.Rand) []byte {
	switch r.IntN(8) {
	case 0:
		return frame(nil, []byte(`{"type":"req","id":"1","id":"1","method":"health"}`))
	case 1:
		return frame(nil, fmt.Appendf(nil, `{"type":"req","id":"1","method":"health","params":%s}`, bytes.Repeat([]byte("["), 1+r.IntN(5000))))
	case 2:
		return frame(nil, fmt.Appendf(nil, `{"type":"req","id":"1","method":"health","params":{"%s":1}}`, bytes.Repeat([]byte("x"), r.IntN(100_000))))
	case 3:
		return frame(nil, []byte{'{', 0xff, 0xfe, '}'})
	case 4: // more than is allowed
		return []byte{0x81, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0}
	case 5: // a reserved bit
		return append([]byte{0xc1}, frame(nil, []byte("{}"))[1:]...)
	case 6:
		b := frame(nil, []byte(`{"type":"req","id":"1","method":"health"}`))
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		return b
	}
	return frame(nil, bytes.Repeat([]byte(`{"a":`), 1+r.IntN(1000)))
}

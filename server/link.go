package server

import (
	"encoding/binary"
	"net"
	"sync"
	"time"
)

// link is the socket below a WebSocket. Whole frames are written to it from two
// sides: pongs and the like by the WebSocket library, messages by the
// connection's queue. The lock keeps them from mixing.
type link struct {
	net.Conn
	mu    sync.Mutex
	early []byte // read before the upgrade was complete
}

// Read gives what was read too early first.
func (l *link) Read(p []byte) (int, error) {
	if len(l.early) > 0 {
		n := copy(p, l.early)
		l.early = l.early[n:]
		return n, nil
	}
	return l.Conn.Read(p)
}

// Write writes one or more whole frames of the library.
func (l *link) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Conn.Write(p)
}

const (
	// chunk is how much is written before progress is looked at again.
	chunk = 64 << 10
	// stall is how long a peer may take for a chunk.
	stall = 10 * time.Second
)

// send writes whole frames. A peer that takes no chunk within the time gets an
// error, a slow one that goes on taking them does not.
func (l *link) send(frames []byte, patience time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(frames) > 0 {
		if err := l.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		n, err := l.Conn.Write(frames[:min(chunk, len(frames))])
		if err != nil {
			return err
		}
		frames = frames[n:]
	}
	return l.SetWriteDeadline(time.Time{})
}

const (
	opText  = 0x81 // a whole text message
	opClose = 0x88
)

// appendHeader appends the header of an unmasked frame.
func appendHeader(b []byte, op byte, size int) []byte {
	switch {
	case size < 126:
		return append(b, op, byte(size))
	case size <= 0xffff:
		return binary.BigEndian.AppendUint16(append(b, op, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(b, op, 127), uint64(size))
}

// maxReason is how much of a close reason fits into the frame, rounded down to
// what the protocol promises.
const maxReason = 120

// appendClose appends a close frame.
func appendClose(b []byte, code int, reason string) []byte {
	reason = truncate(reason, maxReason)
	b = appendHeader(b, opClose, 2+len(reason))
	b = binary.BigEndian.AppendUint16(b, uint16(code))
	return append(b, reason...)
}

// truncate cuts text to at most n bytes without splitting a character.
func truncate(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xc0 == 0x80 {
		n--
	}
	return text[:n]
}

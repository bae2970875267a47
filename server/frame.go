package server

import (
	"encoding/binary"
	"sync"

	"github.com/gatesmith/gatesmith/protocol"
)

// message is what is written to one or many connections. It is shared and
// never changed once it is queued.
type message struct {
	body      []byte // an event's body lacks its closing brace
	event     protocol.EventID
	numbered  bool   // an event that carries a sequence number
	close     bool   // body is a whole close frame
	answer    bool   // it is freed when it is written
	droppable bool   // a slow connection may go without it
	about     string // what it tells of, such as a run; "" when no other message can stand for it
	form      string // how it tells: the newer of two neighbours of one form can stand for both
	source    *renderer
}

// response is an answer as a message.
func response(body []byte) *message {
	m := answers.Get().(*message)
	m.body = body
	return m
}

// Answers go to one connection and are forgotten when they are written: what
// they take is used again.
var (
	answers = sync.Pool{New: func() any { return &message{event: protocol.EventUnknown, answer: true} }}
	bodies  = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}
)

// maxBody is the largest body that is kept.
const maxBody = 16 << 10

// newBody gives an empty buffer for an answer.
func newBody() []byte { return *bodies.Get().(*[]byte) }

// free gives back what an answer took.
func (m *message) free() {
	if body := m.body[:0]; cap(body) >= 512 && cap(body) <= maxBody {
		bodies.Put(&body)
	}
	m.body = nil
	answers.Put(m)
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

// boundary is where the frame ends that byte n of some whole frames is in, or
// n itself when a frame begins there.
func boundary(frames []byte, n int) int {
	end := 0
	for end < n {
		rest := frames[end:]
		switch size := rest[1]; size {
		case 126:
			end += 4 + int(binary.BigEndian.Uint16(rest[2:]))
		case 127:
			end += 10 + int(binary.BigEndian.Uint64(rest[2:]))
		default:
			end += 2 + int(size)
		}
	}
	return end
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

package server

import (
	"encoding/binary"

	"github.com/gatesmith/gatesmith/protocol"
)

// message is what is written to one or many connections. It is shared and
// never changed once it is queued.
type message struct {
	body      []byte // an event's body lacks its closing brace
	event     protocol.EventID
	numbered  bool   // an event that carries a sequence number
	close     bool   // body is a whole close frame
	droppable bool   // a slow connection may go without it
	about     string // what it tells of, such as a run; "" when no other message can stand for it
	form      string // how it tells: the newer of two neighbours of one form can stand for both
	source    *renderer
}

// response is an answer as a message.
func response(body []byte) *message { return &message{body: body, event: protocol.EventUnknown} }

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

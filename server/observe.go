package server

import (
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// Observer is told what a server does, to count it. Its methods run where the
// work is done, from many goroutines at once: they must be quick and must not
// block. A server without an observer spends a comparison on each of them.
type Observer interface {
	// ConnectionOpened and ConnectionClosed tell of connections that passed the
	// handshake, HandshakeRefused of those that did not. Its code is that of the
	// error which was answered, or "" when the peer left or sent nothing that
	// can be answered.
	ConnectionOpened(p *Peer)
	ConnectionClosed(p *Peer)
	HandshakeRefused(code string)
	// RequestFinished tells of a request with a well-formed envelope once its
	// last answer is queued: its method, or MethodUnknown; the code of its
	// error, or ""; and the time since it was read.
	RequestFinished(m protocol.MethodID, code string, took time.Duration)
	// EventPublished tells of an event and to how many connections it went;
	// EventDropped of one that a slow connection did not get; SlowConsumer of a
	// connection that is closed because it cannot go without one.
	EventPublished(e protocol.EventID, receivers int)
	EventDropped(e protocol.EventID)
	SlowConsumer(p *Peer)
}

// Load is how much a server has to do at a moment.
type Load struct {
	Connections int   // past the handshake
	InFlight    int   // requests whose answer is still to come
	QueuedBytes int64 // answers and events that wait for slow peers
}

// Load adds up all connections.
func (s *Server) Load() Load {
	var l Load
	s.hub.each(func(c *conn) {
		l.Connections++
		l.InFlight += c.requests.busy() + c.blocking.busy() + c.accepted.busy()
		l.QueuedBytes += int64(c.out.waiting())
	})
	return l
}

// clock starts to measure a request, when anyone wants to know.
func (s *Server) clock() time.Time {
	if s.opts.Observer == nil {
		return time.Time{}
	}
	return time.Now()
}

// finished tells of a request; err is what it was answered with, or nil.
func (s *Server) finished(m protocol.MethodID, err *protocol.Error, start time.Time) {
	o := s.opts.Observer
	if o == nil {
		return
	}
	code := ""
	if err != nil {
		code = err.Code
	}
	o.RequestFinished(m, code, time.Since(start))
}

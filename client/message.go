package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// scratches hold a message while its size is not known yet.
var scratches = sync.Pool{New: func() any { b := make([]byte, 8<<10); return &b }}

// errOversized is a message larger than is taken; the connection goes on.
var errOversized = errors.New("oversized")

// next reads one message into a buffer of its own, which everything decoded
// from it points into. Of one that is too large it gives the beginning.
func (s *session) next() ([]byte, error) {
	_, r, err := s.ws.Reader(context.Background())
	if err != nil {
		return nil, err
	}
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	n, err := io.ReadFull(r, *scratch)
	data := append([]byte(nil), (*scratch)[:n]...)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return data, s.within(len(data))
	case err != nil:
		return nil, err
	}
	for {
		if s.within(len(data)) != nil {
			if _, err := io.Copy(io.Discard, r); err != nil {
				return nil, err
			}
			return data, errOversized
		}
		if len(data) == cap(data) {
			data = append(make([]byte, 0, min(2*len(data), s.client.opts.MaxMessage+1)), data...)
		}
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			return data, s.within(len(data))
		}
		if err != nil {
			return nil, err
		}
	}
}

func (s *session) within(size int) error {
	if size > s.client.opts.MaxMessage {
		return errOversized
	}
	return nil
}

// read takes messages until the connection ends.
func (s *session) read() {
	for {
		data, err := s.next()
		switch {
		case errors.Is(err, errOversized):
			s.oversized(data)
		case err != nil:
			s.end(s.lost(err), 0, "")
			return
		default:
			s.take(data)
		}
	}
}

// take tells what a message is and passes it on. What is not understood is
// left out: it may be newer than this client.
func (s *session) take(data []byte) {
	r := wire.NewReader(data, wire.Lenient, protocol.MaxDepth)
	kind, _ := r.Tag(r.Start(), "type")
	var err error
	switch kind {
	case "res":
		f := new(protocol.ResponseFrame)
		if err = f.DecodeAlias(data, wire.Lenient); err == nil {
			s.answer(f)
		}
	case "event":
		f := new(protocol.EventFrame)
		if err = f.DecodeAlias(data, wire.Lenient); err == nil {
			s.event(f)
		}
	case "hello-ok":
		s.greeting(data)
	default:
		err = fmt.Errorf("type is %q", kind)
	}
	if err != nil {
		s.client.opts.Logger.Debug("message not understood", "error", err)
	}
}

// oversized fails the call that a message answers, which its beginning tells,
// and that call alone. An event is left out; the numbers show the gap.
func (s *session) oversized(head []byte) {
	r := wire.NewReader(head, wire.Lenient, protocol.MaxDepth)
	kind, _ := r.Tag(r.Start(), "type")
	s.client.opts.Logger.Warn("message left out: it is larger than MaxMessage", "type", kind, "limit", s.client.opts.MaxMessage)
	if kind != "res" {
		return
	}
	id := wire.FindID(head, "id", protocol.MaxDepth)
	if id == handshakeID {
		s.end(fmt.Errorf("greeting: %w: more than %d bytes", ErrTooLarge, s.client.opts.MaxMessage), closeTooLarge, "")
		return
	}
	if call := s.forget(id); call != nil {
		call.finish(nil, fmt.Errorf("answer: %w: more than the %d bytes of MaxMessage", ErrTooLarge, s.client.opts.MaxMessage))
	}
}

// answer gives a response to its caller. One whose caller is gone, and the
// second one that the field's dialect gives some calls, find nobody.
func (s *session) answer(f *protocol.ResponseFrame) {
	if f.ID == handshakeID {
		s.handshakeAnswer(f)
		return
	}
	call := s.forget(f.ID)
	switch {
	case call == nil:
		s.client.opts.Logger.Debug("answer without a caller", "id", f.ID)
	case !f.Ok:
		call.finish(nil, newError(f))
	case f.Payload == nil:
		call.finish([]byte("null"), nil)
	default:
		call.finish(f.Payload, nil)
	}
}

// event queues an event for its subscribers. Two of them concern the
// connection itself.
func (s *session) event(f *protocol.EventFrame) {
	id := protocol.LookupEvent(f.Event)
	switch id {
	case protocol.EventConnectChallenge:
		p := new(protocol.ConnectChallenge)
		if p.DecodeAlias(f.Payload, wire.Lenient) == nil {
			select {
			case s.challenge <- p.Nonce:
			default: // one is enough
			}
		}
	case protocol.EventShutdown:
		p := new(protocol.Shutdown)
		if p.DecodeAlias(f.Payload, wire.Lenient) == nil && p.RestartExpectedMs.Set {
			ms := min(p.RestartExpectedMs.V, maxRetryAfter.Milliseconds())
			s.restart.Store(int64(time.Duration(ms) * time.Millisecond))
		}
	}
	it := item{session: s, event: id, name: f.Event, payload: f.Payload, seq: f.Seq.V, numbered: f.Seq.Set}
	if !s.client.inbox.put(it) && !it.numbered {
		s.end(ErrSlowSubscriber, closePolicy, "slow subscriber")
	}
}

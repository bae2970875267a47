package server

import (
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// appendResponse begins a successful answer; the payload and a brace follow.
func appendResponse(b []byte, id string) []byte {
	b = append(b, `{"type":"res","id":`...)
	b = wire.AppendString(b, id)
	return append(b, `,"ok":true,"payload":`...)
}

// encodeError writes a failed answer. Nothing but what the protocol names may
// stand beside the error: clients in the field drop frames with more.
func encodeError(id string, e *protocol.Error) []byte {
	shape := protocol.ErrorShape{Code: protocol.ErrorShapeCode(e.Code), Message: e.Message, Retryable: wire.Some(protocol.Retryable(e.Code) && !e.Final)}
	if e.Details != nil {
		shape.Details = e.Details.AppendJSON(nil)
	}
	if e.RetryAfter > 0 {
		shape.RetryAfterMs = wire.Some(e.RetryAfter.Milliseconds())
	}
	b := append([]byte(nil), `{"type":"res","id":`...)
	b = wire.AppendString(b, id)
	b = append(b, `,"ok":false`...)
	if e.Payload != nil {
		b = append(b, `,"payload":`...)
		b = e.Payload.AppendJSON(b)
	}
	b = append(b, `,"error":`...)
	return append(shape.AppendJSON(b), '}')
}

// encodeEvent writes an event up to where each connection's number goes.
func encodeEvent(name string, payload wire.Appender, version *protocol.StateVersion) []byte {
	b := append(make([]byte, 0, 256), `{"type":"event","event":`...)
	b = wire.AppendString(b, name)
	b = append(b, `,"payload":`...)
	b = payload.AppendJSON(b)
	if version != nil {
		b = append(b, `,"stateVersion":`...)
		b = version.AppendJSON(b)
	}
	return b
}

package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// The faults that programs tell apart with errors.Is.
var (
	// ErrClosed is what calls get, and what Err gives, after Close.
	ErrClosed = errors.New("the client is closed")
	// ErrNotConnected is what calls get before Connect.
	ErrNotConnected = errors.New("the client was never connected")
	// ErrConnectionLost is what a call gets whose connection ended before the
	// answer came, when it may not be repeated. Whether the gateway carried it
	// out is not known.
	ErrConnectionLost = errors.New("the connection was lost before the answer; whether the call was carried out is not known")
	// ErrTickTimeout ends a connection on which the gateway fell silent.
	ErrTickTimeout = errors.New("the gateway has been silent for too long")
	// ErrSlowSubscriber ends a connection whose events were not taken fast
	// enough, where none of them may be left out.
	ErrSlowSubscriber = errors.New("events meant for this client alone were not taken fast enough")
	// ErrTooLarge is a request that the gateway would not read, or an answer
	// larger than Options.MaxMessage.
	ErrTooLarge = errors.New("message too large")
)

// Error is the gateway's answer to a call that failed.
type Error struct {
	Code       string // one of protocol's Code constants, or one that is newer than this client
	Message    string
	Details    wire.Raw      // what else the gateway tells, as JSON; nil when nothing
	Payload    wire.Raw      // a result beside the error, which few methods send
	Retryable  bool          // the same call may succeed later
	RetryAfter time.Duration // when a repeat makes sense; zero when not known
}

// Error gives code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// maxRetryAfter keeps a faulty gateway from switching a client off.
const maxRetryAfter = time.Hour

// newError takes an answer's error. Gateways in the field don't say whether a
// repeat makes sense; then the code does.
func newError(f *protocol.ResponseFrame) *Error {
	if !f.Error.Set {
		return &Error{Code: protocol.CodeUnavailable, Message: "the gateway said no more than that the call failed", Payload: f.Payload, Retryable: true}
	}
	shape := &f.Error.V
	code := string(shape.Code)
	e := &Error{Code: code, Message: shape.Message, Details: shape.Details, Payload: f.Payload, Retryable: shape.Retryable.Or(protocol.Retryable(code))}
	if ms := shape.RetryAfterMs.V; ms > 0 {
		e.RetryAfter = time.Duration(min(ms, maxRetryAfter.Milliseconds())) * time.Millisecond
	}
	return e
}

// RefusedError is a handshake that the gateway turned down: credentials,
// pairing, scopes or version. It wraps the *Error that says why.
type RefusedError struct{ Err *Error }

// Error gives the reason.
func (e *RefusedError) Error() string { return "the gateway refused the connection: " + e.Err.Error() }

// Unwrap gives the *Error.
func (e *RefusedError) Unwrap() error { return e.Err }

// CloseError is how the other side closed a connection.
type CloseError struct {
	Code   int // RFC 6455: 1000 normal, 1008 policy, 1009 too large, 1012 restart
	Reason string
}

// Error gives code and reason.
func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("the gateway closed the connection with %d", e.Code)
	}
	return fmt.Sprintf("the gateway closed the connection with %d: %s", e.Code, e.Reason)
}

// HTTPError is an answer to the upgrade request other than a WebSocket.
type HTTPError struct {
	Status     int
	Text       string // the first line of the answer
	RetryAfter time.Duration
}

// Error gives status and text.
func (e *HTTPError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("no WebSocket at this address: HTTP status %d", e.Status)
	}
	return fmt.Sprintf("no WebSocket at this address: HTTP status %d: %s", e.Status, e.Text)
}

// lasting reports whether connecting again, without anybody doing anything,
// would fail the same way.
func lasting(err error) bool {
	var refused *RefusedError
	var closed *CloseError
	var status *HTTPError
	switch {
	case errors.As(err, &refused):
		return !refused.Err.Retryable
	case errors.As(err, &status):
		return status.Status < 500 && status.Status != 429
	case errors.As(err, &closed):
		return closed.Code == closeProtocol || closed.Code == closePolicy || closed.Code == closeTooLarge
	}
	return false
}

// retryAfter is when the gateway asked to be called again.
func retryAfter(err error) time.Duration {
	var refused *RefusedError
	var status *HTTPError
	switch {
	case errors.As(err, &refused):
		return refused.Err.RetryAfter
	case errors.As(err, &status):
		return status.RetryAfter
	}
	return 0
}

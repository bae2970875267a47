package server

import (
	"context"
	"net/http"

	"github.com/gatesmith/gatesmith/protocol"
)

// Attempt is a handshake on its way to a decision.
type Attempt struct {
	Params  *protocol.ConnectParams
	Dialect protocol.Dialect
	Role    protocol.Role
	Scopes  []string      // as asked for; nil when none were
	Nonce   string        // of this connection's challenge; "" when none was sent
	Request *http.Request // the upgrade request: addresses and headers
}

// Admission is a connection let in.
type Admission struct {
	Role   protocol.Role
	Scopes []string            // what it holds, for the access check
	Auth   *protocol.HelloAuth // what the answer tells of it, or nil
	Device string              // id of the device it proved to be, or ""
	Method string              // how it proved itself, for logs
	IP     string              // of a client on another machine, as far as it is known
	Owner  bool                // it is the gateway's owner at his machine
	// Valid is asked once Disconnect can find the connection, and reports
	// whether what let it in still holds: it may have been revoked since.
	// Nil: nothing can have happened to it.
	Valid func(ctx context.Context) bool
}

// Refusal turns a connection away: the error is answered, then the connection
// closed. A zero Code closes with 1008 and the error's message.
type Refusal struct {
	Err    *protocol.Error
	Code   int
	Reason string
}

// Error gives the error's text.
func (r *Refusal) Error() string { return r.Err.Error() }

// Admitter decides who may connect. The error is a *Refusal, or a fault that
// is answered as unavailable.
type Admitter interface {
	Admit(ctx context.Context, a *Attempt) (*Admission, error)
}

// AdmitFunc is an Admitter made of a function.
type AdmitFunc func(ctx context.Context, a *Attempt) (*Admission, error)

// Admit calls f.
func (f AdmitFunc) Admit(ctx context.Context, a *Attempt) (*Admission, error) { return f(ctx, a) }

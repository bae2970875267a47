package auth

import (
	"errors"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// Failure is why somebody was not let in, for statistics.
type Failure string

// The failures.
const (
	FailureNoIdentity Failure = "no_identity" // neither a secret nor a device
	FailureDevice     Failure = "device"      // its signature, nonce or time is wrong
	FailureMissing    Failure = "missing"     // no secret where one is needed
	FailureWrong      Failure = "wrong"       // a wrong secret or device token
	FailureThrottled  Failure = "throttled"   // after too many wrong ones
	FailureScope      Failure = "scope"       // nothing of what it asks for is his
	FailurePairing    Failure = "pairing"     // the device waits for an operator
	FailureFault      Failure = "fault"       // the gateway cannot tell
)

// Failures lists them all.
var Failures = []Failure{FailureNoIdentity, FailureDevice, FailureMissing, FailureWrong, FailureThrottled, FailureScope, FailurePairing, FailureFault}

// refused is a refusal with what it counts as.
type refused struct {
	server.Refusal
	failure Failure
}

// Unwrap lets the server find the refusal.
func (r *refused) Unwrap() error { return &r.Refusal }

func refuseWith(f Failure, err *protocol.Error) error {
	return &refused{server.Refusal{Err: err}, f}
}

func refuse(f Failure, format string, args ...any) error {
	return refuseWith(f, protocol.Errorf(protocol.CodeInvalidRequest, format, args...))
}

// failed tells the observer of somebody who was not let in.
func (a *Authenticator) failed(err error) {
	if a.observe == nil {
		return
	}
	var r *refused
	if errors.As(err, &r) {
		a.observe(r.failure)
		return
	}
	a.observe(FailureFault)
}

package channels

import (
	"errors"
	"fmt"
	"time"
)

// Verdict is what is known of a call that failed.
type Verdict int

// The verdicts.
const (
	// NotSent: the service does not have the part; a later try may succeed.
	NotSent Verdict = iota + 1
	// Refused: the service said no, for good.
	Refused
)

// Failure is an error of Deliver whose outcome is known.
type Failure struct {
	Verdict Verdict
	// RetryAfter is how long the service wants to be left alone; 0: it did not
	// say. With Account set that is meant for all chats of the account.
	RetryAfter time.Duration
	Account    bool
	Err        error
}

func (f *Failure) Error() string { return f.Err.Error() }

func (f *Failure) Unwrap() error { return f.Err }

// Cause is why an account cannot be used any more.
type Cause string

// The causes.
const (
	LoggedOut Cause = "logged out" // by its owner, at the service
	Revoked   Cause = "revoked"    // the credentials are not valid any more
	Replaced  Cause = "replaced"   // another program uses the account
	Banned    Cause = "banned"     // by the service
)

// Terminal is an error after which an account is not begun again by itself. Run
// returns it; Deliver and Probe may return it wrapped in their errors, which ends
// Run too.
type Terminal struct {
	Cause Cause
	Err   error
}

func (t *Terminal) Error() string { return fmt.Sprintf("%s: %v", t.Cause, t.Err) }

func (t *Terminal) Unwrap() error { return t.Err }

// verdictOf gives what an error of Deliver says, if it says anything.
func verdictOf(err error) (f *Failure, known bool) {
	known = errors.As(err, &f)
	return f, known
}

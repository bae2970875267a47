//go:build whatsapp

package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/types/events"
)

// How long codes are valid, as WhatsApp Web shows them, and how long a login takes
// at most.
const (
	firstCodeTime = time.Minute
	nextCodeTime  = 20 * time.Second
	linkTime      = 3 * time.Minute
	confirmTime   = 10 * time.Second // after the scan, until WhatsApp wants a new connection
)

// link is a login that goes on.
type link struct {
	account *account
	ctx     context.Context    // of the connection
	cancel  context.CancelFunc // ends it, and the login with it
	ended   chan struct{}      // closed when the connection is closed

	mu      sync.Mutex
	codes   []string
	since   time.Time     // of the first code
	shown   chan struct{} // closed when there are codes
	scanned bool
	fault   error
}

// StartLink begins a login, or goes on with the one that goes on, and gives its
// code.
func (a *account) StartLink(ctx context.Context) (string, error) {
	a.mu.Lock()
	l := a.link
	a.mu.Unlock()
	if l != nil {
		if code, left := l.code(a.env.Now()); left > 0 {
			return code, nil
		}
		a.dropLink()
	}
	l, err := a.begin(ctx)
	if err != nil {
		return "", err
	}
	select {
	case <-l.shown:
		code, _ := l.code(a.env.Now())
		return code, nil
	case <-l.ended:
		if err := l.failure(); err != nil {
			return "", err
		}
		return "", errors.New("WhatsApp gave no code")
	case <-ctx.Done():
		a.dropLink()
		return "", ctx.Err()
	}
}

// begin connects as a device that is not linked yet.
func (a *account) begin(ctx context.Context) (*link, error) {
	release, err := a.hold(ctx)
	if err != nil {
		return nil, err
	}
	// The login outlives the call that began it.
	linking, cancel := context.WithTimeout(context.WithoutCancel(ctx), linkTime)
	l := &link{account: a, ctx: linking, cancel: cancel, ended: make(chan struct{}), shown: make(chan struct{})}
	c := a.dial(a.state.newDevice(logger{a.log}), a.log)
	context.AfterFunc(linking, func() {
		c.Close()
		release()
		close(l.ended)
	})
	a.mu.Lock()
	a.link = l
	a.mu.Unlock()
	if err := c.Connect(linking, l.handle); err != nil {
		a.dropLink()
		return nil, fmt.Errorf("WhatsApp cannot be reached: %w", err)
	}
	return l, nil
}

// dropLink ends a login that goes on.
func (a *account) dropLink() {
	a.mu.Lock()
	l := a.link
	a.link = nil
	a.mu.Unlock()
	if l != nil {
		l.cancel()
		<-l.ended
	}
}

// code gives the code that is valid, and for how long it is.
func (l *link) code(now time.Time) (string, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := l.since
	for k, c := range l.codes {
		until = until.Add(nextCodeTime)
		if k == 0 {
			until = l.since.Add(firstCodeTime)
		}
		if now.Before(until) && !l.scanned && l.fault == nil {
			return c, until.Sub(now)
		}
	}
	return "", 0
}

func (l *link) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault
}

// handle takes what the library tells.
func (l *link) handle(event any) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := event.(type) {
	case *events.QR:
		if l.codes == nil && len(e.Codes) > 0 {
			l.codes, l.since = e.Codes, l.account.env.Now()
			close(l.shown)
		}
	case *events.QRScannedWithoutMultidevice:
		l.account.log.Warn("the code was scanned by a phone that has no linked devices: update WhatsApp there and scan it again")
	case *events.PairSuccess:
		l.scanned = true
		l.account.log.Info("a WhatsApp account is linked", "number", numberOf(e.ID.ToNonAD()))
		// The phone waits for a new connection, which Run makes.
		time.AfterFunc(confirmTime, l.cancel)
	case *events.ManualLoginReconnect:
		l.cancel()
	case *events.PairError:
		l.fail(fmt.Errorf("the phone scanned the code, but linking failed: %w", e.Error))
	case *events.Message:
		return false // for Run
	case *events.Disconnected:
		l.cancel() // the codes are used up
	default:
		if err := over(event); err != nil {
			l.fail(err)
		}
	}
	return true
}

func (l *link) fail(err error) {
	if l.fault == nil && !l.scanned {
		l.fault = err
	}
	l.cancel()
}

// WaitLink waits until the code was scanned, or has expired.
func (a *account) WaitLink(ctx context.Context) (bool, error) {
	a.mu.Lock()
	l := a.link
	a.mu.Unlock()
	if l == nil {
		return a.Linked(ctx)
	}
	_, left := l.code(a.env.Now())
	if l.pending() {
		left = confirmTime
	}
	expired := time.NewTimer(left)
	defer expired.Stop()
	for {
		select {
		case <-l.ended:
			if err := l.failure(); err != nil {
				return false, err
			}
			return a.Linked(context.WithoutCancel(ctx))
		case <-expired.C:
			if !l.pending() {
				return false, nil
			}
			expired.Reset(confirmTime)
		case <-ctx.Done():
			return false, nil
		}
	}
}

// pending reports whether the login is about to end: the code was scanned, or there
// is a reason not to go on.
func (l *link) pending() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.scanned || l.ctx.Err() != nil
}

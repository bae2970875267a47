package auth

import (
	"context"
	"errors"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// budget is whose wrong credentials are counted together. A paired device whose
// signature was right has one of its own, so that strangers cannot lock it out.
// A wrong signature counts nowhere: it cannot be guessed, and a client with a
// fault would lock out its neighbours.
func (a *Authenticator) budget(t *attempt) (*Throttle, string) {
	if t.known != nil {
		return a.paired, t.known.DeviceID
	}
	return a.strangers, client(t.place.Client)
}

// authenticate finds out which proof counts.
func (a *Authenticator) authenticate(ctx context.Context, t *attempt) error {
	if t.owner {
		t.proved("console")
		return nil
	}
	throttle, key := a.budget(t)
	if wait := throttle.Wait(key); wait > 0 {
		return throttled(wait)
	}
	if a.tailscale(ctx, t) {
		return nil
	}
	var reason error
	wait := throttle.Try(key, func() (wrong bool) {
		reason = t.sharedSecret()
		return errors.Is(reason, errWrong) && !t.mayBeDeviceToken()
	})
	if wait > 0 {
		return throttled(wait)
	}
	if reason == nil {
		t.proved(string(t.settings.Mode))
		return nil
	}
	if t.mayBeDeviceToken() {
		token, err := a.devices.Check(ctx, t.device.ID, t.Role.String(), t.token)
		if err != nil {
			return err
		}
		if token != nil {
			t.method, t.holds, t.issued = "device-token", token.Scopes, token
			return nil
		}
		throttle.Wrong(key)
	}
	failure := FailureMissing
	if errors.Is(reason, errWrong) || t.mayBeDeviceToken() {
		failure = FailureWrong
	}
	return refuse(failure, "%s", unauthorized(t.settings.Mode, reason, t.Params))
}

// proved notes a proof that gives everything.
func (t *attempt) proved(method string) {
	t.method, t.shared, t.holds = method, true, []string{protocol.ScopeOperatorAdmin.String()}
}

// mayBeDeviceToken reports whether the token can be a device's own.
func (t *attempt) mayBeDeviceToken() bool { return t.known != nil && t.token != "" }

// tailscale asks who Tailscale says that it is, where that counts.
func (a *Authenticator) tailscale(ctx context.Context, t *attempt) bool {
	if t.settings.Identity == nil || t.place.Local {
		return false
	}
	login, scopes, reason := t.settings.Identity.Identify(ctx, t.Request)
	if reason != nil {
		a.log.Debug("not identified", "reason", reason)
		return false
	}
	t.method, t.holds = "tailscale", scopes
	a.log.Info("identified", "login", login)
	return true
}

// throttled is the refusal of a client that has presented too many wrong
// credentials.
func throttled(wait time.Duration) error {
	err := protocol.Errorf(protocol.CodeUnavailable, "too many wrong credentials from this client: wait and try again")
	err.RetryAfter = wait
	return refuseWith(FailureThrottled, err)
}

package auth

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Denial is why an HTTP request does not get what only clients may see.
type Denial struct {
	Status  int
	Wait    time.Duration // before another try, where that would help
	Message string
}

// ServeHTTP answers with the denial.
func (d *Denial) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if d.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="gateway"`)
	}
	if d.Wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((d.Wait+time.Second-1)/time.Second)))
	}
	http.Error(w, d.Message, d.Status)
}

// IsLocal reports whether a request comes from this machine and is meant for
// it, or from the owner.
func (a *Authenticator) IsLocal(r *http.Request) bool {
	s := a.settings.Load()
	return IsOwner(r.Context()) || Locate(r, s.Proxies, s.Origins).Local
}

// AuthorizeHTTP decides who may see more of the gateway than that it is there:
// programs on this machine, the owner, and whoever brings the shared secret as
// a bearer token. It returns nil for those. Wrong ones are counted as those of
// handshakes are.
func (a *Authenticator) AuthorizeHTTP(r *http.Request) *Denial {
	if a.IsLocal(r) {
		return nil
	}
	settings := a.settings.Load()
	place := Locate(r, settings.Proxies, settings.Origins)
	t := &attempt{settings: settings}
	if scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		t.token = strings.TrimSpace(secret)
		t.password = t.token
	}
	var reason error
	wait := a.strangers.Try(client(place.Client), func() (wrong bool) {
		reason = t.sharedSecret()
		return errors.Is(reason, errWrong)
	})
	denial := &Denial{Status: http.StatusUnauthorized}
	failure := FailureMissing
	switch {
	case wait > 0:
		failure, denial.Status, denial.Wait = FailureThrottled, http.StatusTooManyRequests, wait
		denial.Message = "too many wrong credentials from this client: wait and try again"
	case reason == nil:
		return nil
	case errors.Is(reason, errWrong):
		failure, denial.Message = FailureWrong, "unauthorized: the bearer token is not this gateway's "+string(settings.Mode)
	default:
		denial.Message = "unauthorized: from other machines this needs the gateway's " + string(settings.Mode) + ", as the header Authorization: Bearer …"
	}
	if a.observe != nil {
		a.observe(failure)
	}
	return denial
}

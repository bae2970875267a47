package auth

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/internal/devices"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// Mode is which shared secret counts.
type Mode string

// The modes.
const (
	ModeToken    Mode = "token"
	ModePassword Mode = "password"
)

// Devices knows who is paired.
type Devices interface {
	Find(ctx context.Context, id string) (*devices.Device, error)
	Check(ctx context.Context, device, role, token string) (*devices.Token, error)
	Issue(ctx context.Context, device, role string, scopes []string) (token string, issuedAt int64, err error)
	Ask(ctx context.Context, r devices.Request) (requestID string, err error)
	Pair(ctx context.Context, r devices.Request) (*devices.Device, error)
	Seen(ctx context.Context, r devices.Request) error
	Endings() uint64 // changes with each revocation
}

// Identity tells who a request comes from by other means than a secret of
// ours. The reason says, for the log, why nobody was found.
type Identity interface {
	Identify(ctx context.Context, r *http.Request) (login string, scopes []string, reason error)
}

// Settings are what the owner decided.
type Settings struct {
	Mode          Mode
	Token         Secret
	Password      Secret
	DefaultScopes []string // for operators who ask for none; nil is admin
	Proxies       Proxies
	Origins       []string // of other sites whose pages may connect
	Identity      Identity // nil: none
}

// Authenticator is a server.Admitter.
type Authenticator struct {
	settings  atomic.Pointer[Settings]
	devices   Devices
	log       *slog.Logger
	strangers *Throttle
	paired    *Throttle // devices whose signature was right
	once      *replays
	now       func() time.Time
	observe   func(Failure)
}

var _ server.Admitter = (*Authenticator)(nil)

// New returns an authenticator. Observe is told of everybody who is not let in;
// nil: nobody wants to know.
func New(s Settings, d Devices, log *slog.Logger, observe func(Failure)) *Authenticator {
	a := &Authenticator{devices: d, log: log, observe: observe, strangers: NewThrottle(10, 100), paired: NewThrottle(10, 100),
		once: newReplays(), now: time.Now}
	a.Configure(s)
	return a
}

// Configure replaces the settings. Connections that are there stay.
func (a *Authenticator) Configure(s Settings) {
	if s.DefaultScopes == nil {
		s.DefaultScopes = []string{protocol.ScopeOperatorAdmin.String()}
	}
	a.settings.Store(&s)
}

// attempt is a handshake with what was found out about it so far.
type attempt struct {
	*server.Attempt
	settings *Settings // in force when it began
	place    Place
	owner    bool // it came in by the console
	token    string
	password string
	device   *protocol.ConnectDevice // verified, or nil
	key      string                  // its public key, normalised
	known    *devices.Device         // the paired record of the same key, or nil
	method   string                  // how it proved itself
	shared   bool                    // by the shared secret
	holds    []string                // the scopes that the proof can grant
	issued   *devices.Token          // the device token it came with
	endings  uint64                  // of device tokens, before anything was looked up
}

// Admit decides a handshake. Faults come in the order of the protocol: device
// identity, credentials, scopes, pairing.
func (a *Authenticator) Admit(ctx context.Context, s *server.Attempt) (*server.Admission, error) {
	admission, err := a.admit(ctx, s)
	if err != nil {
		a.failed(err)
	}
	return admission, err
}

func (a *Authenticator) admit(ctx context.Context, s *server.Attempt) (*server.Admission, error) {
	t := &attempt{Attempt: s, settings: a.settings.Load(), owner: IsOwner(s.Request.Context()), endings: a.devices.Endings()}
	if t.owner {
		t.place.Local = true
	} else {
		t.place = Locate(s.Request, t.settings.Proxies, t.settings.Origins)
	}
	if s.Params.Auth.Set {
		t.token, t.password = s.Params.Auth.V.Token.V, s.Params.Auth.V.Password.V
	}
	if err := a.identify(ctx, t); err != nil {
		return nil, err
	}
	if err := a.authenticate(ctx, t); err != nil {
		return nil, err
	}
	scopes, err := t.grant()
	if err != nil {
		return nil, err
	}
	admission := &server.Admission{Role: t.Role, Scopes: scopes, Method: t.method, Owner: t.owner}
	if ip := t.place.Client; ip.IsValid() && !ip.IsLoopback() {
		admission.IP = ip.String()
	}
	if t.device == nil {
		if t.Dialect == protocol.DialectCanonical {
			admission.Auth = &protocol.HelloAuth{Role: t.Role.String(), Scopes: scopes}
		}
		return admission, nil
	}
	admission.Device = t.device.ID
	if admission.Auth, err = a.pair(ctx, t, scopes); err != nil {
		return nil, err
	}
	token := admission.Auth.DeviceToken.V
	admission.Valid = func(ctx context.Context) bool { return a.stillValid(ctx, t, token) }
	return admission, nil
}

// stillValid reports whether a connection's device token holds although others
// may have been revoked while it was being made.
func (a *Authenticator) stillValid(ctx context.Context, t *attempt, token string) bool {
	if a.devices.Endings() == t.endings {
		return true
	}
	found, err := a.devices.Check(ctx, t.device.ID, t.Role.String(), token)
	return err == nil && found != nil
}

var errIdentityRequired = protocol.Errorf(protocol.CodeNotPaired, "device identity required")

// impersonates refuses a node without a device identity that would be taken for
// a paired device.
func (a *Authenticator) impersonates(ctx context.Context, t *attempt) error {
	if t.Role != protocol.RoleNode {
		return nil
	}
	known, err := a.devices.Find(ctx, t.Params.Client.ID)
	if err == nil && known != nil && known.PublicKey != "" {
		return refuseWith(FailureNoIdentity, errIdentityRequired)
	}
	return err
}

// identify checks the device identity, which only those may leave out who
// bring a secret.
func (a *Authenticator) identify(ctx context.Context, t *attempt) error {
	if !t.Params.Device.Set {
		switch {
		case t.owner:
		case isControlUI(t.Params):
			return refuse(FailureNoIdentity, "control ui requires HTTPS or localhost (secure context)")
		case t.token == "" && t.password == "":
			return refuseWith(FailureNoIdentity, errIdentityRequired)
		}
		return a.impersonates(ctx, t)
	}
	d := &t.Params.Device.V
	key, err := verify(d, device.Signed{Device: d.ID, Client: t.Params.Client.ID, Mode: string(t.Params.Client.Mode), Role: t.Role.String(),
		Scopes: t.Scopes, SignedAt: d.SignedAt, Token: t.token}, t.Nonce, t.place.Local, a.now())
	if err != nil {
		return refuse(FailureDevice, "%v", err)
	}
	if !d.Nonce.Set && !a.once.first(d.ID, d.Signature, a.now()) {
		return refuse(FailureDevice, "%v", errDeviceSignature)
	}
	t.device, t.key = d, device.FormatKey(key)
	known, err := a.devices.Find(ctx, d.ID)
	if err != nil {
		return err
	}
	if known != nil && known.Owns(t.key) {
		t.known = known
	}
	return nil
}

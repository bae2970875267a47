package connection

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/console"
	"github.com/gatesmith/gatesmith/server"
)

// UnreachableError is a gateway that does not answer.
type UnreachableError struct {
	Target *Target
	Err    error
}

// Error says where nobody answered, and what to do.
func (e *UnreachableError) Error() string {
	advice := "start it with `gateway serve`, or say where it is with --url"
	if e.Target.From == "--url" || e.Target.From == "GATEWAY_URL" {
		advice = "is the address right, and the gateway running?"
	}
	return fmt.Sprintf("no gateway answers at %s (from %s): %v: %s", e.Target.URL, e.Target.From, bare(e.Err), advice)
}

// bare takes off an error what the message around it says already.
func bare(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	if below := errors.Unwrap(err); below != nil {
		return below // connect to HOST
	}
	return err
}

// Unwrap gives the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// DeniedError is a gateway that does not let this client in.
type DeniedError struct {
	Target *Target
	Err    error
}

// Error says who was refused, and what to do.
func (e *DeniedError) Error() string {
	var refused *client.RefusedError
	if !errors.As(e.Err, &refused) {
		return e.Err.Error()
	}
	said := refused.Err.Error()
	if e.Target.Proof != "" {
		return fmt.Sprintf("%s: the secret comes from %s", said, e.Target.Proof)
	}
	return said + ": there is no secret to connect with: give --token-file"
}

// Unwrap gives the cause.
func (e *DeniedError) Unwrap() error { return e.Err }

// Open connects. Before, each prepare gets the client, so that it can subscribe
// to what comes right behind the greeting. The owner of a gateway comes in by
// its console where there is no secret, or one that is not the gateway's.
func (t *Target) Open(ctx context.Context, prepare ...func(*client.Client)) (*client.Client, error) {
	ctx, cancel := t.bound(ctx)
	defer cancel()
	if t.Proof == "" {
		if c, err := t.openConsole(ctx, prepare); !errors.Is(err, errNoConsole) {
			return c, err
		}
	}
	c, err := open(ctx, t.URL, t.Options, prepare)
	err = t.explain(err)
	if _, denied := errors.AsType[*DeniedError](err); !denied {
		return c, err
	}
	byConsole, consoleErr := t.openConsole(ctx, prepare)
	if consoleErr != nil {
		return nil, err
	}
	t.Denied = err
	return byConsole, nil
}

func open(ctx context.Context, url string, o client.Options, prepare []func(*client.Client)) (*client.Client, error) {
	c, err := client.New(url, o)
	if err != nil {
		return nil, UsageError{err}
	}
	for _, f := range prepare {
		f(c)
	}
	if err := c.Connect(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// errNoConsole: the gateway is not this machine's, does not run, or has none.
var errNoConsole = errors.New("there is no console")

// openConsole comes in by the console of the state folder.
func (t *Target) openConsole(ctx context.Context, prepare []func(*client.Client)) (*client.Client, error) {
	if t.stateDir == "" {
		return nil, errNoConsole
	}
	if _, err := os.Lstat(console.Path(t.stateDir)); err != nil {
		return nil, errNoConsole
	}
	o := t.Options
	o.Token, o.Password, o.Fingerprint = "", "", ""
	o.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return console.Dial(ctx, t.stateDir) }
	c, err := open(ctx, "ws://localhost"+server.GuidePath, o, prepare)
	return c, t.explain(err)
}

// bound gives the connection the time that was asked for.
func (t *Target) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if t.Timeout > 0 {
		return context.WithTimeout(ctx, t.Timeout)
	}
	return context.WithCancel(ctx)
}

// Bound gives a whole command the time that was asked for.
func (s *Settings) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.Timeout > 0 {
		return context.WithTimeout(ctx, s.Timeout)
	}
	return context.WithCancel(ctx)
}

// explain tells a gateway that says no from one that says nothing.
func (t *Target) explain(err error) error {
	var refused *client.RefusedError
	var status *client.HTTPError
	switch {
	case err == nil, errors.As(err, new(UsageError)):
		return err
	case errors.As(err, &refused):
		return &DeniedError{t, err}
	case errors.As(err, &status) && (status.Status == http.StatusForbidden || status.Status == http.StatusUnauthorized):
		return &DeniedError{t, err}
	case errors.Is(err, context.Canceled):
		return err
	}
	return &UnreachableError{t, err}
}

package client

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/protocol"
)

// Options say who the client is and how it behaves. The zero value connects as
// an operator without credentials, and reconnects.
type Options struct {
	// Token, TokenFile and Password are the shared secrets. TokenFile is read
	// anew for each connection, and only where Token is empty.
	Token, TokenFile, Password string

	// Device is the identity to sign with; nil connects without one. Tokens is
	// where the tokens that gateways give it are kept; nil keeps none. A kept
	// token is preferred to the shared secrets.
	Device *device.Identity
	Tokens TokenStore

	ID          string // what program this is; default "gatesmith-go"
	Version     string // its version; default that of the main module
	DisplayName string // a name for people
	Platform    string // default the operating system
	Mode        string // how it is used; default the role's name
	InstanceID  string // the same for each connection of one installation

	Role   protocol.Role // default operator
	Scopes []string      // what an operator asks for; none asks for the gateway's default

	// What a node offers.
	Caps, Commands []string
	Permissions    map[string]bool
	PathEnv        string

	// Dialect is canonical unless set; the field's is for gateways that know
	// nothing else, and for tests. Adapter turns the field's events into
	// canonical ones; without it, typed subscriptions skip those that only the
	// field's dialect has. Params go out as they are given.
	Dialect protocol.Dialect
	Adapter protocol.Adapter

	Reconnect Reconnect

	// ConnectTimeout bounds an attempt to connect, from the dial to the
	// gateway's greeting; default 15 s.
	ConnectTimeout time.Duration
	// RequestTimeout bounds calls whose context has no deadline; default 30 s,
	// negative for none. Calls that wait by design are not bounded, or by the
	// wait that their params ask for and this time on top.
	RequestTimeout time.Duration
	// TickTimeout is how long the gateway may be silent; default three of the
	// intervals that it announces, negative for as long as it likes.
	TickTimeout time.Duration

	MaxMessage int // largest message to take, in bytes; default 25 MiB
	MaxPending int // calls at a time, further ones wait for their turn; default 1024
	MaxEvents  int // bytes of events that may wait for subscribers; default 8 MiB

	// RootCAs are whom to believe about the gateway's certificate; default the
	// system's. Fingerprint is the SHA-256 of the certificate in hex, colons
	// allowed: without RootCAs it is all that is checked, as for a certificate
	// that the gateway made for itself; with them both have to hold.
	RootCAs     *x509.CertPool
	Fingerprint string

	// DialContext makes the socket; default a TCP connection.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	Header      http.Header // for the upgrade request, such as an Origin
	Logger      *slog.Logger
}

// Reconnect is what happens when a connection ends or none comes about.
type Reconnect struct {
	// Off ends the client with its first connection.
	Off bool
	// First has Connect, too, go on trying until its context ends.
	First bool
	// Refused goes on after refusals that waiting alone does not cure: wrong
	// credentials, pairing that an operator has to approve. Otherwise they end
	// the client.
	Refused bool
	// Min and Max bound the delay before an attempt, which doubles from one to
	// the next; default 1 s and 30 s. Half of each delay is left to chance, so
	// that the clients of a gateway that restarts don't come all at once.
	Min, Max time.Duration
}

func (o *Options) setDefaults() {
	set := func(v *string, to string) {
		if *v == "" {
			*v = to
		}
	}
	id, mode := "gatesmith-go", o.Role.String()
	if o.Dialect == protocol.DialectField {
		// Gateways in the field take none but the ids and modes they know.
		id = "gateway-client"
		if o.Role == protocol.RoleOperator {
			mode = "backend"
		}
	}
	set(&o.ID, id)
	set(&o.Mode, mode)
	set(&o.Version, mainVersion())
	set(&o.Platform, platform())
	bound := func(v *time.Duration, to time.Duration) {
		if *v == 0 {
			*v = to
		}
	}
	bound(&o.ConnectTimeout, 15*time.Second)
	bound(&o.RequestTimeout, 30*time.Second)
	bound(&o.Reconnect.Min, time.Second)
	bound(&o.Reconnect.Max, 30*time.Second)
	o.Reconnect.Max = max(o.Reconnect.Min, o.Reconnect.Max)
	size := func(v *int, to int) {
		if *v <= 0 {
			*v = to
		}
	}
	size(&o.MaxMessage, 25<<20)
	size(&o.MaxPending, 1024)
	size(&o.MaxEvents, 8<<20)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.DialContext == nil {
		o.DialContext = (&net.Dialer{}).DialContext
	}
}

// mainVersion is the version of the program that the client is part of.
func mainVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "dev"
}

// platform is the operating system by the name that gateways know it by.
func platform() string {
	if runtime.GOOS == "darwin" {
		return "macos"
	}
	return runtime.GOOS
}

// guidePath is where a gateway says nothing before its client does.
const guidePath = "/v1/connect"

// parseURL checks an address. Without a path it is completed by the one that
// fits: where there is a signature to make, one on which a challenge comes.
func parseURL(text string, o *Options) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		// The parser's message quotes the address, which may hold a secret.
		return nil, errors.New("the gateway's address is not a URL: expected one such as ws://127.0.0.1:18789")
	}
	switch u.Scheme {
	case "ws", "wss":
	case "http", "https":
		u.Scheme = "ws" + strings.TrimPrefix(u.Scheme, "http")
	default:
		return nil, fmt.Errorf("scheme of the gateway's address is %q: expected ws or wss", u.Scheme)
	}
	switch {
	case u.Host == "":
		return nil, errors.New("the gateway's address has no host: expected one such as ws://127.0.0.1:18789")
	case u.User != nil:
		return nil, errors.New("the gateway's address has a user in it: secrets go into Options, never into a URL")
	case o.Fingerprint != "" && u.Scheme == "ws":
		return nil, errors.New("a certificate's fingerprint was given, but the address is ws: expected wss")
	}
	u.Fragment = ""
	if u.Path == "" {
		u.Path = guidePath
		if o.Device != nil || o.Dialect == protocol.DialectField {
			u.Path = "/"
		}
	}
	return u, nil
}

// sharedToken is the token of the options, or of the file they name.
func (o *Options) sharedToken() (string, error) {
	if o.Token != "" || o.TokenFile == "" {
		return o.Token, nil
	}
	data, err := os.ReadFile(o.TokenFile)
	if err != nil {
		return "", fmt.Errorf("read the token file: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return "", fmt.Errorf("token file %s is empty", o.TokenFile)
	}
	return token, nil
}

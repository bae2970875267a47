// Package connection is how the client commands reach a gateway: what their
// flags, the environment and the state folder of this machine say.
package connection

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// Settings are the flags that every client command has.
type Settings struct {
	URL         string
	Token       string
	TokenFile   string
	Password    string
	Fingerprint string
	StateDir    string
	Timeout     time.Duration
	JSON        bool

	Env func(string) string // os.Getenv when nil
}

// Register defines the flags.
func (s *Settings) Register(f *pflag.FlagSet) {
	f.StringVar(&s.URL, "url", "", "`address` of the gateway; default that of the state folder, or GATEWAY_URL")
	f.StringVar(&s.Token, "token", "", "`secret` to connect with; others on this machine may see it in the list of processes: --token-file is better")
	f.StringVar(&s.TokenFile, "token-file", "", "`file` with the secret to connect with")
	f.StringVar(&s.Password, "password", "", "`password` to connect with, for gateways that ask for one; GATEWAY_PASSWORD is better")
	f.StringVar(&s.Fingerprint, "fingerprint", "", "SHA-256 of the gateway's certificate in `hex`, for one that it made for itself")
	f.StringVar(&s.StateDir, "state-dir", "", "`folder` of the gateway's state")
	f.DurationVar(&s.Timeout, "timeout", 0, "how long it may take, such as 5s; default 15s to connect and 30s to answer")
	f.BoolVar(&s.JSON, "json", false, "print JSON for programs")
}

// UsageError is settings that cannot be meant.
type UsageError struct{ error }

func usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Target is a gateway and how to prove to it who one is.
type Target struct {
	URL     string
	Options client.Options
	From    string // where the address comes from, for messages
	Proof   string // where the secret comes from, for messages
	Timeout time.Duration

	// Denied is why the gateway of this machine did not take the secret that was
	// found, when Open came in by the console instead.
	Denied error

	stateDir string // whose console may be used; "" for none
}

// Target finds the gateway that is meant. Its address and secret come from
// flags, else from the environment, else from the state folder. What belongs
// to the gateway of this machine is never sent to an address that was given.
func (s *Settings) Target() (*Target, error) {
	if s.Env == nil {
		s.Env = os.Getenv
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	state, err := config.StatePlace(s.StateDir, s.Env)
	if err != nil {
		return nil, err
	}
	t := &Target{Timeout: s.Timeout, Options: options()}
	t.Options.Fingerprint = s.Fingerprint
	for _, from := range []struct{ name, url string }{{"--url", s.URL}, {"GATEWAY_URL", s.Env("GATEWAY_URL")}} {
		if from.url != "" {
			t.URL, t.From = from.url, from.name
			_, err := s.given(t)
			return t, err
		}
	}
	return t, s.local(t, state.Path)
}

// check refuses what contradicts itself, and secrets where everybody sees
// them.
func (s *Settings) check() error {
	given := 0
	for _, secret := range []string{s.Token, s.TokenFile, s.Password} {
		if secret != "" {
			given++
		}
	}
	if given > 1 {
		return usagef("--token, --token-file and --password: give one of them")
	}
	if s.Timeout < 0 {
		return usagef("--timeout is %v: expected a positive duration such as 5s", s.Timeout)
	}
	address := s.URL
	if address == "" {
		address = s.Env("GATEWAY_URL")
	}
	if u, err := url.Parse(address); err == nil && (u.User != nil || u.RawQuery != "") {
		return usagef("the address has a user or a query in it: no secret belongs into a URL, give it with --token-file")
	}
	return nil
}

// options are those of one command, which ends with its connection.
func options() client.Options {
	host, _ := os.Hostname()
	return client.Options{ID: "cli", Mode: string(protocol.ConnectClientModeCli), DisplayName: host, Reconnect: client.Reconnect{Off: true}}
}

// given takes the secret of the flags, or of the environment; it reports
// whether there is one.
func (s *Settings) given(t *Target) (bool, error) {
	if s.TokenFile != "" {
		t.Proof = "--token-file " + s.TokenFile
		text, err := os.ReadFile(s.TokenFile)
		if err != nil {
			return false, fmt.Errorf("--token-file cannot be read: %w", err)
		}
		if t.Options.Token = strings.TrimSpace(string(text)); t.Options.Token == "" {
			return false, fmt.Errorf("--token-file %s is empty: expected the secret in it", s.TokenFile)
		}
		return true, nil
	}
	for _, from := range []struct {
		name, value string
		to          *string
	}{
		{"--token", s.Token, &t.Options.Token},
		{"--password", s.Password, &t.Options.Password},
		{"GATEWAY_TOKEN", s.Env("GATEWAY_TOKEN"), &t.Options.Token},
		{"GATEWAY_PASSWORD", s.Env("GATEWAY_PASSWORD"), &t.Options.Password},
	} {
		if from.value != "" {
			*from.to, t.Proof = from.value, from.name
			return true, nil
		}
	}
	return false, nil
}

// local finds the gateway of the state folder.
func (s *Settings) local(t *Target, stateDir string) error {
	place, err := config.ConfigPlace("", s.Env)
	if err != nil {
		return err
	}
	// A configuration with faults in it keeps nobody from asking the gateway
	// that runs.
	loaded, _ := config.Load(config.Sources{Path: place.Path, Env: s.Env})
	address, err := app.ReadAddress(stateDir)
	switch {
	case err == nil:
		t.URL, t.From = address.URL, app.AddressPath(stateDir)
		if t.Options.Fingerprint == "" {
			t.Options.Fingerprint = address.Fingerprint
		}
	case errors.Is(err, fs.ErrNotExist):
		t.URL, t.From = configured(loaded)
	default:
		return err
	}
	if given, err := s.given(t); given || err != nil {
		return err
	}
	t.stateDir = stateDir
	if loaded.Config != nil {
		auth := &loaded.Config.Gateway.V.Auth.V
		if secret := config.Secret(auth); secret != "" {
			t.Proof = loaded.Path
			if config.AuthMode(auth) == protocol.GatewayAuthConfigModePassword {
				t.Options.Password = secret
			} else {
				t.Options.Token = secret
			}
			return nil
		}
	}
	token, err := app.ReadToken(stateDir)
	if err == nil {
		t.Options.Token, t.Proof = token, app.TokenPath(stateDir)
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the token of the gateway cannot be read: %w: run this as the user that runs the gateway, or give --token-file", err)
	}
	return nil
}

// configured is where a gateway with this configuration would listen.
func configured(loaded *config.Loaded) (address, from string) {
	port, scheme := int64(18789), "ws"
	if loaded.Config != nil {
		gw := &loaded.Config.Gateway.V
		port = gw.Port.V
		if config.TLS(gw) {
			scheme = "wss"
		}
	}
	return scheme + "://127.0.0.1:" + strconv.FormatInt(port, 10) + server.GuidePath, "the configuration"
}

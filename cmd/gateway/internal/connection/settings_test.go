package connection_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/protocol"
)

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Where address and secret come from: the flags, else the environment, else
// what is on this machine; and the latter never goes elsewhere.
func TestTarget(t *testing.T) {
	home := t.TempDir()
	state := filepath.Join(home, ".gatesmith")
	put(t, filepath.Join(state, "token"), "of-state\n")
	file := put(t, filepath.Join(home, "secret"), " of-file \n")
	withToken := put(t, filepath.Join(home, "token.json5"), `{gateway: {port: 4242, auth: {token: "of-config"}}}`)
	withPassword := put(t, filepath.Join(home, "password.json5"), `{gateway: {auth: {mode: "password", password: "of-config"}, tls: {selfSigned: true}}}`)
	broken := put(t, filepath.Join(home, "broken.json5"), `{`)
	running := filepath.Join(home, "running")
	put(t, filepath.Join(running, "gateway.json"), `{"url":"wss://127.0.0.1:5/v1/connect","fingerprint":"ab","pid":1}`)
	for _, c := range []struct {
		name                              string
		settings                          connection.Settings
		env                               map[string]string
		url, token, password, fingerprint string
		proof                             string
	}{
		{"nothing", connection.Settings{}, nil, "ws://127.0.0.1:18789/v1/connect", "of-state", "", "", filepath.Join(state, "token")},
		{"a gateway that runs", connection.Settings{StateDir: running}, nil, "wss://127.0.0.1:5/v1/connect", "", "", "ab", ""},
		{"its folder by the environment", connection.Settings{}, map[string]string{"GATEWAY_STATE_DIR": running, "GATEWAY_TOKEN": "of-env"}, "wss://127.0.0.1:5/v1/connect", "of-env", "", "ab", "GATEWAY_TOKEN"},
		{"the configuration", connection.Settings{}, map[string]string{"GATEWAY_CONFIG": withToken}, "ws://127.0.0.1:4242/v1/connect", "of-config", "", "", withToken},
		{"a password there", connection.Settings{}, map[string]string{"GATEWAY_CONFIG": withPassword}, "wss://127.0.0.1:18789/v1/connect", "", "of-config", "", withPassword},
		{"a broken configuration", connection.Settings{}, map[string]string{"GATEWAY_CONFIG": broken}, "ws://127.0.0.1:18789/v1/connect", "of-state", "", "", filepath.Join(state, "token")},
		{"the environment", connection.Settings{}, map[string]string{"GATEWAY_CONFIG": withToken, "GATEWAY_TOKEN": "of-env"}, "ws://127.0.0.1:4242/v1/connect", "of-env", "", "", "GATEWAY_TOKEN"},
		{"a password in the environment", connection.Settings{}, map[string]string{"GATEWAY_PASSWORD": "of-env"}, "ws://127.0.0.1:18789/v1/connect", "", "of-env", "", "GATEWAY_PASSWORD"},
		{"a flag", connection.Settings{Token: "of-flag"}, map[string]string{"GATEWAY_TOKEN": "of-env"}, "ws://127.0.0.1:18789/v1/connect", "of-flag", "", "", "--token"},
		{"a file", connection.Settings{TokenFile: file}, map[string]string{"GATEWAY_TOKEN": "of-env"}, "ws://127.0.0.1:18789/v1/connect", "of-file", "", "", "--token-file " + file},
		{"a password", connection.Settings{Password: "of-flag", StateDir: running}, nil, "wss://127.0.0.1:5/v1/connect", "", "of-flag", "ab", "--password"},
		{"another machine", connection.Settings{URL: "wss://gw.example"}, map[string]string{"GATEWAY_CONFIG": withToken}, "wss://gw.example", "", "", "", ""},
		{"by the environment", connection.Settings{Fingerprint: "cd"}, map[string]string{"GATEWAY_URL": "wss://gw.example"}, "wss://gw.example", "", "", "cd", ""},
		{"with a secret", connection.Settings{URL: "wss://gw.example", Token: "of-flag"}, nil, "wss://gw.example", "of-flag", "", "", "--token"},
		{"with that of the environment", connection.Settings{URL: "wss://gw.example"}, map[string]string{"GATEWAY_TOKEN": "of-env"}, "wss://gw.example", "of-env", "", "", "GATEWAY_TOKEN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.settings.Env = func(name string) string {
				if name == "HOME" || name == "USERPROFILE" {
					return home
				}
				return c.env[name]
			}
			got, err := c.settings.Target()
			if err != nil {
				t.Fatal(err)
			}
			o := got.Options
			if got.URL != c.url || o.Token != c.token || o.Password != c.password || o.Fingerprint != c.fingerprint || got.Proof != c.proof {
				t.Errorf("got %s, token %q, password %q, fingerprint %q, proof %q", got.URL, o.Token, o.Password, o.Fingerprint, got.Proof)
			}
		})
	}
}

func TestTargetRefused(t *testing.T) {
	home := t.TempDir()
	state := filepath.Join(home, "broken")
	put(t, filepath.Join(state, "gateway.json"), "{}")
	for _, c := range []struct {
		name     string
		settings connection.Settings
		want     string
		usage    bool
	}{
		{"two secrets", connection.Settings{Token: "a", Password: "b"}, "give one of them", true},
		{"a time", connection.Settings{Timeout: -1}, "--timeout", true},
		{"a user", connection.Settings{URL: "ws://ada:hush@gw.example"}, "no secret belongs into a URL", true},
		{"a query", connection.Settings{URL: "ws://gw.example/?token=hush"}, "no secret belongs into a URL", true},
		{"no file", connection.Settings{TokenFile: filepath.Join(home, "none")}, "--token-file cannot be read", false},
		{"an address that makes no sense", connection.Settings{StateDir: state}, "is not the address of a gateway", false},
	} {
		c.settings.Env = func(name string) string { return map[string]string{"HOME": home, "USERPROFILE": home}[name] }
		_, err := c.settings.Target()
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, new(connection.UsageError)) != c.usage || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestExplain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "ws://" + l.Addr().String()
	l.Close()
	target := &connection.Target{URL: address, From: "--url"}
	if _, err := target.Open(t.Context()); !errors.As(err, new(*connection.UnreachableError)) {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := target.Open(ctx); !errors.Is(err, context.Canceled) || errors.As(err, new(*connection.UnreachableError)) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := (&connection.Target{URL: "ftp://x"}).Open(t.Context()); !errors.As(err, new(connection.UsageError)) {
		t.Errorf("no address: %v", err)
	}
	refused := &client.RefusedError{Err: &client.Error{Code: protocol.CodeInvalidRequest, Message: "unauthorized"}}
	for proof, want := range map[string]string{"": "there is no secret to connect with: give --token-file", "--token": "the secret comes from --token"} {
		denied := &connection.DeniedError{Target: &connection.Target{Proof: proof}, Err: refused}
		if !strings.Contains(denied.Error(), want) {
			t.Errorf("%q: %v", proof, denied)
		}
	}
}

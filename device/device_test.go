package device_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/device"
)

func signed(nonce string) device.Signed {
	return device.Signed{Device: "abc", Client: "cli", Mode: "cli", Role: "operator", Scopes: []string{"operator.read", "operator.write"},
		SignedAt: 1737990000000, Token: "tok", Nonce: nonce}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ nonce, want string }{
		{"", "v1|abc|cli|cli|operator|operator.read,operator.write|1737990000000|tok"},
		{"n-1", "v2|abc|cli|cli|operator|operator.read,operator.write|1737990000000|tok|n-1"},
	} {
		if got := signed(c.nonce).Text(); got != c.want {
			t.Errorf("nonce %q: %s, want %s", c.nonce, got, c.want)
		}
	}
	if got, want := (device.Signed{Device: "d"}).Text(), "v1|d|||||0|"; got != want {
		t.Errorf("empty: %s, want %s", got, want)
	}
}

func TestSignAndVerify(t *testing.T) {
	id, err := device.FromSeed([]byte(strings.Repeat("s", ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := device.ParseKey(id.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	if device.ID(key) != id.ID() || len(id.ID()) != 64 {
		t.Errorf("id %q does not follow from the key", id.ID())
	}
	s := signed("n")
	signature := id.Sign(s)
	raw, _ := base64.RawURLEncoding.DecodeString(signature)
	if !device.Verify(key, s, signature) || !device.Verify(key, s, base64.StdEncoding.EncodeToString(raw)) {
		t.Error("own signature refused")
	}
	other := s
	other.Token = "another"
	for name, bad := range map[string]bool{
		"other text":      device.Verify(key, other, signature),
		"other signature": device.Verify(key, s, id.Sign(other)),
		"no base64":       device.Verify(key, s, "!"),
		"short key":       device.Verify(key[:5], s, signature),
	} {
		if bad {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestParseKey(t *testing.T) {
	id, err := device.New()
	if err != nil {
		t.Fatal(err)
	}
	key, _ := device.ParseKey(id.PublicKey())
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if got, err := device.ParseKey(block); err != nil || !got.Equal(key) {
		t.Errorf("PEM: %v", err)
	}
	for _, bad := range []string{"", "AAAA", "*", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := device.ParseKey(bad); !errors.Is(err, device.ErrKey) {
			t.Errorf("ParseKey(%q): %v", bad, err)
		}
	}
}

func TestIdentityHidesItsKey(t *testing.T) {
	id, err := device.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, id); got != "device "+id.ID() {
			t.Errorf("%s prints %s", format, got)
		}
	}
	if _, err := device.FromSeed(nil); err == nil {
		t.Error("an empty seed was taken")
	}
}

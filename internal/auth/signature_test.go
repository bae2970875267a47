package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func newIdentity(t *testing.T) *device.Identity {
	t.Helper()
	id, err := device.New()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Each fault of a device's identity, and which one is told when there are
// several: the order is the protocol's.
func TestVerify(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	id, other := newIdentity(t), newIdentity(t)
	const nonce = "2c9ae0a1-5b3f-4a0e-a6c5-9a3c6a2b8f11"
	type attempt struct {
		challenge string
		local     bool
		signed    device.Signed
		by        *device.Identity
		change    func(*protocol.ConnectDevice)
	}
	good := func(nonce string) attempt {
		return attempt{challenge: nonce, by: id, signed: device.Signed{Device: id.ID(), Client: "app", Mode: "operator", Role: "operator",
			Scopes: []string{"operator.read", "operator.write"}, SignedAt: now.UnixMilli(), Token: "t", Nonce: nonce}}
	}
	for _, c := range []struct {
		name   string
		change func(*attempt)
		nonce  string
		want   error
	}{
		{"v2", func(*attempt) {}, nonce, nil},
		{"v2, local", func(a *attempt) { a.local = true }, nonce, nil},
		{"v2, white space around the nonce", func(a *attempt) { a.change = func(d *protocol.ConnectDevice) { d.Nonce.V = " " + nonce + "\n" } }, nonce, nil},
		{"the oldest that counts", func(a *attempt) { a.signed.SignedAt -= 600_000 }, nonce, nil},
		{"the newest that counts", func(a *attempt) { a.signed.SignedAt += 600_000 }, nonce, nil},
		{"too old", func(a *attempt) { a.signed.SignedAt -= 600_001 }, nonce, errDeviceExpired},
		{"too new", func(a *attempt) { a.signed.SignedAt += 600_001 }, nonce, errDeviceExpired},
		{"no time", func(a *attempt) { a.signed.SignedAt = 0 }, nonce, errDeviceExpired},
		{"the largest time", func(a *attempt) { a.signed.SignedAt = 1<<53 - 1 }, nonce, errDeviceExpired},
		{"v1, local, no challenge", func(a *attempt) { a.local = true }, "", nil},
		{"v1, not local", func(*attempt) {}, "", errNonceRequired},
		{"v1, local, but challenged", func(a *attempt) { a.local, a.challenge = true, nonce }, "", errNonceRequired},
		{"an empty nonce is none", func(a *attempt) {
			a.signed.Nonce, a.change = "", func(d *protocol.ConnectDevice) { d.Nonce = wire.Some(" ") }
		}, nonce, errNonceRequired},
		{"another connection's nonce", func(a *attempt) { a.challenge = strings.ToUpper(nonce) }, nonce, errNonceMismatch},
		{"a nonce that was never sent", func(a *attempt) { a.challenge, a.local = "", true }, nonce, errNonceMismatch},
		{"signed by another", func(a *attempt) { a.by = other }, nonce, errDeviceSignature},
		{"another role", func(a *attempt) { a.signed.Role = "node" }, nonce, errDeviceSignature},
		{"scopes in another order", func(a *attempt) { a.signed.Scopes = []string{"operator.write", "operator.read"} }, nonce, errDeviceSignature},
		{"another token", func(a *attempt) { a.signed.Token = "" }, nonce, errDeviceSignature},
		{"another client", func(a *attempt) { a.signed.Client = "other" }, nonce, errDeviceSignature},
		{"another mode", func(a *attempt) { a.signed.Mode = "cli" }, nonce, errDeviceSignature},
		{"no signature", func(a *attempt) { a.change = func(d *protocol.ConnectDevice) { d.Signature = "" } }, nonce, errDeviceSignature},
		{"no base64", func(a *attempt) { a.change = func(d *protocol.ConnectDevice) { d.Signature = "!" + d.Signature } }, nonce, errDeviceSignature},
		{"a short signature", func(a *attempt) { a.change = func(d *protocol.ConnectDevice) { d.Signature = d.Signature[:40] } }, nonce, errDeviceSignature},
		{"another's id", func(a *attempt) { a.change = func(d *protocol.ConnectDevice) { d.ID = other.ID() } }, nonce, errDeviceMismatch},
		{"the id in capitals", func(a *attempt) { a.change = func(d *protocol.ConnectDevice) { d.ID = strings.ToUpper(d.ID) } }, nonce, errDeviceMismatch},
		{"no key", func(a *attempt) { a.change = func(d *protocol.ConnectDevice) { d.PublicKey = "rubbish" } }, nonce, errDeviceMismatch},
		{"a mismatch before an old time", func(a *attempt) {
			a.signed.SignedAt, a.change = 0, func(d *protocol.ConnectDevice) { d.ID = "x" }
		}, nonce, errDeviceMismatch},
		{"an old time before a missing nonce", func(a *attempt) { a.signed.SignedAt = 0 }, "", errDeviceExpired},
		{"a wrong nonce before a wrong signature", func(a *attempt) { a.challenge, a.by = "other", other }, nonce, errNonceMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := good(c.nonce)
			said := a.signed
			c.change(&a)
			d := &protocol.ConnectDevice{ID: id.ID(), PublicKey: id.PublicKey(), SignedAt: a.signed.SignedAt, Signature: a.by.Sign(a.signed)}
			if c.nonce != "" {
				d.Nonce = wire.Some(c.nonce)
			}
			if a.change != nil {
				a.change(d)
			}
			said.Device, said.SignedAt = d.ID, d.SignedAt
			key, err := verify(d, said, a.challenge, a.local, now)
			if err != c.want || err == nil && device.ID(key) != id.ID() {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

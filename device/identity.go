package device

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
)

// Identity is a device's key pair. It cannot be printed by accident: its text
// is the id.
type Identity struct {
	key ed25519.PrivateKey
	id  string
}

// New makes an identity with a fresh key.
func New() (*Identity, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make a device key: %w", err)
	}
	return &Identity{private, ID(public)}, nil
}

// FromSeed makes the identity of a seed: the 32 bytes that its key follows
// from.
func FromSeed(seed []byte) (*Identity, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("seed of a device key has %d bytes: expected %d", len(seed), ed25519.SeedSize)
	}
	key := ed25519.NewKeyFromSeed(seed)
	return &Identity{key, ID(key.Public().(ed25519.PublicKey))}, nil
}

// ID is the device's id.
func (i *Identity) ID() string { return i.id }

// String gives the id.
func (i *Identity) String() string { return "device " + i.id }

// GoString gives the id too, so that %#v doesn't show the key.
func (i *Identity) GoString() string { return i.String() }

// PublicKey is the public half, as it goes over the wire.
func (i *Identity) PublicKey() string { return FormatKey(i.key.Public().(ed25519.PublicKey)) }

// Seed is the secret half, to be kept where nobody else reads it.
func (i *Identity) Seed() []byte { return i.key.Seed() }

// Sign signs the text of s; the signature is in base64url.
func (i *Identity) Sign(s Signed) string {
	return base64.RawURLEncoding.EncodeToString(ed25519.Sign(i.key, []byte(s.Text())))
}

// Package device is the identity by which a machine is known to gateways: an
// Ed25519 key, the id that follows from it, and the text that it signs when it
// connects. Gateways check with it and clients sign with it. Who may connect,
// and where keys are kept, is decided elsewhere.
//
//	id, err := device.New()
//	s := device.Signed{Device: id.ID(), Client: "my-app", Mode: "operator", Role: "operator", SignedAt: now, Nonce: nonce}
//	signature := id.Sign(s)
//	…
//	ok := device.Verify(key, s, signature)
package device

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strconv"
	"strings"
)

// ErrKey is the fault of a text that is no Ed25519 public key, in the words of
// the protocol.
var ErrKey = errors.New("device public key invalid")

// Signed is what a device signs at the handshake.
type Signed struct {
	Device   string // id
	Client   string // client.id
	Mode     string // client.mode
	Role     string
	Scopes   []string // as sent, not as defaulted
	SignedAt int64    // milliseconds since 1970
	Token    string   // auth.token, or ""
	Nonce    string   // of the challenge; "" for version 1
}

// Text is the signed text: version 2 with a nonce, version 1 without.
func (s Signed) Text() string {
	parts := []string{"v1", s.Device, s.Client, s.Mode, s.Role, strings.Join(s.Scopes, ","), strconv.FormatInt(s.SignedAt, 10), s.Token}
	if s.Nonce != "" {
		parts[0] = "v2"
		parts = append(parts, s.Nonce)
	}
	return strings.Join(parts, "|")
}

// ID is the id that belongs to a public key: the lowercase hex SHA-256 of its
// raw bytes.
func ID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// FormatKey writes a public key as it goes over the wire.
func FormatKey(key ed25519.PublicKey) string { return base64.RawURLEncoding.EncodeToString(key) }

// ParseKey reads a public key: 32 raw bytes in base64url, or a PEM block. Any
// other text is ErrKey.
func ParseKey(text string) (ed25519.PublicKey, error) {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		key, ok := parsed.(ed25519.PublicKey)
		if err != nil || !ok {
			return nil, ErrKey
		}
		return key, nil
	}
	raw, err := decodeBase64(text)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, ErrKey
	}
	return raw, nil
}

// Verify checks a signature, given in base64, over the signed text.
func Verify(key ed25519.PublicKey, s Signed, signature string) bool {
	raw, err := decodeBase64(signature)
	return err == nil && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, []byte(s.Text()), raw)
}

// decodeBase64 takes base64url and the standard alphabet, padded or not.
func decodeBase64(text string) ([]byte, error) {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	return base64.RawURLEncoding.DecodeString(text)
}

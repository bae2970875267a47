package auth

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/device"
	"github.com/gatesmith/gatesmith/protocol"
)

// skew is how far a signature's time may lie from ours, either way.
const skew = 10 * time.Minute

// The faults of a device identity, in the words of the protocol.
var (
	errDeviceMismatch  = errors.New("device identity mismatch")
	errDeviceExpired   = errors.New("device signature expired")
	errNonceRequired   = errors.New("device nonce required")
	errNonceMismatch   = errors.New("device nonce mismatch")
	errDeviceSignature = errors.New("device signature invalid")
)

// verify checks a device's identity at a handshake. The order of faults is the
// protocol's. A signature without nonce can be sent again by whoever saw it, so
// it counts only where no challenge was sent, on this machine itself; the
// caller sees to it that each counts once.
func verify(d *protocol.ConnectDevice, s device.Signed, challenge string, local bool, now time.Time) (ed25519.PublicKey, error) {
	key, keyErr := device.ParseKey(d.PublicKey)
	if keyErr != nil || device.ID(key) != d.ID {
		return nil, errDeviceMismatch
	}
	if off := now.Sub(time.UnixMilli(d.SignedAt)); off > skew || off < -skew {
		return nil, errDeviceExpired
	}
	nonce := strings.TrimSpace(d.Nonce.V)
	switch {
	case nonce == "" && (challenge != "" || !local):
		return nil, errNonceRequired
	case nonce != "" && nonce != challenge:
		return nil, errNonceMismatch
	}
	s.Nonce = nonce
	if !device.Verify(key, s, d.Signature) {
		return nil, errDeviceSignature
	}
	return key, nil
}

package auth

import (
	"crypto/sha256"
	"crypto/subtle"
)

// Secret is a shared secret, kept as a digest so that comparing takes the same
// time whatever is presented.
type Secret struct {
	digest [sha256.Size]byte
	set    bool
}

// NewSecret takes a secret; an empty one matches nothing.
func NewSecret(text string) Secret {
	return Secret{sha256.Sum256([]byte(text)), text != ""}
}

// Set reports whether there is a secret at all.
func (s Secret) Set() bool { return s.set }

// Matches compares in constant time.
func (s Secret) Matches(presented string) bool {
	digest := sha256.Sum256([]byte(presented))
	same := subtle.ConstantTimeCompare(digest[:], s.digest[:]) == 1
	return same && s.set && presented != ""
}

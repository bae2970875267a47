// Package auth decides who may connect: by shared secret, device token,
// Tailscale identity and device signature. It says what a connection is
// granted; which devices exist is package devices' to know.
package auth

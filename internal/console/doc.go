// Package console is the gateway's door for its owner on this machine: a socket
// in the state folder that only the gateway's own user, and root, can come in
// by. Whoever comes in by it needs no token and no device, so that a gateway
// whose secrets are lost can be repaired, and devices can be approved.
//
// Where the system tells who is at the other end of a Unix socket (Linux,
// macOS), the socket is one, and that is asked at each connection. Elsewhere a
// TCP listener on the loopback address takes its place, and console.sock is a
// file, readable for the owner alone, with its address and a secret that is new
// at each start; Dial presents it before anything else.
package console
